# Roles of service accounts: those of the add-ons, the autoscaler's, and those that the rack's users ask for.

locals {
  addon_accounts = {
    for addon, account in {
      vpc-cni                         = { namespace = "kube-system", name = "aws-node", policy = "AmazonEKS_CNI_Policy" }
      aws-ebs-csi-driver              = { namespace = "kube-system", name = "ebs-csi-controller-sa", policy = "service-role/AmazonEBSCSIDriverPolicy" }
      aws-efs-csi-driver              = { namespace = "kube-system", name = "efs-csi-controller-sa", policy = "service-role/AmazonEFSCSIDriverPolicy" }
      amazon-cloudwatch-observability = { namespace = "amazon-cloudwatch", name = "cloudwatch-agent", policy = "CloudWatchAgentServerPolicy" }
      } : addon => {
      namespace   = account.namespace
      name        = account.name
      policy      = null
      policy_arns = { aws = "${local.managed_policy_prefix}${account.policy}" }
    } if contains(keys(var.addons), addon)
  }

  autoscaler_account = {
    for name in var.cluster_autoscaler ? ["cluster-autoscaler"] : [] : name => {
      namespace   = "kube-system"
      name        = name
      policy      = data.aws_iam_policy_document.autoscaler[0].json
      policy_arns = {}
    }
  }

  service_accounts = merge(local.addon_accounts, local.autoscaler_account, {
    for key, account in var.service_accounts : key => merge(account, { name = coalesce(account.name, key) })
  })

  service_account_policies = merge([
    for key, account in local.service_accounts : {
      for name, arn in account.policy_arns : "${key}/${name}" => { account = key, arn = arn }
    }
  ]...)

  issuer = trimprefix(var.pod_identity ? "" : aws_iam_openid_connect_provider.this.url, "https://")
}

data "aws_iam_policy_document" "service_account_trust" {
  for_each = local.service_accounts

  dynamic "statement" {
    for_each = var.pod_identity ? ["pod identity"] : []

    content {
      actions = ["sts:AssumeRole", "sts:TagSession"]

      principals {
        type        = "Service"
        identifiers = ["pods.eks.amazonaws.com"]
      }

      # An association of another cluster or service account is no way to this role.
      condition {
        test     = "StringEquals"
        variable = "aws:RequestTag/eks-cluster-arn"
        values   = [local.cluster_arn]
      }

      condition {
        test     = "StringEquals"
        variable = "aws:RequestTag/kubernetes-namespace"
        values   = [each.value.namespace]
      }

      condition {
        test     = "StringEquals"
        variable = "aws:RequestTag/kubernetes-service-account"
        values   = [each.value.name]
      }
    }
  }

  dynamic "statement" {
    for_each = var.pod_identity ? [] : ["OIDC"]

    content {
      actions = ["sts:AssumeRoleWithWebIdentity"]

      principals {
        type        = "Federated"
        identifiers = [aws_iam_openid_connect_provider.this.arn]
      }

      condition {
        test     = "StringEquals"
        variable = "${local.issuer}:sub"
        values   = ["system:serviceaccount:${each.value.namespace}:${each.value.name}"]
      }

      condition {
        test     = "StringEquals"
        variable = "${local.issuer}:aud"
        values   = ["sts.amazonaws.com"]
      }
    }
  }
}

resource "aws_iam_role" "service_account" {
  for_each = local.service_accounts

  name               = "${var.name}-${each.key}"
  description        = "Service account ${each.value.namespace}/${each.value.name} of ${var.name}"
  assume_role_policy = data.aws_iam_policy_document.service_account_trust[each.key].json

  tags = var.tags
}

resource "aws_iam_role_policy" "service_account" {
  for_each = { for key, account in local.service_accounts : key => account.policy if account.policy != null }

  name   = "permissions"
  role   = aws_iam_role.service_account[each.key].name
  policy = each.value
}

resource "aws_iam_role_policy_attachment" "service_account" {
  for_each = local.service_account_policies

  role       = aws_iam_role.service_account[each.value.account].name
  policy_arn = each.value.arn
}

resource "aws_eks_pod_identity_association" "this" {
  for_each = var.pod_identity ? local.service_accounts : {}

  cluster_name    = aws_eks_cluster.this.name
  namespace       = each.value.namespace
  service_account = each.value.name
  role_arn        = aws_iam_role.service_account[each.key].arn

  tags = var.tags
}

# The autoscaler sees all groups, and changes those of this cluster. EKS tags the groups behind its node groups for it.

data "aws_iam_policy_document" "autoscaler" {
  count = var.cluster_autoscaler ? 1 : 0

  statement {
    actions = [
      "autoscaling:DescribeAutoScalingGroups",
      "autoscaling:DescribeAutoScalingInstances",
      "autoscaling:DescribeLaunchConfigurations",
      "autoscaling:DescribeScalingActivities",
      "autoscaling:DescribeTags",
      "ec2:DescribeImages",
      "ec2:DescribeInstanceTypes",
      "ec2:DescribeLaunchTemplateVersions",
      "ec2:GetInstanceTypesFromInstanceRequirements",
    ]
    resources = ["*"]
  }

  # Labels and taints of groups that have no node at the moment.
  statement {
    actions   = ["eks:DescribeNodegroup"]
    resources = ["${replace(local.cluster_arn, ":cluster/", ":nodegroup/")}/*"]
  }

  statement {
    actions   = ["autoscaling:SetDesiredCapacity", "autoscaling:TerminateInstanceInAutoScalingGroup"]
    resources = ["*"]

    condition {
      test     = "StringEquals"
      variable = "aws:ResourceTag/k8s.io/cluster-autoscaler/${var.name}"
      values   = ["owned"]
    }
  }
}
