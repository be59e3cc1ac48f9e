variable "v" {
  default = 5
}

resource "terraform_data" "a" {
  for_each = var.v
}
