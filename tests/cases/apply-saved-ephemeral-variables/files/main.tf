variable "e" {
  ephemeral = true
}
variable "f" {
  ephemeral = true
  default   = "f"
}
variable "kept" {
  default = 1
}
resource "terraform_data" "a" {
  input = var.kept
}
