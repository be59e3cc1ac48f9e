# The same needs as in production, on fewer and smaller machines: what is dedicated there is so here, so that a service that is
# missing a toleration fails here first.

locals {
  node_groups = {
    system = {
      instance_types = ["t3.large"]
      min_size       = 1
      max_size       = 3
    }

    api = {
      instance_types = ["t3.large", "t3a.large"]
      capacity_type  = "SPOT"
      min_size       = 1
      max_size       = 2
      dedicated      = true
    }

    consumers = {
      instance_types = ["r6i.large", "r6a.large", "r5.large", "r5a.large"]
      capacity_type  = "SPOT"
      min_size       = 1
      max_size       = 2
      dedicated      = true
    }

    chains = {
      instance_types = ["t3.large", "t3a.large", "m6i.large", "m6a.large", "m5.large"]
      capacity_type  = "SPOT"
      min_size       = 1
      max_size       = 6
      labels         = { workload = "chains" }
    }

    chains-compute = {
      instance_types = ["c6i.large", "c6a.large", "c5.large", "c5a.large"]
      capacity_type  = "SPOT"
      min_size       = 0
      max_size       = 2
      dedicated      = true
      labels         = { workload = "chains" }
    }

    chains-memory = {
      instance_types = ["r6i.xlarge", "r6a.xlarge", "r5.xlarge"]
      capacity_type  = "SPOT"
      min_size       = 0
      max_size       = 2
      dedicated      = true
      labels         = { workload = "chains" }
    }

    # Volumes stay in their zone, also here.
    chains-storage = {
      instance_types = ["m6i.large"]
      per_zone       = true
      min_size       = 0
      max_size       = 1
      disk_size      = 100
      dedicated      = true
      labels         = { workload = "chains" }
    }
  }
}
