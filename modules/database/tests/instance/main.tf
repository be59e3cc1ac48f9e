# PostgreSQL as an RDS instance.

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

module "database" {
  source = "../.."

  name           = "platform"
  cidr_block     = "10.60.0.0/24"
  engine         = "postgres"
  engine_version = "16"
  instance_class = "db.m6g.large"
  storage        = { size = 200, max_size = 1000 }
  database_name  = "platform"
  parameters     = { log_min_duration_statement = { value = "250" }, shared_preload_libraries = { value = "pg_stat_statements", apply_method = "pending-reboot" } }

  deletion_protection = false
  skip_final_snapshot = true
}

# The same with a password of one's own, and little else.
module "small" {
  source = "../.."

  name               = "small"
  cidr_block         = "10.60.1.0/26"
  availability_zones = ["us-east-1a", "us-east-1b"]
  engine             = "mysql"
  engine_version     = "8.0"
  instance_class     = "db.t4g.micro"
  multi_az           = false
  storage            = { size = 20 }

  master_password         = "correct horse battery staple"
  master_password_version = 1

  log_exports                         = []
  monitoring_interval                 = 0
  performance_insights_retention_days = null
  deletion_protection                 = false
  skip_final_snapshot                 = true
}

output "platform" {
  value = module.database
}

output "small" {
  value = module.small
}
