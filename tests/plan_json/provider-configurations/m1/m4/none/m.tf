output "y" { value = {} }
