terraform {
  required_providers {
    aws = { 
      source = "hashicorp/aws"
      configuration_aliases = [aws.other]
    }
  }
}
resource "aws_vpc" "x" {
  cidr_block = "10.0.0.0/16"
  provider = aws.other
}
resource "aws_vpc" "y" {
  cidr_block = "10.0.0.0/16"
}
module "m3" { 
  source = "./m3" 
  providers = { aws = aws.other }
  depends_on = [aws_vpc.x]
}
