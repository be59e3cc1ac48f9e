# A network in each of two regions, joined. There is a provider configuration for each region; what is not in the default one
# says so with `provider` or, for modules, `providers`.

provider "aws" {
  region = "us-east-1"
}

provider "aws" {
  alias  = "west"
  region = "us-west-2"
}

module "east" {
  source = "./network"
  name   = "east"
  cidr   = "10.23.0.0/16"
}

module "west" {
  source    = "./network"
  providers = { aws = aws.west }
  name      = "west"
  cidr      = "10.24.0.0/16"
}

# Across regions the two sides are two resources: one asks, the other accepts.
resource "aws_vpc_peering_connection" "east_west" {
  vpc_id      = module.east.vpc_id
  peer_vpc_id = module.west.vpc_id
  peer_region = "us-west-2"
  tags        = { Name = "east-west" }
}

resource "aws_vpc_peering_connection_accepter" "east_west" {
  provider                  = aws.west
  vpc_peering_connection_id = aws_vpc_peering_connection.east_west.id
  auto_accept               = true
  tags                      = { Name = "east-west" }
}

# Each side allows for itself that names are resolved from the other one.
resource "aws_vpc_peering_connection_options" "east" {
  vpc_peering_connection_id = aws_vpc_peering_connection_accepter.east_west.id

  requester {
    allow_remote_vpc_dns_resolution = true
  }
}

resource "aws_vpc_peering_connection_options" "west" {
  provider                  = aws.west
  vpc_peering_connection_id = aws_vpc_peering_connection_accepter.east_west.id

  accepter {
    allow_remote_vpc_dns_resolution = true
  }
}

# The routes refer to the accepter: before it has accepted there is nothing to send packets to.
resource "aws_route" "east" {
  route_table_id            = module.east.route_table_id
  destination_cidr_block    = module.west.cidr
  vpc_peering_connection_id = aws_vpc_peering_connection_accepter.east_west.id
}

resource "aws_route" "west" {
  provider                  = aws.west
  route_table_id            = module.west.route_table_id
  destination_cidr_block    = module.east.cidr
  vpc_peering_connection_id = aws_vpc_peering_connection_accepter.east_west.id
}

output "vpcs" {
  value = { east = module.east.vpc_id, west = module.west.vpc_id }
}
