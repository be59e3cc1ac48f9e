# What may come over the connection. Rules name ranges and not security groups: those can't be told across regions, and a pod's
# traffic may leave with its node's address.

resource "aws_vpc_security_group_ingress_rule" "requester" {
  for_each = merge([
    for name, rule in var.requester.ingress : { for block in rule.cidr_blocks : "${name} from ${block}" => merge(rule, { cidr_block = block }) }
  ]...)
  provider = aws.requester

  security_group_id = each.value.security_group_id
  description       = "${var.name} - ${each.key}"
  ip_protocol       = each.value.protocol
  from_port         = each.value.port
  to_port           = coalesce(each.value.to_port, each.value.port)
  cidr_ipv4         = each.value.cidr_block

  tags = var.tags
}

resource "aws_vpc_security_group_ingress_rule" "accepter" {
  for_each = merge([
    for name, rule in var.accepter.ingress : { for block in rule.cidr_blocks : "${name} from ${block}" => merge(rule, { cidr_block = block }) }
  ]...)
  provider = aws.accepter

  security_group_id = each.value.security_group_id
  description       = "${var.name} - ${each.key}"
  ip_protocol       = each.value.protocol
  from_port         = each.value.port
  to_port           = coalesce(each.value.to_port, each.value.port)
  cidr_ipv4         = each.value.cidr_block

  tags = var.tags
}
