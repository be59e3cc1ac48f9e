resource aws_vpc main {
}
resource "aws_subnet"   a{}
resource/*gone*/"x"/*gone*/"y"/*kept*/{}
data{a=1}
x "é" "\u00e9\n\t" "\u200b" "" {}
x "$" "a{b}" {}
x { y=1 }
