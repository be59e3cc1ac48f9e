data "terraform_remote_state" "base" {
  backend = "local"
  config  = { path = "../../state/base.tfstate" }
}

resource "terraform_data" "peering" {
  triggers_replace = data.terraform_remote_state.base.outputs.vpc
}
