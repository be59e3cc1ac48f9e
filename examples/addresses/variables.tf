variable "network" {
  description = "The addresses that all racks share."
  type        = string
  default     = "10.0.0.0/8"

  validation {
    condition     = can(cidrnetmask(var.network))
    error_message = "Not an IPv4 network: ${var.network}."
  }
}

variable "racks" {
  description = "The racks, each with the number of bits by which its network is longer, and its number of zones."
  type = map(object({
    bits  = optional(number, 8)
    zones = optional(number, 2)
  }))
  default = {
    production = { zones = 3 }
    staging    = { bits = 12 }
  }
}

variable "zones" {
  type    = list(string)
  default = ["eu-central-1a", "eu-central-1b", "eu-central-1c"]
}
