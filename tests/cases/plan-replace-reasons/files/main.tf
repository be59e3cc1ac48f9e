variable "t" {
  default = 1
}

variable "u" {
  default = 1
}

variable "n" {
  default = 1
}

resource "terraform_data" "a" {
  input = var.u
}

resource "terraform_data" "b" {
  triggers_replace = var.t
}

resource "terraform_data" "c" {
  count            = var.n
  triggers_replace = var.t
  lifecycle {
    replace_triggered_by = [terraform_data.a]
  }
}
