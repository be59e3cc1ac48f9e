resource "terraform_data" "vpc" {
  input = "vpc"
}

resource "terraform_data" "database" {
  input = "database in ${terraform_data.vpc.output}"

  provisioner "local-exec" {
    command = "true"
  }
}

output "network" {
  value = { id = terraform_data.vpc.id, name = terraform_data.vpc.output }
}

output "endpoint" {
  value = terraform_data.database.output
}

output "region" {
  value = "eu"
}
