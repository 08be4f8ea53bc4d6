a = [for x in y : x]
b = [for k, v in y : k]
c = [for x in y : x if x > 1]
d = { for x in y : x => 1 }
e = { for k, v in y : k => v if v != null }
f = { for x in y : x.a => x.b... }
g = { for x in y : x.a => x.b... if x }
h = [
  for x
  in y
  :
  x
  if x
]
i = {
  for x in y :
  x => x
}
j = [for in in in : in]
k = [for x in [for z in w : z] : [for u in x : u]]
l = [for x in y:x]
m = {for x in y:x=>x}
n = [ # comment
for x in y : x]
