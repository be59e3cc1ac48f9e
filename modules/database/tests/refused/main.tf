# What a database refuses.

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

module "database" {
  source = "../.."

  name                                = try(var.changed.name, "platform")
  cidr_block                          = try(var.changed.cidr_block, "10.60.0.0/24")
  availability_zones                  = try(var.changed.availability_zones, null)
  engine                              = try(var.changed.engine, "postgres")
  engine_version                      = try(var.changed.engine_version, "16")
  instance_class                      = try(var.changed.instance_class, "db.m6g.large")
  readers                             = try(var.changed.readers, 1)
  serverless                          = try(var.changed.serverless, null)
  storage                             = try(var.changed.storage, {})
  database_name                       = try(var.changed.database_name, null)
  master_username                     = try(var.changed.master_username, "dbadmin")
  master_password_version             = try(var.changed.master_password_version, null)
  backup_retention_days               = try(var.changed.backup_retention_days, 7)
  maintenance_window                  = try(var.changed.maintenance_window, "sun:04:30-sun:05:30")
  log_exports                         = try(var.changed.log_exports, null)
  performance_insights_retention_days = try(var.changed.performance_insights_retention_days, 7)
}
