# What a rack refuses.

terraform {
  required_providers {
    aws = {
      source = "hashicorp/aws"
    }
  }
}

provider "aws" {
  region = "us-east-1"

  default_tags {
    tags = { Test = "yes" }
  }
}

variable "changed" {
  type    = any
  default = {}
}

module "rack" {
  source = "../.."

  name                    = try(var.changed.name, "rack")
  cidr_block              = try(var.changed.cidr_block, "10.40.0.0/16")
  private                 = try(var.changed.private, true)
  availability_zones      = try(var.changed.availability_zones, ["us-east-1a", "us-east-1b", "us-east-1c"])
  interface_endpoints     = try(var.changed.interface_endpoints, [])
  flow_log_retention_days = try(var.changed.flow_log_retention_days, null)
  kubernetes_version      = try(var.changed.kubernetes_version, "1.33")
  service_cidr_block      = try(var.changed.service_cidr_block, "172.20.0.0/16")
  api_public_cidr_blocks  = try(var.changed.api_public_cidr_blocks, [])
  control_plane_logs      = try(var.changed.control_plane_logs, ["audit"])
  access_entries          = try(var.changed.access_entries, {})
  addons                  = try(var.changed.addons, {})
  service_accounts        = try(var.changed.service_accounts, {})
  node_groups             = try(var.changed.node_groups, { main = { instance_types = ["t3.large"] } })
  build_group             = try(var.changed.build_group, null)
}
