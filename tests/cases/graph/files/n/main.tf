resource "terraform_data" "n" {}
output "x" { value = 1 }
