variable "two" {
  default = 1
}

output "two" {
  value = var.two
}
