# Security groups as they grew. `from` is a block of addresses or the name of another group; `port = null` is everything.

locals {
  anywhere = "0.0.0.0/0"
  vpc      = "172.30.0.0/16"
  office   = "203.0.113.0/28"

  security_groups = {
    launch-wizard-1 = {
      about = "launch-wizard-1 created 2018-03-11T10:22:41.019+01:00"
      tags  = {}
      rules = [
        { port = 22, from = local.anywhere },
        { port = 80, from = local.anywhere },
        { port = 443, from = local.anywhere },
      ]
    }
    launch-wizard-7 = {
      about = "launch-wizard-7 created 2019-08-02T16:40:03.551+02:00"
      tags  = { Name = "internal-all" }
      rules = [
        { port = null, from = local.vpc, note = "everything inside" },
        { port = 22, from = local.anywhere, note = "TODO close" },
      ]
    }
    web = {
      about = "nginx"
      tags  = { Name = "web", env = "prod" }
      rules = [
        { port = 80, from = local.anywhere, note = "http" },
        { port = 443, from = local.anywhere, note = "https" },
        { port = 22, from = "bastion" },
      ]
    }
    api = {
      about = "REST API"
      tags  = { Name = "api", env = "prod" }
      rules = [
        { port = 8080, from = "web" },
        { port = 8080, from = "graphql" }, # where Postgres is too slow
        { port = 22, from = "bastion" },
        { port = 22, from = "jenkins" },
      ]
    }
    graphql = {
      about = "GraphQL API"
      tags  = { Name = "graphql", Env = "Production" }
      rules = [
        { port = 4000, from = "web" },
        { port = 22, from = "bastion" },
        { port = 22, from = "jenkins" },
      ]
    }
    kafka = {
      about = "Kafka and Zookeeper"
      tags  = { Name = "kafka" }
      rules = [
        { port = 9092, from = "kafka" },
        { port = 9092, from = "indexers" },
        { port = 9092, from = "consumers" },
        { port = 9092, from = "api" },
        { port = 9092, from = "198.51.100.17/32", note = "partner test 2021, temporary" },
        { port = 2181, from = "kafka" },
      ]
    }
    consumers = {
      about = "Kafka consumers"
      tags  = { Name = "consumers", team = "ingest" }
      rules = [{ port = 22, from = "jenkins" }]
    }
    indexers = {
      about = "chain indexers"
      tags  = { Name = "indexers", team = "chains" }
      rules = [
        { port = 22, from = "jenkins" },
        { port = 9100, from = "monitoring" },
      ]
    }
    eth-node = {
      about = "Ethereum node"
      tags  = { Name = "eth-node" }
      rules = [
        { port = 8545, from = "indexers" },
        { port = 8545, from = "graphql" },
        { port = 30303, from = local.anywhere, note = "peers" },
      ]
    }
    postgres = {
      about = "postgres-main and its replica"
      tags  = { Name = "postgres", Environment = "production" }
      rules = [
        { port = 5432, from = "postgres" },
        { port = 5432, from = "api" },
        { port = 5432, from = "graphql" },
        { port = 5432, from = "consumers" },
        { port = 5432, from = "jobs" },
        { port = 5432, from = local.office, note = "psql from the office" },
      ]
    }
    redis = {
      about = "redis"
      tags  = { Name = "redis" }
      rules = [{ port = 6379, from = local.vpc }]
    }
    clickhouse = {
      about = "clickhouse"
      tags  = { Name = "clickhouse", team = "analytics" }
      rules = [
        { port = 8123, from = "graphql" },
        { port = 8123, from = "jobs" },
        { port = 9000, from = "consumers" },
        { port = 8123, from = local.anywhere, note = "metabase cloud, their addresses change" },
      ]
    }
    jobs = {
      about = "cron boxes and batch"
      tags  = {}
      rules = [{ port = 22, from = "bastion" }]
    }
    jenkins = {
      about = "jenkins"
      tags  = { Name = "jenkins" }
      rules = [
        { port = 8080, from = local.anywhere, note = "github webhooks" },
        { port = 22, from = local.office, note = "ssh" },
      ]
    }
    bastion = {
      about = "bastion and vpn"
      tags  = { Name = "bastion" }
      rules = [
        { port = 22, from = local.anywhere, note = "ssh" },
        { port = 1194, protocol = "udp", from = local.anywhere, note = "openvpn" },
      ]
    }
    nat = {
      about = "NAT box"
      tags  = { Name = "nat" }
      rules = [{ port = null, from = local.vpc }]
    }
    monitoring = {
      about = "prometheus and grafana"
      tags  = { Name = "monitoring" }
      rules = [
        { port = 3000, from = local.office, note = "grafana" },
        { port = 22, from = "bastion" },
      ]
    }
    rds = {
      about = "RDS"
      tags  = { Name = "rds" }
      rules = [
        { port = 5432, from = "api" },
        { port = 5432, from = local.vpc, note = "just in case" },
        { port = 3306, from = "jobs" },
      ]
    }
    jake-test = {
      about = "open"
      tags  = { owner = "jake" }
      rules = [{ port = null, from = local.anywhere, note = "debugging" }]
    }
  }

  rules = merge([
    for group, it in local.security_groups : {
      for rule in it.rules : "${group} ${coalesce(rule.port, "all")} from ${rule.from}" => merge(rule, { group = group })
    }
  ]...)
}

resource "aws_security_group" "main" {
  for_each    = local.security_groups
  name        = each.key
  description = each.value.about
  vpc_id      = aws_vpc.main.id
  tags        = each.value.tags
}

resource "aws_vpc_security_group_ingress_rule" "main" {
  for_each                     = local.rules
  security_group_id            = aws_security_group.main[each.value.group].id
  description                  = try(each.value.note, null)
  ip_protocol                  = each.value.port == null ? "-1" : try(each.value.protocol, "tcp")
  from_port                    = each.value.port
  to_port                      = each.value.port
  cidr_ipv4                    = strcontains(each.value.from, "/") ? each.value.from : null
  referenced_security_group_id = strcontains(each.value.from, "/") ? null : aws_security_group.main[each.value.from].id
}

resource "aws_vpc_security_group_egress_rule" "main" {
  for_each          = local.security_groups
  security_group_id = aws_security_group.main[each.key].id
  ip_protocol       = "-1"
  cidr_ipv4         = "0.0.0.0/0"
}
