a {
}
=====
a {}
=====
a { b = 1 }
=====
a "b" "c" {
  d = 1
}
=====
a b c {
  d "e" {
    f = [
      1,
    ]
  }
}
=====
a "b" c "d" {}
=====
a "$${b}" "%%{c}" "\u00e9\"\\" {}
=====
a { # comment
  b = 1
} # comment
=====
a {}
a {}
a { a = 1 }
=====
a /* comment */ "b" /* comment */ { /* comment */ } // comment
=====
true {}
=====
a {

  b = { c = 1 }

  d { e = "f" }
}
