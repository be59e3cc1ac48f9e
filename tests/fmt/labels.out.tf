resource "aws_vpc" "main" {
}
resource "aws_subnet" "a" {}
resource "x" "y" /*kept*/ {}
data { a = 1 }
x "é" "é\n\t" "\u200b" "" {}
x "$" "a{b}" {}
x { y = 1 }
