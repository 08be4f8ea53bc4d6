a = 1
=====
a=1
b	=	2

  c = 3
=====
größe = 1
_a-b1 = 2
变量 = 3
=====
a = 1 # comment
b = 2 // comment
c = 3 /* comment */
/* d = 4 */ e = 5
=====
for = 1
if = 2
in = 3
true = 4
null = 5
=====
a = /* a
comment */ 1
=====
a = 1
