module "service" {
  source = "../../modules/service"
  name   = "orders"
  settings = {
    database = data.terraform_remote_state.database.outputs.address
    replicas = "2"
  }
}

output "url" {
  value = module.service.url
}
