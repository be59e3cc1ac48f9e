# Three brokers, one Zookeeper, and what reads from them.

locals {
  kafka = {
    kafka-1 = {
      type   = "m5.large", image = "al2", subnet = "private-1a", ip = "172.30.10.41", key = "ops-2018", agent = true
      groups = ["kafka"], profile = "db-backup"
      run    = "kafka.sh", with = { broker = 1, address = "172.30.10.41" }
      data   = { "/dev/sdf" = { size = 1000, type = "gp2" } }
      tags   = { Name = "kafka-1", env = "prod", team = "ingest" }
    }
    kafka-2 = {
      type   = "m5.large", image = "al2", subnet = "private-1b", ip = "172.30.11.41", key = "ops-2018", agent = true
      groups = ["kafka"], profile = "db-backup"
      run    = "kafka.sh", with = { broker = 2, address = "172.30.11.41" }
      data   = { "/dev/sdf" = { size = 1000, type = "gp2" } }
      tags   = { Name = "kafka-2", env = "prod", team = "ingest" }
    }
    kafka3 = {
      type   = "r5.large", image = "al2", subnet = "private-1c", ip = "172.30.12.41", key = "ops-2022", agent = true
      groups = ["kafka", "launch-wizard-7"], profile = "db-backup"
      run    = "kafka.sh", with = { broker = 3, address = "172.30.12.41" }
      data   = { "/dev/sdf" = { size = 2000, type = "gp2" } }
      tags   = { Name = "kafka3" }
    }
    zookeeper = {
      type   = "t3.small", image = "al2", subnet = "private-1a", ip = "172.30.10.40", key = "ops-2018"
      groups = ["kafka"]
      run    = "zookeeper.sh"
      tags   = { Name = "zookeeper", env = "prod" }
    }
    consumer-transfers-1 = {
      type   = "c5.large", image = "al2", subnet = "private-1a", key = "ops-2022", agent = true
      groups = ["consumers"], profile = "indexer"
      run    = "consumer.sh", with = { topic = "transfers", group = "transfers-writer", sink = "clickhouse" }
      tags   = { Name = "consumer-transfers-1", env = "prod", Owner = "ingest" }
    }
    consumer-transfers-2 = {
      type   = "c5.large", image = "al2", subnet = "private-1b", key = "ops-2022", agent = true
      groups = ["consumers"], profile = "indexer"
      run    = "consumer.sh", with = { topic = "transfers", group = "transfers-writer", sink = "clickhouse" }
      tags   = { Name = "consumer-transfers-2", env = "prod", Owner = "ingest" }
    }
    balances_consumer = {
      type   = "m5.large", image = "al2", subnet = "private-1b", key = "ops-2022", agent = true
      groups = ["consumers"], profile = "indexer"
      run    = "consumer.sh", with = { topic = "balances", group = "balances", sink = "postgres" }
      tags   = { Name = "balances_consumer", env = "prod" }
    }
    nft-consumer = {
      type   = "t2.large", image = "al2", subnet = "private-1a", key = "ops-2022"
      groups = ["consumers", "launch-wizard-7"], profile = "indexer"
      run    = "consumer.sh", with = { topic = "nft-events", group = "nft", sink = "postgres" }
      tags   = { Name = "nft-consumer", owner = "maria" }
    }
    # New since yesterday.
    nft-consumer-v2 = {
      type   = "c5.large", image = "al2023", subnet = "private-1b", key = "ops-2022", agent = true
      groups = ["consumers"], profile = "indexer"
      run    = "consumer.sh", with = { topic = "nft-events", group = "nft-v2", sink = "postgres" }
      tags   = { Name = "nft-consumer-v2", env = "prod", Owner = "maria@chaindata.example" }
    }
  }
}
