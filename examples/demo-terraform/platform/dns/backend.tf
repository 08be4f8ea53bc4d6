terraform {
  backend "local" {
    path = "@STATE@/platform/dns.tfstate"
  }
}
