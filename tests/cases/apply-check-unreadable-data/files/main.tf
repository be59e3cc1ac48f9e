check "c" {
  data "terraform_remote_state" "gone" {
    backend = "local"
    config  = { path = "gone.json" }
  }
  assert {
    condition     = data.terraform_remote_state.gone.outputs.v == "x"
    error_message = "not x"
  }
}
