//! Why a document is not accepted, or not signed.

use super::base64url::NotBase64Url;
use crate::keys::SigningError;

/// A signed document was not accepted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DocumentError {
    /// The caller's time is after the year 9999, which usually means milliseconds.
    #[error("{unix_s} is not a time in Unix seconds")]
    NotATime {
        /// What was handed in.
        unix_s: i64,
    },
    /// Larger than [`MAX_DOCUMENT`](crate::jose::MAX_DOCUMENT).
    #[error("{length} bytes are over the limit of {limit}")]
    TooLarge {
        /// Bytes given.
        length: usize,
        /// Bytes allowed.
        limit: usize,
    },
    /// It has not exactly three parts separated by dots, or its header or signature is too long.
    #[error("not a compact JWS")]
    NotJws,
    /// A part that is not base64url without padding: wrapped, padded, in another alphabet, or with
    /// something before or after it.
    #[error("the {part} is {problem}")]
    NotBase64Url {
        /// `header`, `payload` or `signature`.
        part: &'static str,
        /// What is wrong, and where in that part.
        problem: NotBase64Url,
    },
    /// A protected header whose members are not exactly `alg`, `kid` and `typ`.
    #[error("the protected header is not exactly alg, kid and typ")]
    Header,
    /// Another kind of document.
    #[error("this is a document of type {found:?}")]
    WrongKind {
        /// Its `typ`.
        found: String,
    },
    /// It is signed by a key that is no root here.
    #[error("no pinned root has the key {key:?}")]
    UnknownRoot {
        /// The `kid` in the header.
        key: String,
    },
    /// The header names an algorithm other than the root key's.
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
    /// It is signed, but its content is not what such a document must hold.
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
    /// The document cannot be written as JSON: a time before 1970 or after 9999.
    #[error("the document cannot be written: {detail}")]
    Json {
        /// What cannot be written.
        detail: String,
    },
    /// A scanner would refuse this document.
    #[error("no scanner would take this: {0}")]
    Content(#[from] DocumentError),
}
