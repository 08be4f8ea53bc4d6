a = <<EOT
b
=====
a = <<EOT
EOT b
=====
a = << EOT
EOT
=====
a = <<EOT 
EOT
=====
a = <<"EOT"
EOT
=====
a = <<'EOT'
EOT
=====
a = <<1
1
=====
a = <<--EOT
--EOT
=====
a = <<EOT
${b
EOT
=====
a = <<EOT
%{ if b }
EOT
=====
a = <<EOT
eot
=====
a = [<<EOT
EOT, 1]
=====
a { b = <<EOT
EOT
}
=====
a = <<EOT
EOT
+ 1
=====
a = <<
