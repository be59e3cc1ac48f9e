module "b" {
  source = "./m"
}
module "a" {
  source = "./m"
}
resource "terraform_data" "a" {}
