a = [for x y : x]
=====
a = [for x in : x]
=====
a = [for x in y x]
=====
a = [for x in y :]
=====
a = [for x, in y : x]
=====
a = [for x, y, z in w : x]
=====
a = [for 1 in y : x]
=====
a = [for x in y : x => x]
=====
a = [for x in y : x...]
=====
a = { for x in y : x }
=====
a = { for x in y : x => }
=====
a = { for x in y : x => x if }
=====
a = [for x in y : x if x, 1]
=====
a = [1, for x in y : x]
=====
a = (for x in y : x)
=====
a = { for x in y : x => x if x ... }
