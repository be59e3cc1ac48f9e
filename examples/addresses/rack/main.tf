variable "name" {
  type = string
}

variable "cidr" {
  type = string
}

variable "zones" {
  type = list(string)
}

locals {
  # A quarter of the addresses for public subnets, the rest for private ones.
  subnets = merge([
    for index, zone in var.zones : {
      "public-${trimprefix(zone, "eu-central-")}"  = cidrsubnet(var.cidr, 4, index)
      "private-${trimprefix(zone, "eu-central-")}" = cidrsubnet(var.cidr, 2, index + 1)
    }
  ]...)
}

resource "terraform_data" "subnet" {
  for_each = local.subnets

  input = {
    cidr = each.value
    name = "${var.name}-${each.key}"
  }

  lifecycle {
    precondition {
      condition     = length(var.zones) <= 3
      error_message = "There is room for three zones, not for ${length(var.zones)}."
    }
  }
}

output "subnets" {
  value = { for key, subnet in terraform_data.subnet : key => subnet.input.cidr }
}
