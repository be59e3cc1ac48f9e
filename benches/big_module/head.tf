variable "environment" {
  type    = string
  default = "production"
}

variable "zones" {
  type    = list(string)
  default = ["eu-central-1a", "eu-central-1b", "eu-central-1c"]
}

locals {
  common_tags = { Environment = var.environment, ManagedBy = "infra" }
}
