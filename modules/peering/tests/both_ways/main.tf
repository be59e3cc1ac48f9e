# Two networks, each of which reaches something in the other; either side has several ranges or route tables.

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

resource "aws_vpc" "left" {
  cidr_block           = "10.70.0.0/16"
  enable_dns_hostnames = true
  tags                 = { Name = "left" }
}

resource "aws_route_table" "left" {
  for_each = toset(["public", "private-a", "private-b"])
  vpc_id   = aws_vpc.left.id
  tags     = { Name = "left-${each.key}" }
}

resource "aws_security_group" "left" {
  name        = "left"
  description = "left"
  vpc_id      = aws_vpc.left.id
}

resource "aws_vpc" "right" {
  cidr_block           = "10.71.0.0/24"
  enable_dns_hostnames = true
  tags                 = { Name = "right" }
}

resource "aws_vpc_ipv4_cidr_block_association" "right" {
  vpc_id     = aws_vpc.right.id
  cidr_block = "10.72.0.0/24"
}

resource "aws_route_table" "right" {
  vpc_id = aws_vpc.right.id
  tags   = { Name = "right" }
}

resource "aws_security_group" "right" {
  name        = "right"
  description = "right"
  vpc_id      = aws_vpc.right.id
}

module "peering" {
  source = "../.."

  providers = {
    aws.requester = aws
    aws.accepter  = aws
  }

  name = "left-right"

  requester = {
    vpc_id          = aws_vpc.left.id
    cidr_blocks     = [aws_vpc.left.cidr_block]
    route_table_ids = { for name, table in aws_route_table.left : name => table.id }
    ingress = {
      metrics = { security_group_id = aws_security_group.left.id, port = 9100, to_port = 9109, cidr_blocks = ["10.71.0.0/24"] }
    }
  }

  accepter = {
    vpc_id          = aws_vpc.right.id
    cidr_blocks     = [aws_vpc.right.cidr_block, aws_vpc_ipv4_cidr_block_association.right.cidr_block]
    route_table_ids = { database = aws_route_table.right.id }
    ingress = {
      postgres = { security_group_id = aws_security_group.right.id, port = 5432, cidr_blocks = ["10.70.64.0/18", "10.70.128.0/18"] }
    }
  }
}

output "peering" {
  value = module.peering
}
