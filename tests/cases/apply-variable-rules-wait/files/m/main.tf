variable "limit" {}

variable "v" {
  validation {
    condition     = var.v < var.limit + terraform_data.bias.output
    error_message = "${var.v} is too much."
  }
}

resource "terraform_data" "bias" {
  input = 0
}

resource "terraform_data" "use" {
  input = var.v
}
