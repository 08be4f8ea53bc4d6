terraform {
  backend "s3" {
    bucket       = "example-org-prod-states"
    key          = "app.tfstate"
    region       = "eu-west-1"
    use_lockfile = true
  }
}

data "terraform_remote_state" "network" {
  backend = "s3"
  config = {
    bucket = "example-org-prod-states"
    key    = "network.tfstate"
    region = "eu-west-1"
  }
}

module "app" {
  source  = "../../modules/app"
  subnets = data.terraform_remote_state.network.outputs.subnets
}
