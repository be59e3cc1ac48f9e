variable "cidr" {
  type = string
}

variable "zones" {
  type = list(string)
}

variable "clients" {
  type        = map(string)
  description = "The address ranges that may connect, by name."
}

variable "grown" {
  type = bool
}

resource "aws_vpc" "main" {
  cidr_block           = var.cidr
  enable_dns_hostnames = true
  tags                 = { Name = "data" }
}

resource "aws_subnet" "main" {
  count             = length(var.zones)
  vpc_id            = aws_vpc.main.id
  cidr_block        = cidrsubnet(var.cidr, 8, count.index)
  availability_zone = var.zones[count.index]
  tags              = { Name = "data ${count.index}" }
}

resource "aws_route_table" "main" {
  vpc_id = aws_vpc.main.id
  tags   = { Name = "data" }
}

resource "aws_route_table_association" "main" {
  count          = length(var.zones)
  subnet_id      = aws_subnet.main[count.index].id
  route_table_id = aws_route_table.main.id
}

resource "aws_security_group" "db" {
  name        = "databases"
  description = "databases"
  vpc_id      = aws_vpc.main.id
  tags        = { Name = "databases" }
}

resource "aws_vpc_security_group_ingress_rule" "db" {
  for_each          = var.clients
  security_group_id = aws_security_group.db.id
  cidr_ipv4         = each.value
  ip_protocol       = "tcp"
  from_port         = 5432
  to_port           = var.grown ? 5433 : 5432
  description       = each.key
}

resource "aws_db_subnet_group" "main" {
  name       = "data"
  subnet_ids = aws_subnet.main[*].id
}

resource "aws_db_parameter_group" "main" {
  name   = "data"
  family = "postgres15"

  parameter {
    name  = "log_min_duration_statement"
    value = var.grown ? "250" : "500"
  }
}

resource "aws_db_instance" "main" {
  identifier                 = "chains"
  engine                     = "postgres"
  engine_version             = "15.4"
  instance_class             = "db.m5.large"
  allocated_storage          = var.grown ? 200 : 100
  storage_type               = "gp3"
  username                   = "chains"
  password                   = "not-a-secret-1"
  skip_final_snapshot        = true
  apply_immediately          = true
  multi_az                   = true
  storage_encrypted          = true
  backup_retention_period    = var.grown ? 14 : 7
  auto_minor_version_upgrade = false
  db_subnet_group_name       = aws_db_subnet_group.main.name
  parameter_group_name       = aws_db_parameter_group.main.name
  vpc_security_group_ids     = [aws_security_group.db.id]
}

resource "aws_rds_cluster_parameter_group" "main" {
  name   = "platform"
  family = "aurora-postgresql15"
}

resource "aws_rds_cluster" "main" {
  cluster_identifier              = "platform"
  engine                          = "aurora-postgresql"
  engine_version                  = "15.10"
  database_name                   = "platform"
  master_username                 = "platform"
  master_password                 = "not-a-secret-1"
  skip_final_snapshot             = true
  storage_encrypted               = true
  apply_immediately               = true
  backup_retention_period         = var.grown ? 14 : 7
  db_subnet_group_name            = aws_db_subnet_group.main.name
  db_cluster_parameter_group_name = aws_rds_cluster_parameter_group.main.name
  vpc_security_group_ids          = [aws_security_group.db.id]
}

resource "aws_rds_cluster_instance" "main" {
  count              = 2
  identifier         = "platform-${count.index}"
  cluster_identifier = aws_rds_cluster.main.id
  engine             = aws_rds_cluster.main.engine
  engine_version     = aws_rds_cluster.main.engine_version
  instance_class     = "db.r5.large"
  apply_immediately  = true
}

output "vpc_id" {
  value = aws_vpc.main.id
}

output "cidr" {
  value = aws_vpc.main.cidr_block
}

output "route_table" {
  value = aws_route_table.main.id
}

output "addresses" {
  value = { instance = aws_db_instance.main.address, cluster = aws_rds_cluster.main.endpoint }
}
