# The VPC, its subnets, and the ways out of it.

data "aws_availability_zones" "available" {
  count = var.availability_zones == null ? 1 : 0

  state = "available"

  # Zones in which EKS has no control planes.
  exclude_zone_ids = ["use1-az3", "usw1-az2", "cac1-az3"]

  filter {
    name   = "opt-in-status"
    values = ["opt-in-not-required"]
  }
}

locals {
  wanted    = var.high_availability ? 3 : 2
  available = var.availability_zones == null ? sort(data.aws_availability_zones.available[0].names) : var.availability_zones
  zones     = var.availability_zones == null ? slice(local.available, 0, min(local.wanted, length(local.available))) : var.availability_zones

  # The range is cut into 4 parts, or 8 if there are more than three zones. The first has the public subnets, which hold little;
  # each zone's private subnet is one of the others, because every pod has an address in it.
  bits         = length(local.zones) <= 3 ? 2 : 3
  public_cidrs = { for i, zone in local.zones : zone => cidrsubnet(var.cidr_block, 2 * local.bits, i) }
  private_cidrs = {
    for i, zone in local.zones : zone => cidrsubnet(var.cidr_block, local.bits, i + 1) if var.private
  }

  nat_zones = !var.private ? [] : coalesce(var.nat_gateway_per_zone, var.high_availability) ? local.zones : slice(local.zones, 0, 1)

  # Where nodes, and with them pods, live.
  node_subnet_ids = { for zone in local.zones : zone => var.private ? aws_subnet.private[zone].id : aws_subnet.public[zone].id }
  node_cidrs      = var.private ? local.private_cidrs : local.public_cidrs

  # How EKS and load balancer controllers know subnets of theirs.
  cluster_tag = { "kubernetes.io/cluster/${var.name}" = "shared" }
}

resource "aws_vpc" "this" {
  cidr_block           = var.cidr_block
  enable_dns_support   = true
  enable_dns_hostnames = true

  tags = merge(var.tags, local.cluster_tag, { Name = var.name })

  lifecycle {
    precondition {
      condition     = length(local.zones) >= local.wanted
      error_message = "The rack ${var.name} needs ${local.wanted} availability zones, and there are only: ${join(", ", local.zones)}. Name zones in availability_zones, or do without high_availability."
    }
  }
}

resource "aws_internet_gateway" "this" {
  vpc_id = aws_vpc.this.id

  tags = merge(var.tags, { Name = var.name })
}

# Public subnets: load balancers, NAT gateways, and the nodes of a rack that isn't private.

resource "aws_subnet" "public" {
  for_each = local.public_cidrs

  vpc_id                  = aws_vpc.this.id
  availability_zone       = each.key
  cidr_block              = each.value
  map_public_ip_on_launch = !var.private

  tags = merge(var.tags, local.cluster_tag, {
    Name                     = "${var.name}-public-${each.key}"
    "kubernetes.io/role/elb" = "1"
  })
}

resource "aws_route_table" "public" {
  vpc_id = aws_vpc.this.id

  tags = merge(var.tags, { Name = "${var.name}-public" })
}

resource "aws_route" "internet" {
  route_table_id         = aws_route_table.public.id
  destination_cidr_block = "0.0.0.0/0"
  gateway_id             = aws_internet_gateway.this.id
}

resource "aws_route_table_association" "public" {
  for_each = local.public_cidrs

  subnet_id      = aws_subnet.public[each.key].id
  route_table_id = aws_route_table.public.id
}

# Private subnets. Each has a route table, however many NAT gateways there are: going from one to several then changes routes only.

resource "aws_subnet" "private" {
  for_each = local.private_cidrs

  vpc_id            = aws_vpc.this.id
  availability_zone = each.key
  cidr_block        = each.value

  tags = merge(var.tags, local.cluster_tag, {
    Name                              = "${var.name}-private-${each.key}"
    "kubernetes.io/role/internal-elb" = "1"
  })
}

resource "aws_route_table" "private" {
  for_each = local.private_cidrs

  vpc_id = aws_vpc.this.id

  tags = merge(var.tags, { Name = "${var.name}-private-${each.key}" })
}

resource "aws_route_table_association" "private" {
  for_each = local.private_cidrs

  subnet_id      = aws_subnet.private[each.key].id
  route_table_id = aws_route_table.private[each.key].id
}

resource "aws_eip" "nat" {
  for_each = toset(local.nat_zones)

  domain = "vpc"

  tags = merge(var.tags, { Name = "${var.name}-nat-${each.key}" })

  # An address can't be used, nor given back, while its VPC has no gateway.
  depends_on = [aws_internet_gateway.this]
}

resource "aws_nat_gateway" "this" {
  for_each = toset(local.nat_zones)

  subnet_id     = aws_subnet.public[each.key].id
  allocation_id = aws_eip.nat[each.key].id

  tags = merge(var.tags, { Name = "${var.name}-${each.key}" })

  depends_on = [aws_route.internet, aws_route_table_association.public]
}

resource "aws_route" "nat" {
  for_each = local.private_cidrs

  route_table_id         = aws_route_table.private[each.key].id
  destination_cidr_block = "0.0.0.0/0"
  nat_gateway_id         = aws_nat_gateway.this[contains(local.nat_zones, each.key) ? each.key : local.nat_zones[0]].id
}
