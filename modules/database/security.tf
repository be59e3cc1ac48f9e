# Who reaches the database: nobody, until a peer is let in (modules/peering adds rules to the group).

resource "aws_default_security_group" "this" {
  vpc_id = aws_vpc.this.id

  tags = merge(var.tags, { Name = "${var.name}-default" })
}

resource "aws_security_group" "this" {
  name        = var.name
  description = "The database ${var.name}"
  vpc_id      = aws_vpc.this.id

  tags = merge(var.tags, { Name = var.name })
}
