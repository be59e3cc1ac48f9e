variable "in" {}
variable "in2" { default = 4 }
resource "terraform_data" "z" { input = var.in2 }
module "n" { 
 source = "./n" 
 v = terraform_data.z.output
}
module "empty" { source = "./e" }
output "out" { value = { z = { q = terraform_data.z.id } } }
