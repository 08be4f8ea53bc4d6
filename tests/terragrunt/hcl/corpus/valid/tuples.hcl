a = []
b = [1]
c = [1, "a", true, null]
d = [
  1,
  2,
]
e = [

  1
  ,
  2

]
f = [[[]]]
g = [for_each, fortune]
h = [ # comment
  1, # comment
]
i = [<<EOT
a
EOT
, 1]
