# What keeps data: PostgreSQL, Redis and ClickHouse on machines of their own, and two databases on RDS, all in the same VPC.

locals {
  databases = {
    postgres-main = {
      type   = "r5.xlarge", image = "al2", subnet = "db-a", ip = "172.30.20.10", key = "ops-2018", agent = true
      groups = ["postgres"], profile = "db-backup"
      run    = "postgres.sh", with = { primary = "" }
      data = {
        "/dev/sdf" = { size = 1200, type = "io1", iops = 6000 }
        "/dev/sdg" = { size = 100, type = "gp2" } # write-ahead log
      }
      tags = { Name = "postgres-main", Environment = "production", Owner = "ops@chaindata.example" }
    }
    pg-replica = {
      type   = "r5.large", image = "al2", subnet = "db-b", ip = "172.30.21.10", key = "ops-2018", agent = true
      groups = ["postgres"], profile = "db-backup"
      run    = "postgres.sh", with = { primary = "172.30.20.10" }
      data   = { "/dev/sdf" = { size = 1200, type = "gp2" } }
      tags   = { Name = "pg-replica", Environment = "production" }
    }
    redis-cache = {
      type   = "r4.large", image = "al1", subnet = "db-a", ip = "172.30.20.15", key = "ops-2018", agent = true
      groups = ["redis"], profile = "db-backup"
      run    = "redis.sh"
      tags   = { Name = "redis-cache", env = "prod" }
    }
    clickhouse-01 = {
      type   = "m5.4xlarge", image = "al2", subnet = "db-b", ip = "172.30.21.17", key = "ops-2022", agent = true
      groups = ["clickhouse", "launch-wizard-7"], profile = "db-backup"
      run    = "clickhouse.sh"
      data   = { "/dev/sdf" = { size = 4000, type = "gp2" } }
      tags   = { Name = "clickhouse-01", team = "analytics" }
    }
  }
}

resource "aws_db_subnet_group" "main" {
  name       = "main"
  subnet_ids = [aws_subnet.main["db-a"].id, aws_subnet.main["db-b"].id]
}

resource "aws_db_instance" "users" {
  identifier                  = "users-prod"
  engine                      = "postgres"
  engine_version              = "15.4"
  instance_class              = "db.m5.large"
  allocated_storage           = 200
  storage_type                = "gp2"
  db_name                     = "users"
  username                    = "users"
  manage_master_user_password = true
  db_subnet_group_name        = aws_db_subnet_group.main.name
  vpc_security_group_ids      = [aws_security_group.main["rds"].id]
  backup_retention_period     = 7
  skip_final_snapshot         = true
  tags                        = { Name = "users-prod", env = "prod", Owner = "backend@chaindata.example" }
}

resource "aws_db_instance" "reports" {
  identifier                  = "reports"
  engine                      = "mysql"
  engine_version              = "8.0.35"
  instance_class              = "db.t3.medium"
  allocated_storage           = 100
  storage_type                = "gp2"
  db_name                     = "reports"
  username                    = "admin"
  manage_master_user_password = true
  db_subnet_group_name        = aws_db_subnet_group.main.name
  vpc_security_group_ids      = [aws_security_group.main["rds"].id]
  backup_retention_period     = 0
  skip_final_snapshot         = true
  tags                        = { Name = "reports" }
}
