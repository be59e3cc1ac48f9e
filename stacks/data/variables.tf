variable "region" {
  description = "Region of the databases."
  type        = string
  default     = "us-east-1"
  nullable    = false
}

variable "protected" {
  description = "Whether the databases refuse to be deleted, and leave a snapshot behind when they are. Set it to false, and apply, before destroying them."
  type        = bool
  default     = true
  nullable    = false
}
