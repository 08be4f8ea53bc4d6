terraform {
  backend "local" {
    path = "@STATE@/apps/payments.tfstate"
  }
}
