variable "name" {
  description = "Name of the connection, and the beginning of its rules' descriptions, such as production-platform."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9][A-Za-z0-9 ._-]{0,62}$", var.name))
    error_message = "A connection's name is 1 to 63 letters, digits, blanks, dots, hyphens and underscores."
  }
}

variable "requester" {
  description = <<-EOT
    The side that asks for the connection.
    - `vpc_id`, `cidr_blocks`: the VPC and all of its IPv4 ranges.
    - `route_table_ids`: *every* route table whose subnets are to reach the other side, by a name of your choice. Names are what
      routes are known by, so that the tables themselves need not exist yet.
    - `ingress`: what the other side may reach here, by a name of your choice: a security group of this side, a port (or ports,
      up to `to_port`), and the ranges of the other side that it is reached from.
  EOT
  type = object({
    vpc_id          = string
    cidr_blocks     = list(string)
    route_table_ids = map(string)
    ingress = optional(map(object({
      security_group_id = string
      port              = number
      to_port           = optional(number)
      protocol          = optional(string, "tcp")
      cidr_blocks       = list(string)
    })), {})
  })
  nullable = false

  validation {
    condition     = length(var.requester.cidr_blocks) > 0 && alltrue([for block in var.requester.cidr_blocks : can(cidrnetmask(block))])
    error_message = "requester.cidr_blocks has the IPv4 ranges of the VPC, such as 10.10.0.0/16."
  }

  validation {
    condition     = length(var.requester.route_table_ids) > 0
    error_message = "requester.route_table_ids names no route table: nothing there would find the other side."
  }

  validation {
    condition     = alltrue([for rule in var.requester.ingress : rule.port >= 0 && rule.port <= coalesce(rule.to_port, rule.port) && coalesce(rule.to_port, rule.port) <= 65535 && contains(["tcp", "udp"], rule.protocol)])
    error_message = "Rules of requester.ingress have a port from 0 to 65535, a to_port that isn't below it, and tcp or udp."
  }
}

variable "accepter" {
  description = "The side that accepts it. As requester."
  type = object({
    vpc_id          = string
    cidr_blocks     = list(string)
    route_table_ids = map(string)
    ingress = optional(map(object({
      security_group_id = string
      port              = number
      to_port           = optional(number)
      protocol          = optional(string, "tcp")
      cidr_blocks       = list(string)
    })), {})
  })
  nullable = false

  validation {
    condition     = length(var.accepter.cidr_blocks) > 0 && alltrue([for block in var.accepter.cidr_blocks : can(cidrnetmask(block))])
    error_message = "accepter.cidr_blocks has the IPv4 ranges of the VPC, such as 10.30.0.0/24."
  }

  validation {
    condition     = length(var.accepter.route_table_ids) > 0
    error_message = "accepter.route_table_ids names no route table: no answer would find its way back."
  }

  validation {
    condition     = alltrue([for rule in var.accepter.ingress : rule.port >= 0 && rule.port <= coalesce(rule.to_port, rule.port) && coalesce(rule.to_port, rule.port) <= 65535 && contains(["tcp", "udp"], rule.protocol)])
    error_message = "Rules of accepter.ingress have a port from 0 to 65535, a to_port that isn't below it, and tcp or udp."
  }

  # What concerns both sides is checked here: rules of variables that refer to each other would be a cycle.

  # Two ranges overlap exactly if they begin alike for as many bits as the shorter prefix has. AWS refuses to join such VPCs, but
  # only when both exist.
  validation {
    condition = alltrue([for pair in setproduct(var.requester.cidr_blocks, var.accepter.cidr_blocks) : try(
      cidrhost("${split("/", pair[0])[0]}/${min(split("/", pair[0])[1], split("/", pair[1])[1])}", 0) !=
      cidrhost("${split("/", pair[1])[0]}/${min(split("/", pair[0])[1], split("/", pair[1])[1])}", 0),
      true,
    )])
    error_message = "The VPCs of ${var.name} can't be peered, because their ranges overlap: ${join(", ", var.requester.cidr_blocks)} (requester) and ${join(", ", var.accepter.cidr_blocks)} (accepter). Give one of them another range."
  }

  # A range lies within another exactly if its prefix is no shorter and its first address, cut to the other's prefix, is the other's.
  validation {
    condition = alltrue(flatten([for rule in var.accepter.ingress : [for block in rule.cidr_blocks : anytrue([for whole in var.requester.cidr_blocks : try(
      tonumber(split("/", block)[1]) >= tonumber(split("/", whole)[1]) && cidrhost("${split("/", block)[0]}/${split("/", whole)[1]}", 0) == cidrhost(whole, 0),
      false,
    )])]]))
    error_message = "accepter.ingress lets in ranges that are not the requester's (${join(", ", var.requester.cidr_blocks)}): nothing else comes over the connection."
  }

  validation {
    condition = alltrue(flatten([for rule in var.requester.ingress : [for block in rule.cidr_blocks : anytrue([for whole in var.accepter.cidr_blocks : try(
      tonumber(split("/", block)[1]) >= tonumber(split("/", whole)[1]) && cidrhost("${split("/", block)[0]}/${split("/", whole)[1]}", 0) == cidrhost(whole, 0),
      false,
    )])]]))
    error_message = "requester.ingress lets in ranges that are not the accepter's (${join(", ", var.accepter.cidr_blocks)}): nothing else comes over the connection."
  }
}

variable "dns_resolution" {
  description = "Whether either side's private addresses come of the public host names of the other side's instances. Both VPCs need DNS support and host names on."
  type        = bool
  default     = true
  nullable    = false
}

variable "tags" {
  description = "Tags of the connection and its rules, beside the providers' default_tags."
  type        = map(string)
  default     = {}
  nullable    = false
}
