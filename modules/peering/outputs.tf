output "vpc_peering_connection_id" {
  description = "The connection, once it is active."
  value       = aws_vpc_peering_connection_accepter.this.id
}

output "accept_status" {
  description = "Its status, `active` when all is well."
  value       = aws_vpc_peering_connection_accepter.this.accept_status
}
