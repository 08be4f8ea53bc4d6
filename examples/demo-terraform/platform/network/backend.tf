terraform {
  backend "local" {
    path = "@STATE@/platform/network.tfstate"
  }
}
