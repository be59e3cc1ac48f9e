terraform {
  backend "local" {
    path = "b.tfstate"
  }
}
