# Kubernetes: its version, who reaches and who may use it, and what it comes with.

variable "kubernetes_version" {
  description = "Minor version of Kubernetes. EKS goes up one at a time and never down; nodes follow."
  type        = string
  default     = "1.33"
  nullable    = false

  validation {
    condition     = can(regex("^1\\.[0-9]{2}$", var.kubernetes_version))
    error_message = "kubernetes_version is a minor version, such as 1.33."
  }
}

variable "extended_support" {
  description = "Whether the cluster may stay on a version after its standard support, at six times the price. Otherwise AWS upgrades it then."
  type        = bool
  default     = false
  nullable    = false
}

variable "service_cidr_block" {
  description = "IPv4 range of Kubernetes services, /12 to /24, inside the cluster only. It must not overlap with any network that pods talk to; it can't be changed later."
  type        = string
  default     = "172.20.0.0/16"
  nullable    = false

  validation {
    condition     = can(cidrnetmask(var.service_cidr_block)) && try(tonumber(split("/", var.service_cidr_block)[1]) >= 12 && tonumber(split("/", var.service_cidr_block)[1]) <= 24, false)
    error_message = "service_cidr_block is an IPv4 range of /12 to /24, such as 172.20.0.0/16."
  }

  validation {
    # Two ranges overlap exactly if they begin alike for as many bits as the shorter prefix has.
    condition = try(
      cidrhost("${split("/", var.service_cidr_block)[0]}/${min(split("/", var.service_cidr_block)[1], split("/", var.cidr_block)[1])}", 0) !=
      cidrhost("${split("/", var.cidr_block)[0]}/${min(split("/", var.service_cidr_block)[1], split("/", var.cidr_block)[1])}", 0),
      true,
    )
    error_message = "service_cidr_block ${var.service_cidr_block} overlaps with the VPC's ${var.cidr_block}."
  }
}

variable "api_public_cidr_blocks" {
  description = "From where the Kubernetes API is reached over the Internet: the offices, a VPN, CI. Not at all if empty; the API then has an address in the VPC only."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for block in var.api_public_cidr_blocks : can(cidrnetmask(block))])
    error_message = "api_public_cidr_blocks has IPv4 ranges, such as 203.0.113.0/24."
  }
}

variable "api_private_cidr_blocks" {
  description = "From where, beside the VPC itself, the Kubernetes API is reached at its address in the VPC: peered networks, a VPN."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for block in var.api_private_cidr_blocks : can(cidrnetmask(block))])
    error_message = "api_private_cidr_blocks has IPv4 ranges, such as 10.0.0.0/16."
  }
}

variable "control_plane_logs" {
  description = "Which logs of the control plane go to CloudWatch."
  type        = set(string)
  default     = ["api", "audit", "authenticator"]
  nullable    = false

  validation {
    condition     = length(setsubtract(var.control_plane_logs, ["api", "audit", "authenticator", "controllerManager", "scheduler"])) == 0
    error_message = "The control plane's logs are api, audit, authenticator, controllerManager and scheduler."
  }
}

variable "control_plane_log_retention_days" {
  description = "For how many days they are kept."
  type        = number
  default     = 90
  nullable    = false

  validation {
    condition     = contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], var.control_plane_log_retention_days)
    error_message = "CloudWatch keeps logs for 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288 or 3653 days."
  }
}

variable "kms_key_arn" {
  description = "Key that encrypts Kubernetes secrets and the rack's logs. The rack makes one of its own if null. A key from elsewhere has to let CloudWatch Logs use it."
  type        = string
  default     = null

  validation {
    condition     = var.kms_key_arn == null ? true : can(regex("^arn:[^:]+:kms:[^:]+:[^:]*:key/", var.kms_key_arn))
    error_message = "kms_key_arn is the ARN of a key, arn:aws:kms:REGION:ACCOUNT:key/ID."
  }
}

