locals {
  a = upper([])
}
