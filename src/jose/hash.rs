//! A SHA-256 in a document, as base64url: of another document's payload, or of a key (RFC 7638).

use std::fmt;

use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use base64::Engine;
use serde::{de::Error, Deserialize, Deserializer, Serialize, Serializer};

use super::base64url::decode_base64url;
use crate::keys::sha256;

/// A SHA-256: the name of a signed document, or the thumbprint of a key (RFC 7638).
///
/// A document is named by the hash of its decoded payload, so a copy with more signatures is the
/// same document. In JSON and in print it is base64url without padding, 43 characters.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Sha256Hash(pub [u8; 32]);

impl Sha256Hash {
    /// The hash of these bytes.
    pub fn of(bytes: &[u8]) -> Self {
        Sha256Hash(sha256(bytes))
    }

    /// Reads the 43 characters; `None` for any other text.
    pub fn from_base64url(text: &str) -> Option<Self> {
        let bytes = decode_base64url(text).ok()?;
        bytes.try_into().ok().map(Sha256Hash)
    }
}

impl fmt::Display for Sha256Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&URL_SAFE_NO_PAD.encode(self.0))
    }
}

impl fmt::Debug for Sha256Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sha256Hash({self})")
    }
}

impl Serialize for Sha256Hash {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Sha256Hash {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = super::member::text::<D, 64>(from)?;
        Sha256Hash::from_base64url(&text)
            .ok_or_else(|| D::Error::custom("a SHA-256 is 43 characters of base64url"))
    }
}

/// A hash that may be left out: `#[serde(default, deserialize_with = "jose::some_hash")]`. There
/// is no `null`.
pub(crate) fn some_hash<'de, D: Deserializer<'de>>(
    from: D,
) -> Result<Option<Sha256Hash>, D::Error> {
    Sha256Hash::deserialize(from).map(Some)
}
