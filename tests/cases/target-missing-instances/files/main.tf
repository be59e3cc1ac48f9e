resource "terraform_data" "c" {
  count = 3
}

resource "terraform_data" "e" {
  for_each = toset(["x", "y"])
}

output "indices" {
  value = length(terraform_data.c)
}

output "keys" {
  value = keys(terraform_data.e)
}

output "x" {
  value = terraform_data.e["x"].id
}
