variable "text" {
  default = "[1]"
}

resource "terraform_data" "a" {
  input = var.text
}

locals {
  decoded = jsondecode(terraform_data.a.output)
}

output "decoded" {
  value = local.decoded
}

output "text" {
  value = terraform_data.a.output
}
