variable "ids" {
  type = list(string)
}
resource "terraform_data" "b" {
  for_each         = { for i, id in var.ids : i => id }
  input            = each.value
  triggers_replace = each.value
}
output "inputs" {
  value = { for k, b in terraform_data.b : k => b.output }
}
