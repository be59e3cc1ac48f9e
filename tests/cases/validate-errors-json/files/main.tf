locals {
  a = upper(["a"])
  l = [1, 2]
  q = local.l["a"]
	y = cidrsubnet("x", local.l[0], 7)
  z = max(1, "<a>", 3)
}

output "é" {
  value = {
    a = "😀${local.nope}"
  }
}
