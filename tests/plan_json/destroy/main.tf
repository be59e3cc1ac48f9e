variable "unset" { type = string }
variable "nul" { default = null }
variable "obj" { 
  type = object({a=string,b=optional(number,3)})
  default = {a="x"} 
}
variable "sens" { 
 sensitive = true
 default = {a=["x"]}
}
variable "eph" { 
  ephemeral = true
  default = "e"
}
locals {
  kk = "k"
 l = { a = terraform_data.a.output, "b" = 3 }
}
resource "terraform_data" "a" {
  input = { x = 2, s = var.sens, big = 12345678901234567890, f = 1.5, n = null, e = [], t = [1,"a",true] }
  triggers_replace = [var.unset]
  lifecycle {
    precondition {
      condition = var.unset != ""
      error_message = "bad"
    }
    replace_triggered_by = [terraform_data.t.id]
  }
}
resource "terraform_data" "b" {
  count = var.unset == "" ? 0 : 1
  input = local.l.a.x
}
resource "terraform_data" "c" {
  for_each = { k = 1, "a b\"${var.unset}" = 2 }
  input = "${each.key}-${terraform_data.a.id}${var.obj.a}"
}
data "terraform_remote_state" "r" {
  backend = "local"
  config = { path = "./other.tfstate" }
}
resource "terraform_data" "d" {
  input = [for  k, v in terraform_data.c : v.output]
  triggers_replace = {
    a = terraform_data.c["k"].id
    b = terraform_data.c[local.kk].output
    c = terraform_data.b[*].id
    d = terraform_data.b.*.id
    e = data.terraform_remote_state.r.outputs.x
    f = module.m[0].out["z"].q
    g = module.m
    h = terraform_data.b[0]
    i = local.l["a"].x
    j = try(var.obj.zz, var.nul, var.nul[0].b.c)
  }
  provisioner "local-exec" {
    command = "echo"
    environment = { a = var.unset }
    interpreter = ["a"]
  }
}
module "m" {
  source = "./m"
  count = 2
  in = terraform_data.a.output
  in2 = count.index
}
check "c" {
  data "terraform_remote_state" "q" {
    backend = "local"
    config = { path = "other.tfstate" }
  }
  assert {
    condition = data.terraform_remote_state.q.outputs.x == 1
    error_message = "no"
  }
}
output "o" { 
 value = [var.sens, terraform_data.a.output] 
 sensitive = true
 precondition { 
  condition = var.obj != null 
  error_message = "x"
 }
}
output "p" { value = { a = 1, b = terraform_data.a.id } }
output "q" { value = null }
output "r" { 
  value = "x" 
  ephemeral = false
}
resource "terraform_data" "t" {}
