variable "one" {
  default = 1
}

output "one" {
  value = var.one
}
