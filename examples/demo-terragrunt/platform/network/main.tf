variable "cidr" {
  type = string
}

variable "zone" {
  type = string
}

resource "terraform_data" "vpc" {
  input = { cidr = var.cidr }
}

output "cidr" {
  value = terraform_data.vpc.output.cidr
}

output "zone" {
  value = var.zone
}
