resource "terraform_data" "a" {
  input = "x"
}
module "m" {
  source = "./m"
  ids    = [terraform_data.a.id]
}
output "follows" {
  value = module.m.inputs["0"] == terraform_data.a.id
}
