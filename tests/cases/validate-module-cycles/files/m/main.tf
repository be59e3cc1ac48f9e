variable "v" { default = 1 }
resource "terraform_data" "r" { input = 1 }
output "o" { value = 1 }
output "p" { value = var.v }
