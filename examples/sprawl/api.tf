# What customers talk to: nginx before the REST API and the GraphQL API, and webhooks that go out to them.

locals {
  api = {
    nginx-1 = {
      type   = "c5.large", image = "al1", subnet = "public-1a", ip = "172.30.0.11", key = "ops-2018", address = true
      groups = ["web", "launch-wizard-1"]
      run    = "nginx.sh"
      tags   = { Name = "nginx-1", env = "prod", role = "lb" }
    }
    nginx-lb-2 = {
      type   = "c5.large", image = "al2", subnet = "public-1b", ip = "172.30.1.11", key = "ops-2022", address = true
      groups = ["web"]
      run    = "nginx.sh"
      tags   = { Name = "nginx-lb-2", Env = "Production" }
    }
    api-prod-1 = {
      type   = "m5.xlarge", image = "al2", subnet = "private-1a", ip = "172.30.10.21", key = "ops-2022", agent = true
      groups = ["api"], profile = "api-prod-role"
      run    = "api.sh", with = { environment = "production", database = "172.30.20.10", heap = "10g" }
      tags   = { Name = "api-prod-1", env = "prod", Owner = "backend@chaindata.example" }
    }
    api-prod-2 = {
      type   = "m5.xlarge", image = "al2", subnet = "private-1b", ip = "172.30.11.21", key = "ops-2022", agent = true
      groups = ["api"], profile = "api-prod-role"
      run    = "api.sh", with = { environment = "production", database = "172.30.20.10", heap = "10g" }
      tags   = { Name = "api-prod-2", env = "prod", Owner = "backend@chaindata.example" }
    }
    # Started in a hurry one evening, from an old image, as the type that there was.
    api-prod3 = {
      type   = "m4.xlarge", image = "al1", subnet = "private-1c", ip = "172.30.12.21", key = "ops-2018"
      groups = ["api", "launch-wizard-7"], profile = "ec2-admin"
      run    = "api.sh", with = { environment = "production", database = "172.30.21.10", heap = "8g" }
      tags   = { Name = "api-prod3", Envrionment = "prod" }
    }
    graphql-prod-1 = {
      type   = "c5.2xlarge", image = "al2", subnet = "private-1a", ip = "172.30.10.31", key = "ops-2022", agent = true
      groups = ["graphql"], profile = "api-prod-role"
      run    = "graphql.sh"
      tags   = { Name = "graphql-prod-1", Env = "Production", Owner = "backend@chaindata.example", service = "graphql" }
    }
    graphql-2 = {
      type   = "c5.2xlarge", image = "al2", subnet = "private-1b", ip = "172.30.11.31", key = "ops-2022"
      groups = ["graphql"], profile = "api-prod-role"
      run    = "graphql.sh"
      tags   = { Name = "graphql-2", Env = "Production" }
    }
    # Customers have its address in their firewalls.
    webhooks = {
      type   = "t2.small", image = "al1", subnet = "public-1a", ip = "172.30.0.20", key = "ops-2018", address = true
      groups = ["consumers", "launch-wizard-1"], profile = "api-prod-role"
      run    = "webhooks.sh"
      tags   = { Name = "webhooks", environment = "production" }
    }
    API-staging = {
      type   = "t3.medium", image = "al2", subnet = "private-1a", key = "ops-2022"
      groups = ["api", "launch-wizard-7"], profile = "api-prod-role"
      run    = "api.sh", with = { environment = "staging", database = "172.30.20.10", heap = "2g" }
      tags   = { Name = "API-staging", env = "staging" }
    }
  }
}
