output "changed" {
  value = 1
}

output "none" {
  value = "x"
}
