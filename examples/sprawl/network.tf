# One VPC for everything: production, staging, databases, and whatever people tried out.

provider "aws" {
  region = "us-east-1"
}

locals {
  subnets = {
    public-1a  = { zone = "us-east-1a", cidr = "172.30.0.0/24", table = "public", tags = { Name = "public-1a" } }
    public-1b  = { zone = "us-east-1b", cidr = "172.30.1.0/24", table = "public", tags = { Name = "public-1b" } }
    private-1a = { zone = "us-east-1a", cidr = "172.30.10.0/24", table = "private", tags = { Name = "private-1a" } }
    private-1b = { zone = "us-east-1b", cidr = "172.30.11.0/24", table = "private", tags = { Name = "private-1b" } }
    private-1c = { zone = "us-east-1c", cidr = "172.30.12.0/24", table = "private", tags = { Name = "Private Subnet C" } }
    test       = { zone = "us-east-1a", cidr = "172.30.200.0/24", table = "public", tags = { Name = "test", owner = "jake" } }
    # No table of their own: these two follow the main one, which leads nowhere.
    db-a = { zone = "us-east-1a", cidr = "172.30.20.0/24", table = null, tags = { Name = "db-a", env = "prod" } }
    db-b = { zone = "us-east-1b", cidr = "172.30.21.0/24", table = null, tags = { Name = "DB B" } }
  }
}

resource "aws_vpc" "main" {
  cidr_block           = "172.30.0.0/16"
  enable_dns_hostnames = true
  tags                 = { Name = "main-vpc" }
}

resource "aws_subnet" "main" {
  for_each                = local.subnets
  vpc_id                  = aws_vpc.main.id
  availability_zone       = each.value.zone
  cidr_block              = each.value.cidr
  map_public_ip_on_launch = each.value.table == "public"
  tags                    = each.value.tags
}

resource "aws_internet_gateway" "main" {
  vpc_id = aws_vpc.main.id
}

resource "aws_route_table" "main" {
  for_each = { public = "public", private = "private (NAT box)" }
  vpc_id   = aws_vpc.main.id
  tags     = { Name = each.value }
}

resource "aws_route" "internet" {
  route_table_id         = aws_route_table.main["public"].id
  destination_cidr_block = "0.0.0.0/0"
  gateway_id             = aws_internet_gateway.main.id
}

# Everything private leaves through one t2.small, since before there were NAT gateways.
resource "aws_route" "nat" {
  route_table_id         = aws_route_table.main["private"].id
  destination_cidr_block = "0.0.0.0/0"
  network_interface_id   = aws_instance.machine["nat-1"].primary_network_interface_id
}

resource "aws_route_table_association" "main" {
  for_each       = { for name, subnet in local.subnets : name => subnet.table if subnet.table != null }
  subnet_id      = aws_subnet.main[each.key].id
  route_table_id = aws_route_table.main[each.value].id
}
