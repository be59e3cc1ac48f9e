# Two racks peered with a VPC of databases: the topology that `infra` is for, with every kind of EKS object.
# `grown` changes what can be changed in place, the version of the clusters and node groups among it.

terraform {
  required_version = ">= 1.5"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "5.100.0"
    }
  }
}

provider "aws" {
  region                      = "us-east-1"
  skip_credentials_validation = true
  skip_metadata_api_check     = true

  default_tags {
    tags = { Project = "racks" }
  }
}

variable "grown" {
  type    = bool
  default = false
}

locals {
  zones = ["us-east-1a", "us-east-1b", "us-east-1c"]
  racks = {
    production = { cidr = "10.0.0.0/16", zones = local.zones, gateways = 3 }
    staging    = { cidr = "10.1.0.0/16", zones = slice(local.zones, 0, 2), gateways = 1 }
  }
}

data "aws_caller_identity" "current" {}

module "rack" {
  source   = "./rack"
  for_each = local.racks
  name     = each.key
  cidr     = each.value.cidr
  zones    = each.value.zones
  gateways = each.value.gateways
  account  = data.aws_caller_identity.current.account_id
  release  = var.grown ? "1.31" : "1.30"
  grown    = var.grown
}

module "data" {
  source  = "./data"
  cidr    = "10.8.0.0/16"
  zones   = local.zones
  clients = { for name, rack in module.rack : name => rack.cidr }
  grown   = var.grown
}

# Production asks and accepts in one, staging in two steps: both ways to a peering.
resource "aws_vpc_peering_connection" "production" {
  vpc_id      = module.rack["production"].vpc_id
  peer_vpc_id = module.data.vpc_id
  auto_accept = true

  requester {
    allow_remote_vpc_dns_resolution = true
  }

  accepter {
    allow_remote_vpc_dns_resolution = true
  }

  tags = { Name = "production-data" }
}

resource "aws_vpc_peering_connection" "staging" {
  vpc_id      = module.rack["staging"].vpc_id
  peer_vpc_id = module.data.vpc_id
  tags        = { Name = "staging-data" }
}

resource "aws_vpc_peering_connection_accepter" "staging" {
  vpc_peering_connection_id = aws_vpc_peering_connection.staging.id
  auto_accept               = true
  tags                      = { Name = "staging-data" }
}

resource "aws_vpc_peering_connection_options" "staging" {
  vpc_peering_connection_id = aws_vpc_peering_connection_accepter.staging.id

  requester {
    allow_remote_vpc_dns_resolution = true
  }

  accepter {
    allow_remote_vpc_dns_resolution = var.grown
  }
}

locals {
  peerings = {
    production = aws_vpc_peering_connection.production.id
    staging    = aws_vpc_peering_connection_accepter.staging.id
  }
  tables = merge([for name, rack in local.racks : {
    for table in concat(["public"], [for i in range(rack.gateways) : "private ${i}"]) : "${name} ${table}" => { rack = name, table = table }
  }]...)
}

resource "aws_route" "to_data" {
  for_each                  = local.tables
  route_table_id            = module.rack[each.value.rack].route_tables[each.value.table]
  destination_cidr_block    = module.data.cidr
  vpc_peering_connection_id = local.peerings[each.value.rack]
}

resource "aws_route" "from_data" {
  for_each                  = local.racks
  route_table_id            = module.data.route_table
  destination_cidr_block    = each.value.cidr
  vpc_peering_connection_id = local.peerings[each.key]
}

output "clusters" {
  value = { for name, rack in module.rack : name => rack.endpoint }
}

output "databases" {
  value = module.data.addresses
}
