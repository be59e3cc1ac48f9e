a=[for x in [1]:-x if x>-1]
b={for k,v in {a=1}:k=>v...}
c=x?-1:- 1
d=!  true&&! x
e=a[ 0 ].b . c [ "x" ]
f=( -1 )
g=a - -1
h= x .*.y
i=f(a ...)
j=a::b::c (1)
k="x" [0]
l={}[ "x"]
m = f( )[ 0]
n=[for in in in[0]:in]
o=x.0 [1]
p=1+2*3/4%5
q=a<b&&c>=d||e!=f
r=[/*c*/1,/*d*/]
s=f(/*c*/)
t={/*c*/}
u=a.b/*x*/.c
v=-/*x*/1
w=1/*c*/+/*d*/2
x=[   ]
y={   }
z=[1,2,]
