locals {
  nodes = 2
}

resource "terraform_data" "cluster" {
  input = {
    nodes  = local.nodes
    subnet = cidrsubnet(data.terraform_remote_state.network.outputs.cidr, 8, 2)
  }
}

output "address" {
  value = cidrhost(terraform_data.cluster.output.subnet, 10)
}
