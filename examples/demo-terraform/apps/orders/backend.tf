terraform {
  backend "local" {
    path = "@STATE@/apps/orders.tfstate"
  }
}
