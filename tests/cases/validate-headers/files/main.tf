variable "x" {
 type = number
 default = "a"
}
foo "a" "b" {
}
resource "x" {
}
   x = 1
resource "terraform_data" "d" {}
resource "terraform_data" "d" {}
output "a" {}
