resource "terraform_data" "kept" {
  lifecycle {
    prevent_destroy = true
  }
}

# What depends on what can't be planned isn't planned either.
resource "terraform_data" "dependent" {
  input = terraform_data.kept.id
}
