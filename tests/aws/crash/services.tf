resource "aws_iam_role" "main" {
  name = "crash"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Action    = "sts:AssumeRole"
      Effect    = "Allow"
      Principal = { Service = ["eks.amazonaws.com", "ec2.amazonaws.com"] }
    }]
  })
}

resource "aws_iam_policy" "main" {
  name = "crash"
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Action = "ec2:Describe*", Effect = "Allow", Resource = "*" }]
  })
}

resource "aws_iam_role_policy" "main" {
  name = "crash"
  role = aws_iam_role.main.name
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Action = "logs:*", Effect = "Allow", Resource = "*" }]
  })
}

resource "aws_iam_role_policy_attachment" "main" {
  role       = aws_iam_role.main.name
  policy_arn = aws_iam_policy.main.arn
}

resource "aws_iam_instance_profile" "main" {
  name = "crash"
  role = aws_iam_role.main.name
}

resource "aws_iam_openid_connect_provider" "main" {
  url             = "https://oidc.example.com"
  client_id_list  = ["sts.amazonaws.com"]
  thumbprint_list = ["9e99a48a9960b14926bb7f3b02e22da2b0ab7280"]
}

resource "aws_kms_key" "main" {
  description         = "crash"
  enable_key_rotation = true
}

resource "aws_kms_alias" "main" {
  name          = "alias/crash"
  target_key_id = aws_kms_key.main.key_id
}

resource "aws_cloudwatch_log_group" "main" {
  name              = "/crash"
  retention_in_days = 7
}

resource "aws_flow_log" "main" {
  vpc_id          = aws_vpc.main.id
  traffic_type    = "ALL"
  log_destination = aws_cloudwatch_log_group.main.arn
  iam_role_arn    = aws_iam_role.main.arn
}

resource "aws_db_subnet_group" "main" {
  name       = "crash"
  subnet_ids = aws_subnet.main[*].id
}

resource "aws_db_parameter_group" "main" {
  name   = "crash"
  family = "postgres16"
  parameter {
    name  = "log_connections"
    value = "1"
  }
}

resource "aws_db_instance" "main" {
  identifier           = "crash"
  engine               = "postgres"
  engine_version       = "16.3"
  instance_class       = "db.t3.micro"
  allocated_storage    = 20
  username             = "crash"
  password             = "crash-crash"
  db_subnet_group_name = aws_db_subnet_group.main.name
  parameter_group_name = aws_db_parameter_group.main.name
  skip_final_snapshot  = true
}

resource "aws_eks_cluster" "main" {
  name     = "crash"
  role_arn = aws_iam_role.main.arn
  vpc_config {
    subnet_ids = aws_subnet.main[*].id
  }
}

# No aws_eks_node_group: a creation is repeated with its token to find it, and moto 5.2.5 does not know such a token again.
