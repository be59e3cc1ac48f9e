resource "terraform_data" "a" {
  for_each = toset(["0", "1"])
  input    = "x"
}

resource "terraform_data" "computed" {
  count = 1
  lifecycle {
    replace_triggered_by = [terraform_data.a["${count.index}"], terraform_data.a[format("%s", "0")]]
  }
}

# Keys of what is in an object are no instances' keys.
resource "terraform_data" "within" {
  count = 3
  lifecycle {
    replace_triggered_by = [terraform_data.a["0"].input[count.index]]
  }
}
