//! `onecode keygen` and `onecode key`.

use std::io::Write;
use std::path::Path;

use onecode::{Algorithm, PublicKey, SigningKey, SoftwareKey};
use pem_rfc7468::LineEnding;
use zeroize::Zeroizing;

use super::encode::{self, public_pem};
use super::files::{self, Readers};
use super::Failure;

pub(crate) fn generate(algorithm: Algorithm, out: Option<&Path>) -> Result<(), Failure> {
    let (public_key, pem) = new_key(algorithm)?;
    match out {
        Some(file) => files::write_new(file, pem.as_bytes(), Readers::Owner)?,
        None => std::io::stdout()
            .write_all(pem.as_bytes())
            .map_err(|error| Failure(format!("standard output: {error}")))?,
    }
    tell!("{}", describe(&public_key)?.trim_end());
    Ok(())
}

/// A new key, and its file.
pub(crate) fn new_key(algorithm: Algorithm) -> Result<(PublicKey, Zeroizing<String>), Failure> {
    let made = SoftwareKey::generate(algorithm).map_err(|error| Failure(error.to_string()))?;
    let pem = pem_rfc7468::encode_string(encode::PRIVATE_KEY, LineEnding::LF, &made.pkcs8)
        .map_err(|error| Failure(format!("the key cannot be written: {error}")))?;
    Ok((made.key.public_key(), Zeroizing::new(pem)))
}

pub(crate) fn show(file: &Path) -> Result<(), Failure> {
    let public_key = encode::private_key(file)?.public_key();
    out!("{}{}", describe(&public_key)?, public_pem(&public_key)?);
    Ok(())
}

fn describe(key: &PublicKey) -> Result<String, Failure> {
    Ok(format!(
        "algorithm   {}\njwk         {}\nthumbprint  {}\nkey id      {}\n",
        key.algorithm(),
        key.to_jwk(),
        key.jwk_thumbprint(),
        key.key_id()
    ))
}
