variable "number" {
  default = "seven"

  validation {
    condition     = var.number != "seven"
    error_message = "Not seven."
  }
}

resource "terraform_data" "x" {
  input = var.number
}
