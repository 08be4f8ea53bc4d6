resource "terraform_data" "zone" {
  input = { name = data.terraform_remote_state.network.outputs.zone }
}

output "name" {
  value = terraform_data.zone.output.name
}
