# An RDS instance: postgres, mysql and mariadb.

resource "aws_db_instance" "this" {
  count = local.is_aurora ? 0 : 1

  identifier     = var.name
  engine         = var.engine
  engine_version = var.engine_version
  instance_class = var.instance_class
  multi_az       = var.multi_az
  db_name        = var.database_name
  port           = local.port

  # Storage
  storage_type          = coalesce(var.storage.type, "gp3")
  allocated_storage     = var.storage.size
  max_allocated_storage = var.storage.max_size
  iops                  = var.storage.iops
  storage_throughput    = var.storage.throughput
  storage_encrypted     = true
  kms_key_id            = local.kms_key_arn

  # Who gets in
  db_subnet_group_name                = aws_db_subnet_group.this.name
  vpc_security_group_ids              = [aws_security_group.this.id]
  publicly_accessible                 = false
  username                            = var.master_username
  manage_master_user_password         = var.master_password_version == null ? true : null
  master_user_secret_kms_key_id       = var.master_password_version == null ? local.kms_key_arn : null
  password_wo                         = var.master_password_version == null ? null : var.master_password
  password_wo_version                 = var.master_password_version
  iam_database_authentication_enabled = var.iam_authentication
  ca_cert_identifier                  = var.ca_certificate

  # Backups, and what is left of it
  backup_retention_period   = var.backup_retention_days
  backup_window             = var.backup_window
  copy_tags_to_snapshot     = true
  deletion_protection       = var.deletion_protection
  skip_final_snapshot       = var.skip_final_snapshot
  final_snapshot_identifier = var.skip_final_snapshot ? null : coalesce(var.final_snapshot_identifier, "${var.name}-final")
  snapshot_identifier       = var.snapshot_identifier

  # Changes
  parameter_group_name        = aws_db_parameter_group.this[0].name
  maintenance_window          = var.maintenance_window
  apply_immediately           = var.apply_immediately
  auto_minor_version_upgrade  = var.auto_minor_version_upgrade
  allow_major_version_upgrade = var.allow_major_version_upgrade

  # What can be seen of it
  enabled_cloudwatch_logs_exports       = local.log_exports
  monitoring_interval                   = var.monitoring_interval
  monitoring_role_arn                   = one(aws_iam_role.monitoring[*].arn)
  performance_insights_enabled          = var.performance_insights_retention_days != null
  performance_insights_retention_period = var.performance_insights_retention_days
  performance_insights_kms_key_id       = var.performance_insights_retention_days == null ? null : local.kms_key_arn

  tags = merge(var.tags, { Name = var.name })

  depends_on = [
    aws_cloudwatch_log_group.this,
    aws_iam_role_policy_attachment.monitoring,
    aws_route_table_association.this,
  ]

  lifecycle {
    # It says where the data came from once. A database is not replaced because that is forgotten.
    ignore_changes = [snapshot_identifier]
  }
}
