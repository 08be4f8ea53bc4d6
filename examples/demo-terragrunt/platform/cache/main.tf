variable "nodes" {
  type = number
}

variable "subnet" {
  type = string
}

resource "terraform_data" "cluster" {
  input = { nodes = var.nodes, subnet = var.subnet }
}

output "address" {
  value = cidrhost(terraform_data.cluster.output.subnet, 10)
}
