# Roles, each of them wider than what runs under it needs, and the keys of people, some of whom have left.

locals {
  roles = {
    ec2-admin = {
      profile    = "ec2-admin"
      managed    = ["AdministratorAccess"]
      statements = []
    }
    api-prod-role = {
      profile = "api"
      managed = ["CloudWatchAgentServerPolicy"]
      statements = [
        { Effect = "Allow", Action = "s3:*", Resource = "*" },
        { Effect = "Allow", Action = ["secretsmanager:*", "ssm:GetParameter*"], Resource = "*" },
      ]
    }
    indexer = {
      profile = "indexer-profile"
      managed = ["CloudWatchAgentServerPolicy", "AmazonSQSFullAccess"]
      statements = [
        { Effect = "Allow", Action = "s3:*", Resource = ["arn:aws:s3:::chain-raw-blocks", "arn:aws:s3:::chain-raw-blocks/*"] },
        { Effect = "Allow", Action = "dynamodb:*", Resource = "*" },
      ]
    }
    batch = {
      profile = "BatchInstanceProfile"
      managed = ["AmazonS3FullAccess"]
      statements = [
        { Effect = "Allow", Action = ["athena:*", "glue:*"], Resource = "*" },
        { Effect = "Allow", Action = "ses:SendEmail", Resource = "*" },
      ]
    }
    db-backup = {
      profile = "db-backup"
      managed = ["CloudWatchAgentServerPolicy"]
      statements = [
        { Effect = "Allow", Action = ["s3:PutObject", "s3:ListBucket"], Resource = ["arn:aws:s3:::chain-db-backups", "arn:aws:s3:::chain-db-backups/*"] },
      ]
    }
    jenkins = {
      profile = "jenkins"
      managed = ["PowerUserAccess"]
      statements = [
        { Effect = "Allow", Action = ["iam:PassRole", "iam:CreateRole", "iam:AttachRolePolicy"], Resource = "*" },
      ]
    }
  }

  managed_policies = merge([
    for role, it in local.roles : { for policy in it.managed : "${role} ${policy}" => { role = role, policy = policy } }
  ]...)
}

resource "aws_iam_role" "main" {
  for_each = local.roles
  name     = each.key
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Principal = { Service = "ec2.amazonaws.com" }, Action = "sts:AssumeRole" }]
  })
}

resource "aws_iam_role_policy_attachment" "main" {
  for_each   = local.managed_policies
  role       = aws_iam_role.main[each.value.role].name
  policy_arn = "arn:aws:iam::aws:policy/${each.value.policy}"
}

resource "aws_iam_role_policy" "main" {
  for_each = { for name, role in local.roles : name => role.statements if length(role.statements) > 0 }
  name     = "inline"
  role     = aws_iam_role.main[each.key].name
  policy   = jsonencode({ Version = "2012-10-17", Statement = each.value })
}

resource "aws_iam_instance_profile" "main" {
  for_each = local.roles
  name     = each.value.profile
  role     = aws_iam_role.main[each.key].name
}

resource "aws_key_pair" "main" {
  for_each = {
    ops-2018 = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHiSnyWp8VRzx16jDCg64S/2GyLxdmofndVnE0poqp14 ops-2018"
    ops-2022 = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIInQ0d3lx283U7r6WLpxUKeX8Cx6LPtiviEANVH61R0J ops-2022"
    jake     = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAINXVVaIqMGf67TtWCnPXVmOG/EdTXvx4JpmOuVDyNlMN jake@laptop"
  }
  key_name   = each.key
  public_key = each.value
}
