data "terraform_remote_state" "network" {
  backend = "local"
  config = {
    path = "@STATE@/platform/network.tfstate"
  }
}
