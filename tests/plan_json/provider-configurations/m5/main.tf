provider "aws" { region = "us-west-1" }
resource "aws_vpc" "z" {
  cidr_block = "10.0.0.0/16"
}
module "m6" { source = "../m2/m3" }
