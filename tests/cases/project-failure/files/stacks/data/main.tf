resource "terraform_data" "good" {
  input = "good"
}

resource "terraform_data" "bad" {
  input = "bad"

  provisioner "local-exec" {
    command = "exit 3"
    quiet   = true
  }
}

output "good" {
  value = terraform_data.good.output
}

output "bad" {
  value = terraform_data.bad.output
}
