//! Public keys as JWK, and their thumbprints.
//!
//! Specification: RFC 7517, RFC 7638, RFC 8037, docs/SPEC.md section 11.

use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use base64::Engine;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::base64url::{decode_base64url, without_byte_order_mark, NotBase64Url};
use super::hash::Sha256Hash;
use super::member::object;
#[cfg(feature = "sm2")]
use crate::keys::SignerId;
use crate::keys::{Algorithm, PublicKey};

/// The members of a JWK that define the key (RFC 7638 section 3.2), in the order of the thumbprint.
#[derive(Serialize, Deserialize)]
struct Jwk {
    crv: String,
    kty: String,
    x: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    y: Option<String>,
    /// For an SM2 key: the ID it signs under, base64url, unless it is the default one. It is not
    /// part of the point, and so not part of the thumbprint.
    #[serde(skip_serializing_if = "Option::is_none")]
    signer_id: Option<String>,
}

const CURVES: &[(Algorithm, &str, &str)] = &[
    (Algorithm::Esp256, "EC", "P-256"),
    (Algorithm::Ed25519, "OKP", "Ed25519"),
    #[cfg(feature = "sm2")]
    (Algorithm::Sm2, "EC", "SM2"),
];

impl From<&PublicKey> for Jwk {
    fn from(key: &PublicKey) -> Self {
        let (kty, crv) = CURVES
            .iter()
            .find(|(algorithm, ..)| *algorithm == key.algorithm())
            .map_or(("", ""), |(_, kty, crv)| (*kty, *crv));
        let (x, y) = key.coordinates();
        Jwk {
            crv: crv.to_owned(),
            kty: kty.to_owned(),
            x: URL_SAFE_NO_PAD.encode(x),
            y: y.map(|y| URL_SAFE_NO_PAD.encode(y)),
            signer_id: own_signer_id(key).map(|id| URL_SAFE_NO_PAD.encode(id)),
        }
    }
}

/// The ID that an SM2 key signs under, unless it is the default one.
#[cfg(feature = "sm2")]
fn own_signer_id(key: &PublicKey) -> Option<&[u8]> {
    key.sm2_id().filter(|id| **id != SignerId::DEFAULT).map(SignerId::as_bytes)
}

#[cfg(not(feature = "sm2"))]
fn own_signer_id(_: &PublicKey) -> Option<&[u8]> {
    None
}

/// An SM2 key that signs under an ID of its own.
#[cfg(feature = "sm2")]
fn with_signer_id(algorithm: Algorithm, point: &[u8], id: &[u8]) -> Option<PublicKey> {
    let id = SignerId::new(id).filter(|_| algorithm == Algorithm::Sm2)?;
    PublicKey::sm2_with_id(point, id).ok()
}

#[cfg(not(feature = "sm2"))]
fn with_signer_id(_: Algorithm, _: &[u8], _: &[u8]) -> Option<PublicKey> {
    None
}

impl PublicKey {
    /// The key as a JWK: only the members that define it, no white space.
    pub fn to_jwk(&self) -> String {
        Jwk::from(self).to_json()
    }

    /// Reads a JWK. Members that do not define the key (`kid`, `use`, `alg`) are ignored. A private
    /// key is refused, because only a public one belongs here. A byte order mark in front, which
    /// some editors write, is skipped.
    pub fn from_jwk(json: &str) -> Result<Self, JwkError> {
        let json = without_byte_order_mark(json);
        let value: serde_json::Value =
            serde_json::from_slice(json.as_bytes()).map_err(|_| JwkError::Form)?;
        if value.get("d").is_some() {
            return Err(JwkError::Private);
        }
        let jwk: Jwk = serde_json::from_value(value).map_err(|_| JwkError::Form)?;
        Self::try_from(jwk)
    }

    /// The RFC 7638 thumbprint with SHA-256, base64url: the `kid` of signed documents.
    pub fn jwk_thumbprint(&self) -> String {
        self.kid().to_string()
    }

    /// The same, not yet written out.
    pub fn kid(&self) -> Sha256Hash {
        let jwk = Jwk { signer_id: None, ..Jwk::from(self) };
        Sha256Hash::of(jwk.to_json().as_bytes())
    }
}

impl Algorithm {
    /// The name in a JWS header. ES256 is already fully specified there, so it has no other name
    /// (RFC 9864 section 2.1). The name of SM2 is not registered.
    pub fn jose_name(self) -> &'static str {
        match self {
            Algorithm::Esp256 => "ES256",
            Algorithm::Ed25519 => "Ed25519",
            #[cfg(feature = "sm2")]
            Algorithm::Sm2 => "SM2-SM3",
        }
    }
}

impl Jwk {
    fn to_json(&self) -> String {
        // A struct of strings can always be serialized.
        serde_json::to_string(self).unwrap_or_default()
    }
}

impl TryFrom<Jwk> for PublicKey {
    type Error = JwkError;

    fn try_from(jwk: Jwk) -> Result<Self, JwkError> {
        let (algorithm, ..) = CURVES
            .iter()
            .find(|(_, kty, crv)| *kty == jwk.kty && *crv == jwk.crv)
            .ok_or(JwkError::UnknownCurve)?;
        let decode = |member, text: &str| {
            decode_base64url(text).map_err(|problem| JwkError::NotBase64Url { member, problem })
        };
        let x = decode("x", &jwk.x)?;
        let bytes = match &jwk.y {
            None => x,
            Some(y) if x.len() == 32 => [&[4][..], &x, &decode("y", y)?].concat(),
            Some(_) => return Err(JwkError::NotAKey),
        };
        match &jwk.signer_id {
            None => PublicKey::from_bytes(*algorithm, &bytes).map_err(|_| JwkError::NotAKey),
            Some(id) => with_signer_id(*algorithm, &bytes, &decode("signer_id", id)?)
                .ok_or(JwkError::NotAKey),
        }
    }
}

