//! Keys: made, described, and in the forms in which files hold them.
//!
//! Uses `files`. `openssl` reads and writes files; `practice` makes the keys of a practice region.
//! `source` is a key wherever it is, in a file or a token; `token` says what is wrong with a token,
//! and `prompt` asks for its PIN.

pub(crate) mod openssl;
pub(crate) mod practice;
mod prompt;
pub(crate) mod source;
mod token;

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
