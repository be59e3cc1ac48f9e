# The ways to the databases. Every database of the stack data is joined; a new one there is joined with the next apply here.

data "terraform_remote_state" "data" {
  backend = "local"

  config = {
    path = "../../state/data.tfstate"
  }
}

module "peering" {
  source   = "../../modules/peering"
  for_each = data.terraform_remote_state.data.outputs.networks

  # Databases in another account or region: another provider for the accepter.
  providers = {
    aws.requester = aws
    aws.accepter  = aws
  }

  name = "production-${each.key}"

  requester = {
    vpc_id          = module.rack.vpc_id
    cidr_blocks     = [module.rack.cidr_block]
    route_table_ids = module.rack.route_table_ids
  }

  accepter = {
    vpc_id          = each.value.vpc_id
    cidr_blocks     = [each.value.cidr_block]
    route_table_ids = each.value.route_table_ids
    ingress = {
      database = {
        security_group_id = each.value.security_group_id
        port              = each.value.port
        cidr_blocks       = module.rack.node_cidr_blocks
      }
    }
  }
}
