a = var.x
b = "${var.x}-${f(1, 2)}"
c = "%{if x}y%{else}z%{endif~}"
d = "${ { a = 1 } }x"
e = "${x}${ { a = 1 } }"
f = var.x
g = (x ?
1 : 2)
h = (
  x
)
i = x
j = /*c*/ x /*d*/ #e
k = f("${x}")
l = "${x}"
m = "${x}" == "${y}"
n = "text"
o = ["${x}"]
p = ("${x}")
q = x #c

r = "${x}" [0]
s = "a${
  x
}"
t = "  =  #  {  "
