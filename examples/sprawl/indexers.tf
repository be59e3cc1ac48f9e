# A program for each chain, which follows its blocks and writes them to Kafka.

locals {
  indexers = {
    eth-indexer = {
      type   = "c5.4xlarge", image = "al2", subnet = "private-1a", key = "ops-2022", agent = true
      groups = ["indexers"], profile = "indexer"
      run    = "indexer.sh", with = { chain = "ethereum", node = "http://172.30.10.60:8545" }
      tags   = { Name = "eth-indexer", env = "prod", Owner = "chains@chaindata.example" }
    }
    eth-archive-node = {
      type   = "r5.2xlarge", image = "al2", subnet = "private-1a", ip = "172.30.10.60", key = "ops-2022", agent = true
      groups = ["eth-node", "indexers"], profile = "indexer"
      run    = "archive-node.sh"
      data   = { "/dev/sdf" = { size = 3500, type = "io1", iops = 8000 } }
      tags   = { Name = "eth-archive-node", env = "prod", Owner = "chains@chaindata.example" }
    }
    btc-indexer = {
      type   = "m4.large", image = "al1", subnet = "private-1b", key = "ops-2018"
      groups = ["indexers"], profile = "indexer"
      run    = "indexer.sh", with = { chain = "bitcoin", node = "https://btc.node-provider.example" }
      data   = { "/dev/sdf" = { size = 500, type = "gp2" } }
      tags   = { Name = "btc-indexer" }
    }
    solana-indexer = {
      type   = "c5.2xlarge", image = "al2023", subnet = "private-1b", key = "ops-2022", agent = true
      groups = ["indexers"], profile = "indexer"
      run    = "indexer.sh", with = { chain = "solana", node = "https://sol.node-provider.example" }
      tags   = { Name = "solana-indexer", env = "prod", Owner = "chains@chaindata.example" }
    }
    polygon-indexer = {
      type   = "m5.large", image = "al2", subnet = "private-1a", key = "ops-2022"
      groups = ["indexers"], profile = "indexer"
      run    = "indexer.sh", with = { chain = "polygon", node = "https://polygon.node-provider.example" }
      tags   = { Name = "polygon-indexer", env = "prod" }
    }
    indexer-arbitrum = {
      type   = "t3.medium", image = "al2", subnet = "private-1b", key = "ops-2022", agent = true
      groups = ["indexers"], profile = "indexer"
      run    = "indexer.sh", with = { chain = "arbitrum", node = "https://arb.node-provider.example" }
      tags   = { Name = "indexer-arbitrum", env = "prod" }
    }
    # The chain was dropped two years ago.
    bsc-indexer-old = {
      type   = "m4.xlarge", image = "al1", subnet = "private-1a", key = "ops-2018"
      groups = ["indexers", "launch-wizard-7"], profile = "ec2-admin"
      run    = "indexer.sh", with = { chain = "bsc", node = "https://bsc.node-provider.example" }
      data   = { "/dev/sdf" = { size = 1500, type = "gp2" } }
      tags   = { Name = "bsc-indexer-old" }
    }
    tron_indexer = {
      type   = "t2.large", image = "al2", subnet = "private-1c", key = "jake"
      groups = ["indexers"], profile = "indexer"
      run    = "indexer.sh", with = { chain = "tron", node = "https://tron.node-provider.example" }
      tags   = { Name = "tron_indexer", owner = "jake" }
    }
    multi-chain-1 = {
      type   = "m5.2xlarge", image = "al2", subnet = "private-1c", key = "ops-2022", agent = true
      groups = ["indexers"], profile = "indexer"
      run    = "multi-chain.sh"
      tags   = { Name = "multi-chain-1", env = "prod", Owner = "chains@chaindata.example" }
    }
    # There must be one of it only.
    reorg-watcher = {
      type   = "t4g.micro", image = "al2023_arm", subnet = "private-1a", key = "ops-2022"
      groups = ["indexers"], profile = "indexer"
      run    = "reorg-watcher.sh"
      tags   = { Name = "reorg-watcher", env = "prod" }
    }
    price-feed = {
      type   = "t3.small", image = "al2", subnet = "private-1b", key = "ops-2022", agent = true
      groups = ["consumers"], profile = "indexer"
      run    = "price-feed.sh"
      tags   = { Name = "price-feed", Env = "prod" }
    }
    token-metadata = {
      type   = "m5.xlarge", image = "al2", subnet = "private-1b", key = "ops-2022", agent = true
      groups = ["consumers"], profile = "api-prod-role"
      run    = "token-metadata.sh"
      tags   = { Name = "token-metadata", env = "prod", Owner = "backend@chaindata.example" }
    }
  }
}
