# Stands for what runs an app in a network.
variable "subnets" {
  type = list(string)
}

resource "terraform_data" "app" {
  input = var.subnets
}
