//! Receipts: what a scanner decided, signed and chained. `backend/audit.rs` checks them later.

use std::sync::Arc;

use crate::mirror::mirror;
use crate::usage::{self, hash, hex};
use crate::{CardCredential, SigningError, UsageError, Verdict};

/// A verdict, and what became of its receipt.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct ReceiptedVerdict {
    /// The verdict. It counts with or without a receipt.
    pub verdict: Verdict,
    /// The receipt, or why there is none.
    pub receipt: ReceiptOutcome,
}

/// What became of a receipt.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum ReceiptOutcome {
    /// Written: store it before the next scan.
    Written {
        /// The signed receipt.
        bytes: Vec<u8>,
    },
    /// There is no receipt. The chain continues where it was.
    Missing {
        /// Why.
        why: ReceiptError,
    },
}

mirror! {
    /// A scan has no receipt.
    #[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, uniffi::Error)]
    #[uniffi::export(Display)]
    pub enum ReceiptError = onecode::receipt::ReceiptError {
        /// Receipts have not been started.
        #[error("receipts have not been started")]
        NotStarted,
        /// The time of the scan is before 1970 or after 9999.
        #[error("{unix_s} is not a time in Unix seconds")]
        Time {
            /// That time.
            unix_s: i64,
        },
        /// Another receipt has taken this place since the one at hand was prepared.
        #[error("the chain of receipts has gone on: number {number} comes next")]
        ChainWentOn {
            /// The number that comes next.
            number: i64,
        },
        /// The scanner's key did not sign.
        #[error("{signing}")]
        Signing {
            /// Why not.
            #[from]
            signing: SigningError,
        } = Signing(signing),
    } and {
        /// An impossible value, or a call from inside a call.
        #[error("{usage}")]
        Usage {
            /// Which, and why.
            #[from]
            usage: UsageError,
        },
    }
}

mirror! {
    /// A link between two receipts: the later one's number and the earlier one's hash.
    #[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
    pub struct ChainLink = onecode::receipt::ChainLink {
        /// The number of the later receipt.
        pub number: i64,
        /// The SHA-256 of the earlier receipt, 32 bytes; zeros before the first.
        pub previous: Vec<u8>,
    }
}

impl TryFrom<ChainLink> for onecode::receipt::ChainLink {
    type Error = UsageError;

    fn try_from(link: ChainLink) -> Result<Self, UsageError> {
        let number =
            u64::try_from(link.number).map_err(|_| UsageError::Entries { entries: link.number })?;
        Ok(onecode::receipt::ChainLink { number, previous: hash(&link.previous)? })
    }
}

/// The name that a card has in the receipts of one application on one day, 32 hex digits. An issuer
/// finds out whose receipt it is by trying the credentials it has signed.
#[uniffi::export]
pub fn pseudonym_of(
    credential: Arc<CardCredential>,
    application: i32,
    unix_s: i64,
) -> Result<Option<String>, UsageError> {
    let (application, unix_s) = (usage::application(application)?, usage::time(unix_s)?);
    let pseudonym = onecode::receipt::Pseudonym::of(&credential.0, application, unix_s);
    Ok(pseudonym.map(|pseudonym| hex(&pseudonym.0)))
}

/// The hash that a text has in the receipts of one application on one day, 32 bytes. It finds the
/// receipt of a text. A day begins at 16:00 UTC.
#[uniffi::export]
pub fn receipt_text_hash(
    text: String,
    application: i32,
    unix_s: i64,
) -> Result<Vec<u8>, UsageError> {
    let application = usage::application(application)?;
    Ok(onecode::receipt::text_hash(&text, application, unix_s).to_vec())
}
