resource "terraform_data" "a" {
  for_each = toset(["x", "y"])
}

resource "terraform_data" "b" {
  count = 1
}

resource "terraform_data" "c" {}
