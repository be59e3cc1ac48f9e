# How the database is kept safe, changed and watched.

variable "master_username" {
  description = "Name of the user who may do everything."
  type        = string
  default     = "dbadmin"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9_]{0,15}$", var.master_username)) && !contains(["admin", "rdsadmin", "postgres", "root"], var.master_username)
    error_message = "master_username is at most 16 lower-case letters, digits and underscores, begins with a letter, and is not one that engines keep for themselves (admin, rdsadmin, postgres, root)."
  }
}

variable "master_password" {
  description = "That user's password, if master_password_version is set. It is not in the state."
  type        = string
  default     = null
  sensitive   = true
}

variable "master_password_version" {
  description = "RDS makes the password, keeps it in Secrets Manager and changes it every seven days if null. With a number it is master_password, which is set again whenever the number changes."
  type        = number
  default     = null

  validation {
    condition     = var.master_password_version == null ? true : var.master_password != null
    error_message = "master_password_version needs master_password."
  }
}

variable "iam_authentication" {
  description = "Whether roles may log in with short-lived tokens instead of passwords."
  type        = bool
  default     = true
  nullable    = false
}

variable "kms_key_arn" {
  description = "Key that encrypts storage, backups, logs and the password. The module makes one if null. A key from elsewhere has to let CloudWatch Logs use it. Neither can be changed later."
  type        = string
  default     = null

  validation {
    condition     = var.kms_key_arn == null ? true : can(regex("^arn:[^:]+:kms:[^:]+:[^:]*:key/", var.kms_key_arn))
    error_message = "kms_key_arn is the ARN of a key, arn:aws:kms:REGION:ACCOUNT:key/ID."
  }
}

variable "ca_certificate" {
  description = "Authority of the server's certificate."
  type        = string
  default     = "rds-ca-rsa2048-g1"
  nullable    = false

  validation {
    condition     = contains(["rds-ca-rsa2048-g1", "rds-ca-rsa4096-g1", "rds-ca-ecc384-g1"], var.ca_certificate)
    error_message = "ca_certificate is rds-ca-rsa2048-g1, rds-ca-rsa4096-g1 or rds-ca-ecc384-g1."
  }
}

variable "backup_retention_days" {
  description = "For how many days the database can be restored to any moment."
  type        = number
  default     = 7
  nullable    = false

  validation {
    condition     = var.backup_retention_days >= 1 && var.backup_retention_days <= 35
    error_message = "backup_retention_days is 1 to 35."
  }
}

variable "backup_window" {
  description = "When backups are made, in UTC."
  type        = string
  default     = "03:00-04:00"
  nullable    = false

  validation {
    condition     = can(regex("^([01][0-9]|2[0-3]):[0-5][0-9]-([01][0-9]|2[0-3]):[0-5][0-9]$", var.backup_window))
    error_message = "backup_window is HH:MM-HH:MM."
  }
}

variable "maintenance_window" {
  description = "When RDS may restart the database for changes that need it, in UTC. It must not overlap with backup_window."
  type        = string
  default     = "sun:04:30-sun:05:30"
  nullable    = false

  validation {
    condition     = can(regex("^(mon|tue|wed|thu|fri|sat|sun):([01][0-9]|2[0-3]):[0-5][0-9]-(mon|tue|wed|thu|fri|sat|sun):([01][0-9]|2[0-3]):[0-5][0-9]$", var.maintenance_window))
    error_message = "maintenance_window is ddd:HH:MM-ddd:HH:MM, such as sun:04:30-sun:05:30."
  }
}

variable "auto_minor_version_upgrade" {
  description = "Whether RDS goes up to newer minor versions by itself, in the maintenance window."
  type        = bool
  default     = true
  nullable    = false
}

variable "allow_major_version_upgrade" {
  description = "Whether engine_version may go up to another major version."
  type        = bool
  default     = false
  nullable    = false
}

variable "apply_immediately" {
  description = "Whether changes are made at once, with a restart where they need one, rather than in the maintenance window."
  type        = bool
  default     = false
  nullable    = false
}

variable "deletion_protection" {
  description = "Whether AWS refuses to delete the database. To delete it, apply with false first."
  type        = bool
  default     = true
  nullable    = false
}

variable "skip_final_snapshot" {
  description = "Whether no snapshot is kept of a database that is deleted."
  type        = bool
  default     = false
  nullable    = false
}

variable "final_snapshot_identifier" {
  description = "Name of that snapshot. NAME-final if null; give another if there is one of that name already."
  type        = string
  default     = null
}

variable "snapshot_identifier" {
  description = "Snapshot from which the database is made, if not empty. It matters at creation only."
  type        = string
  default     = null
}

variable "log_exports" {
  description = "Which of the engine's logs go to CloudWatch. As is usual for the engine if null."
  type        = set(string)
  default     = null

  validation {
    condition     = var.log_exports == null ? true : length(setsubtract(var.log_exports, endswith(var.engine, "postgres") ? ["postgresql", "upgrade"] : endswith(var.engine, "postgresql") ? ["postgresql", "instance"] : ["audit", "error", "general", "slowquery"])) == 0
    error_message = "Logs are postgresql and upgrade (postgres), postgresql and instance (aurora-postgresql), or audit, error, general and slowquery (MySQL and MariaDB)."
  }
}

variable "log_retention_days" {
  description = "For how many days they are kept."
  type        = number
  default     = 30
  nullable    = false

  validation {
    condition     = contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], var.log_retention_days)
    error_message = "CloudWatch keeps logs for 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288 or 3653 days."
  }
}

variable "monitoring_interval" {
  description = "Seconds between samples of the operating system's metrics (enhanced monitoring); 0 for none."
  type        = number
  default     = 60
  nullable    = false

  validation {
    condition     = contains([0, 1, 5, 10, 15, 30, 60], var.monitoring_interval)
    error_message = "monitoring_interval is 0, 1, 5, 10, 15, 30 or 60."
  }
}

variable "performance_insights_retention_days" {
  description = "For how many days it is kept what the database was busy with: 7, which is free, a multiple of 31, or 731. No Performance Insights if null."
  type        = number
  default     = 7

  validation {
    condition     = var.performance_insights_retention_days == null ? true : contains([7, 731], var.performance_insights_retention_days) || (var.performance_insights_retention_days % 31 == 0 && var.performance_insights_retention_days > 0 && var.performance_insights_retention_days <= 713)
    error_message = "performance_insights_retention_days is 7, 731, or a multiple of 31 up to 713."
  }
}
