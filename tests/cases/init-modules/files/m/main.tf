module "q" {
  source = "../n"
}
