# Two racks in miniature, made of terraform_data: nothing exists but in the state, so it costs nothing to play with.

variable "racks" {
  description = "What each rack has."
  type = map(object({
    nodes = number
    size  = optional(string, "m6i.large")
  }))
  default = {
    production = { nodes = 3, size = "m6i.2xlarge" }
    staging    = { nodes = 1 }
  }

  validation {
    condition     = alltrue([for rack in var.racks : rack.nodes > 0])
    error_message = "A rack needs at least one node."
  }
}

resource "terraform_data" "network" {
  for_each = var.racks
  input    = cidrsubnet("10.0.0.0/8", 8, index(keys(var.racks), each.key))
}

locals {
  nodes = merge([
    for name, rack in var.racks : { for i in range(rack.nodes) : "${name}-${i}" => { rack = name, size = rack.size } }
  ]...)
}

resource "terraform_data" "node" {
  for_each         = local.nodes
  input            = { network = terraform_data.network[each.value.rack].output, size = each.value.size }
  triggers_replace = each.value.size
}

check "sizes" {
  assert {
    condition     = length(local.nodes) < 100
    error_message = "That is a large rack. Is it meant to be?"
  }
}

output "nodes" {
  description = "The ids of all nodes."
  value       = { for name, node in terraform_data.node : name => node.id }
}
