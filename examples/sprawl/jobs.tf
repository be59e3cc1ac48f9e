# What runs by the clock.

locals {
  jobs = {
    cron-1 = {
      type   = "t2.medium", image = "al1", subnet = "private-1a", ip = "172.30.10.70", key = "ops-2018"
      groups = ["jobs", "launch-wizard-7"], profile = "ec2-admin"
      run    = "cron.sh"
      tags   = { Name = "cron-1", env = "prod" }
    }
    cron-new = {
      type   = "t3.small", image = "al2", subnet = "private-1b", key = "ops-2022"
      groups = ["jobs"], profile = "batch"
      run    = "cron-new.sh"
      tags   = { Name = "cron-new" }
    }
    nightly-export = {
      type   = "c5.4xlarge", image = "al2", subnet = "private-1a", key = "ops-2022", agent = true
      groups = ["jobs"], profile = "batch"
      run    = "nightly-export.sh"
      data   = { "/dev/sdf" = { size = 800, type = "gp2" } }
      tags   = { Name = "nightly-export", env = "prod", team = "analytics" }
    }
    rollups = {
      type   = "m5.2xlarge", image = "al2", subnet = "private-1b", key = "ops-2022"
      groups = ["jobs"], profile = "batch"
      run    = "rollups.sh"
      tags   = { Name = "rollups", Team = "Analytics" }
    }
  }
}
