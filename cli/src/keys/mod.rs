//! Keys: made, described, and in the forms in which files hold them.
//!
//! Uses `files`. `openssl` reads and writes, `pem` finds what is to be read; `practice` makes the keys of a practice region.

pub(crate) mod openssl;
mod pem;
pub(crate) mod practice;

use onecode::{Algorithm, PublicKey, SigningKey, SoftwareKey};
use zeroize::Zeroizing;

use crate::failure::Failure;

/// A new key, and its file.
pub(crate) fn new_key(algorithm: Algorithm) -> Result<(PublicKey, Zeroizing<String>), Failure> {
    let made = SoftwareKey::generate(algorithm).map_err(|error| Failure(error.to_string()))?;
    Ok((made.key.public_key(), openssl::private_pem(&made.pkcs8)?))
}

/// A public key in lines for people.
pub(crate) fn describe(key: &PublicKey) -> String {
    format!(
        "algorithm   {}\njwk         {}\nthumbprint  {}\nkey id      {}\n",
        key.algorithm(),
        key.to_jwk(),
        key.jwk_thumbprint(),
        key.key_id()
    )
}
