resource "aws_network_interface" "main" {
  subnet_id       = aws_subnet.main[0].id
  security_groups = [aws_security_group.apart.id]
}

resource "aws_key_pair" "main" {
  key_name   = "crash"
  public_key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHRlc3R0ZXN0dGVzdHRlc3R0ZXN0dGVzdHRlc3R0ZXN0 crash"
}

resource "aws_launch_template" "main" {
  name          = "crash"
  instance_type = "t3.micro"
}

resource "aws_instance" "main" {
  ami                    = "ami-12c6146b"
  instance_type          = "t3.micro"
  subnet_id              = aws_subnet.main[0].id
  key_name               = aws_key_pair.main.key_name
  vpc_security_group_ids = [aws_security_group.inline.id]
}

resource "aws_ebs_volume" "main" {
  availability_zone = "us-east-1a"
  size              = 1
}

resource "aws_volume_attachment" "main" {
  device_name = "/dev/sdf"
  instance_id = aws_instance.main.id
  volume_id   = aws_ebs_volume.main.id
}

resource "aws_ec2_tag" "main" {
  resource_id = aws_vpc.peer.main_route_table_id
  key         = "owner"
  value       = "crash"
}

# No aws_placement_group: moto 5.2.5 has none.
