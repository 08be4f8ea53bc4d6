terraform {
  backend "s3" {
    bucket = "example-org-states"
    key    = "app"
  }
}

data "terraform_remote_state" "network" {
  backend = "s3"
  config = {
    bucket = "example-org-states"
    key    = "network"
  }
}
