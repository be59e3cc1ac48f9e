# Who reaches what in the VPC.

# Nobody is in the VPC's default group, and whoever gets there by mistake reaches nothing.
resource "aws_default_security_group" "this" {
  vpc_id = aws_vpc.this.id

  tags = merge(var.tags, { Name = "${var.name}-default" })
}

# The private endpoint of the Kubernetes API, beside what EKS's own group of the cluster allows.

resource "aws_security_group" "api" {
  name        = "${var.name}-api"
  description = "Private endpoint of the Kubernetes API of ${var.name}"
  vpc_id      = aws_vpc.this.id

  tags = merge(var.tags, { Name = "${var.name}-api" })
}

resource "aws_vpc_security_group_ingress_rule" "api" {
  for_each = toset(concat([var.cidr_block], var.api_private_cidr_blocks))

  security_group_id = aws_security_group.api.id
  description       = "Kubernetes API"
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
  cidr_ipv4         = each.key

  tags = var.tags
}

# Nodes, and with them pods. They are in EKS's group of the cluster, too, which lets nodes and control plane talk to each other.

resource "aws_security_group" "node" {
  name        = "${var.name}-node"
  description = "Nodes of ${var.name}"
  vpc_id      = aws_vpc.this.id

  tags = merge(var.tags, { Name = "${var.name}-node" })
}

resource "aws_vpc_security_group_egress_rule" "node" {
  security_group_id = aws_security_group.node.id
  description       = "Everywhere"
  ip_protocol       = "-1"
  cidr_ipv4         = "0.0.0.0/0"

  tags = var.tags
}

resource "aws_vpc_security_group_ingress_rule" "node" {
  security_group_id            = aws_security_group.node.id
  description                  = "Nodes and pods among each other"
  ip_protocol                  = "-1"
  referenced_security_group_id = aws_security_group.node.id

  tags = var.tags
}

resource "aws_vpc_security_group_ingress_rule" "node_further" {
  for_each = var.node_ingress

  security_group_id = aws_security_group.node.id
  description       = each.key
  ip_protocol       = each.value.protocol
  from_port         = each.value.from_port
  to_port           = coalesce(each.value.to_port, each.value.from_port)
  cidr_ipv4         = each.value.cidr_block

  tags = var.tags
}

resource "aws_security_group" "endpoints" {
  count = length(var.interface_endpoints) > 0 ? 1 : 0

  name        = "${var.name}-endpoints"
  description = "Endpoints of AWS services in ${var.name}"
  vpc_id      = aws_vpc.this.id

  tags = merge(var.tags, { Name = "${var.name}-endpoints" })
}

resource "aws_vpc_security_group_ingress_rule" "endpoints" {
  count = length(var.interface_endpoints) > 0 ? 1 : 0

  security_group_id = aws_security_group.endpoints[0].id
  description       = "From the VPC"
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
  cidr_ipv4         = var.cidr_block

  tags = var.tags
}
