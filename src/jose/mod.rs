//! The documents that people read: JSON, signed as compact JWS, with keys as JWK.
//!
//! Uses `serde_json`, `base64` and `time`, and of the crate only keys. The content of the documents
//! is defined in [`crate::trust`] and [`crate::catalogue`]. Specification: RFC 7515, RFC 7517, RFC
//! 7638, docs/SPEC.md section 11.

mod base64url;
mod edition;
mod error;
mod json;
pub(crate) mod jwk;
mod jws;
mod member;
pub(crate) mod rfc3339;

pub(crate) use base64url::without_byte_order_mark;
pub use base64url::{decode_base64url, Base64UrlProblem, NotBase64Url};
pub(crate) use edition::document_members;
pub use edition::{Edition, Name};
pub use error::{DocumentError, SignDocumentError};
pub(crate) use json::read;
pub(crate) use jwk::jwks;
pub use jwk::JwkError;
pub use jws::MAX_DOCUMENT;
pub(crate) use jws::{sign, to_json, verify};
pub(crate) use member::{items, object, objects, text, texts, word};
