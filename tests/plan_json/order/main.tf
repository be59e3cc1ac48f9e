module "m" { 
 source = "./m" 
 count = 11
 }
module "k" { 
 source = "./m" 
 for_each = {"a" = 1, "a.b" = 2, "a\"" = 3, "B" = 3}
 }
module "k-x" { source = "./m" }
resource "terraform_data" "x" { count = 11 }
resource "terraform_data" "x-y" { for_each = {"a" = 1, "a.b" = 2, "a\"" = 3, "B" = 3, "10" = 1, "9" =2, "<>&é" = 5 }}
resource "terraform_data" "w" { 
  provisioner "local-exec" { command = "false" } 
  provisioner "local-exec" { 
    command = "echo hello; echo ho; sleep 11" 
  }
}
check "q" {
  assert { 
   condition = terraform_data.w.id == "" 
   error_message = "Oh <>"
  }
}
output "big" { value = 123456789012345678901234567890.5 }
