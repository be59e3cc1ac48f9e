# An Aurora cluster: aurora-postgresql and aurora-mysql. The first instance is the writer until AWS makes another one that.

resource "aws_rds_cluster" "this" {
  count = local.is_aurora ? 1 : 0

  cluster_identifier = var.name
  engine             = var.engine
  engine_version     = var.engine_version
  database_name      = var.database_name
  port               = local.port

  # Storage. Aurora's own type is the empty one.
  storage_type      = var.storage.type == "aurora-iopt1" ? var.storage.type : null
  storage_encrypted = true
  kms_key_id        = local.kms_key_arn

  # Who gets in
  db_subnet_group_name                = aws_db_subnet_group.this.name
  vpc_security_group_ids              = [aws_security_group.this.id]
  master_username                     = var.master_username
  manage_master_user_password         = var.master_password_version == null ? true : null
  master_user_secret_kms_key_id       = var.master_password_version == null ? local.kms_key_arn : null
  master_password_wo                  = var.master_password_version == null ? null : var.master_password
  master_password_wo_version          = var.master_password_version
  iam_database_authentication_enabled = var.iam_authentication

  # Backups, and what is left of it
  backup_retention_period   = var.backup_retention_days
  preferred_backup_window   = var.backup_window
  copy_tags_to_snapshot     = true
  deletion_protection       = var.deletion_protection
  skip_final_snapshot       = var.skip_final_snapshot
  final_snapshot_identifier = var.skip_final_snapshot ? null : coalesce(var.final_snapshot_identifier, "${var.name}-final")
  snapshot_identifier       = var.snapshot_identifier

  # Changes
  db_cluster_parameter_group_name = aws_rds_cluster_parameter_group.this[0].name
  preferred_maintenance_window    = var.maintenance_window
  apply_immediately               = var.apply_immediately
  allow_major_version_upgrade     = var.allow_major_version_upgrade

  # What can be seen of it
  enabled_cloudwatch_logs_exports = local.log_exports

  dynamic "serverlessv2_scaling_configuration" {
    for_each = var.serverless[*]

    content {
      min_capacity = serverlessv2_scaling_configuration.value.min_capacity
      max_capacity = serverlessv2_scaling_configuration.value.max_capacity
    }
  }

  tags = merge(var.tags, { Name = var.name })

  depends_on = [
    aws_cloudwatch_log_group.this,
    aws_route_table_association.this,
  ]

  lifecycle {
    # It says where the data came from once. A database is not replaced because that is forgotten.
    ignore_changes = [snapshot_identifier]
  }
}

resource "aws_rds_cluster_instance" "this" {
  count = local.is_aurora ? 1 + var.readers : 0

  identifier                 = "${var.name}-${count.index + 1}"
  cluster_identifier         = aws_rds_cluster.this[0].id
  engine                     = aws_rds_cluster.this[0].engine
  engine_version             = aws_rds_cluster.this[0].engine_version
  instance_class             = var.instance_class
  db_subnet_group_name       = aws_db_subnet_group.this.name
  publicly_accessible        = false
  ca_cert_identifier         = var.ca_certificate
  copy_tags_to_snapshot      = true
  auto_minor_version_upgrade = var.auto_minor_version_upgrade
  apply_immediately          = var.apply_immediately

  monitoring_interval                   = var.monitoring_interval
  monitoring_role_arn                   = one(aws_iam_role.monitoring[*].arn)
  performance_insights_enabled          = var.performance_insights_retention_days != null
  performance_insights_retention_period = var.performance_insights_retention_days
  performance_insights_kms_key_id       = var.performance_insights_retention_days == null ? null : local.kms_key_arn

  tags = merge(var.tags, { Name = "${var.name}-${count.index + 1}" })

  depends_on = [aws_iam_role_policy_attachment.monitoring]
}
