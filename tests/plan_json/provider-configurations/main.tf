terraform {
  required_providers {
    aws = { 
      source = "hashicorp/aws"
      version = ">= 5.0, < 6.0.0"
    }
  }
}
provider "aws" {
  region = "us-east-1"
  access_key = "a"
  secret_key = "b"
  skip_credentials_validation = true
  skip_metadata_api_check = true
  skip_requesting_account_id = true
  assume_role { role_arn = var.e }
}
provider "aws" {
  alias = "peer"
  region = "eu-west-1"
}
variable "e" { 
  ephemeral = true 
  default = "arn:aws:iam::123456789012:role/x"
}
variable "e3" { 
  ephemeral = true 
  type = string
}
variable "ob" { type = set(number) }
module "m1" { source = "./m1" }
module "m2" { 
  source = "./m2" 
  providers = { 
   aws = aws.peer 
   aws.other = aws
  }
}
module "m5" { source = "./m5" }
