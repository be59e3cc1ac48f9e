variable "limit" {
  type = number
}

resource "terraform_data" "x" {
  count = 3
  input = count.index
}

resource "terraform_data" "late" {
  input = terraform_data.x[2].output
}

# Its rule is tried when what it refers to is there, and what refers to it waits for that.
module "m" {
  source = "./m"
  count  = 3
  limit  = var.limit
  v      = count.index == 0 ? terraform_data.late.output : terraform_data.x[count.index].output
}
