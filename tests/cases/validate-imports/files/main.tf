module "x" {
  source = "./m"
}
resource "terraform_data" "a" {}
resource "terraform_data" "n" {
  count = 1
}
import {
  to = module.nosuch.terraform_data.a
  id = "x"
}
import {
  to = module.x.terraform_data.nope
  id = "x"
}
import {
  to = terraform_data.generated
  id = "x"
}
import {
  to = terraform_data.nope[0]
  id = "x"
}
import {
  to = terraform_data.n
  id = null
}
import {
  to       = terraform_data.a
  provider = terraform
  id       = ""
}
import {
  for_each = 5
  to       = terraform_data.n[each.key]
  id       = var.nosuch
}
