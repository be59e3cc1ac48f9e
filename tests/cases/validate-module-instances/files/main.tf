module "c" {
  source = "./m"
  count  = 2
  v      = count.index
}

module "e" {
  source   = "./m"
  for_each = toset(["a"])
  v        = [for m in module.c : m.o]
}

module "n" {
  source = "./n"
  v      = "five"
}

output "list" {
  value = module.c.o
}

output "no_such_output" {
  value = module.c[0].no
}

output "none_of_all" {
  value = module.e["a"].no
}

output "fine" {
  value = [module.c[*].o, module.e.a.o, values(module.e)[*].o, { for k, m in module.e : k => m.o }]
}
