resource "terraform_data" "x" { 
  count = 12 
  input = { 
   a = upper("x")
   b = 1 + 1
   c = "${1}x"
  }
}
resource "terraform_data" "y" { input = upper("x") }
resource "terraform_data" "z" { input = 1 + 1 }
resource "terraform_data" "z1" { input = [for x in [1] : x] }
resource "terraform_data" "z2" { input = timestamp() }
resource "terraform_data" "z3" { input = [for x in [1] : x] }
resource "terraform_data" "z4" { input = true ? 1 : terraform_data.z.id }
resource "terraform_data" "z5" {
 input = <<-E
  a
   b
  E
}
resource "terraform_data" "z6" { input = [for k, x in terraform_data.x : "${x.id}${k}${terraform_data.y.id}"][0] }
resource "terraform_data" "z7" { input = terraform_data.x[*].output["a"] }
resource "terraform_data" "z8" { input = [null, {a = null}, -1, 1e30, 0.1, 1/3, "<>&"] }
resource "terraform_data" "z9" { input = {for k, v in {a = 1} : k => terraform_data.x[1].id if k != local.zz} }
resource "terraform_data" "za" { input = try(data.terraform_remote_state.x["a"].outputs["a"].b[0].c, 1) }
resource "terraform_data" "zb" { input = [terraform_data.x[0], terraform_data.x[length(local.zz)].output.a, terraform_data.x.0.id, (terraform_data.x[1]).id, module.none.y] }
data "terraform_remote_state" "x" { 
  backend = "local" 
  config = { path = "${path.root}/${terraform.workspace}" }
  for_each = toset(["a"])
  depends_on = [terraform_data.y, terraform_data.x]
 }
module "none" { source = "./none" }
locals { zz = "a" }
resource "aws_vpc" "x" {
  cidr_block = "10.0.0.0/16"
}
