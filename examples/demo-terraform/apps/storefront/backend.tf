terraform {
  backend "local" {
    path = "@STATE@/apps/storefront.tfstate"
  }
}
