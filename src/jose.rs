//! The documents that people read: JSON, signed as compact JWS, with keys as JWK.
//!
//! Uses `serde_json`, `base64` and `time`, and of the crate only keys. What the documents say is
//! in [`crate::trust`] and [`crate::catalogue`].
//! Specification: RFC 7515, RFC 7517, RFC 7638, docs/SPEC.md section 10.

use std::fmt;
use std::marker::PhantomData;

use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use base64::Engine;
use serde::de::value::MapAccessDeserializer;
use serde::de::{DeserializeOwned, IntoDeserializer, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

#[cfg(feature = "sm2")]
use crate::keys::SignerId;
use crate::keys::{self, Algorithm, PublicKey, Signature, SigningError, SigningKey};

/// Largest document that is looked at, in bytes of JWS.
pub const MAX_DOCUMENT: usize = 64 << 20;

/// Longest protected header, in characters: it holds three short strings.
const MAX_HEADER: usize = 512;

/// The protected header. Exactly these: no `crit`, no key or address of a key that a forger could
/// supply with the document.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    alg: String,
    kid: String,
    typ: String,
}

impl Algorithm {
    /// The name in a JWS header. ES256 is fully specified there and so has no other name
    /// (RFC 9864 section 2.1); that of SM2 is not registered.
    pub fn jose_name(self) -> &'static str {
        match self {
            Algorithm::Esp256 => "ES256",
            Algorithm::Ed25519 => "Ed25519",
            #[cfg(feature = "sm2")]
            Algorithm::Sm2 => "SM2-SM3",
        }
    }
}

/// Signs a document: `typ` says which kind it is.
pub(crate) fn sign(
    typ: &str,
    document: &impl Serialize,
    key: &dyn SigningKey,
) -> Result<String, SignDocumentError> {
    let public_key = key.public_key();
    let header = Header {
        alg: public_key.algorithm().jose_name().to_owned(),
        kid: public_key.jwk_thumbprint(),
        typ: typ.to_owned(),
    };
    let mut jws = URL_SAFE_NO_PAD.encode(serde_json::to_vec(&header)?);
    jws.push('.');
    URL_SAFE_NO_PAD.encode_string(serde_json::to_vec(document)?, &mut jws);
    let signature = keys::sign(key, jws.as_bytes())?;
    jws.push('.');
    URL_SAFE_NO_PAD.encode_string(signature.as_bytes(), &mut jws);
    Ok(jws)
}

/// Reads a document that one of `roots` has signed. Nothing of the payload is parsed before the
/// signature holds. Returns the document and the root that signed it.
pub(crate) fn verify<T: DeserializeOwned>(
    typ: &str,
    jws: &[u8],
    roots: &[PublicKey],
) -> Result<(T, PublicKey), DocumentError> {
    if jws.len() > MAX_DOCUMENT {
        return Err(DocumentError::TooLarge { length: jws.len(), limit: MAX_DOCUMENT });
    }
    let mut parts = jws.split(|byte| *byte == b'.');
    let (Some(header), Some(payload), Some(signature), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(DocumentError::NotJws);
    };
    if header.len() > MAX_HEADER || signature.len() > MAX_HEADER {
        return Err(DocumentError::NotJws);
    }
    let signed = &jws[..header.len() + 1 + payload.len()];
    let decode = |part| URL_SAFE_NO_PAD.decode(part).map_err(|_| DocumentError::NotJws);
    let Object::<Header>(header) =
        serde_json::from_slice(&decode(header)?).map_err(|_| DocumentError::Header)?;
    if header.typ != typ {
        return Err(DocumentError::WrongKind { found: header.typ });
    }
    let root = roots
        .iter()
        .find(|root| root.jwk_thumbprint() == header.kid)
        .ok_or(DocumentError::UnknownRoot { key: header.kid })?;
    if header.alg != root.algorithm().jose_name() {
        return Err(DocumentError::WrongAlgorithm {
            key: root.algorithm().jose_name(),
            named: header.alg,
        });
    }
    let signature =
        Signature::from_raw(&decode(signature)?).map_err(|_| DocumentError::BadSignature)?;
    root.verify(signed, &signature).map_err(|_| DocumentError::BadSignature)?;
    let document = serde_json::from_slice(&decode(payload)?)
        .map_err(|error| DocumentError::Content { detail: error.to_string() })?;
    Ok((document, *root))
}

