a = "${"
=====
a = "${}"
=====
a = "${b"
=====
a = "${b c}"
=====
a = "${b:c}"
=====
a = "${b ~ }"
=====
a = "${ ~b}"
=====
a = "%{"
=====
a = "%{}"
=====
a = "%{ if }b%{ endif }"
=====
a = "%{ if b }c"
=====
a = "%{ endif }"
=====
a = "%{ else }"
=====
a = "%{ endfor }"
=====
a = "%{ if b }c%{ endfor }"
=====
a = "%{ for x in y }c%{ endif }"
=====
a = "%{ for x in y }c%{ else }d%{ endfor }"
=====
a = "%{ if b }c%{ else }d%{ else }e%{ endif }"
=====
a = "%{ if b }c%{ endif b }"
=====
a = "%{ elif b }c%{ endif }"
=====
a = "%{ for x }c%{ endfor }"
=====
a = "%{ for x, in y }c%{ endfor }"
=====
a = "%{ b }"
=====
a = "%{ if b }${"%{ endif }"}"
=====
a = "${{b = 1}"
=====
a = "${b~}~}"}
