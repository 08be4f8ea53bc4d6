terraform {
  backend "local" {
    path = "@STATE@/platform/cache.tfstate"
  }
}
