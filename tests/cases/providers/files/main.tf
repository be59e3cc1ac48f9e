terraform {
  required_providers {
    aws = { 
      source = "hashicorp/aws"
      version = ">= 5.0"
    }
  }
}
provider "aws" { region = terraform_data.p.output }
resource "terraform_data" "p" {}
variable "v" { default = 1 }
locals { 
  a = terraform_data.p.id 
  b = local.a
  }
resource "aws_vpc" "x" { 
  cidr_block = module.m.cidr 
  provider = aws
  }
resource "aws_subnet" "s" { 
  vpc_id = aws_vpc.x.id 
  cidr_block = local.b
}
data "aws_ami" "z" { depends_on = [module.m] }
module "m" { 
  source = "./m"
  in = local.b
  unused = aws_vpc.x.id
}
module "n" { 
  source = "./n" 
  depends_on = [aws_subnet.s]
  }
output "o" { value = aws_vpc.x.id }
check "c" { 
  assert { 
    condition = aws_vpc.x.id != "" 
    error_message = "x"
    }
    }
