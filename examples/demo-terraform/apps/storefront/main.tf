module "service" {
  source = "../../modules/service"
  name   = "storefront"
  settings = {
    cache    = data.terraform_remote_state.cache.outputs.address
    orders   = data.terraform_remote_state.orders.outputs.url
    replicas = "3"
  }
}

output "url" {
  value = module.service.url
}
