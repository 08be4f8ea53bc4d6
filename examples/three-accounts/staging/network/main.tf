terraform {
  backend "s3" {
    bucket       = "example-org-staging-states"
    key          = "network.tfstate"
    region       = "eu-west-1"
    use_lockfile = true
  }
}

module "network" {
  source = "../../modules/network"
  range  = "10.2.0.0/16"
}

output "subnets" {
  value = module.network.subnets
}
