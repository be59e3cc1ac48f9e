variable "v" {
  default = 1
}

output "a" {
  value = var.v
}

output "b" {
  value = "b"
}
