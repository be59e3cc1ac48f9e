variable "in" {}
variable "unused" {}
resource "terraform_data" "a" { input = var.in }
resource "terraform_data" "b" { 
  input = terraform_data.a
  lifecycle { replace_triggered_by = [terraform_data.c] }
  }
resource "terraform_data" "c" { count = 2 }
resource "terraform_data" "d" { input = var.unused }
output "cidr" { value = terraform_data.b.output }
