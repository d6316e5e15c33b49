//! `onecode keygen`: a new private key.
//!
//! Uses `keys` and `files`.

use std::io::Write;
use std::path::PathBuf;

use crate::failure::Failure;
use crate::files::{self, Readers};
use crate::keys;
use crate::keys::source::{Module, TokenKey};
use crate::out;

/// Make a private key, as PKCS#8 PEM or in a token.
#[derive(clap::Args)]
#[command(after_help = "Examples:\n  onecode keygen --alg sm2 --out issuer.pem\n  \
    onecode keygen --alg es256 --token 'pkcs11:token=jiangsu;object=cards' \
    --pkcs11-module /usr/lib/p11.so")]
pub(crate) struct Keygen {
    /// The algorithm.
    #[arg(long, value_enum)]
    alg: Algorithm,
    /// A new file, readable by its owner alone; standard output without it.
    #[arg(long)]
    out: Option<PathBuf>,
    /// Make it in this token, which never gives it away: a PKCS#11 URI, whose object is its label.
    #[arg(long, value_name = "URI", conflicts_with = "out")]
    token: Option<TokenKey>,
    #[command(flatten)]
    module: Module,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Algorithm {
    /// ECDSA on P-256 with SHA-256.
    Es256,
    /// EdDSA on Curve25519.
    Ed25519,
    /// SM2 with SM3.
    #[cfg(feature = "sm2")]
    Sm2,
}

impl From<Algorithm> for onecode::Algorithm {
    fn from(algorithm: Algorithm) -> Self {
        match algorithm {
            Algorithm::Es256 => onecode::Algorithm::Esp256,
            Algorithm::Ed25519 => onecode::Algorithm::Ed25519,
            #[cfg(feature = "sm2")]
            Algorithm::Sm2 => onecode::Algorithm::Sm2,
        }
    }
}

impl Keygen {
    pub(crate) fn run(self) -> Result<(), Failure> {
        if let Some(token) = &self.token {
            let public_key = token.generate(&self.module, self.alg.into())?;
            out!("{}", keys::describe(&public_key));
            return Ok(());
        }
        let (public_key, pem) = keys::new_key(self.alg.into())?;
        match self.out {
            Some(file) => files::write_new(&file, pem.as_bytes(), Readers::Owner)?,
            None => std::io::stdout()
                .write_all(pem.as_bytes())
                .map_err(|error| files::standard_output(&error))?,
        }
        out::say(keys::describe(&public_key).trim_end());
        Ok(())
    }
}
