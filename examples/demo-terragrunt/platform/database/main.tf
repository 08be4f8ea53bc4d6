variable "engine" {
  type = string
}

variable "subnet" {
  type = string
}

resource "terraform_data" "cluster" {
  input = { engine = var.engine, subnet = var.subnet }
  # Another version is another cluster.
  triggers_replace = var.engine
}

output "address" {
  value = cidrhost(terraform_data.cluster.output.subnet, 10)
}
