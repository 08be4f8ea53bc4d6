locals {
  cidr = "10.0.0.0/16"
  zone = "example.internal"
}

resource "terraform_data" "vpc" {
  input = { cidr = local.cidr }
}

output "cidr" {
  value = terraform_data.vpc.output.cidr
}

output "zone" {
  value = local.zone
}
