output "cluster_name" {
  description = "The cluster's name."
  value       = module.rack.cluster_name
}

output "cluster_endpoint" {
  description = "Address of the Kubernetes API."
  value       = module.rack.cluster_endpoint
}

output "kubeconfig" {
  description = "Command that lets kubectl use the cluster."
  value       = "aws eks update-kubeconfig --region ${var.region} --name ${module.rack.cluster_name}"
}

output "nat_public_ips" {
  description = "Addresses with which services go out to the Internet: what chain providers have to allow."
  value       = module.rack.nat_public_ips
}

output "service_account_role_arns" {
  description = "Roles of service accounts."
  value       = module.rack.service_account_role_arns
}
