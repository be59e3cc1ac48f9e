# Machines by need. A service says which it wants by `nodeSelector: {node-group: …}`, and tolerates `dedicated` where it must.

locals {
  node_groups = {
    # What the cluster itself needs (DNS, the autoscaler, ingress), and whatever asks for nothing in particular.
    system = {
      instance_types = ["t3.large"]
      min_size       = 1
      max_size       = 3
    }

    # REST and GraphQL: latency matters, traffic comes in waves. On demand, in each zone.
    api = {
      instance_types = ["m6i.xlarge"]
      min_size       = 1
      max_size       = 6
      dedicated      = true
    }

    # Kafka consumers: always busy, hold much in memory, and a lost node is a rebalance of the group.
    consumers = {
      instance_types = ["r6i.xlarge"]
      min_size       = 1
      max_size       = 4
      dedicated      = true
    }

    # The many small chain integrations: they poll, forget nothing that they couldn't fetch again, and may be moved at any time.
    # Spot, of as many sizes alike as there are, over all zones.
    chains = {
      instance_types = ["m6i.large", "m6a.large", "m5.large", "m5a.large", "m5n.large"]
      capacity_type  = "SPOT"
      per_zone       = false
      min_size       = 2
      max_size       = 20
      labels         = { workload = "chains" }
    }

    # Those that decode and verify, and little else.
    chains-compute = {
      instance_types = ["c6i.xlarge", "c6a.xlarge", "c5.xlarge", "c5a.xlarge"]
      capacity_type  = "SPOT"
      per_zone       = false
      min_size       = 0
      max_size       = 8
      dedicated      = true
      labels         = { workload = "chains" }
    }

    # Those that keep an index or an archive node's working set in memory.
    chains-memory = {
      instance_types = ["r6i.2xlarge"]
      per_zone       = false
      min_size       = 0
      max_size       = 6
      dedicated      = true
      labels         = { workload = "chains" }
    }

    # Those with a volume, which takes days to fill again: on demand, and zone by zone, because a volume stays in its zone.
    chains-storage = {
      instance_types = ["m6i.xlarge"]
      min_size       = 0
      max_size       = 3
      disk_size      = 100
      dedicated      = true
      labels         = { workload = "chains" }
    }
  }
}
