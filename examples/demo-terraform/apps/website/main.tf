module "service" {
  source = "../../modules/service"
  name   = "website"
  settings = {
    zone     = data.terraform_remote_state.dns.outputs.name
    replicas = "1"
  }
}

output "url" {
  value = module.service.url
}
