data "terraform_remote_state" "data" {
  backend = "local"
  config  = { path = "../../state/data.tfstate" }
}

resource "terraform_data" "from_good" {
  input = data.terraform_remote_state.data.outputs.good
}

resource "terraform_data" "from_bad" {
  input = data.terraform_remote_state.data.outputs.bad
}
