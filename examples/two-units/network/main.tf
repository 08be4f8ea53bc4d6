terraform {
  backend "s3" {
    bucket = "example-org-states"
    key    = "network"
  }
}

output "cidr" {
  value = "10.0.0.0/16"
}
