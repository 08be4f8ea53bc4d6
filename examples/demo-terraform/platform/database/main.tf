locals {
  engine = "postgres 16"
}

resource "terraform_data" "cluster" {
  input = {
    engine = local.engine
    subnet = cidrsubnet(data.terraform_remote_state.network.outputs.cidr, 8, 1)
  }
  # Another version is another cluster.
  triggers_replace = local.engine
}

output "address" {
  value = cidrhost(terraform_data.cluster.output.subnet, 10)
}
