data "terraform_remote_state" "dns" {
  backend = "local"
  config = {
    path = "@STATE@/platform/dns.tfstate"
  }
}
