# EKS add-ons: those that nodes need to become ready, and those that need nodes to run on.

locals {
  addons = merge(var.addons, {
    for name in var.pod_identity ? ["eks-pod-identity-agent"] : [] : name => { version = null, before_nodes = true, configuration = null }
  })
}

resource "aws_eks_addon" "before_nodes" {
  for_each = { for name, addon in local.addons : name => addon if addon.before_nodes }

  cluster_name                = aws_eks_cluster.this.name
  addon_name                  = each.key
  addon_version               = each.value.version
  configuration_values        = each.value.configuration
  service_account_role_arn    = var.pod_identity ? null : try(aws_iam_role.service_account[each.key].arn, null)
  resolve_conflicts_on_create = "OVERWRITE"
  resolve_conflicts_on_update = "OVERWRITE"

  tags = var.tags

  # Pods get the credentials that there are when they start.
  depends_on = [
    aws_eks_pod_identity_association.this,
    aws_iam_role_policy_attachment.service_account,
  ]
}

resource "aws_eks_addon" "on_nodes" {
  for_each = { for name, addon in local.addons : name => addon if !addon.before_nodes }

  cluster_name                = aws_eks_cluster.this.name
  addon_name                  = each.key
  addon_version               = each.value.version
  configuration_values        = each.value.configuration
  service_account_role_arn    = var.pod_identity ? null : try(aws_iam_role.service_account[each.key].arn, null)
  resolve_conflicts_on_create = "OVERWRITE"
  resolve_conflicts_on_update = "OVERWRITE"

  tags = var.tags

  depends_on = [
    aws_eks_node_group.this,
    aws_eks_pod_identity_association.this,
    aws_iam_role_policy_attachment.service_account,
  ]
}