/// JSON is not a public key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JwkError {
    /// Not a JWK, or one without the members that define a key.
    #[error("not a JWK with kty, crv and x")]
    Form,
    /// A member that is not base64url without padding.
    #[error("{member} is {problem}")]
    NotBase64Url {
        /// `x`, `y` or `signer_id`.
        member: &'static str,
        /// What is wrong, and where in that member.
        problem: NotBase64Url,
    },
    /// A private key.
    #[error("this is a private key")]
    Private,
    /// A key type and curve unknown to this build.
    #[error("a key type or curve that is not known here")]
    UnknownCurve,
    /// The coordinates are not a point on the curve.
    #[error("the coordinates are no point on the curve")]
    NotAKey,
}

/// A public key in a document: `#[serde(with = "jose::jwk")]`.
pub(crate) fn serialize<S: Serializer>(key: &PublicKey, to: S) -> Result<S::Ok, S::Error> {
    Jwk::from(key).serialize(to)
}

pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<PublicKey, D::Error> {
    PublicKey::try_from(object::<D, Jwk>(from)?).map_err(serde::de::Error::custom)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jose::Base64UrlProblem;

    /// The key of RFC 7517 appendix A.1, and the thumbprint that RFC 7638 prescribes for it.
    #[test]
    fn a_jwk_and_its_thumbprint() {
        let json = r#"{"kty":"EC","crv":"P-256","x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",
            "y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM","use":"enc","kid":"1"}"#;
        let key = PublicKey::from_jwk(json).unwrap();
        assert_eq!(
            key.to_jwk(),
            r#"{"crv":"P-256","kty":"EC","x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4","y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM"}"#
        );
        assert_eq!(PublicKey::from_jwk(&key.to_jwk()), Ok(key));
        // As an editor saves it.
        assert_eq!(PublicKey::from_jwk(&format!("\u{feff}{json}\r\n")), Ok(key));
        // RFC 8037 appendix A.3.
        let json =
            r#"{"crv":"Ed25519","kty":"OKP","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;
        let key = PublicKey::from_jwk(json).unwrap();
        assert_eq!(key.to_jwk(), json);
        assert_eq!(key.jwk_thumbprint(), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
    }

    #[test]
    fn what_is_no_public_key_is_refused() {
        let x = "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4";
        let y = "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM";
        let cases = [
            ("no JSON", "key".to_owned(), JwkError::Form),
            ("no x", r#"{"kty":"EC","crv":"P-256"}"#.into(), JwkError::Form),
            (
                "private",
                format!(r#"{{"kty":"EC","crv":"P-256","x":"{x}","y":"{y}","d":"AA"}}"#),
                JwkError::Private,
            ),
            (
                "curve",
                format!(r#"{{"kty":"EC","crv":"P-384","x":"{x}","y":"{y}"}}"#),
                JwkError::UnknownCurve,
            ),
            (
                "kty",
                format!(r#"{{"kty":"OKP","crv":"P-256","x":"{x}","y":"{y}"}}"#),
                JwkError::UnknownCurve,
            ),
            ("no y", format!(r#"{{"kty":"EC","crv":"P-256","x":"{x}"}}"#), JwkError::NotAKey),
            (
                "off the curve",
                format!(r#"{{"kty":"EC","crv":"P-256","x":"{x}","y":"{x}"}}"#),
                JwkError::NotAKey,
            ),
            (
                "y of 31 bytes",
                format!(r#"{{"kty":"EC","crv":"P-256","x":"{x}","y":"{}"}}"#, &y[..42]),
                JwkError::NotBase64Url {
                    member: "y",
                    problem: NotBase64Url { at: 42, problem: Base64UrlProblem::StrayBits },
                },
            ),
            (
                "x padded",
                format!(r#"{{"kty":"EC","crv":"P-256","x":"{x}=","y":"{y}"}}"#),
                JwkError::NotBase64Url {
                    member: "x",
                    problem: NotBase64Url { at: 44, problem: Base64UrlProblem::Padding },
                },
            ),
            (
                "an ID for P-256",
                format!(r#"{{"kty":"EC","crv":"P-256","x":"{x}","y":"{y}","signer_id":"MTIz"}}"#),
                JwkError::NotAKey,
            ),
        ];
        for (name, json, error) in cases {
            assert_eq!(PublicKey::from_jwk(&json), Err(error), "{name}");
        }
    }

    #[cfg(feature = "sm2")]
    #[test]
    fn an_sm2_key_keeps_its_signer_id() {
        let key = crate::SoftwareKey::generate(Algorithm::Sm2).unwrap().key;
        let default = crate::SigningKey::public_key(&key);
        let own =
            PublicKey::sm2_with_id(&default.to_bytes(), SignerId::new(b"\0\xff").unwrap()).unwrap();
        assert!(!default.to_jwk().contains("signer_id"));
        assert!(own.to_jwk().ends_with(r#","signer_id":"AP8"}"#), "{}", own.to_jwk());
        for key in [default, own] {
            assert_eq!(PublicKey::from_jwk(&key.to_jwk()), Ok(key));
        }
        assert_eq!(default.jwk_thumbprint(), own.jwk_thumbprint());
    }
}
