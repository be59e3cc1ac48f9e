output "k" { 
  value = var.z
  ephemeral = true
}
variable "z" {
  ephemeral = true
  default = null
  sensitive = true
  description = "z"
}
check "c" {
 assert { 
  condition = terraform_data.q["a.b\"x"].id == ""
  error_message = "x"
 }
}
resource "terraform_data" "q" {
 for_each = {"a.b\"x" = 1}
 lifecycle {
   postcondition { 
    condition = self.id != null
    error_message = "x"
   }
 }
}
