data "terraform_remote_state" "database" {
  backend = "local"
  config = {
    path = "@STATE@/platform/database.tfstate"
  }
}
