# Node groups: how a node begins (launch templates), and how many there may be of which kind.

# Tags of the provider reach what it makes itself; instances and volumes are made by AWS from the template.
data "aws_default_tags" "current" {}

locals {
  build_group = {
    for name, group in { build = var.build_group } : name => merge(group, {
      initial_size               = null
      per_zone                   = false
      ami_type                   = "AL2023_x86_64_STANDARD"
      labels                     = { build = "true" }
      taints                     = []
      dedicated                  = true
      max_unavailable_percentage = 33
    }) if group != null
  }

  groups = merge(var.node_groups, local.build_group)

  # Node groups as AWS has them: one, or one in each zone. Zones differ in their last letter.
  node_groups = merge([
    for name, group in local.groups : coalesce(group.per_zone, var.high_availability) ? {
      for zone in local.zones : "${name}-${substr(zone, -1, 1)}" => { group = name, zones = [zone] }
      } : {
      (name) = { group = name, zones = local.zones }
    }
  ]...)
}

resource "aws_launch_template" "node" {
  for_each = local.groups

  name                   = "${var.name}-${each.key}"
  description            = "Nodes ${each.key} of ${var.name}"
  update_default_version = true

  # A template with groups of its own has to name EKS's group of the cluster, too: that is how nodes reach the control plane.
  vpc_security_group_ids = [
    aws_eks_cluster.this.vpc_config[0].cluster_security_group_id,
    aws_security_group.node.id,
  ]

  block_device_mappings {
    device_name = "/dev/xvda"

    ebs {
      volume_type           = "gp3"
      volume_size           = each.value.disk_size
      encrypted             = true
      delete_on_termination = true
    }
  }

  # IMDSv2 only. Each network between asker and service is a hop, and pods are one further away than the node.
  metadata_options {
    http_endpoint               = "enabled"
    http_tokens                 = "required"
    http_put_response_hop_limit = var.pods_use_instance_metadata ? 2 : 1
  }

  dynamic "tag_specifications" {
    for_each = ["instance", "volume", "network-interface"]

    content {
      resource_type = tag_specifications.value
      tags          = merge(data.aws_default_tags.current.tags, var.tags, { Name = "${var.name}-${each.key}" })
    }
  }

  tags = merge(var.tags, { Name = "${var.name}-${each.key}" })
}

resource "aws_eks_node_group" "this" {
  for_each = local.node_groups

  cluster_name           = aws_eks_cluster.this.name
  version                = aws_eks_cluster.this.version
  node_group_name_prefix = "${each.key}-"
  node_role_arn          = aws_iam_role.node.arn
  subnet_ids             = [for zone in each.value.zones : local.node_subnet_ids[zone]]

  instance_types = local.groups[each.value.group].instance_types
  capacity_type  = local.groups[each.value.group].capacity_type
  ami_type       = local.groups[each.value.group].ami_type

  labels = merge(local.groups[each.value.group].labels, { node-group = each.value.group })

  launch_template {
    id      = aws_launch_template.node[each.value.group].id
    version = aws_launch_template.node[each.value.group].latest_version
  }

  scaling_config {
    min_size     = local.groups[each.value.group].min_size
    max_size     = local.groups[each.value.group].max_size
    desired_size = coalesce(local.groups[each.value.group].initial_size, local.groups[each.value.group].min_size)
  }

  update_config {
    max_unavailable_percentage = local.groups[each.value.group].max_unavailable_percentage
  }

  dynamic "taint" {
    for_each = concat(
      local.groups[each.value.group].taints,
      local.groups[each.value.group].dedicated ? [{ key = "dedicated", value = each.value.group, effect = "NO_SCHEDULE" }] : [],
    )

    content {
      key    = taint.value.key
      value  = taint.value.value
      effect = taint.value.effect
    }
  }

  tags = merge(var.tags, { Name = "${var.name}-${each.key}" })

  # Nodes that can't reach the registry and the control plane, or have no network for pods, never become ready.
  depends_on = [
    aws_iam_role_policy_attachment.node,
    aws_route.internet,
    aws_route.nat,
    aws_route_table_association.public,
    aws_route_table_association.private,
    aws_vpc_security_group_egress_rule.node,
    aws_vpc_security_group_ingress_rule.node,
    aws_vpc_endpoint.interface,
    aws_eks_addon.before_nodes,
  ]

  lifecycle {
    create_before_destroy = true
    ignore_changes        = [scaling_config[0].desired_size]
  }
}
