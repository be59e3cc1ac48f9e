# The databases, each in a VPC of its own. Racks join these VPCs from their own stacks.

locals {
  zones = [for letter in ["a", "b", "c"] : "${var.region}${letter}"]
}

# What the REST and GraphQL APIs serve: accounts, projects, prices. Small and busy; it must survive a zone.
module "platform" {
  source = "../../modules/database"

  name               = "platform"
  cidr_block         = "10.30.0.0/24"
  availability_zones = local.zones

  engine         = "postgres"
  engine_version = "16"
  instance_class = "db.m6g.large"
  multi_az       = true
  storage        = { size = 200, max_size = 1000 }
  database_name  = "platform"

  backup_retention_days = 14
  deletion_protection   = var.protected
  skip_final_snapshot   = !var.protected
}

# What the chain integrations write and the consumers aggregate: blocks, transfers, balances. Much I/O, which Aurora charges for
# one by one unless its storage is aurora-iopt1; reports read from the reader.
module "chain" {
  source = "../../modules/database"

  name               = "chain"
  cidr_block         = "10.30.1.0/24"
  availability_zones = local.zones

  engine         = "aurora-postgresql"
  engine_version = "16"
  instance_class = "db.r6g.xlarge"
  readers        = 1
  storage        = { type = "aurora-iopt1" }
  database_name  = "chain"
  parameters     = { work_mem = { value = "65536" } }

  backup_retention_days = 7
  deletion_protection   = var.protected
  skip_final_snapshot   = !var.protected
}
