# The network: known long before there is a database.

output "vpc_id" {
  description = "The VPC."
  value       = aws_vpc.this.id
}

output "cidr_block" {
  description = "Its IPv4 range."
  value       = aws_vpc.this.cidr_block
}

output "subnet_ids" {
  description = "The subnets by zone."
  value       = { for zone, subnet in aws_subnet.this : zone => subnet.id }
}

output "route_table_ids" {
  description = "Every route table of the VPC that has subnets."
  value       = { database = aws_route_table.this.id }
}

output "security_group_id" {
  description = "Security group of the database, without a rule of its own."
  value       = aws_security_group.this.id
}

output "port" {
  description = "Port of the database."
  value       = local.port
}

# The database.

output "identifier" {
  description = "Name of the instance or the cluster, as soon as there is one."
  value       = one(concat(aws_db_instance.this[*].identifier, aws_rds_cluster.this[*].cluster_identifier))
}

output "arn" {
  description = "Its ARN."
  value       = one(concat(aws_db_instance.this[*].arn, aws_rds_cluster.this[*].arn))
}

output "resource_id" {
  description = "What policies for IAM authentication call it: arn:aws:rds-db:REGION:ACCOUNT:dbuser:RESOURCE_ID/USER."
  value       = one(concat(aws_db_instance.this[*].resource_id, aws_rds_cluster.this[*].cluster_resource_id))
}

output "address" {
  description = "Host name for writing and reading."
  value       = one(concat(aws_db_instance.this[*].address, aws_rds_cluster.this[*].endpoint))
}

output "reader_address" {
  description = "Host name for reading only: that of an Aurora cluster's readers, else the same as address."
  value       = one(concat(aws_db_instance.this[*].address, aws_rds_cluster.this[*].reader_endpoint))
}

output "database_name" {
  description = "Database that was made in it at the beginning, if any."
  value       = var.database_name
}

output "master_username" {
  description = "User who may do everything."
  value       = var.master_username
}

output "master_secret_arn" {
  description = "Secret with that user's password; null if the password was given."
  value       = one([for secret in flatten(concat(aws_db_instance.this[*].master_user_secret, aws_rds_cluster.this[*].master_user_secret)) : secret.secret_arn])
}

output "kms_key_arn" {
  description = "Key of storage, backups, logs and the password."
  value       = local.kms_key_arn
}
