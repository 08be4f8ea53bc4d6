a = {}
b = { c = 1 }
c = { a = 1, b : 2 }
d = { a = 1, }
e = {
  a = 1
  b : 2,

  "c" = 3
  (d) = 4
  "${e}" = 5
  6 = 7
  (f.g) = 8
}
f = { a.b = 1 }
g = { true = 1, null = 2 }
h = { a == b = 1 }
i = { a = b ? c : d }
j = { (a) : b }
k = {
  # comment
  a = 1 # comment
  /* comment */ b = 2
}
l = { f(x) = 1 }
m = { a = { b = { c = 1 } } }
n = { for_each = 1 }
o = { if = 1, in = 2 }
p = { "a":1,"b":2 }
q = {

}
r = { a = <<EOT
b
EOT
  c = 1
}
