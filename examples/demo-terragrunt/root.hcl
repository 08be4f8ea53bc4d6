# Every unit keeps its state under its own path.
remote_state {
  backend = "local"
  generate = {
    path      = "backend.tf"
    if_exists = "overwrite_terragrunt"
  }
  config = {
    path = "@STATE@/${path_relative_to_include()}.tfstate"
  }
}
