//! Why a document is not accepted, or not signed.

use std::fmt;

use super::base64url::NotBase64Url;
use super::hash::Sha256Hash;
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
    /// Not an object with exactly `payload` and `signatures`, 1 to 16 of them, each with exactly
    /// `protected` and `signature`.
    #[error("not a JWS in JSON general serialization: {detail}")]
    Form {
        /// Where and why.
        detail: String,
    },
    /// A part that is not base64url without padding: wrapped, padded, in another alphabet, or with
    /// something before or after it.
    #[error("the {part} is {problem}")]
    NotBase64Url {
        /// `protected header`, `payload` or `signature`.
        part: &'static str,
        /// What is wrong, and where in that part.
        problem: NotBase64Url,
    },
    /// A protected header whose members are not exactly `alg`, `kid` and `typ`, or whose `kid` is
    /// no thumbprint.
    #[error("a protected header is not exactly alg, kid and typ")]
    Header,
    /// Another kind of document, or signatures for two kinds.
    #[error("this is a document of type {found:?}")]
    WrongKind {
        /// Its `typ`.
        found: String,
    },
    /// Two signatures have one `kid`.
    #[error("the key {key} has signed twice")]
    SignedTwice {
        /// The thumbprint.
        key: Sha256Hash,
    },
    /// Too few holders have signed it, by the roots in force.
    #[error(transparent)]
    NotEnough(#[from] Tally),
    /// It is signed, but its content is not what such a document must hold.
    #[error("the signed content cannot be used: {detail}")]
    Content {
        /// Where and why.
        detail: String,
    },
}

/// Who has signed a document, by the roots in force.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// How many holders must sign it.
    pub needed: usize,
    /// The holders whose signatures count, by id.
    pub holders: Vec<String>,
    /// Signatures by keys that no holder has.
    pub unknown: usize,
    /// Signatures by keys that may not sign such a document.
    pub not_admitted: usize,
    /// Signatures that do not hold.
    pub bad: usize,
}

impl Tally {
    /// Whether as many holders have signed as must.
    pub fn is_enough(&self) -> bool {
        self.holders.len() >= self.needed
    }
}

impl std::error::Error for Tally {}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Tally { needed, holders, unknown, not_admitted, bad } = self;
        write!(f, "{} of the {needed} holders that must sign it have signed", holders.len())?;
        if !holders.is_empty() {
            write!(f, " ({})", holders.join(", "))?;
        }
        for (count, what) in [
            (unknown, "by keys that no holder has"),
            (not_admitted, "by keys that may not sign it"),
            (bad, "that do not hold"),
        ] {
            if *count > 0 {
                write!(f, "; signatures {what}: {count}")?;
            }
        }
        Ok(())
    }
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
    /// It is dated further ahead of the signer's clock than two clocks may differ. What is signed
    /// ahead stands in the way of what comes later.
    #[error(
        "it is dated {ahead_s} s ahead of this clock; {limit_s} s are the most that is signed"
    )]
    DatedAhead {
        /// By how much.
        ahead_s: i64,
        /// How much it may be: [`SIGNER_CLOCK_S`](crate::jose::SIGNER_CLOCK_S).
        limit_s: i64,
    },
    /// It has a signature by this key that holds, or as many signatures as a document may have.
    #[error("the document has a signature by this key already, or {limit} signatures")]
    NoMoreSignatures {
        /// Most signatures: [`MAX_SIGNATURES`](crate::jose::MAX_SIGNATURES).
        limit: usize,
    },
    /// Signatures of two different documents cannot be joined.
    #[error("these are two documents: {ours} and {theirs}")]
    OtherDocument {
        /// The hash of the document at hand.
        ours: Sha256Hash,
        /// The hash of the other one.
        theirs: Sha256Hash,
    },
}
