# Logs, and the role with which RDS delivers the operating system's metrics.

resource "aws_cloudwatch_log_group" "this" {
  for_each = local.log_exports

  # RDS would make them, too, and keep everything for ever.
  name              = "${local.log_group_prefix}${each.key}"
  retention_in_days = var.log_retention_days
  kms_key_id        = local.kms_key_arn

  tags = var.tags
}

data "aws_iam_policy_document" "monitoring_trust" {
  count = var.monitoring_interval == 0 ? 0 : 1

  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["monitoring.rds.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "monitoring" {
  count = var.monitoring_interval == 0 ? 0 : 1

  name               = "${var.name}-rds-monitoring"
  description        = "Delivers metrics of the database ${var.name}"
  assume_role_policy = data.aws_iam_policy_document.monitoring_trust[0].json

  tags = var.tags
}

resource "aws_iam_role_policy_attachment" "monitoring" {
  count = var.monitoring_interval == 0 ? 0 : 1

  role       = aws_iam_role.monitoring[0].name
  policy_arn = "arn:${data.aws_partition.current.partition}:iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole"
}
