# Who talks to whom, if it is to be known.

resource "aws_cloudwatch_log_group" "flow" {
  count = var.flow_log_retention_days == null ? 0 : 1

  name              = "/aws/vpc/${var.name}/flow"
  retention_in_days = var.flow_log_retention_days
  kms_key_id        = local.kms_key_arn

  tags = var.tags
}

data "aws_iam_policy_document" "flow_trust" {
  count = var.flow_log_retention_days == null ? 0 : 1

  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["vpc-flow-logs.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [data.aws_caller_identity.current.account_id]
    }
  }
}

data "aws_iam_policy_document" "flow" {
  count = var.flow_log_retention_days == null ? 0 : 1

  statement {
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams"]
    resources = ["${local.log_group_arn_prefix}/aws/vpc/${var.name}/flow:*"]
  }
}

resource "aws_iam_role" "flow" {
  count = var.flow_log_retention_days == null ? 0 : 1

  name               = "${var.name}-flow-log"
  description        = "Writes the flow log of the rack ${var.name}"
  assume_role_policy = data.aws_iam_policy_document.flow_trust[0].json

  tags = var.tags
}

resource "aws_iam_role_policy" "flow" {
  count = var.flow_log_retention_days == null ? 0 : 1

  name   = "write"
  role   = aws_iam_role.flow[0].name
  policy = data.aws_iam_policy_document.flow[0].json
}

resource "aws_flow_log" "this" {
  count = var.flow_log_retention_days == null ? 0 : 1

  vpc_id                   = aws_vpc.this.id
  traffic_type             = "ALL"
  max_aggregation_interval = 600
  log_destination_type     = "cloud-watch-logs"
  log_destination          = aws_cloudwatch_log_group.flow[0].arn
  iam_role_arn             = aws_iam_role.flow[0].arn

  tags = merge(var.tags, { Name = var.name })

  depends_on = [aws_iam_role_policy.flow]
}
