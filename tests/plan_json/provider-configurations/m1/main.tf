terraform {
  required_providers {
    aws = { 
      source = "hashicorp/aws"
      version = "~> 5.0"
    }
  }
}
resource "terraform_data" "x" {}
resource "aws_vpc" "x" {
  cidr_block = "10.0.0.0/16"
  tags = { (terraform_data.x.id) = "a" }
}
module "m4" { source = "./m4" }
