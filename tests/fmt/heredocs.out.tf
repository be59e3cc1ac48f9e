a = <<EOT
   kept   as=it is
  ${var.x}  %{if x}
 y
%{endif}
EOT
bbb = {
  x  = <<-EOT
   ${x}
     text
   EOT
  cc = 1
}
c = f(<<EOT
x
EOT
  , {
    b = 1
})
block {
  l = [<<EOT
foo
EOT
  ]
  after = 1
}
d = <<END
${f(
1,
2)}
END
e = 2
f = <<END
alone
END
