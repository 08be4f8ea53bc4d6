terraform {
  backend "local" {
    path = "@STATE@/apps/website.tfstate"
  }
}
