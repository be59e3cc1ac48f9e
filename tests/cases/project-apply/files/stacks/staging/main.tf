variable "size" {
  default = 1
}

data "terraform_remote_state" "data" {
  backend = "local"

  config = {
    path = "${path.module}/../../state/data.tfstate"
  }
}

resource "terraform_data" "rack" {
  input = data.terraform_remote_state.data.outputs.region
}

resource "terraform_data" "peering" {
  input = data.terraform_remote_state.data.outputs.network.name
}

resource "terraform_data" "app" {
  count = var.size
  input = "app of ${terraform_data.peering.output} with ${data.terraform_remote_state.data.outputs.endpoint}"
}

output "apps" {
  value = terraform_data.app[*].output
}
