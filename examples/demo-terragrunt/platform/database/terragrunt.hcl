include "root" {
  path = find_in_parent_folders("root.hcl")
}

dependency "network" {
  config_path = "../network"
}

inputs = {
  engine = "postgres 16"
  subnet = cidrsubnet(dependency.network.outputs.cidr, 8, 1)
}
