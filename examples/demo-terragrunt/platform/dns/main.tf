variable "zone" {
  type = string
}

resource "terraform_data" "zone" {
  input = { name = var.zone }
}

output "name" {
  value = terraform_data.zone.output.name
}
