import {
  to = terraform_data.a["x"]
  id = "1"
}

import {
  to = terraform_data.a["x"]
  id = "2"
}

resource "terraform_data" "a" {
  for_each = toset(["x"])
}
