# Stands for what makes a network: it needs no account to try.
variable "range" {
  type = string
}

resource "terraform_data" "network" {
  input = var.range
}

output "subnets" {
  value = [for part in [0, 1] : cidrsubnet(terraform_data.network.output, 8, part)]
}
