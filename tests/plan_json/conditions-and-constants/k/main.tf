terraform {
  required_providers {
    terraform = { source = "terraform.io/builtin/terraform" }
  }
}
output "k" { 
  value = 3 
  precondition { 
    condition = terraform_data.z.id != ""
    error_message = "zz"
  }
}
resource "terraform_data" "z" { }
