a = "${b}"
b = "a${b}c${d}"
c = "${b ~}  ${~ c}"
d = "${"${"${a}"}"}"
e = "%{ if a }b%{ endif }"
f = "%{ if a }b%{ else }c%{ endif }"
g = "%{ for x in y }${x}%{ endfor }"
h = "%{ for k, v in y }${k}%{ endfor }"
i = "%{~ if a ~} b %{~ else ~} c %{~ endif ~}"
j = "%{if a}%{for x in y}%{if x}z%{endif}%{endfor}%{else}%{endif}"
k = "${
  a
}"
l = "${ {a = 1}.a }"
m = "${a /* } */ }"
n = "${ "a" == "b" ? "c" : "d" }"
o = "${[for x in y : "${x}"]}"
p = "%{ if
a }b%{
endif }"
q = "${a # comment }
}"
