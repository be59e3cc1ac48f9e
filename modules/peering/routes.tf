# Ways there and back: every route table of one side gets a route to every range of the other.

resource "aws_route" "requester" {
  for_each = {
    for pair in setproduct(keys(var.requester.route_table_ids), var.accepter.cidr_blocks) : "${pair[0]} to ${pair[1]}" => {
      table = pair[0]
      block = pair[1]
    }
  }
  provider = aws.requester

  route_table_id            = var.requester.route_table_ids[each.value.table]
  destination_cidr_block    = each.value.block
  vpc_peering_connection_id = aws_vpc_peering_connection_accepter.this.id
}

resource "aws_route" "accepter" {
  for_each = {
    for pair in setproduct(keys(var.accepter.route_table_ids), var.requester.cidr_blocks) : "${pair[0]} to ${pair[1]}" => {
      table = pair[0]
      block = pair[1]
    }
  }
  provider = aws.accepter

  route_table_id            = var.accepter.route_table_ids[each.value.table]
  destination_cidr_block    = each.value.block
  vpc_peering_connection_id = aws_vpc_peering_connection_accepter.this.id
}
