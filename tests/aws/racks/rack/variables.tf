variable "name" {
  type = string
}

variable "cidr" {
  type = string
}

variable "zones" {
  type = list(string)
}

variable "gateways" {
  type = number
}

variable "account" {
  type = string
}

variable "release" {
  type = string
}

variable "grown" {
  type = bool
}

output "vpc_id" {
  value = aws_vpc.main.id
}

output "cidr" {
  value = aws_vpc.main.cidr_block
}

output "endpoint" {
  value = aws_eks_cluster.main.endpoint
}

output "route_tables" {
  value = merge({ public = aws_route_table.public.id }, { for i, table in aws_route_table.private : "private ${i}" => table.id })
}
