# Networks that can't be joined, and rules that would let nobody in.

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

variable "requester_blocks" {
  type    = list(string)
  default = ["10.70.0.0/16"]
}

variable "accepter_blocks" {
  type    = list(string)
  default = ["10.71.0.0/24"]
}

variable "route_table_ids" {
  type    = map(string)
  default = { main = "rtb-0123456789abcdef0" }
}

variable "ingress" {
  type    = any
  default = {}
}

module "peering" {
  source = "../.."

  providers = {
    aws.requester = aws
    aws.accepter  = aws
  }

  name = "left-right"

  requester = {
    vpc_id          = "vpc-0123456789abcdef0"
    cidr_blocks     = var.requester_blocks
    route_table_ids = { main = "rtb-0123456789abcdef1" }
  }

  accepter = {
    vpc_id          = "vpc-0123456789abcdef1"
    cidr_blocks     = var.accepter_blocks
    route_table_ids = var.route_table_ids
    ingress         = var.ingress
  }
}
