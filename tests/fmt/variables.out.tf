variable "a" { type = string }
variable "b" { type = list(string) }
variable "c" { type = map(string) }
variable "d" {
  type = list(any)
}
variable "e" {
  type = map(any) # comment
}
variable "f" {
  type    = /*x*/ string /*y*/
  default = x
}
variable "g" { type = set(any) }
variable "h" { type = "set" }
variable "i" { type = list(list) }
variable "j" { type = "${list}" }
variable "k" {
  nested {
    type = "list"
  }
}
other {
  variable "x" {
    type = "list"
  }
  type = "string"
}
