terraform {
  required_version = ">= 1.11"

  backend "local" {
    path = "../../state/staging.tfstate"
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
      Stack = "staging"
      Owner = "platform"
    }
  }
}
