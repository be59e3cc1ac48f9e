# What `infra validate` makes of mistakes: all of these are found in one run, each with its place.

locals {
  names = ["blue", "green"]
  first = local.name[0]
  size  = upper("large", "small")
}

resource "terraform_data" "node" {
  count = length(local.names)
  inptu = upper(local.names[count.index])
}

output "node" {
  value = terraform_data.nodes[0].id
}
