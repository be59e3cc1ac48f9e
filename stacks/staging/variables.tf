variable "region" {
  description = "Region of the rack. The databases' region, too: see peering.tf."
  type        = string
  default     = "us-east-1"
  nullable    = false
}

variable "api_cidr_blocks" {
  description = "From where the Kubernetes API is reached over the Internet: the office, the VPN, CI. From within the VPC only if empty."
  type        = list(string)
  default     = []
  nullable    = false
}

variable "administrators" {
  description = "ARNs of roles that may do everything in the cluster, by a name of your choice."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "engineers" {
  description = "ARNs of roles that may do everything in the cluster's namespaces, by a name of your choice."
  type        = map(string)
  default     = {}
  nullable    = false
}
