# Two networks in different regions.

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

provider "aws" {
  alias  = "west"
  region = "us-west-2"

  default_tags {
    tags = { Test = "yes" }
  }
}

resource "aws_vpc" "east" {
  cidr_block           = "10.73.0.0/16"
  enable_dns_hostnames = true
}

resource "aws_vpc" "west" {
  provider = aws.west

  cidr_block           = "10.74.0.0/16"
  enable_dns_hostnames = true
}

resource "aws_route_table" "east" {
  vpc_id = aws_vpc.east.id
}

resource "aws_route_table" "west" {
  provider = aws.west

  vpc_id = aws_vpc.west.id
}

module "peering" {
  source = "../.."

  providers = {
    aws.requester = aws
    aws.accepter  = aws.west
  }

  name = "east-west"

  requester = {
    vpc_id          = aws_vpc.east.id
    cidr_blocks     = [aws_vpc.east.cidr_block]
    route_table_ids = { main = aws_route_table.east.id }
  }

  accepter = {
    vpc_id          = aws_vpc.west.id
    cidr_blocks     = [aws_vpc.west.cidr_block]
    route_table_ids = { main = aws_route_table.west.id }
  }
}

output "peering" {
  value = module.peering
}
