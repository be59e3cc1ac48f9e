# What exists, and where in the configuration it belongs. Once the imports are applied, this file can go.

variable "vpc" {
  type = string
}

variable "subnets" {
  description = "The subnets by the letter of their zone."
  type        = map(string)
}

variable "gateway" {
  type = string
}

variable "route_table" {
  type = string
}

variable "security_group" {
  type = string
}

variable "address" {
  type = string
}

import {
  to = aws_vpc.main
  id = var.vpc
}

import {
  for_each = var.subnets
  to       = aws_subnet.public[each.key]
  id       = each.value
}

import {
  to = aws_internet_gateway.main
  id = var.gateway
}

import {
  to = aws_route_table.public
  id = var.route_table
}

import {
  for_each = var.subnets
  to       = aws_route_table_association.public[each.key]
  id       = "${each.value}/${var.route_table}"
}

import {
  to = aws_security_group.api
  id = var.security_group
}

import {
  to = aws_iam_role.api
  id = "old-api"
}

import {
  to = aws_iam_role_policy_attachment.api_s3
  id = "old-api/arn:aws:iam::aws:policy/AmazonS3FullAccess"
}

# Nobody has written this one down: `infra plan -generate-config-out=generated.tf` does.
import {
  to = aws_eip.api
  id = var.address
}
