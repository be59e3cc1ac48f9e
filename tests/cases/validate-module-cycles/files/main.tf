module "y" {
  source = "./m"
  v      = terraform_data.a.id
}
module "x" {
  source = "./m"
  v      = module.y.p
  count  = 1
}
resource "terraform_data" "a" {
  depends_on = [module.x[0]]
}
resource "terraform_data" "b" {
  input = module.z.o
}
module "z" {
  source = "./m"
  v      = terraform_data.b.id
}
resource "terraform_data" "c" {
  input = jsonencode(module.w)
}
module "w" {
  source = "./m"
  v      = terraform_data.c.id
}
module "self" {
  source     = "./m"
  depends_on = [module.self]
}
