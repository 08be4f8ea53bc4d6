include "root" {
  path = find_in_parent_folders("root.hcl")
}

terraform {
  source = "../../modules/service"
}

dependency "orders" {
  config_path = "../orders"
}

dependency "cache" {
  config_path = "../../platform/cache"
}

inputs = {
  name = "storefront"
  settings = {
    cache    = dependency.cache.outputs.address
    orders   = dependency.orders.outputs.url
    replicas = "3"
  }
}
