a=1
bbb = 2 # two
cc=3 // three

locals { # here
x = { a=1,bb=2 }
long_name="x" /* inline */ # trailing
# comments part groups
y=2 # y
list = [ # first
1, # one
22 # two
] # end
obj = {
a=1 #x
"quoted key"=2 # y
(var.key)= 3
colon : 4
"日本"=5 # wide
"👩‍👧"=6 # one column
nested={
a=1
bbb=2
}
z=1
}
/* before */ q=1
multi = 1 /* a
comment */   # after
}
