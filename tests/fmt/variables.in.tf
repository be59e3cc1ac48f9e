variable a {type="string"}
variable b { type="list" }
variable c { type="map" }
variable d {
type=list
}
variable e {
type=map # comment
}
variable f {
type=/*x*/"string"/*y*/
default="${x}"
}
variable g { type=set }
variable h { type="set" }
variable i { type=list(list) }
variable j { type="${list}" }
variable k {
nested {
type="list"
}
}
other {
variable x {
type="list"
}
type="string"
}
