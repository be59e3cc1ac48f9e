# The least: two zones, public nodes, roles through the OIDC provider.

terraform {
  required_providers {
    aws = {
      source = "hashicorp/aws"
    }
  }
}

provider "aws" {
  region = "us-east-1"

  default_tags {
    tags = { Test = "yes" }
  }
}

module "rack" {
  source = "../.."

  name              = "small"
  cidr_block        = "10.40.0.0/16"
  high_availability = false
  private           = false
  pod_identity      = false

  node_groups = {
    main = { instance_types = ["t3.large"] }
  }
}

output "rack" {
  value = module.rack
}
