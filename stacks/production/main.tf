# The production rack: three zones, private, a NAT gateway in each zone.

module "rack" {
  source = "../../modules/rack"

  name               = "production"
  cidr_block         = "10.10.0.0/16"
  availability_zones = [for letter in ["a", "b", "c"] : "${var.region}${letter}"]

  high_availability       = true
  private                 = true
  interface_endpoints     = ["ecr.api", "ecr.dkr", "sts"]
  flow_log_retention_days = 30

  kubernetes_version     = "1.33"
  api_public_cidr_blocks = var.api_cidr_blocks

  access_entries = merge(
    { for name, arn in var.administrators : name => {
      principal_arn = arn
      policies      = { AmazonEKSClusterAdminPolicy = {} }
    } },
    { for name, arn in var.engineers : name => {
      principal_arn = arn
      policies = {
        AmazonEKSViewPolicy = {}
        AmazonEKSEditPolicy = { namespaces = ["platform", "chains"] }
      }
    } },
  )

  node_groups = local.node_groups
  build_group = { capacity_type = "SPOT", instance_types = ["c6i.2xlarge", "c6a.2xlarge", "m6i.2xlarge"] }

  service_accounts = { for name, login in local.logins : name => { namespace = login.namespace } }
}
