# What every rack needs: a name and a network. Kubernetes and nodes have files of their own.

variable "name" {
  description = "The rack's name: that of its cluster and its VPC, and the beginning of the names of all else. Unique in the account."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{0,28}[a-z0-9]$", var.name))
    error_message = "A rack's name is 2 to 30 lower-case letters, digits and hyphens; it begins with a letter and does not end with a hyphen."
  }
}

variable "cidr_block" {
  description = "IPv4 range of the VPC, /16 to /20. It must not overlap with any network that the rack is to be joined with, now or later."
  type        = string
  nullable    = false

  validation {
    condition     = can(cidrnetmask(var.cidr_block)) && try(cidrsubnet(var.cidr_block, 0, 0) == var.cidr_block, false)
    error_message = "cidr_block is an IPv4 range that begins at its first address, such as 10.10.0.0/16."
  }

  validation {
    condition     = try(tonumber(split("/", var.cidr_block)[1]) >= 16 && tonumber(split("/", var.cidr_block)[1]) <= 20, false)
    error_message = "cidr_block is a /16 to /20: AWS allows no larger VPC, and a smaller one has no room for pods."
  }
}

variable "high_availability" {
  description = "Whether the rack survives the loss of a zone: three zones, a NAT gateway in each, and node groups zone by zone. Otherwise two zones (EKS takes no less), one NAT gateway, and node groups that span the zones."
  type        = bool
  default     = true
  nullable    = false
}

variable "private" {
  description = "Whether nodes live in private subnets, behind NAT gateways. Otherwise they have public addresses, and there are neither private subnets nor NAT gateways."
  type        = bool
  default     = true
  nullable    = false
}

variable "availability_zones" {
  description = "Names of the zones, in order. The first of the region that EKS can use if null; name them where a rack is to stay, because their order decides who gets which part of the range."
  type        = list(string)
  default     = null

  validation {
    condition     = var.availability_zones == null ? true : length(var.availability_zones) >= 2 && length(var.availability_zones) <= 7
    error_message = "A rack has two to seven availability zones: EKS takes no less, and the range is cut for no more."
  }

  validation {
    condition     = var.availability_zones == null ? true : length(distinct(var.availability_zones)) == length(var.availability_zones)
    error_message = "availability_zones names a zone twice."
  }
}

variable "nat_gateway_per_zone" {
  description = "Whether each zone has a NAT gateway of its own; otherwise all share the first zone's. As high_availability says if null."
  type        = bool
  default     = null
}

variable "interface_endpoints" {
  description = "AWS services that are reached over endpoints in the VPC rather than through NAT gateways, such as ecr.api, ecr.dkr, sts and ec2. Each costs by the hour in each zone. S3 always has a gateway endpoint, which is free."
  type        = set(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for service in var.interface_endpoints : can(regex("^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$", service)) && !startswith(service, "com.")])
    error_message = "interface_endpoints has services as their endpoints' names end, such as ecr.api for com.amazonaws.us-east-1.ecr.api."
  }

  validation {
    condition     = var.private || length(var.interface_endpoints) == 0
    error_message = "Interface endpoints are for private racks: the nodes of others reach AWS directly."
  }

  validation {
    condition     = !contains(var.interface_endpoints, "s3")
    error_message = "S3 has a gateway endpoint already."
  }
}

variable "flow_log_retention_days" {
  description = "For how many days the VPC's flow log is kept in CloudWatch. No flow log if null."
  type        = number
  default     = null

  validation {
    condition     = var.flow_log_retention_days == null ? true : contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], var.flow_log_retention_days)
    error_message = "CloudWatch keeps logs for 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288 or 3653 days."
  }
}

variable "tags" {
  description = "Tags of everything that the rack consists of, its instances and volumes included, beside the provider's default_tags."
  type        = map(string)
  default     = {}
  nullable    = false
}
