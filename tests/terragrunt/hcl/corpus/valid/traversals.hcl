a = b.c.d
b = b["c"]
c = b[0][1]
d = b.0
e = b.0.c.1
f = b.*.c
g = b[*].c
h = b.*.c[0]
i = b[*].c[*].d
j = b.*
k = b[*]
l = b.*.0
m = b . c
n = b [0]
o = b[c.d[e]]
p = f(x).y[0].*.z
q = [1, 2][0]
r = { a = 1 }.a
s = "a".b
t = (a).b
u = b[
  0
]
v = b[/* c */0]
w = b.1e2
x = 1.a
y = b[ * ]
z = b.c-d.e_f
aa = (b
  .c
  [0])
