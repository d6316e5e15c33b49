//! Signed documents: their kinds, and why one is not accepted. `backend/signing.rs` signs them.

use onecode::governance::{DocumentKind, Tally};
use onecode::Language;

use crate::mirror::mirror;
use crate::Wording;

/// The kinds of signed documents.
#[uniffi::remote(Enum)]
pub enum DocumentKind {
    /// Who signs for the region.
    Roots,
    /// Which issuers are trusted.
    TrustList,
    /// Which applications exist.
    Catalogue,
    /// Keys that a holder withdraws at once.
    Withdrawal,
    /// Which editions and notices are the newest.
    Index,
}

/// What a kind of document is called.
#[uniffi::export]
pub fn document_kind_name(kind: DocumentKind) -> Wording {
    Wording { zh: kind.text(Language::Zh).to_owned(), en: kind.text(Language::En).to_owned() }
}

mirror! {
    /// A signed document was not accepted.
    #[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, uniffi::Error)]
    #[uniffi::export(Display)]
    pub enum DocumentError = onecode::jose::DocumentError {
        /// The caller's time is after the year 9999, which usually means milliseconds.
        #[error("{unix_s} is not a time in Unix seconds")]
        NotATime {
            /// What was handed in.
            unix_s: i64,
        },
        /// Larger than any document that is read.
        #[error("{length} bytes are over the limit of {limit}")]
        TooLarge {
            /// Bytes given.
            length: i64,
            /// Bytes allowed.
            limit: i64,
        },
        /// Not an object with exactly `payload` and `signatures`, 1 to 16 of them, each with
        /// exactly `protected` and `signature`.
        #[error("not a JWS in JSON general serialization: {detail}")]
        Form {
            /// Where and why.
            detail: String,
        },
        /// A part that is not base64url without padding.
        #[error("the {part} is {problem}")]
        NotBase64Url {
            /// `protected header`, `payload` or `signature`.
            part: String,
            /// What is wrong with it, and where.
            problem: String,
        },
        /// A protected header whose members are not exactly `alg`, `kid` and `typ`, or whose `kid`
        /// is no thumbprint.
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
            /// The thumbprint, base64url.
            key: String,
        },
        /// Too few holders have signed it, by the roots in force.
        #[error("{}", tally(.needed, .holders, .unknown, .not_admitted, .bad))]
        NotEnough {
            /// How many holders must sign it.
            needed: i64,
            /// The holders whose signatures count, by id.
            holders: Vec<String>,
            /// Signatures by keys that no holder has.
            unknown: i64,
            /// Signatures by keys that may not sign such a document.
            not_admitted: i64,
            /// Signatures that do not hold.
            bad: i64,
        } = NotEnough(Tally { needed, holders, unknown, not_admitted, bad }),
        /// Its content is not what such a document must hold.
        #[error("the content cannot be used: {detail}")]
        Content {
            /// Where and why.
            detail: String,
        },
    }
}

/// In the words of the core.
fn tally(needed: &i64, holders: &[String], unknown: &i64, not_admitted: &i64, bad: &i64) -> Tally {
    let count = |count: &i64| usize::try_from(*count).unwrap_or_default();
    Tally {
        needed: count(needed),
        holders: holders.to_vec(),
        unknown: count(unknown),
        not_admitted: count(not_admitted),
        bad: count(bad),
    }
}
