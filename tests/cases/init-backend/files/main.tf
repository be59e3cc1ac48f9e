terraform {
  backend "local" {
    path = "x/y.tfstate"
  }
}
