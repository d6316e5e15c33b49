//! `onecode key`: the public half of a private key.
//!
//! Uses `keys`.

use std::path::PathBuf;

use onecode::SigningKey;

use crate::failure::Failure;
use crate::keys::{self, openssl};

/// Show the public half of a private key: PEM, JWK, thumbprint, key id.
#[derive(clap::Args)]
#[command(after_help = "Example:\n  openssl genpkey -algorithm ed25519 | onecode key -")]
pub(crate) struct Key {
    /// A PKCS#8 PEM file, as this command or OpenSSL writes it; `-` for standard input.
    file: PathBuf,
}

impl Key {
    pub(crate) fn run(self) -> Result<(), Failure> {
        let public_key = openssl::private_key(&self.file)?.public_key();
        out!("{}{}", keys::describe(&public_key), openssl::public_pem(&public_key)?);
        Ok(())
    }
}
