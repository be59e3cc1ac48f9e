resource "aws_vpc" "z" {
  cidr_block = "10.0.0.0/16"
}
resource "aws_network_acl" "d" {
  vpc_id = aws_vpc.z.id
  ingress {
    protocol = "tcp"
    rule_no = 1
    action = "allow"
    cidr_block = aws_vpc.z.cidr_block
    from_port = 0
    to_port = 1
  }
  ingress {
    protocol = "tcp"
    rule_no = 2
    action = "allow"
    cidr_block = "1.2.3.4/32"
    from_port = 0
    to_port = 1
  }
}
resource "aws_vpc_security_group_ingress_rule" "r" {
  ip_protocol = "tcp"
  security_group_id = aws_vpc.z.id
  from_port = 1
  to_port = 2
  cidr_ipv4 = "1.2.3.4/32"
}
resource "aws_route_table" "rt" {
  vpc_id = aws_vpc.z.id
  route = [{
   cidr_block = "1.2.3.4/32"
   gateway_id = aws_vpc.z.id
   carrier_gateway_id = null
   core_network_arn = null
   destination_prefix_list_id = null
   egress_only_gateway_id = null
   ipv6_cidr_block = null
   local_gateway_id = null
   nat_gateway_id = null
   network_interface_id = null
   transit_gateway_id = null
   vpc_endpoint_id = null
   vpc_peering_connection_id = null
  }]
}
