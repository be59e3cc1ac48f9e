resource "terraform_data" "a" {}

resource "terraform_data" "b" {}

output "a" {
  value = terraform_data.a.id
}

output "both" {
  value = [terraform_data.a.id, terraform_data.b.id]
}

output "constant" {
  value = "c"
}
