terraform {
  required_providers {
    foo = {
      source = "a/foo"
    }
  }
}
