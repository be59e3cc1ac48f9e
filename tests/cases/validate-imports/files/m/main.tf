import {
  to = terraform_data.r
  id = "x"
}
