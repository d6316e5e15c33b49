//! Pre-authorised codes (OpenID4VCI 1.0 section 3.5), and the tokens that they are exchanged for.
//!
//! The books keep the hash of a code. The token is the service's own: claims and a MAC.

use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use base64::Engine;
use onecode::jose::decode_base64url;
use ring::{digest, hmac};
use serde::{Deserialize, Serialize};

use super::Citizen;
use crate::nonce::Secrets;
use crate::problem::{Kind, Problem};

/// What these tokens begin with: no JWT does.
pub(super) const PREFIX: &str = "grant~";

#[derive(Serialize, Deserialize)]
struct Claims {
    reference: String,
    code: String,
    exp: i64,
}

/// A new code of 128 bits.
pub(crate) fn new_code(secrets: &Secrets) -> Result<String, Problem> {
    Ok(URL_SAFE_NO_PAD.encode(secrets.random::<16>()?))
}

/// What the books keep of a code.
pub(crate) fn code_hash(code: &str) -> String {
    URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, code.as_bytes()))
}

pub(super) fn token(key: &hmac::Key, reference: &str, code: &str, expires_unix_s: i64) -> String {
    let claims =
        Claims { reference: reference.to_owned(), code: code.to_owned(), exp: expires_unix_s };
    let claims = serde_json::json!(claims).to_string();
    let tag = hmac::sign(key, claims.as_bytes());
    format!("{PREFIX}{}.{}", URL_SAFE_NO_PAD.encode(claims), URL_SAFE_NO_PAD.encode(tag))
}

pub(super) fn read(token: &str, key: &hmac::Key, now: i64) -> Result<Citizen, Problem> {
    let bad = || Problem::from(Kind::BadToken);
    let (claims, tag) = token.split_once('.').ok_or_else(bad)?;
    let claims = decode_base64url(claims).map_err(|_| bad())?;
    let tag = decode_base64url(tag).map_err(|_| bad())?;
    hmac::verify(key, &claims, &tag).map_err(|_| bad())?;
    let claims: Claims = serde_json::from_slice(&claims).map_err(|_| bad())?;
    if now >= claims.exp {
        return Err(Kind::TokenTime.into());
    }
    Ok(Citizen::Grant { reference: claims.reference, code_hash: claims.code })
}
