# What differs from engine to engine, and the parameter groups.

locals {
  engines = {
    postgres = {
      port = 5432
      logs = ["postgresql", "upgrade"]
      # TLS only, and statements that take a second are in the log.
      parameters = { "rds.force_ssl" = "1", log_min_duration_statement = "1000" }
    }
    mysql = {
      port       = 3306
      logs       = ["error", "slowquery"]
      parameters = { require_secure_transport = "1", slow_query_log = "1", long_query_time = "1" }
    }
    mariadb = {
      port       = 3306
      logs       = ["error", "slowquery"]
      parameters = { require_secure_transport = "1", slow_query_log = "1", long_query_time = "1" }
    }
    aurora-postgresql = {
      port       = 5432
      logs       = ["postgresql"]
      parameters = { "rds.force_ssl" = "1", log_min_duration_statement = "1000" }
    }
    aurora-mysql = {
      port       = 3306
      logs       = ["error", "slowquery"]
      parameters = { require_secure_transport = "ON", slow_query_log = "1", long_query_time = "1" }
    }
  }

  engine    = local.engines[var.engine]
  is_aurora = startswith(var.engine, "aurora-")
  port      = coalesce(var.port, local.engine.port)

  # PostgreSQL's major versions have one number, those of the others two.
  version_numbers = split(".", var.engine_version)
  major_version   = strcontains(var.engine, "postgres") ? local.version_numbers[0] : join(".", slice(local.version_numbers, 0, min(2, length(local.version_numbers))))
  family          = "${var.engine}${local.major_version}"

  parameters = merge(
    { for name, value in local.engine.parameters : name => { value = value, apply_method = "immediate" } },
    var.parameters,
  )

  log_group_prefix = "/aws/rds/${local.is_aurora ? "cluster" : "instance"}/${var.name}/"
  log_exports      = var.log_exports == null ? toset(local.engine.logs) : var.log_exports
}

# Groups have generated names and are replaced before they are deleted: with another major version comes another group, while the
# database still has the old one.

resource "aws_db_parameter_group" "this" {
  count = local.is_aurora ? 0 : 1

  name_prefix = "${var.name}-"
  family      = local.family
  description = "The database ${var.name}"

  dynamic "parameter" {
    for_each = local.parameters

    content {
      name         = parameter.key
      value        = parameter.value.value
      apply_method = parameter.value.apply_method
    }
  }

  tags = merge(var.tags, { Name = var.name })

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_rds_cluster_parameter_group" "this" {
  count = local.is_aurora ? 1 : 0

  name_prefix = "${var.name}-"
  family      = local.family
  description = "The database ${var.name}"

  dynamic "parameter" {
    for_each = local.parameters

    content {
      name         = parameter.key
      value        = parameter.value.value
      apply_method = parameter.value.apply_method
    }
  }

  tags = merge(var.tags, { Name = var.name })

  lifecycle {
    create_before_destroy = true
  }
}
