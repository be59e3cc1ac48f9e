terraform {
  required_providers {
    my = { source = "terraform.io/builtin/terraform" }
  }
}
variable "d" { 
 description = "" 
 type = string
 default = "x"
 nullable = false
}
resource "terraform_data" "a" { count = length([1]) }
resource "terraform_data" "b" { provider = my }
module "m" { 
 source = "./m" 
 count = length([1])
 }
module "k" { 
  source = "./k" 
  for_each = toset(["x"])
  providers = { terraform = my }
  }
output "o" { value = length([1]) }
output "k" { 
 value = [module.k["x"], module.k["x"].k, values(module.k)[*].k, [for k in module.k : k.k], module.k]
 }
output "ee" { 
 value = {
   "${var.d}x" = null
   (var.d) = 4
   b = sensitive(5)
   c = <<X
%{ for k in terraform_data.a }${k.id}%{ endfor }
X
 }
 sensitive = true
 }
