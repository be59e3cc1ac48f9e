variable "vpc" {}
variable "extra" { 
 default = null 
 type = map(string)
 nullable = true
}
variable "e2" { 
 type = number
 default = 5 
 ephemeral = false
}
resource "aws_security_group" "x" { 
  vpc_id = var.vpc.id 
  description = "${path.module} ${terraform.workspace}"
}
output "sg" { value = aws_security_group.x.id }
