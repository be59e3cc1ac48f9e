# A VPC for the database alone: no way in from the Internet and none out. Whoever uses the database comes over a peering connection.

data "aws_availability_zones" "available" {
  count = var.availability_zones == null ? 1 : 0

  state = "available"

  filter {
    name   = "opt-in-status"
    values = ["opt-in-not-required"]
  }
}

locals {
  available = var.availability_zones == null ? sort(data.aws_availability_zones.available[0].names) : var.availability_zones
  zones     = var.availability_zones == null ? slice(local.available, 0, min(3, length(local.available))) : var.availability_zones
}

resource "aws_vpc" "this" {
  cidr_block = var.cidr_block

  # Without both, names of the database resolve to nothing for peers.
  enable_dns_support   = true
  enable_dns_hostnames = true

  tags = merge(var.tags, { Name = var.name })
}

resource "aws_subnet" "this" {
  for_each = { for i, zone in local.zones : zone => cidrsubnet(var.cidr_block, 2, i) }

  vpc_id            = aws_vpc.this.id
  availability_zone = each.key
  cidr_block        = each.value

  tags = merge(var.tags, { Name = "${var.name}-${each.key}" })
}

# One table for all subnets: they have the same ways, those to peers.
resource "aws_route_table" "this" {
  vpc_id = aws_vpc.this.id

  tags = merge(var.tags, { Name = var.name })
}

resource "aws_route_table_association" "this" {
  for_each = aws_subnet.this

  subnet_id      = each.value.id
  route_table_id = aws_route_table.this.id
}

resource "aws_db_subnet_group" "this" {
  name        = var.name
  description = "Subnets of the database ${var.name}"
  subnet_ids  = [for subnet in aws_subnet.this : subnet.id]

  tags = merge(var.tags, { Name = var.name })
}
