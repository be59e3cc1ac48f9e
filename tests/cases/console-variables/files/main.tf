variable "x" {
  type = string
}
variable "n" {
  type    = number
  default = 3
}
variable "s" {
  default   = "secret"
  sensitive = true
}
locals {
  both = "${var.x}-${var.n}"
}
