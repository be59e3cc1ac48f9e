variable "old" {
  type       = number
  default    = 0
  deprecated = "Use new instead."
}

variable "new" {
  type    = number
  default = 0
}
