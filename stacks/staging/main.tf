# The staging rack: two zones, private, one NAT gateway. It may be away for an hour; it may not cost much.

module "rack" {
  source = "../../modules/rack"

  name               = "staging"
  cidr_block         = "10.20.0.0/16"
  availability_zones = [for letter in ["a", "b"] : "${var.region}${letter}"]

  high_availability = false
  private           = true

  kubernetes_version               = "1.33"
  control_plane_log_retention_days = 14
  api_public_cidr_blocks           = var.api_cidr_blocks

  access_entries = merge(
    { for name, arn in var.administrators : name => {
      principal_arn = arn
      policies      = { AmazonEKSClusterAdminPolicy = {} }
    } },
    { for name, arn in var.engineers : name => {
      principal_arn = arn
      policies      = { AmazonEKSAdminPolicy = {} }
    } },
  )

  node_groups = local.node_groups

  service_accounts = { for name, login in local.logins : name => { namespace = login.namespace } }
}
