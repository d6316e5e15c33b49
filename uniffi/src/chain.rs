//! Receipts one by one, in their order: whether the chain is whole, and where it is not.

use std::sync::Arc;

use crate::exclusive::Exclusive;
use crate::mirror::{mirror, Cross};
use crate::usage::{hash, scanner_id};
use crate::{Receipt, ReceiptKeys, ReceiptProblem, UsageError};

/// Checks the receipts of one scanner as they come, so that a day of them takes the memory of one.
#[derive(Debug, uniffi::Object)]
pub struct ChainVerifier(Exclusive<onecode::receipt::ChainVerifier>);

#[uniffi::export]
impl ChainVerifier {
    /// Begins a chain, or goes on with one. With no `scanner` it is that of the first receipt.
    /// `start` is what the first receipt must have: by default that of a whole chain, or the `next`
    /// of an earlier summary.
    #[uniffi::constructor(default(scanner = None, start = None))]
    pub fn new(
        keys: Arc<ReceiptKeys>,
        scanner: Option<String>,
        start: Option<ChainLink>,
    ) -> Result<Self, UsageError> {
        let scanner = scanner.as_deref().map(scanner_id).transpose()?;
        let start = start.map(onecode::receipt::ChainLink::try_from).transpose()?;
        let keys = keys.0.clone();
        let chain = onecode::receipt::ChainVerifier::new(keys, scanner, start.unwrap_or_default());
        Ok(ChainVerifier(Exclusive::new(chain)))
    }

    /// Takes the next receipt. When it is refused the chain stays as it was before it.
    pub fn take(&self, receipt: Vec<u8>) -> Result<Receipt, ChainError> {
        Ok(self.0.with(|chain| chain.take(&receipt))??.into())
    }

    /// What the receipts taken so far come to.
    pub fn summary(&self) -> Result<ChainSummary, UsageError> {
        Ok(self.0.with(|chain| chain.summary())?.into())
    }

    /// Whose receipts they are, once that is known.
    pub fn scanner(&self) -> Result<Option<String>, UsageError> {
        self.0.with(|chain| chain.scanner().map(|id| id.as_str().to_owned()))
    }

    /// Whether the chain ends before `end`: what must come next, known from elsewhere. Without it
    /// nobody can tell that the last ones are missing.
    pub fn ends_at(&self, end: ChainLink) -> Result<(), ChainError> {
        let end = end.try_into()?;
        Ok(self.0.with(|chain| chain.ends_at(end))??)
    }
}

mirror! {
    /// Between two receipts: what the later one has for its number and for the hash of the earlier.
    #[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
    pub struct ChainLink = onecode::receipt::ChainLink {
        /// The number of the later one.
        pub number: i64,
        /// The SHA-256 of the earlier one, 32 bytes; zeros before the first.
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

mirror! {
    /// What a whole chain comes to.
    #[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
    pub struct ChainSummary = onecode::receipt::ChainSummary {
        /// How many receipts there are.
        pub receipts: i64,
        /// How many of them accepted.
        pub accepted: i64,
        /// How many refused.
        pub refused: i64,
        /// How many codes of other systems were handed over.
        pub handed_over: i64,
        /// How often a receipt has an earlier time than the one before it.
        pub clock_went_back: i64,
        /// Behind the last one: what the next would have.
        pub next: ChainLink,
    }
}

/// A chain is not whole.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, uniffi::Error)]
#[uniffi::export(Display)]
pub enum ChainError {
    /// Something is wrong at one place.
    #[error("at {at}, where number {number} belongs: {problem:?}")]
    Broken {
        /// The place among the receipts that were given, counted from 0.
        at: i64,
        /// The number that belongs there.
        number: i64,
        /// What is wrong.
        problem: ChainProblem,
    },
    /// A value that is not possible.
    #[error("{usage}")]
    Usage {
        /// Which, and why.
        #[from]
        usage: UsageError,
    },
}

mirror! {
    /// What is wrong with a chain at one place.
    #[derive(Clone, Debug, PartialEq, Eq, uniffi::Enum)]
    pub enum ChainProblem = onecode::receipt::ChainProblem {
        /// The receipt there proves nothing.
        Proof {
            /// Why not.
            problem: ReceiptProblem,
        } = Receipt(problem),
        /// A receipt of another scanner.
        OtherScanner {
            /// Whose.
            found: String,
        },
        /// A later number: those between are missing.
        Missing {
            /// The number that is there.
            found: i64,
        },
        /// An earlier number: a receipt twice, or out of its order.
        Repeated {
            /// The number that is there.
            found: i64,
        },
        /// The right number, after another receipt than the one before it here.
        OtherPrevious,
        /// The last receipts are missing, or there are more than there should be.
        End {
            /// The number that should come next.
            expected: i64,
        },
    }
}

impl From<onecode::receipt::ChainError> for ChainError {
    fn from(error: onecode::receipt::ChainError) -> Self {
        let onecode::receipt::ChainError { at, number, problem } = error;
        ChainError::Broken { at: at.cross(), number: number.cross(), problem: problem.into() }
    }
}
