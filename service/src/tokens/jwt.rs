//! A signed token (RFC 7515, 7519, 8725): read, verified with a key of its provider, checked.
//!
//! The key decides about the algorithm, and the header has to agree: there is no `none`, no HMAC, and
//! no key that the token brings along. Written on `ring`, which no release of the usual crate uses
//! any more (docs/DECISIONS.md).

use onecode::jose::decode_base64url;
use ring::signature::{
    RsaPublicKeyComponents, UnparsedPublicKey, ECDSA_P256_SHA256_FIXED, ED25519,
    RSA_PKCS1_2048_8192_SHA256, RSA_PSS_2048_8192_SHA256,
};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::problem::{Kind, Problem};

/// By how many seconds the clocks of provider and service may differ.
const CLOCKS_S: i64 = 60;

/// What is taken, by its name in JOSE.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Algorithm {
    Rs256,
    Ps256,
    Es256,
    EdDsa,
}

impl Algorithm {
    pub(super) fn named(name: &str) -> Option<Self> {
        match name {
            "RS256" => Some(Algorithm::Rs256),
            "PS256" => Some(Algorithm::Ps256),
            "ES256" => Some(Algorithm::Es256),
            "EdDSA" | "Ed25519" => Some(Algorithm::EdDsa),
            _ => None,
        }
    }
}

/// A key of a provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Key {
    pub(super) id: Option<String>,
    /// Where the key itself is for one algorithm alone.
    pub(super) only: Option<Algorithm>,
    pub(super) material: Material,
}

/// The public half.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Material {
    Rsa {
        n: Vec<u8>,
        e: Vec<u8>,
    },
    /// Uncompressed point.
    P256(Vec<u8>),
    Ed25519(Vec<u8>),
}

impl Key {
    fn fits(&self, header: &Header) -> bool {
        let by_id = match (&self.id, &header.kid) {
            (Some(ours), Some(theirs)) => ours == theirs,
            (None, Some(_)) => false,
            (_, None) => true,
        };
        let algorithm = header.algorithm;
        let by_kind = match self.material {
            Material::Rsa { .. } => matches!(algorithm, Algorithm::Rs256 | Algorithm::Ps256),
            Material::P256(_) => algorithm == Algorithm::Es256,
            Material::Ed25519(_) => algorithm == Algorithm::EdDsa,
        };
        by_id && by_kind && self.only.is_none_or(|only| only == algorithm)
    }

    fn verifies(&self, algorithm: Algorithm, message: &[u8], signature: &[u8]) -> bool {
        match &self.material {
            Material::Rsa { n, e } => {
                let parameters = match algorithm {
                    Algorithm::Ps256 => &RSA_PSS_2048_8192_SHA256,
                    _ => &RSA_PKCS1_2048_8192_SHA256,
                };
                RsaPublicKeyComponents { n, e }.verify(parameters, message, signature).is_ok()
            }
            Material::P256(point) => UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point)
                .verify(message, signature)
                .is_ok(),
            Material::Ed25519(point) => {
                UnparsedPublicKey::new(&ED25519, point).verify(message, signature).is_ok()
            }
        }
    }
}

struct Header {
    algorithm: Algorithm,
    kid: Option<String>,
}

/// A token as it was read. Nothing in it is true yet.
pub(super) struct Unverified<'t> {
    header: Header,
    signed: &'t str,
    payload: Vec<u8>,
    signature: Vec<u8>,
}

#[derive(Deserialize)]
struct RawHeader {
    alg: String,
    kid: Option<String>,
    crit: Option<Value>,
}

impl<'t> Unverified<'t> {
    pub(super) fn read(token: &'t str) -> Result<Self, Problem> {
        let bad = |detail: &str| Kind::BadToken.with(detail);
        let (signed, signature) = token.rsplit_once('.').ok_or_else(|| bad("it is no JWS"))?;
        let (header, payload) = signed.split_once('.').ok_or_else(|| bad("it is no JWS"))?;
        let decode = |part| decode_base64url(part).map_err(|_| bad("it is not base64url"));
        let header = decode(header)?;
        let header: RawHeader =
            serde_json::from_slice(&header).map_err(|_| bad("its header cannot be read"))?;
        if header.crit.is_some() {
            return Err(bad("its header has crit"));
        }
        let algorithm = Algorithm::named(&header.alg)
            .ok_or_else(|| bad("its algorithm is none of RS256, PS256, ES256 and EdDSA"))?;
        Ok(Unverified {
            header: Header { algorithm, kid: header.kid },
            signed,
            payload: decode(payload)?,
            signature: decode(signature)?,
        })
    }

    /// Whether one of the keys could have signed it.
    pub(super) fn fits(&self, keys: &[Key]) -> bool {
        keys.iter().any(|key| key.fits(&self.header))
    }

    pub(super) fn verify(&self, keys: &[Key]) -> Result<Map<String, Value>, Problem> {
        let mut fitting = keys.iter().filter(|key| key.fits(&self.header)).peekable();
        if fitting.peek().is_none() {
            return Err(Kind::BadToken.with("the provider has no such key"));
        }
        let algorithm = self.header.algorithm;
        if !fitting.any(|key| key.verifies(algorithm, self.signed.as_bytes(), &self.signature)) {
            return Err(Kind::BadToken.with("its signature does not hold"));
        }
        serde_json::from_slice(&self.payload)
            .map_err(|_| Kind::BadToken.with("its claims cannot be read"))
    }
}

/// Whether a verified token is by this provider, for this audience, and good now.
pub(super) fn check(
    claims: &Map<String, Value>,
    issuer: &str,
    audience: &str,
    now: i64,
) -> Result<(), Problem> {
    if claims.get("iss").and_then(Value::as_str) != Some(issuer) {
        return Err(Kind::TokenAudience.with("another provider"));
    }
    let for_us = match claims.get("aud") {
        Some(Value::String(one)) => one == audience,
        Some(Value::Array(several)) => several.iter().any(|one| one == audience),
        _ => false,
    };
    if !for_us {
        return Err(Kind::TokenAudience.with("another audience"));
    }
    // NumericDate may have a fraction (RFC 7519 section 2).
    let time = |name: &str| match claims.get(name) {
        None => Ok(None),
        Some(value) => match value.as_f64() {
            Some(time) if time.is_finite() => Ok(Some(time as i64)),
            _ => Err(Kind::BadToken.with("a time is no number")),
        },
    };
    let expires = time("exp")?.ok_or_else(|| Kind::TokenTime.with("it has no end"))?;
    let early = |time: Option<i64>| time.is_some_and(|time| now < time.saturating_sub(CLOCKS_S));
    if now >= expires.saturating_add(CLOCKS_S) || early(time("nbf")?) || early(time("iat")?) {
        return Err(Kind::TokenTime.into());
    }
    Ok(())
}
