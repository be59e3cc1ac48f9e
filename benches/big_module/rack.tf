variable "nodes_000" {
  description = "Node groups of rack 000, by name."
  type = map(object({
    cidr  = string
    size  = optional(string, "m6i.large")
    count = optional(number, 2)
    tags  = optional(map(string), {})
  }))
  default = {
    blue  = { cidr = "10.0.0.0/20" }
    green = { cidr = "10.0.16.0/20", size = "m6i.xlarge", tags = { tier = "web" } }
  }

  validation {
    condition     = alltrue([for group in values(var.nodes_000) : can(cidrnetmask(group.cidr))])
    error_message = "Every node group needs a CIDR block: ${jsonencode(var.nodes_000)}."
  }
}

locals {
  name_000 = lower(replace("Rack-${var.environment}-000", "_", "-"))
  tags_000 = merge(local.common_tags, {
    Name = local.name_000
    Cost = format("%s/%03d", var.environment, length(var.nodes_000))
  })

  subnets_000 = flatten([
    for name, group in var.nodes_000 : [
      for index in range(group.count) : {
        key  = "${name}-${index}"
        cidr = cidrsubnet(group.cidr, 4, index)
        zone = element(var.zones, index)
      } if index < 16
    ]
  ])
}

# One for each subnet.
resource "terraform_data" "subnet_000" {
  for_each = { for subnet in local.subnets_000 : subnet.key => subnet }

  input = {
    cidr      = each.value.cidr
    zone      = each.value.zone
    tags      = local.tags_000
    user_data = <<-EOT
      #!/bin/sh
      %{for key, value in local.tags_000~}
      export ${upper(key)}="${value}"
      %{endfor~}
    EOT
  }
  triggers_replace = [local.name_000, try(each.value.zone, null)]

  lifecycle {
    precondition {
      condition     = length(local.subnets_000) <= 16
      error_message = "Rack 000 has room for 16 subnets, not ${length(local.subnets_000)}."
    }
  }
}

output "subnets_000" {
  description = "Identifiers of the subnets of rack 000."
  value       = { for key, subnet in terraform_data.subnet_000 : key => subnet.id }
}
