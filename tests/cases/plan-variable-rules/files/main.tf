variable "a" {
  validation {
    condition     = var.a > 0
    error_message = "Too small."
  }
}

# Is not tried, since it refers to one that is wrong.
variable "b" {
  default = 1
  validation {
    condition     = var.b < var.a
    error_message = "Not less."
  }
}

variable "c" {
  default = { x = 1 }
  validation {
    condition     = var.c.y == 1
    error_message = "This can't be told."
  }
  validation {
    condition     = var.c.x == 2
    error_message = var.c.x == 1 ? [] : []
  }
}

variable "d" {
  default = 1
  validation {
    condition     = var.d == 2
    error_message = "It is ${terraform_data.d.id}."
  }
}

resource "terraform_data" "d" {}
