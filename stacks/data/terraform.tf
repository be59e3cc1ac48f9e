terraform {
  required_version = ">= 1.11"

  backend "local" {
    path = "../../state/data.tfstate"
  }

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.100"
    }
  }
}

provider "aws" {
  region = var.region

  default_tags {
    tags = {
      Stack = "data"
      Owner = "platform"
    }
  }
}