/// A signed document could not be taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DocumentError {
    /// Larger than [`MAX_DOCUMENT`].
    #[error("{length} bytes are over the limit of {limit}")]
    TooLarge {
        /// Bytes given.
        length: usize,
        /// Bytes allowed.
        limit: usize,
    },
    /// Not three base64url parts with dots between them.
    #[error("not a compact JWS")]
    NotJws,
    /// A protected header with anything but `alg`, `kid` and `typ`.
    #[error("the protected header is not exactly alg, kid and typ")]
    Header,
    /// Another kind of document.
    #[error("this is a document of type {found:?}")]
    WrongKind {
        /// Its `typ`.
        found: String,
    },
    /// Signed by a key that is no root here.
    #[error("no pinned root has the key {key:?}")]
    UnknownRoot {
        /// The `kid` in the header.
        key: String,
    },
    /// The header names another algorithm than that of the root key.
    #[error("the root key is for {key}, the header says {named:?}")]
    WrongAlgorithm {
        /// The algorithm of the key.
        key: &'static str,
        /// What the header says.
        named: String,
    },
    /// The signature does not hold.
    #[error("the signature does not hold")]
    BadSignature,
    /// Signed, but not what such a document must hold.
    #[error("the signed content cannot be used: {detail}")]
    Content {
        /// Where and why.
        detail: String,
    },
}

/// A document could not be signed.
#[derive(Debug, thiserror::Error)]
pub enum SignDocumentError {
    /// The key did not sign.
    #[error(transparent)]
    Signing(#[from] SigningError),
    /// The document cannot be written as JSON.
    #[error("the document cannot be written: {0}")]
    Json(#[from] serde_json::Error),
    /// A scanner would not take this document.
    #[error("no scanner would take this: {0}")]
    Content(#[from] DocumentError),
}

/// The members of a JWK that make the key (RFC 7638 section 3.2), in the order of the thumbprint.
#[derive(Serialize, Deserialize)]
struct Jwk {
    crv: String,
    kty: String,
    x: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    y: Option<String>,
    /// Of an SM2 key: the ID that it signs under, base64url, where that is not the default one.
    /// No member of the thumbprint, as it is none of the point.
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
    /// The key as a JWK: only the members that make it, no white space.
    pub fn to_jwk(&self) -> String {
        Jwk::from(self).to_json()
    }

    /// Reads a JWK. Members that do not make the key (`kid`, `use`, `alg`) are not looked at; a
    /// private key is refused, because it has no business where a public one is wanted.
    pub fn from_jwk(json: &str) -> Result<Self, JwkError> {
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
        let jwk = Jwk { signer_id: None, ..Jwk::from(self) };
        URL_SAFE_NO_PAD.encode(keys::sha256(jwk.to_json().as_bytes()))
    }
}

impl Jwk {
    fn to_json(&self) -> String {
        // A struct of strings can always be written.
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
        let decode = |part: &str| URL_SAFE_NO_PAD.decode(part).map_err(|_| JwkError::Form);
        let x = decode(&jwk.x)?;
        let bytes = match &jwk.y {
            None => x,
            Some(y) if x.len() == 32 => [&[4][..], &x, &decode(y)?].concat(),
            Some(_) => return Err(JwkError::NotAKey),
        };
        match &jwk.signer_id {
            None => PublicKey::from_bytes(*algorithm, &bytes).map_err(|_| JwkError::NotAKey),
            Some(id) => with_signer_id(*algorithm, &bytes, &decode(id)?).ok_or(JwkError::NotAKey),
        }
    }
}

/// JSON is not a public key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JwkError {
    /// Not a JWK, or one without what makes a key.
    #[error("not a JWK with kty, crv and x")]
    Form,
    /// A private key.
    #[error("this is a private key")]
    Private,
    /// A key type and curve that this build does not know.
    #[error("a key type or curve that is not known here")]
    UnknownCurve,
    /// The coordinates are no point on the curve.
    #[error("the coordinates are no point on the curve")]
    NotAKey,
}

/// An object in a document: `#[serde(deserialize_with = "jose::object")]`. Without it an array of
/// the members' values would be taken as well.
pub(crate) fn object<'de, D, T>(from: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    struct Members<T>(PhantomData<T>);

    impl<'de, T: Deserialize<'de>> Visitor<'de> for Members<T> {
        type Value = T;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object")
        }

        fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<T, A::Error> {
            T::deserialize(MapAccessDeserializer::new(members))
        }
    }

    from.deserialize_map(Members(PhantomData))
}

/// An array of objects in a document: `#[serde(deserialize_with = "jose::objects")]`.
pub(crate) fn objects<'de, D, T>(from: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    let objects = Vec::<Object<T>>::deserialize(from)?;
    Ok(objects.into_iter().map(|Object(object)| object).collect())
}

/// One of several words in a document: `#[serde(deserialize_with = "jose::word")]`. Without it an
/// object with the word as its only member would be taken as well.
pub(crate) fn word<'de, D, T>(from: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    T::deserialize(String::deserialize(from)?.into_deserializer())
}

#[derive(Deserialize)]
#[serde(bound = "T: Deserialize<'de>")]
struct Object<T>(#[serde(deserialize_with = "object")] T);

/// A public key in a document: `#[serde(with = "jose::jwk")]`.
pub(crate) mod jwk {
    use serde::{de::Error, Deserializer, Serialize, Serializer};

    use super::{Jwk, PublicKey};

    pub(crate) fn serialize<S: Serializer>(key: &PublicKey, to: S) -> Result<S::Ok, S::Error> {
        Jwk::from(key).serialize(to)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<PublicKey, D::Error> {
        PublicKey::try_from(super::object::<D, Jwk>(from)?).map_err(D::Error::custom)
    }
}

/// Public keys in a document: `#[serde(with = "jose::jwks")]`.
pub(crate) mod jwks {
    use serde::{de::Error, Deserializer, Serializer};

    use super::{Jwk, PublicKey};

    pub(crate) fn serialize<S: Serializer>(keys: &[PublicKey], to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq(keys.iter().map(Jwk::from))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Vec<PublicKey>, D::Error> {
        let keys: Vec<Jwk> = super::objects(from)?;
        keys.into_iter().map(|jwk| PublicKey::try_from(jwk).map_err(D::Error::custom)).collect()
    }
}

/// A time in a document: RFC 3339 in UTC with whole seconds, `2026-11-23T00:00:00Z`.
pub(crate) mod rfc3339 {
    use serde::{de::Error, Deserialize, Deserializer, Serializer};
    use time::format_description::well_known::Rfc3339;
    use time::OffsetDateTime;

    /// The one form of a time; there is none before 1970, nor after 9999.
    fn written(unix_s: i64) -> Option<String> {
        let time = OffsetDateTime::from_unix_timestamp(unix_s).ok().filter(|_| unix_s >= 0)?;
        time.format(&Rfc3339).ok()
    }

    pub(crate) fn serialize<S: Serializer>(unix_s: &i64, to: S) -> Result<S::Ok, S::Error> {
        use serde::ser::Error;
        let text = written(*unix_s)
            .ok_or_else(|| S::Error::custom("not a time within the years 1970 to 9999"))?;
        to.serialize_str(&text)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<i64, D::Error> {
        let text = <std::borrow::Cow<'_, str>>::deserialize(from)?;
        // The parser takes small letters, a space and fractions of nothing as well.
        OffsetDateTime::parse(&text, &Rfc3339)
            .ok()
            .map(OffsetDateTime::unix_timestamp)
            .filter(|unix_s| written(*unix_s).is_some_and(|written| written == *text))
            .ok_or_else(|| D::Error::custom("a time is written like 2026-11-23T00:00:00Z"))
    }

    /// The same for a time that may be left out.
    pub(crate) mod option {
        use serde::{Deserialize, Deserializer, Serializer};

        pub(crate) fn serialize<S: Serializer>(
            unix_s: &Option<i64>,
            to: S,
        ) -> Result<S::Ok, S::Error> {
            match unix_s {
                Some(unix_s) => super::serialize(unix_s, to),
                None => to.serialize_none(),
            }
        }

        pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
            from: D,
        ) -> Result<Option<i64>, D::Error> {
            #[derive(Deserialize)]
            struct Time(#[serde(with = "super")] i64);
            Ok(Option::<Time>::deserialize(from)?.map(|time| time.0))
        }
    }
}

/// What every published list begins with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Edition {
    /// Counts up by at least one with each edition; a scanner never goes back to a lower one.
    pub sequence: u64,
    /// When it was issued (Unix seconds; RFC 3339 in the document).
    #[serde(rename = "issued_at", with = "rfc3339")]
    pub issued_at_unix_s: i64,
    /// By when the next edition is due: past it, scanners say that the list is stale.
    #[serde(rename = "next_update", with = "rfc3339")]
    pub next_update_unix_s: i64,
    /// From when on scanners refuse to work with it.
    #[serde(rename = "expires", with = "rfc3339")]
    pub expires_unix_s: i64,
    /// Names of features that a reader must know to use this document. Unknown members are
    /// ignored everywhere else, so whatever may not be ignored is named here.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub critical: Vec<String>,
}

impl Edition {
    /// What can be said against an edition by itself.
    pub(crate) fn check(&self) -> Result<(), DocumentError> {
        let detail = if let Some(feature) = self.critical.first() {
            format!("it needs the feature {feature:?}, which this version does not know")
        } else if self.issued_at_unix_s > self.next_update_unix_s
            || self.next_update_unix_s > self.expires_unix_s
        {
            "issued_at, next_update and expires are not in this order".to_owned()
        } else {
            return Ok(());
        };
        Err(DocumentError::Content { detail })
    }
}

/// A name in the two languages of the lists.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Name {
    /// Chinese.
    pub zh: String,
    /// English.
    pub en: String,
}

#[cfg(test)]
mod tests {
    use super::*;

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
        // RFC 8037 appendix A.3.
        let json =
            r#"{"crv":"Ed25519","kty":"OKP","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;
        let key = PublicKey::from_jwk(json).unwrap();
        assert_eq!(key.to_jwk(), json);
        assert_eq!(key.jwk_thumbprint(), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
    }

    #[test]
    fn a_time_has_one_form() {
        #[derive(Debug, Deserialize, Serialize)]
        struct Time(#[serde(with = "rfc3339")] i64);
        let read = |text: &str| serde_json::from_value::<Time>(text.into()).map(|time| time.0);
        for (text, unix_s) in [
            ("1970-01-01T00:00:00Z", 0),
            ("2024-02-29T23:59:59Z", 1_709_251_199),
            ("2026-11-23T00:00:00Z", 1_795_392_000),
            ("9999-12-31T23:59:59Z", 253_402_300_799),
        ] {
            assert_eq!(read(text).unwrap(), unix_s);
            assert_eq!(serde_json::to_value(Time(unix_s)).unwrap(), text);
        }
        for text in [
            "",
            "2026-11-23",
            "2026-11-23T00:00Z",
            "2026-11-23T00:00:00",
            "2026-11-23t00:00:00Z",
            "2026-11-23T00:00:00z",
            "2026-11-23 00:00:00Z",
            " 2026-11-23T00:00:00Z",
            "2026-11-23T00:00:00Z ",
            "2026-11-23T00:00:00.0Z",
            "2026-11-23T00:00:00.000000000Z",
            "2026-11-23T00:00:00.5Z",
            "2026-11-23T00:00:00+00:00",
            "2026-11-23T00:00:00-00:00",
            "2026-11-23T08:00:00+08:00",
            "2016-12-31T23:59:60Z",
            "2026-11-23T24:00:00Z",
            "2026-02-29T00:00:00Z",
            "1969-12-31T23:59:59Z",
            "0000-01-01T00:00:00Z",
            "10000-01-01T00:00:00Z",
            "+2026-11-23T00:00:00Z",
            "20261123T000000Z",
            "1795392000",
        ] {
            let read = read(text);
            assert!(read.is_err(), "{text} is read as {read:?}");
        }
        // Nor is anything written that is not read.
        for unix_s in [-1, 253_402_300_800, i64::MIN, i64::MAX] {
            assert!(serde_json::to_value(Time(unix_s)).is_err(), "{unix_s}");
        }
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
                JwkError::Form,
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
