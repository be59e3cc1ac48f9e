# Two outputs, by when they are ready: networks within seconds, databases after a quarter of an hour. Whoever joins the networks
# refers to the first one only, and need not wait for the other.

output "networks" {
  description = "What it takes to join and reach each database's network."
  value = {
    platform = {
      vpc_id            = module.platform.vpc_id
      cidr_block        = module.platform.cidr_block
      route_table_ids   = module.platform.route_table_ids
      security_group_id = module.platform.security_group_id
      port              = module.platform.port
    }
    chain = {
      vpc_id            = module.chain.vpc_id
      cidr_block        = module.chain.cidr_block
      route_table_ids   = module.chain.route_table_ids
      security_group_id = module.chain.security_group_id
      port              = module.chain.port
    }
  }
}

output "databases" {
  description = "What it takes to log in to each database."
  value = {
    platform = {
      address           = module.platform.address
      reader_address    = module.platform.reader_address
      database_name     = module.platform.database_name
      resource_id       = module.platform.resource_id
      master_secret_arn = module.platform.master_secret_arn
    }
    chain = {
      address           = module.chain.address
      reader_address    = module.chain.reader_address
      database_name     = module.chain.database_name
      resource_id       = module.chain.resource_id
      master_secret_arn = module.chain.master_secret_arn
    }
  }
}
