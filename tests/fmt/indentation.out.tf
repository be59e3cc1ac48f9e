module "m" {
  source = "./m"
  a = [{
    b = 1
    }, {
    c = 2
  }]
  f = f({
    b = 1
    },
    {
      c = 2
  })
  d = [[[
    1,
    2]
    , 3
  ]]
  e = x == 1 ? [
    1
    ] : [
    2
  ]
  g = merge(
    var.a,
    { for k, v in var.b :
    k => v if v != null },
  )
  h = (
    a
    && b
    ||
    -1 > 2
  )
  provider "p" {
    alias = "x"
  }
}
