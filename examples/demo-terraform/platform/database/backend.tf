terraform {
  backend "local" {
    path = "@STATE@/platform/database.tfstate"
  }
}
