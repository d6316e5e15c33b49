//! Keys: made, described, and in the forms in which files hold them.
//!
//! Uses `files`. `openssl` reads and writes, `pem` finds what is to be read; `practice` makes the keys of a practice region.

pub(crate) mod openssl;
mod pem;
pub(crate) mod practice;

use std::path::Path;

use onecode::{Algorithm, PublicKey, SigningKey, SoftwareKey};
use zeroize::Zeroizing;

use crate::cause::Cause;
use crate::failure::Failure;
use crate::lang::padded;

/// A new key, and its file.
pub(crate) fn new_key(algorithm: Algorithm) -> Result<(PublicKey, Zeroizing<String>), Failure> {
    let made = SoftwareKey::generate(algorithm).map_err(|error| Failure(error.said()))?;
    Ok((made.key.public_key(), openssl::private_pem(&made.pkcs8)?))
}

/// The key that a word of the command line names: the one place where a key that signs is opened.
pub(crate) fn signing_key(file: &Path) -> Result<Box<dyn SigningKey>, Failure> {
    Ok(Box::new(openssl::private_key(file)?))
}

/// A public key in lines for people.
pub(crate) fn describe(key: &PublicKey) -> String {
    let rows = [
        (said!("算法", "algorithm"), key.algorithm().to_string()),
        (said!("JWK", "jwk"), key.to_jwk()),
        (said!("指纹", "thumbprint"), key.jwk_thumbprint()),
        (said!("密钥编号", "key id"), key.key_id().to_string()),
    ];
    let rows = rows.iter().map(|(name, value)| format!("{}{value}\n", padded(name.as_str(), 12)));
    rows.collect()
}
