# A VPC with a subnet in every zone that its region has, up to three.

terraform {
  required_providers {
    aws = {
      source = "hashicorp/aws"
    }
  }
}

variable "name" {
  description = "The name of the network."
  type        = string
}

variable "cidr" {
  description = "Its addresses."
  type        = string
}

data "aws_availability_zones" "available" {
  state = "available"
}

locals {
  zones = slice(data.aws_availability_zones.available.names, 0, min(3, length(data.aws_availability_zones.available.names)))
}

resource "aws_vpc" "main" {
  cidr_block           = var.cidr
  enable_dns_hostnames = true
  tags                 = { Name = var.name }
}

resource "aws_subnet" "main" {
  for_each          = { for index, zone in local.zones : zone => cidrsubnet(var.cidr, 4, index) }
  vpc_id            = aws_vpc.main.id
  availability_zone = each.key
  cidr_block        = each.value
  tags              = { Name = "${var.name}-${each.key}" }
}

output "vpc_id" {
  value = aws_vpc.main.id
}

output "cidr" {
  value = aws_vpc.main.cidr_block
}

output "route_table_id" {
  description = "The main route table, which all subnets use."
  value       = aws_vpc.main.main_route_table_id
}
