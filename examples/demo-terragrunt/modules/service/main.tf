variable "name" {
  type = string
}

variable "settings" {
  type = map(string)
}

resource "terraform_data" "service" {
  input = merge(var.settings, { name = var.name })
}

output "url" {
  value = "https://${terraform_data.service.output.name}.example.internal"
}
