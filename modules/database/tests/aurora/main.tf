# PostgreSQL as an Aurora cluster: with instances of a size, and serverless.

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

  name           = "chain"
  cidr_block     = "10.61.0.0/24"
  engine         = "aurora-postgresql"
  engine_version = "16"
  instance_class = "db.r6g.large"
  readers        = 2
  storage        = { type = "aurora-iopt1" }
  database_name  = "chain"

  deletion_protection = false
  skip_final_snapshot = true
}

module "serverless" {
  source = "../.."

  name           = "serverless"
  cidr_block     = "10.61.1.0/24"
  engine         = "aurora-mysql"
  engine_version = "8.0.mysql_aurora.3.08.0"
  instance_class = "db.serverless"
  readers        = 0
  serverless     = { min_capacity = 0.5, max_capacity = 8 }

  deletion_protection = false
  skip_final_snapshot = true
}

output "chain" {
  value = module.database
}
