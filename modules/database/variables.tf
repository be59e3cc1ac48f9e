# The database's name, its network and its engine. How it is kept safe and watched is in variables_operation.tf.

variable "name" {
  description = "The database's name: that of its instance or cluster and of its VPC, and the beginning of the names of all else. Unique in the account."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z](-?[a-z0-9]){1,39}$", var.name)) && length(var.name) <= 40
    error_message = "A database's name is 2 to 40 lower-case letters, digits and single hyphens; it begins with a letter and does not end with a hyphen."
  }
}

variable "cidr_block" {
  description = "IPv4 range of the VPC, /16 to /26. It must not overlap with any network that is to reach the database, now or later."
  type        = string
  nullable    = false

  validation {
    condition     = can(cidrnetmask(var.cidr_block)) && try(cidrsubnet(var.cidr_block, 0, 0) == var.cidr_block, false)
    error_message = "cidr_block is an IPv4 range that begins at its first address, such as 10.30.0.0/24."
  }

  validation {
    condition     = try(tonumber(split("/", var.cidr_block)[1]) >= 16 && tonumber(split("/", var.cidr_block)[1]) <= 26, false)
    error_message = "cidr_block is a /16 to /26: it is cut into four subnets, and AWS allows none smaller than /28."
  }
}

variable "availability_zones" {
  description = "Names of the zones, in order, two to four. The first three of the region if null; name them where a database is to stay, because their order decides who gets which part of the range."
  type        = list(string)
  default     = null

  validation {
    condition     = var.availability_zones == null ? true : length(var.availability_zones) >= 2 && length(var.availability_zones) <= 4 && length(distinct(var.availability_zones)) == length(var.availability_zones)
    error_message = "A database has two to four different availability zones: RDS takes no less, and the range is cut for no more."
  }
}

variable "engine" {
  description = "postgres, mysql or mariadb, which is an RDS instance; aurora-postgresql or aurora-mysql, which is an Aurora cluster."
  type        = string
  nullable    = false

  validation {
    condition     = contains(["postgres", "mysql", "mariadb", "aurora-postgresql", "aurora-mysql"], var.engine)
    error_message = "engine is postgres, mysql, mariadb, aurora-postgresql or aurora-mysql."
  }
}

variable "engine_version" {
  description = "Version of the engine, such as 16, or 16.6 to say exactly which; RDS goes up to newer minor versions by itself unless auto_minor_version_upgrade is false."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[0-9]+([.][0-9a-z_]+)*$", var.engine_version))
    error_message = "engine_version begins with a number, such as 16, 8.0 or 8.0.mysql_aurora.3.08.0."
  }

  validation {
    condition     = endswith(var.engine, "postgres") || endswith(var.engine, "postgresql") || can(regex("^[0-9]+[.][0-9]+", var.engine_version))
    error_message = "Major versions of MySQL and MariaDB have two numbers, such as 8.0 or 10.11."
  }
}

variable "instance_class" {
  description = "Class of the instance, or of all instances of the cluster, such as db.m6g.large; db.serverless with serverless."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^db[.][a-z0-9-]+([.][a-z0-9-]+)?$", var.instance_class))
    error_message = "instance_class is a class of RDS, such as db.m6g.large."
  }

  validation {
    condition     = (var.instance_class == "db.serverless") == (var.serverless != null)
    error_message = "The class db.serverless and the capacity in serverless go together."
  }
}

variable "multi_az" {
  description = "Whether an instance has a standby in another zone. (Aurora: readers.)"
  type        = bool
  default     = true
  nullable    = false
}

variable "readers" {
  description = "How many readers an Aurora cluster has beside its writer; each can take the writer's place. (An instance: multi_az.)"
  type        = number
  default     = 1
  nullable    = false

  validation {
    condition     = var.readers >= 0 && var.readers <= 15 && floor(var.readers) == var.readers
    error_message = "An Aurora cluster has 0 to 15 readers."
  }
}

variable "serverless" {
  description = "Capacity of each instance of an Aurora cluster with the class db.serverless, in ACUs (2 GiB of memory each)."
  type = object({
    min_capacity = number
    max_capacity = number
  })
  default = null

  validation {
    condition     = var.serverless == null ? true : startswith(var.engine, "aurora-")
    error_message = "serverless is for Aurora."
  }

  validation {
    condition     = var.serverless == null ? true : var.serverless.min_capacity >= 0 && var.serverless.min_capacity <= var.serverless.max_capacity && var.serverless.max_capacity >= 1 && var.serverless.max_capacity <= 256
    error_message = "0 <= min_capacity <= max_capacity, and max_capacity is 1 to 256."
  }
}

variable "storage" {
  description = <<-EOT
    Storage. `type` is gp3 or io2 for an instance (gp3 if null), aurora or aurora-iopt1 (I/O at no charge, everything else dearer) for
    a cluster (aurora if null). The rest is for instances: `size` in GiB, `max_size` up to which RDS enlarges it by itself (never if
    null), `iops` and `throughput` (MiB/s) beyond what comes with the size.
  EOT
  type = object({
    type       = optional(string)
    size       = optional(number, 100)
    max_size   = optional(number)
    iops       = optional(number)
    throughput = optional(number)
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.storage.type == null ? true : contains(startswith(var.engine, "aurora-") ? ["aurora", "aurora-iopt1"] : ["gp3", "io2"], var.storage.type)
    error_message = "storage.type is gp3 or io2 for an instance, aurora or aurora-iopt1 for an Aurora cluster."
  }

  validation {
    condition     = var.storage.size >= 20 && var.storage.size <= 65536
    error_message = "storage.size is 20 to 65536 GiB."
  }

  validation {
    # RDS refuses less than 10 % of room.
    condition     = var.storage.max_size == null ? true : var.storage.max_size >= var.storage.size * 1.1 && var.storage.max_size <= 65536
    error_message = "storage.max_size is at least 10 % more than size, and at most 65536 GiB."
  }

  validation {
    condition     = var.storage.type == "io2" ? var.storage.iops != null : true
    error_message = "storage.type io2 needs iops."
  }
}

variable "database_name" {
  description = "Name of the database that is made in it at the beginning. None if null."
  type        = string
  default     = null

  validation {
    condition     = var.database_name == null ? true : can(regex("^[A-Za-z][A-Za-z0-9_]{0,62}$", var.database_name))
    error_message = "database_name is a letter, then letters, digits and underscores."
  }
}

variable "port" {
  description = "Port. The engine's usual one if null."
  type        = number
  default     = null

  validation {
    condition     = var.port == null ? true : var.port >= 1150 && var.port <= 65535
    error_message = "port is 1150 to 65535."
  }
}

variable "parameters" {
  description = "Parameters of the engine by name, beside and before the module's own. `apply_method` is pending-reboot for those that need a restart."
  type = map(object({
    value        = string
    apply_method = optional(string, "immediate")
  }))
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for parameter in var.parameters : contains(["immediate", "pending-reboot"], parameter.apply_method)])
    error_message = "apply_method is immediate or pending-reboot."
  }
}

variable "tags" {
  description = "Tags of everything that the database consists of, beside the provider's default_tags."
  type        = map(string)
  default     = {}
  nullable    = false
}
