# The machines that the other files describe, with their disks and addresses.

locals {
  machines = merge(local.api, local.kafka, local.indexers, local.databases, local.jobs, local.tools)

  # Disks beside the one they boot from.
  volumes = merge([
    for name, machine in local.machines : {
      for device, volume in try(machine.data, {}) : "${name} ${device}" => merge(volume, { machine = name, device = device })
    }
  ]...)

  images = {
    al1        = { name = "amzn-ami-hvm-2018.03.0.*-x86_64-gp2", architecture = "x86_64" }
    al2        = { name = "amzn2-ami-kernel-5.10-hvm-2.0.*-x86_64-gp2", architecture = "x86_64" }
    al2023     = { name = "al2023-ami-2023.*-kernel-6.1-x86_64", architecture = "x86_64" }
    al2023_arm = { name = "al2023-ami-2023.*-kernel-6.1-arm64", architecture = "arm64" }
  }
}

data "aws_ami" "image" {
  for_each           = local.images
  most_recent        = true
  owners             = ["amazon"]
  include_deprecated = true

  filter {
    name   = "name"
    values = [each.value.name]
  }

  filter {
    name   = "architecture"
    values = [each.value.architecture]
  }
}

resource "aws_instance" "machine" {
  for_each               = local.machines
  ami                    = data.aws_ami.image[each.value.image].id
  instance_type          = each.value.type
  subnet_id              = aws_subnet.main[each.value.subnet].id
  private_ip             = try(each.value.ip, null)
  source_dest_check      = !try(each.value.forwards, false)
  vpc_security_group_ids = [for group in each.value.groups : aws_security_group.main[group].id]
  iam_instance_profile   = try(aws_iam_instance_profile.main[each.value.profile].name, null)
  key_name               = aws_key_pair.main[each.value.key].key_name
  tags                   = each.value.tags

  user_data = templatefile("${path.module}/user_data/${each.value.run}", merge(
    {
      agent      = try(each.value.agent, false) ? file("${path.module}/user_data/cloudwatch-agent.sh") : ""
      users_db   = aws_db_instance.users.address
      reports_db = aws_db_instance.reports.address
    },
    try(each.value.with, {}),
  ))

  # They keep the image that they were started from.
  lifecycle {
    ignore_changes = [ami]
  }
}

resource "aws_ebs_volume" "data" {
  for_each          = local.volumes
  availability_zone = aws_instance.machine[each.value.machine].availability_zone
  size              = each.value.size
  type              = each.value.type
  iops              = try(each.value.iops, null)
  tags              = { Name = "${each.value.machine} data" }
}

resource "aws_volume_attachment" "data" {
  for_each    = local.volumes
  volume_id   = aws_ebs_volume.data[each.key].id
  instance_id = aws_instance.machine[each.value.machine].id
  device_name = each.value.device
}

resource "aws_eip" "machine" {
  for_each = { for name, machine in local.machines : name => name if try(machine.address, false) }
  instance = aws_instance.machine[each.key].id
  domain   = "vpc"
}

# Left over from machines that are gone, and paid for since.

resource "aws_eip" "unused" {
  domain = "vpc"
  tags   = { Name = "old-api" }
}

resource "aws_ebs_volume" "unused" {
  for_each = {
    "pg-main-old-DO-NOT-DELETE" = { zone = "us-east-1a", size = 800, type = "io1", iops = 3000 }
    "kafka-1-backup"            = { zone = "us-east-1a", size = 500, type = "gp2", iops = null }
    "bsc-snapshot-2021"         = { zone = "us-east-1b", size = 1000, type = "gp2", iops = null }
  }
  availability_zone = each.value.zone
  size              = each.value.size
  type              = each.value.type
  iops              = each.value.iops
  tags              = { Name = each.key }
}
