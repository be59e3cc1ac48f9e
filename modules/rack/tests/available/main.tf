# All of it: three zones, private, highly available.

terraform {
  required_providers {
    aws = {
      source = "hashicorp/aws"
    }
  }
}

provider "aws" {
  region = "us-east-1"

  default_tags {
    tags = { Test = "yes" }
  }
}

module "rack" {
  source = "../.."

  name               = "large"
  cidr_block         = "10.50.0.0/16"
  availability_zones = ["us-east-1a", "us-east-1b", "us-east-1c"]

  interface_endpoints     = ["ecr.api", "ecr.dkr", "sts", "ec2"]
  flow_log_retention_days = 30
  api_public_cidr_blocks  = ["203.0.113.0/24"]
  api_private_cidr_blocks = ["10.99.0.0/16"]

  access_entries = {
    administrators = {
      principal_arn = aws_iam_role.administrators.arn
      policies      = { AmazonEKSClusterAdminPolicy = {} }
    }
    engineers = {
      principal_arn = "arn:aws:iam::123456789012:role/engineers"
      groups        = ["engineers"]
      policies      = { AmazonEKSEditPolicy = { namespaces = ["chains"] }, AmazonEKSViewPolicy = {} }
    }
  }

  node_groups = {
    main = {
      instance_types = ["m6i.large"]
      max_size       = 4
      initial_size   = 2
    }
    spot = {
      instance_types = ["m6i.large", "m5.large"]
      capacity_type  = "SPOT"
      per_zone       = false
      min_size       = 0
      disk_size      = 100
      dedicated      = true
      labels         = { workload = "chains" }
      taints         = [{ key = "spot", effect = "PREFER_NO_SCHEDULE" }]
    }
  }
  build_group  = {}
  node_ingress = { nodeports = { from_port = 30000, to_port = 32767, cidr_block = "10.50.0.0/16" } }

  addons = {
    vpc-cni            = { before_nodes = true, configuration = jsonencode({ env = { ENABLE_PREFIX_DELEGATION = "true" } }) }
    kube-proxy         = { before_nodes = true }
    coredns            = {}
    aws-ebs-csi-driver = {}
  }

  service_accounts = {
    api = { namespace = "platform", policy_arns = { own = aws_iam_policy.api.arn } }
  }

  tags = { Team = "platform" }
}

# What is known only when it exists.
resource "aws_iam_role" "administrators" {
  name               = "administrators"
  assume_role_policy = data.aws_iam_policy_document.trust.json
}

data "aws_iam_policy_document" "trust" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "AWS"
      identifiers = ["123456789012"]
    }
  }
}

resource "aws_iam_policy" "api" {
  name   = "api"
  policy = data.aws_iam_policy_document.api.json
}

data "aws_iam_policy_document" "api" {
  statement {
    actions   = ["sqs:SendMessage"]
    resources = ["*"]
  }
}

output "rack" {
  value = module.rack
}
