include "root" {
  path = find_in_parent_folders("root.hcl")
}

terraform {
  source = "../../modules/service"
}

dependency "database" {
  config_path = "../../platform/database"
}

inputs = {
  name = "orders"
  settings = {
    database = dependency.database.outputs.address
    replicas = "2"
  }
}