variable "access_entries" {
  description = <<-EOT
    Who may use the Kubernetes API, by a name of your choice. Nobody else may, not even who makes the cluster.
    `principal_arn` is a role or user; `policies` gives EKS's own policies (AmazonEKSClusterAdminPolicy, AmazonEKSAdminPolicy,
    AmazonEKSEditPolicy, AmazonEKSViewPolicy …) in all namespaces, or in those listed; `groups` are for role bindings of your own.
  EOT
  type = map(object({
    principal_arn = string
    groups        = optional(set(string), [])
    policies = optional(map(object({
      namespaces = optional(set(string), [])
    })), {})
  }))
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for entry in var.access_entries : can(regex("^arn:[^:]+:iam::[0-9]{12}:(role|user)/", entry.principal_arn))])
    error_message = "principal_arn is the ARN of a role or user of IAM. For SSO it is that of the role, arn:aws:iam::ACCOUNT:role/aws-reserved/sso.amazonaws.com/…, and not of a session."
  }

  validation {
    condition     = alltrue(flatten([for entry in var.access_entries : [for policy in keys(entry.policies) : can(regex("^AmazonEKS[A-Za-z]*Policy$", policy))]]))
    error_message = "policies has names of EKS's access policies, such as AmazonEKSViewPolicy."
  }

  validation {
    condition     = alltrue([for entry in var.access_entries : length(entry.groups) + length(entry.policies) > 0])
    error_message = "An access entry without groups and policies allows nothing."
  }

  validation {
    condition     = alltrue(flatten([for entry in var.access_entries : [for group in entry.groups : !startswith(group, "system:")]]))
    error_message = "EKS refuses groups that begin with system:. Use a policy, such as AmazonEKSClusterAdminPolicy."
  }
}

variable "addons" {
  description = <<-EOT
    EKS add-ons by name. `version` is EKS's default for the cluster's version if null; `before_nodes` installs it before there
    are nodes, which is for those that nodes need to become ready; `configuration` is the add-on's configuration as JSON.
  EOT
  type = map(object({
    version       = optional(string)
    before_nodes  = optional(bool, false)
    configuration = optional(string)
  }))
  default = {
    vpc-cni            = { before_nodes = true }
    kube-proxy         = { before_nodes = true }
    coredns            = {}
    aws-ebs-csi-driver = {}
  }
  nullable = false

  validation {
    condition     = alltrue([for name in keys(var.addons) : can(regex("^[a-z0-9][a-z0-9_-]*$", name))])
    error_message = "addons has names of EKS add-ons, such as vpc-cni."
  }

  validation {
    condition     = alltrue([for addon in var.addons : addon.version == null ? true : can(regex("^v[0-9]", addon.version))])
    error_message = "An add-on's version begins with v, such as v1.19.2-eksbuild.1."
  }

  validation {
    condition     = alltrue([for addon in var.addons : addon.configuration == null ? true : can(keys(jsondecode(addon.configuration)))])
    error_message = "An add-on's configuration is a JSON object: use jsonencode."
  }

  validation {
    condition     = !contains(keys(var.addons), "eks-pod-identity-agent")
    error_message = "pod_identity says whether there is the add-on eks-pod-identity-agent."
  }
}

variable "pod_identity" {
  description = "How service accounts come by their roles: through EKS Pod Identity, with its agent on every node, or through the cluster's OIDC provider (IRSA), where each service account has to be annotated with its role."
  type        = bool
  default     = true
  nullable    = false
}

variable "service_accounts" {
  description = <<-EOT
    Roles for service accounts, by a name of your choice. `name` is the service account, called as its key if null; `policy` is a
    policy's JSON; `policy_arns` are policies by a name of your choice, so that their ARNs need not be known beforehand.
  EOT
  type = map(object({
    namespace   = string
    name        = optional(string)
    policy      = optional(string)
    policy_arns = optional(map(string), {})
  }))
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for key, account in var.service_accounts : can(regex("^[a-z0-9]([a-z0-9-]{0,28}[a-z0-9])?$", key))])
    error_message = "Keys of service_accounts become part of roles' names: at most 30 lower-case letters, digits and hyphens."
  }

  validation {
    condition     = alltrue([for key, account in var.service_accounts : can(regex("^[a-z0-9]([a-z0-9-]*[a-z0-9])?$", account.namespace)) && can(regex("^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$", coalesce(account.name, key)))])
    error_message = "Namespaces and service accounts have Kubernetes names: lower-case letters, digits and hyphens."
  }

  validation {
    condition     = length(distinct([for key, account in var.service_accounts : "${account.namespace}/${coalesce(account.name, key)}"])) == length(var.service_accounts)
    error_message = "service_accounts has a service account twice. It can have one role only."
  }
}

variable "cluster_autoscaler" {
  description = "Whether there is a role for the cluster autoscaler (service account kube-system/cluster-autoscaler)."
  type        = bool
  default     = true
  nullable    = false
}
