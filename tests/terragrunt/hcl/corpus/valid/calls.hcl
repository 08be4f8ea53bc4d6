a = f()
b = f(1)
c = f(1, 2,)
d = f(a...)
e = f(1, a...)
f = f (1)
g = optional (list(string))
h = f(
  1,
  2
)
i = provider::aws::arn_parse("a")
j = a :: b (1)
k = f(f(f()))
l = true(1)
m = f(
  # comment
  1 // comment
  , /* comment */ 2
)
n = f(a
...
)
