# What engineers use, and what they left behind.

locals {
  tools = {
    jenkins = {
      type   = "m4.2xlarge", image = "al1", subnet = "public-1a", ip = "172.30.0.30", key = "ops-2018"
      groups = ["jenkins", "launch-wizard-1"], profile = "jenkins"
      run    = "jenkins.sh"
      data   = { "/dev/sdf" = { size = 500, type = "gp2" } }
      tags   = { Name = "jenkins" }
    }
    bastion = {
      type   = "t2.micro", image = "al1", subnet = "public-1a", ip = "172.30.0.5", key = "ops-2018", address = true
      groups = ["bastion"]
      run    = "bastion.sh"
      tags   = { Name = "bastion", env = "all" }
    }
    vpn = {
      type   = "t2.micro", image = "al2", subnet = "public-1b", ip = "172.30.1.6", key = "ops-2018"
      groups = ["bastion"]
      run    = "vpn.sh"
      tags   = { Name = "vpn" }
    }
    nat-1 = {
      type   = "t2.small", image = "al1", subnet = "public-1a", ip = "172.30.0.4", key = "ops-2018", forwards = true
      groups = ["nat"]
      run    = "nat.sh"
      tags   = { Name = "nat-1", env = "prod" }
    }
    monitoring = {
      type   = "m5.large", image = "al2", subnet = "public-1b", ip = "172.30.1.50", key = "ops-2022", agent = true
      groups = ["monitoring"], profile = "api-prod-role"
      run    = "monitoring.sh"
      data   = { "/dev/sdf" = { size = 300, type = "gp2" } }
      tags   = { Name = "monitoring", Owner = "ops@chaindata.example" }
    }
    jake-test = {
      type   = "m5.2xlarge", image = "al2", subnet = "test", key = "jake"
      groups = ["jake-test"], profile = "ec2-admin"
      run    = "jake-test.sh"
      tags   = { Name = "jake-test", owner = "jake" }
    }
  }
}

# No name, no tags, no key. It has been running since 2019.
resource "aws_instance" "unknown" {
  ami                    = data.aws_ami.image["al1"].id
  instance_type          = "t2.micro"
  subnet_id              = aws_subnet.main["test"].id
  vpc_security_group_ids = [aws_security_group.main["launch-wizard-1"].id]

  lifecycle {
    ignore_changes = [ami]
  }
}
