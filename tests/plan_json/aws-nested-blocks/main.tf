terraform {
  required_providers {
    aws = { source = "hashicorp/aws", version = "5.100.0" }
  }
}
provider "aws" {
  region = var.region
  access_key = "a"
  secret_key = "b"
  skip_credentials_validation = true
  skip_metadata_api_check = true
  skip_requesting_account_id = true
  skip_region_validation = true
  default_tags { tags = { x = "y", z = var.region} }
}
provider "aws" {
  alias = "peer"
  region = "eu-west-1"
  access_key = "a"
  secret_key = "b"
  skip_credentials_validation = true
  skip_metadata_api_check = true
  skip_requesting_account_id = true
}
variable "region" { default = "us-east-1" }
variable "secret" {
  sensitive = true
  default = "s3"
  type = string
  description = "hey"
  validation {
   condition = length(var.secret) > 1
   error_message = "x"
  }
}
variable "ports" { default = [80, 443] }
resource "aws_vpc" "main" { cidr_block = "10.0.0.0/16" }
resource "aws_security_group" "a" {
  vpc_id = aws_vpc.main.id
  dynamic "ingress" {
    for_each = var.ports
    content {
      from_port = ingress.value
      to_port = ingress.value
      protocol = "tcp"
      cidr_blocks = [aws_vpc.main.cidr_block, "1.2.3.4/32"]
    }
  }
  egress {
    from_port = 0
    to_port = 0
    protocol = -1
    security_groups = []
  }
  timeouts { create = "5m" }
  lifecycle { 
    create_before_destroy = true
    ignore_changes = [tags]
   }
}
resource "aws_db_instance" "db" {
  instance_class = "db.t3.micro"
  allocated_storage = 10
  engine = "postgres"
  username = "u"
  password = var.secret
  skip_final_snapshot = true
  tags = { Name = "db-${aws_vpc.main.id}", "k" = var.secret }
}
resource "aws_instance" "i" {
  count = 2
  ami = "ami-123"
  instance_type = "t3.micro"
  root_block_device {
    volume_size = 10
    tags = { a = aws_vpc.main.id }
  }
  ebs_block_device {
    device_name = "/dev/sdb"
    volume_size = count.index + 1
    snapshot_id = aws_vpc.main.id
  }
  user_data = <<-EOT
    hello ${aws_vpc.main.id}
  EOT
  provisioner "local-exec" {
    command = "echo ${self.id}"
    when = destroy
    on_failure = continue
  }
  provisioner "remote-exec" {
    inline = ["a", var.region]
    connection { host = self.public_ip }
  }
  connection { 
   type = "ssh" 
   host = "x"
  }
}
resource "aws_eks_cluster" "c" {
  provider = aws.peer
  name = "c"
  role_arn = "arn:aws:iam::123456789012:role/x"
  vpc_config { subnet_ids = [for s in aws_subnet.s : s.id] }
  depends_on = [aws_instance.i, data.aws_iam_policy_document.p]
}
resource "aws_subnet" "s" {
  for_each = toset(["a", "b"])
  vpc_id = aws_vpc.main.id
  cidr_block = cidrsubnet(aws_vpc.main.cidr_block, 8, each.key == "a" ? 1 : 2)
}
data "aws_iam_policy_document" "p" {
  statement {
    actions = ["*"]
    resources = [aws_vpc.main.arn]
    principals {
      type = "AWS"
      identifiers = ["*"]
    }
  }
  dynamic "statement" {
   for_each = [1]
   content { actions = ["x"] }
  }
}
resource "aws_launch_template" "lt" {
  name = "xyz"
  block_device_mappings {
    device_name = "a"
    ebs { volume_size = 3 }
  }
  block_device_mappings {
    device_name = "b"
    ebs { 
      volume_size = var.ports[0] 
      encrypted = true
    }
  }
  tag_specifications {
    resource_type = "instance"
    tags = { a = 1, b = var.secret }
  }
}
resource "aws_lb_target_group" "tg" {
  port = 80
  protocol = "HTTP"
  vpc_id = aws_vpc.main.id
  health_check {
    path = "/x"
  }
}
module "m" {
  source = "./m"
  providers = { aws = aws.peer }
  vpc = aws_vpc.main
  for_each = { a = 1 }
  extra = null
}
output "x" { 
  value = module.m["a"].sg 
  description = "d"
  depends_on = [aws_vpc.main]
}
output "pw" { 
 value = var.secret 
 sensitive = true
}
output "k" { value = 5 }
