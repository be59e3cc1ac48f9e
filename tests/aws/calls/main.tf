# Several objects of types that are read together, to count the requests that a plan takes.
provider "aws" {
  region                      = "us-east-1"
  skip_credentials_validation = true
}

locals {
  trust = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "ec2.amazonaws.com" } }]
  })
}

resource "aws_vpc" "main" {
  cidr_block = "10.0.0.0/16"
}

resource "aws_internet_gateway" "main" {
  vpc_id = aws_vpc.main.id
}

resource "aws_subnet" "main" {
  count             = 4
  vpc_id            = aws_vpc.main.id
  cidr_block        = cidrsubnet(aws_vpc.main.cidr_block, 8, count.index)
  availability_zone = "us-east-1a"
}

resource "aws_route_table" "main" {
  count  = 4
  vpc_id = aws_vpc.main.id
}

resource "aws_route" "main" {
  count                  = 4
  route_table_id         = aws_route_table.main[count.index].id
  destination_cidr_block = "0.0.0.0/0"
  gateway_id             = aws_internet_gateway.main.id
}

resource "aws_route_table_association" "main" {
  count          = 4
  route_table_id = aws_route_table.main[count.index].id
  subnet_id      = aws_subnet.main[count.index].id
}

resource "aws_security_group" "main" {
  count  = 4
  name   = "g${count.index}"
  vpc_id = aws_vpc.main.id
}

resource "aws_vpc_security_group_ingress_rule" "main" {
  count             = 4
  security_group_id = aws_security_group.main[count.index].id
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
  cidr_ipv4         = "10.0.0.0/8"
}

resource "aws_security_group_rule" "main" {
  count             = 4
  type              = "egress"
  security_group_id = aws_security_group.main[count.index].id
  protocol          = "tcp"
  from_port         = 80
  to_port           = 80
  cidr_blocks       = ["10.0.0.0/8"]
}

resource "aws_instance" "main" {
  count         = 4
  ami           = "ami-12c6146b"
  instance_type = "t3.micro"
  subnet_id     = aws_subnet.main[count.index].id
  user_data     = count.index == 0 ? "#!/bin/sh" : null
}

resource "aws_ebs_volume" "main" {
  count             = 4
  availability_zone = "us-east-1a"
  size              = 10
}

resource "aws_iam_role" "main" {
  count              = 4
  name               = "r${count.index}"
  assume_role_policy = local.trust
}

resource "aws_iam_policy" "main" {
  count = 12
  name  = "p${count.index}"
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "s3:ListBucket", Resource = "arn:aws:s3:::bucket-${count.index}" }]
  })
}

resource "aws_iam_role_policy_attachment" "main" {
  count      = 12
  role       = aws_iam_role.main[count.index % 4].name
  policy_arn = aws_iam_policy.main[count.index].arn
}

resource "aws_iam_role_policy" "main" {
  count  = 4
  role   = aws_iam_role.main[count.index].name
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "s3:GetObject", Resource = "*" }] })
}

resource "aws_iam_instance_profile" "main" {
  count = 4
  role  = aws_iam_role.main[count.index].name
}
