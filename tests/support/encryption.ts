/** OpenTofu's encryption of whatever it writes, and of the states that it reads. */
export const encryption = `terraform {
  encryption {
    key_provider "pbkdf2" "passphrase" {
      passphrase = "correct horse battery staple"
      iterations = 200000
    }
    method "aes_gcm" "method" {
      keys = key_provider.pbkdf2.passphrase
    }
    state {
      method   = method.aes_gcm.method
      enforced = true
    }
    plan {
      method   = method.aes_gcm.method
      enforced = true
    }
    remote_state_data_sources {
      default {
        method = method.aes_gcm.method
      }
    }
  }
}
`;
