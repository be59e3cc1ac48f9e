locals {
  other = "a"
}

data "terraform_remote_state" "other" {
  backend = "local"
  config  = { path = "../../state/${local.other}.tfstate" }
}

output "x" {
  value = data.terraform_remote_state.other.outputs.x
}
