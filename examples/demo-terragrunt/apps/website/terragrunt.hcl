include "root" {
  path = find_in_parent_folders("root.hcl")
}

terraform {
  source = "../../modules/service"
}

dependency "dns" {
  config_path = "../../platform/dns"
}

inputs = {
  name = "website"
  settings = {
    zone     = dependency.dns.outputs.name
    replicas = "1"
  }
}
