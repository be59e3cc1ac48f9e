# The network: known long before there is a cluster.

output "vpc_id" {
  description = "The VPC."
  value       = aws_vpc.this.id
}

output "cidr_block" {
  description = "Its IPv4 range."
  value       = aws_vpc.this.cidr_block
}

output "availability_zones" {
  description = "Names of the zones, in order."
  value       = local.zones
}

output "public_subnet_ids" {
  description = "Public subnets by zone."
  value       = { for zone, subnet in aws_subnet.public : zone => subnet.id }
}

output "private_subnet_ids" {
  description = "Private subnets by zone; none if the rack isn't private."
  value       = { for zone, subnet in aws_subnet.private : zone => subnet.id }
}

output "node_cidr_blocks" {
  description = "Ranges of the subnets in which nodes and pods live, in order of the zones: what other networks see as the source of their traffic."
  value       = [for zone in local.zones : local.node_cidrs[zone]]
}

output "route_table_ids" {
  description = "Every route table of the VPC that has subnets: `public`, and `private-ZONE` of each zone."
  value = merge(
    { public = aws_route_table.public.id },
    { for zone, table in aws_route_table.private : "private-${zone}" => table.id },
  )
}

output "nat_public_ips" {
  description = "Addresses with which the rack's private subnets go out, by zone: what others have to allow."
  value       = { for zone, address in aws_eip.nat : zone => address.public_ip }
}

output "node_security_group_id" {
  description = "Security group of all nodes."
  value       = aws_security_group.node.id
}

# The cluster.

output "cluster_name" {
  description = "The cluster's name, as soon as there is the cluster."
  value       = aws_eks_cluster.this.name
}

output "cluster_arn" {
  description = "Its ARN."
  value       = aws_eks_cluster.this.arn
}

output "cluster_version" {
  description = "Its version of Kubernetes."
  value       = aws_eks_cluster.this.version
}

output "cluster_endpoint" {
  description = "Address of the Kubernetes API."
  value       = aws_eks_cluster.this.endpoint
}

output "cluster_certificate_authority" {
  description = "Certificate of the API's authority, in base64."
  value       = aws_eks_cluster.this.certificate_authority[0].data
}

output "cluster_security_group_id" {
  description = "EKS's own security group of the cluster, which control plane and nodes have in common."
  value       = aws_eks_cluster.this.vpc_config[0].cluster_security_group_id
}

output "oidc_issuer" {
  description = "The cluster's OIDC issuer, for trust policies."
  value       = aws_eks_cluster.this.identity[0].oidc[0].issuer
}

output "oidc_provider_arn" {
  description = "The account's OIDC provider for it."
  value       = aws_iam_openid_connect_provider.this.arn
}

output "kms_key_arn" {
  description = "Key of Kubernetes secrets and of the rack's logs."
  value       = local.kms_key_arn
}

output "node_role_arn" {
  description = "Role of all nodes."
  value       = aws_iam_role.node.arn
}

output "service_account_role_arns" {
  description = "Roles of service accounts by their keys: those of service_accounts, of the add-ons, and cluster-autoscaler."
  value       = { for key, role in aws_iam_role.service_account : key => role.arn }
}

output "service_account_role_names" {
  description = "Their names, by the same keys: to give them more permissions from outside."
  value       = { for key, role in aws_iam_role.service_account : key => role.name }
}

output "node_group_names" {
  description = "Names in EKS, by node group and, where there is one in each zone, the zone's last letter."
  value       = { for key, group in aws_eks_node_group.this : key => group.node_group_name }
}
