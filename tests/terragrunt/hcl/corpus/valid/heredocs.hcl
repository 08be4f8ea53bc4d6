a = <<EOT
EOT
=====
a = <<EOT
b
  c
EOT
b = 1
=====
a = <<-EOT
  b
    ${c}

  EOT
=====
a = <<E-T
EOT
 E-T
=====
a = <<EOT
"quotes" \backslash \${b}
$${c} %%{d} $ % $$ %%
EOT
=====
a = <<EOT
%{ for x in y ~}
${x}
%{ endfor ~}
EOT
=====
a = <<EOT
  EOT  
=====
a = <<EOT
not EOT
EOT not
${EOT}
EOT
=====
a = f(<<A
b
A
, <<-B
  c
  B
)
=====
a = <<A
${<<B
c
B
}
A
=====
a = <<größe
größe
=====
a = {
  b = <<EOT
c
EOT
}
=====
a = <<EOT
EOT
# comment
=====
a { 
  b = <<EOT
EOT
}
=====
a = <<EOT

EOT
