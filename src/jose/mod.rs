//! The documents that people read: JSON, signed by several holders as JWS, with keys as JWK.
//!
//! Uses `serde_json`, `base64` and `time`, and of the crate only keys. The content of the documents
//! is defined in [`crate::governance`], [`crate::trust`] and [`crate::catalogue`]. Specification:
//! RFC 7515, RFC 7517, RFC 7638, docs/SPEC.md section 11.

mod base64url;
mod edition;
mod error;
mod hash;
mod json;
pub(crate) mod jwk;
mod member;
pub(crate) mod rfc3339;
mod signed;

pub(crate) use base64url::without_byte_order_mark;
pub use base64url::{decode_base64url, Base64UrlProblem, NotBase64Url};
pub(crate) use edition::document_members;
pub use edition::{Edition, Name};
pub use error::{DocumentError, SignDocumentError, Tally};
pub(crate) use hash::some_hash;
pub use hash::Sha256Hash;
pub(crate) use json::read;
pub use jwk::JwkError;
pub(crate) use member::{items, object, objects, text, texts, word};
pub(crate) use signed::{protected, signing_input, write, Envelope};
pub use signed::{DocumentKind, MAX_DOCUMENT, MAX_SIGNATURES};

/// How many seconds ahead of the signer's clock a document may be dated.
pub const SIGNER_CLOCK_S: i64 = 120;

/// A document as JSON, to be signed.
pub(crate) fn to_json(document: &impl serde::Serialize) -> Result<Vec<u8>, SignDocumentError> {
    serde_json::to_vec(document)
        .map_err(|error| SignDocumentError::Json { detail: error.to_string() })
}
