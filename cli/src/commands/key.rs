//! `onecode key`: the public half of a private key.
//!
//! Uses `keys`.

use crate::failure::Failure;
use crate::keys::source::{key_source, KeySource, Module};
use crate::keys::{self, openssl};

/// Show the public half of a private key: PEM, JWK, thumbprint, key id.
#[derive(clap::Args)]
#[command(after_help = "Examples:\n  openssl genpkey -algorithm ed25519 | onecode key -\n  \
    onecode key 'pkcs11:token=jiangsu;object=cards?module-path=/usr/lib/p11.so'")]
pub(crate) struct Key {
    /// A PKCS#8 PEM file, as this command or OpenSSL writes it; `-` for standard input; or the
    /// PKCS#11 URI of a key in a token.
    #[arg(value_parser = key_source())]
    file: KeySource,
    #[command(flatten)]
    module: Module,
}

impl Key {
    pub(crate) fn run(self) -> Result<(), Failure> {
        let public_key = self.file.public_key(&self.module)?;
        out!("{}{}", keys::describe(&public_key), openssl::public_pem(&public_key)?);
        Ok(())
    }
}
