# The address plan of two racks: who gets which part of the company's network. Every rack is a VPC with a private and a
# public subnet in each zone.

locals {
  blocks = cidrsubnets(var.network, [for rack in var.racks : rack.bits]...)

  racks = {
    for index, name in keys(var.racks) : name => merge(var.racks[name], { cidr = local.blocks[index] })
  }
}

module "rack" {
  source   = "./rack"
  for_each = local.racks

  name  = each.key
  cidr  = each.value.cidr
  zones = slice(var.zones, 0, each.value.zones)
}

output "subnets" {
  description = "The subnets of each rack by name."
  value       = { for name, rack in module.rack : name => rack.subnets }
}
