variable "generation" {
  default = 1
}

resource "terraform_data" "vpc" {
  input            = "vpc"
  triggers_replace = var.generation
}

output "vpc" {
  value = terraform_data.vpc.id
}
