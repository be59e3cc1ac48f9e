resource "aws_eks_cluster" "main" {
  name                      = var.name
  role_arn                  = aws_iam_role.main["cluster"].arn
  version                   = var.release
  enabled_cluster_log_types = var.grown ? ["api", "audit", "authenticator"] : ["api", "audit"]

  access_config {
    authentication_mode                         = var.grown ? "API" : "API_AND_CONFIG_MAP"
    bootstrap_cluster_creator_admin_permissions = false
  }

  vpc_config {
    subnet_ids              = concat(aws_subnet.public[*].id, aws_subnet.private[*].id)
    security_group_ids      = [aws_security_group.cluster.id]
    endpoint_private_access = true
    public_access_cidrs     = var.grown ? ["192.0.2.0/24"] : ["0.0.0.0/0"]
  }

  encryption_config {
    resources = ["secrets"]

    provider {
      key_arn = aws_kms_key.secrets.arn
    }
  }

  depends_on = [aws_iam_role_policy_attachment.cluster, aws_cloudwatch_log_group.cluster]
}

locals {
  groups = {
    core  = { type = "m5.large", min = 2, max = var.grown ? 8 : 6, spot = false, dedicated = null }
    chain = { type = "r5.large", min = 1, max = 4, spot = true, dedicated = "chain" }
  }
}

resource "aws_launch_template" "nodes" {
  for_each               = local.groups
  name                   = "${var.name}-${each.key}"
  instance_type          = each.value.type
  update_default_version = true
  vpc_security_group_ids = [aws_security_group.nodes.id]

  block_device_mappings {
    device_name = "/dev/xvda"

    ebs {
      volume_size = var.grown ? 120 : 100
      volume_type = "gp3"
      encrypted   = true
    }
  }

  metadata_options {
    http_tokens                 = "required"
    http_put_response_hop_limit = 2
  }

  tag_specifications {
    resource_type = "instance"
    tags          = { Name = "${var.name}-${each.key}" }
  }
}

resource "aws_eks_node_group" "main" {
  for_each        = local.groups
  cluster_name    = aws_eks_cluster.main.name
  node_group_name = each.key
  node_role_arn   = aws_iam_role.main["nodes"].arn
  subnet_ids      = aws_subnet.private[*].id
  capacity_type   = each.value.spot ? "SPOT" : "ON_DEMAND"
  version         = aws_eks_cluster.main.version
  labels          = var.grown ? { group = each.key, rack = var.name } : { group = each.key, old = "yes" }

  launch_template {
    id      = aws_launch_template.nodes[each.key].id
    version = aws_launch_template.nodes[each.key].latest_version
  }

  scaling_config {
    desired_size = each.value.min
    min_size     = each.value.min
    max_size     = each.value.max
  }

  update_config {
    max_unavailable_percentage = var.grown ? 50 : 33
  }

  dynamic "taint" {
    for_each = each.value.dedicated == null ? [] : [each.value.dedicated]

    content {
      key    = "dedicated-node"
      value  = taint.value
      effect = var.grown ? "NO_EXECUTE" : "NO_SCHEDULE"
    }
  }

  lifecycle {
    ignore_changes = [scaling_config[0].desired_size]
  }

  depends_on = [aws_iam_role_policy_attachment.nodes]
}

data "aws_eks_addon_version" "cni" {
  addon_name         = "vpc-cni"
  kubernetes_version = var.release
}

resource "aws_eks_addon" "cni" {
  cluster_name         = aws_eks_cluster.main.name
  addon_name           = "vpc-cni"
  addon_version        = data.aws_eks_addon_version.cni.version
  configuration_values = jsonencode({ env = { ENABLE_PREFIX_DELEGATION = tostring(var.grown) } })
}

resource "aws_eks_addon" "plain" {
  for_each                    = toset(["coredns", "kube-proxy", "eks-pod-identity-agent"])
  cluster_name                = aws_eks_cluster.main.name
  addon_name                  = each.key
  resolve_conflicts_on_create = "OVERWRITE"
  resolve_conflicts_on_update = "PRESERVE"
  tags                        = var.grown ? { kind = "plain" } : {}
  depends_on                  = [aws_eks_node_group.main]
}

resource "aws_eks_addon" "ebs" {
  cluster_name = aws_eks_cluster.main.name
  addon_name   = "aws-ebs-csi-driver"

  pod_identity_association {
    role_arn        = aws_iam_role.main["pods"].arn
    service_account = "ebs-csi-controller-sa"
  }

  depends_on = [aws_eks_addon.plain]
}

resource "aws_eks_access_entry" "people" {
  for_each          = toset(["admin", "developer"])
  cluster_name      = aws_eks_cluster.main.name
  principal_arn     = "arn:aws:iam::${var.account}:role/${each.key}"
  kubernetes_groups = var.grown ? ["${each.key}s", "people"] : ["${each.key}s"]
  tags              = { kind = "people" }
}

resource "aws_eks_access_policy_association" "admin" {
  cluster_name  = aws_eks_cluster.main.name
  principal_arn = aws_eks_access_entry.people["admin"].principal_arn
  policy_arn    = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy"

  access_scope {
    type = "cluster"
  }
}

resource "aws_eks_access_policy_association" "developer" {
  cluster_name  = aws_eks_cluster.main.name
  principal_arn = aws_eks_access_entry.people["developer"].principal_arn
  policy_arn    = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSEditPolicy"

  access_scope {
    type       = "namespace"
    namespaces = ["apps", "chains"]
  }
}

resource "aws_eks_pod_identity_association" "api" {
  cluster_name    = aws_eks_cluster.main.name
  namespace       = "apps"
  service_account = "api"
  role_arn        = var.grown ? aws_iam_role.consumer.arn : aws_iam_role.main["pods"].arn
  tags            = { kind = var.grown ? "new" : "old" }
}

resource "aws_eks_identity_provider_config" "people" {
  cluster_name = aws_eks_cluster.main.name

  oidc {
    identity_provider_config_name = "people"
    client_id                     = "kubernetes"
    issuer_url                    = "https://login.example.com/"
    username_claim                = "email"
    groups_claim                  = "groups"
    required_claims               = { team = "platform" }
  }

  tags = { kind = var.grown ? "new" : "old" }
}

resource "aws_eks_fargate_profile" "batch" {
  cluster_name           = aws_eks_cluster.main.name
  fargate_profile_name   = "batch"
  pod_execution_role_arn = aws_iam_role.main["pods"].arn
  subnet_ids             = aws_subnet.private[*].id

  selector {
    namespace = "batch"
    labels    = { on = "fargate" }
  }
}
