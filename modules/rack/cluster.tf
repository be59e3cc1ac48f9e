# The EKS cluster, and who may use it.

resource "aws_cloudwatch_log_group" "cluster" {
  # EKS would make it, too, and keep everything for ever.
  name              = "/aws/eks/${var.name}/cluster"
  retention_in_days = var.control_plane_log_retention_days
  kms_key_id        = local.kms_key_arn

  tags = var.tags
}

resource "aws_eks_cluster" "this" {
  name                      = var.name
  version                   = var.kubernetes_version
  role_arn                  = aws_iam_role.cluster.arn
  enabled_cluster_log_types = var.control_plane_logs

  # What EKS would install by itself are add-ons here.
  bootstrap_self_managed_addons = false

  vpc_config {
    subnet_ids              = values(local.node_subnet_ids)
    security_group_ids      = [aws_security_group.api.id]
    endpoint_private_access = true
    endpoint_public_access  = length(var.api_public_cidr_blocks) > 0
    public_access_cidrs     = length(var.api_public_cidr_blocks) > 0 ? var.api_public_cidr_blocks : null
  }

  access_config {
    authentication_mode                         = "API"
    bootstrap_cluster_creator_admin_permissions = false
  }

  kubernetes_network_config {
    ip_family         = "ipv4"
    service_ipv4_cidr = var.service_cidr_block
  }

  encryption_config {
    resources = ["secrets"]

    provider {
      key_arn = local.kms_key_arn
    }
  }

  upgrade_policy {
    support_type = var.extended_support ? "EXTENDED" : "STANDARD"
  }

  tags = var.tags

  # Without its permissions the cluster can neither be made nor clean up behind itself.
  depends_on = [
    aws_cloudwatch_log_group.cluster,
    aws_iam_role_policy_attachment.cluster,
    aws_vpc_security_group_ingress_rule.api,
  ]

  lifecycle {
    # Both matter at creation only, and AWS does not tell them: an imported cluster must not be replaced because of them.
    ignore_changes = [
      bootstrap_self_managed_addons,
      access_config[0].bootstrap_cluster_creator_admin_permissions,
    ]
  }
}

# Roles for service accounts (IRSA) trust this. It costs nothing, so that it is there for software that knows nothing else.
resource "aws_iam_openid_connect_provider" "this" {
  url            = aws_eks_cluster.this.identity[0].oidc[0].issuer
  client_id_list = ["sts.amazonaws.com"]

  tags = merge(var.tags, { Name = var.name })
}

resource "aws_eks_access_entry" "this" {
  for_each = var.access_entries

  cluster_name      = aws_eks_cluster.this.name
  principal_arn     = each.value.principal_arn
  kubernetes_groups = each.value.groups

  tags = var.tags
}

locals {
  access_policies = merge([
    for name, entry in var.access_entries : {
      for policy, scope in entry.policies : "${name}/${policy}" => {
        entry      = name
        policy     = policy
        namespaces = scope.namespaces
      }
    }
  ]...)
}

resource "aws_eks_access_policy_association" "this" {
  for_each = local.access_policies

  cluster_name  = aws_eks_cluster.this.name
  principal_arn = aws_eks_access_entry.this[each.value.entry].principal_arn
  policy_arn    = "arn:${data.aws_partition.current.partition}:eks::aws:cluster-access-policy/${each.value.policy}"

  access_scope {
    type       = length(each.value.namespaces) > 0 ? "namespace" : "cluster"
    namespaces = length(each.value.namespaces) > 0 ? each.value.namespaces : null
  }
}
