include "root" {
  path = find_in_parent_folders("root.hcl")
}

dependency "network" {
  config_path = "../network"
}

inputs = {
  nodes  = 2
  subnet = cidrsubnet(dependency.network.outputs.cidr, 8, 2)
}
