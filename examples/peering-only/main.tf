# Two VPCs joined end to end: what peering needs, and what is forgotten most often.

provider "aws" {
  region = "us-east-1"
}

locals {
  # Their addresses must not overlap.
  networks = {
    app  = "10.21.0.0/16"
    data = "10.22.0.0/16"
  }
  zones = ["us-east-1a", "us-east-1b"]
  subnets = merge([
    for network, cidr in local.networks : {
      for index, zone in local.zones : "${network}-${zone}" => {
        network = network
        zone    = zone
        cidr    = cidrsubnet(cidr, 4, index)
      }
    }
  ]...)
}

# DNS has to be on in both, or names can't be resolved across the connection.
resource "aws_vpc" "network" {
  for_each             = local.networks
  cidr_block           = each.value
  enable_dns_support   = true
  enable_dns_hostnames = true
  tags                 = { Name = each.key }
}

resource "aws_subnet" "private" {
  for_each          = local.subnets
  vpc_id            = aws_vpc.network[each.value.network].id
  availability_zone = each.value.zone
  cidr_block        = each.value.cidr
  tags              = { Name = each.key }
}

resource "aws_vpc_peering_connection" "app_data" {
  vpc_id      = aws_vpc.network["app"].id
  peer_vpc_id = aws_vpc.network["data"].id
  auto_accept = true
  tags        = { Name = "app-data" }
}

# The name of a database in the other VPC becomes its private address. That can be asked for of active connections only.
resource "aws_vpc_peering_connection_options" "dns" {
  vpc_peering_connection_id = aws_vpc_peering_connection.app_data.id

  requester {
    allow_remote_vpc_dns_resolution = true
  }

  accepter {
    allow_remote_vpc_dns_resolution = true
  }
}

# A route table for each subnet, as where there is a NAT gateway for each zone: every one of them needs the route.
resource "aws_route_table" "private" {
  for_each = local.subnets
  vpc_id   = aws_vpc.network[each.value.network].id
  tags     = { Name = each.key }
}

resource "aws_route_table_association" "private" {
  for_each       = local.subnets
  subnet_id      = aws_subnet.private[each.key].id
  route_table_id = aws_route_table.private[each.key].id
}

resource "aws_route" "to_other" {
  for_each                  = local.subnets
  route_table_id            = aws_route_table.private[each.key].id
  destination_cidr_block    = local.networks[each.value.network == "app" ? "data" : "app"]
  vpc_peering_connection_id = aws_vpc_peering_connection.app_data.id
}

# By address, not by group: it still holds where the connection crosses regions, and for pods whose addresses are translated.
resource "aws_security_group" "database" {
  name        = "database"
  description = "PostgreSQL, for the app network"
  vpc_id      = aws_vpc.network["data"].id
}

resource "aws_vpc_security_group_ingress_rule" "postgres" {
  for_each          = { for name, subnet in local.subnets : name => subnet.cidr if subnet.network == "app" }
  security_group_id = aws_security_group.database.id
  description       = each.key
  ip_protocol       = "tcp"
  from_port         = 5432
  to_port           = 5432
  cidr_ipv4         = each.value
}

output "connection" {
  value = aws_vpc_peering_connection.app_data.id
}
