# The machines.

variable "node_groups" {
  description = <<-EOT
    Node groups by name.
    - `instance_types`: what it may consist of; several of the same size for spot, one for on demand.
    - `capacity_type`: ON_DEMAND or SPOT.
    - `min_size`, `max_size`: of each node group that AWS has, thus zone by zone if `per_zone`. `initial_size` is where it begins
      (`min_size` if null); from then on the autoscaler decides.
    - `per_zone`: a node group in each zone rather than one that spans them, so that the autoscaler can choose the zone that a
      volume or a topology constraint asks for. As high_availability says if null.
    - `disk_size`: GiB of the root volume. `ami_type`: the image, EKS's Amazon Linux 2023 for x86_64 if left out.
    - `labels`, `taints`: of its nodes. All have the label `node-group`, too.
    - `dedicated`: nodes are tainted `dedicated=NAME:NoSchedule`, for pods only that tolerate it.
    - `max_unavailable_percentage`: how much of it an update takes down at a time.
  EOT
  type = map(object({
    instance_types = list(string)
    capacity_type  = optional(string, "ON_DEMAND")
    min_size       = optional(number, 1)
    max_size       = optional(number, 10)
    initial_size   = optional(number)
    per_zone       = optional(bool)
    disk_size      = optional(number, 50)
    ami_type       = optional(string, "AL2023_x86_64_STANDARD")
    labels         = optional(map(string), {})
    taints = optional(list(object({
      key    = string
      value  = optional(string)
      effect = optional(string, "NO_SCHEDULE")
    })), [])
    dedicated                  = optional(bool, false)
    max_unavailable_percentage = optional(number, 33)
  }))
  nullable = false

  validation {
    condition     = length(var.node_groups) > 0
    error_message = "A rack needs a node group: nothing would run."
  }

  validation {
    condition     = alltrue([for name in keys(var.node_groups) : can(regex("^[a-z][a-z0-9-]{0,28}[a-z0-9]$", name))])
    error_message = "A node group's name is 2 to 30 lower-case letters, digits and hyphens, and begins with a letter."
  }

  validation {
    condition     = alltrue([for group in var.node_groups : length(group.instance_types) > 0 && length(group.instance_types) <= 20 && alltrue([for type in group.instance_types : can(regex("^[a-z0-9-]+\\.[a-z0-9-]+$", type))])])
    error_message = "instance_types has one to twenty types, such as m6i.large."
  }

  validation {
    condition     = alltrue([for group in var.node_groups : contains(["ON_DEMAND", "SPOT"], group.capacity_type)])
    error_message = "capacity_type is ON_DEMAND or SPOT."
  }

  validation {
    condition = alltrue([for group in var.node_groups :
      group.min_size >= 0 && group.max_size >= 1 && group.min_size <= group.max_size && group.max_size <= 450 &&
      coalesce(group.initial_size, group.min_size) >= group.min_size && coalesce(group.initial_size, group.min_size) <= group.max_size
    ])
    error_message = "0 <= min_size <= initial_size <= max_size, and max_size is 1 to 450."
  }

  validation {
    condition     = alltrue([for group in var.node_groups : group.disk_size >= 20 && group.disk_size <= 16384])
    error_message = "disk_size is 20 to 16384 GiB: the image alone takes most of 20."
  }

  validation {
    condition     = alltrue(flatten([for group in var.node_groups : [for taint in group.taints : contains(["NO_SCHEDULE", "NO_EXECUTE", "PREFER_NO_SCHEDULE"], taint.effect)]]))
    error_message = "A taint's effect is NO_SCHEDULE, NO_EXECUTE or PREFER_NO_SCHEDULE."
  }

  validation {
    condition     = alltrue(flatten([for group in var.node_groups : [for key in keys(group.labels) : key != "node-group" && !startswith(key, "eks.amazonaws.com/") && !startswith(key, "node-role.kubernetes.io/")]]))
    error_message = "Labels of eks.amazonaws.com are EKS's, kubelets refuse those of node-role.kubernetes.io, and node-group is the module's."
  }

  validation {
    condition     = alltrue([for group in var.node_groups : group.max_unavailable_percentage >= 1 && group.max_unavailable_percentage <= 100])
    error_message = "max_unavailable_percentage is 1 to 100."
  }

  validation {
    condition     = var.build_group == null || !contains(keys(var.node_groups), "build")
    error_message = "The name build is taken by build_group."
  }
}

variable "build_group" {
  description = "A node group named build, dedicated to builds (label `build=true`, taint `dedicated=build:NoSchedule`), which may be empty while nothing is built. None if null."
  type = object({
    instance_types = optional(list(string), ["c6i.xlarge"])
    capacity_type  = optional(string, "ON_DEMAND")
    min_size       = optional(number, 0)
    max_size       = optional(number, 3)
    disk_size      = optional(number, 100)
  })
  default = null

  validation {
    condition     = var.build_group == null ? true : contains(["ON_DEMAND", "SPOT"], var.build_group.capacity_type)
    error_message = "capacity_type is ON_DEMAND or SPOT."
  }

  validation {
    condition     = var.build_group == null ? true : var.build_group.min_size >= 0 && var.build_group.min_size <= var.build_group.max_size && var.build_group.max_size >= 1
    error_message = "0 <= min_size <= max_size, and max_size is at least 1."
  }

  validation {
    condition     = var.build_group == null ? true : length(var.build_group.instance_types) > 0 && var.build_group.disk_size >= 20
    error_message = "build_group needs an instance type, and a disk of at least 20 GiB."
  }
}

variable "node_ingress" {
  description = "What nodes accept beside what the cluster needs, by a name of your choice: node ports for a load balancer of your own, say."
  type = map(object({
    from_port  = number
    to_port    = optional(number)
    protocol   = optional(string, "tcp")
    cidr_block = string
  }))
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for rule in var.node_ingress : can(cidrnetmask(rule.cidr_block)) && contains(["tcp", "udp"], rule.protocol)])
    error_message = "cidr_block is an IPv4 range, and protocol tcp or udp."
  }

  validation {
    condition     = alltrue([for rule in var.node_ingress : rule.from_port >= 0 && rule.from_port <= coalesce(rule.to_port, rule.from_port) && coalesce(rule.to_port, rule.from_port) <= 65535])
    error_message = "0 <= from_port <= to_port <= 65535."
  }
}

variable "pods_use_instance_metadata" {
  description = "Whether pods reach the instance metadata service, and with it the nodes' role. Needed by old software only; service_accounts is the way to give pods permissions."
  type        = bool
  default     = false
  nullable    = false
}
