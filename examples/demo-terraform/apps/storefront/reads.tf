data "terraform_remote_state" "orders" {
  backend = "local"
  config = {
    path = "@STATE@/apps/orders.tfstate"
  }
}

data "terraform_remote_state" "cache" {
  backend = "local"
  config = {
    path = "@STATE@/platform/cache.tfstate"
  }
}
