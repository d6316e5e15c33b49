//! Receipts one by one, in their order: whether the chain is whole, and if not, where it breaks.

use std::sync::Arc;

use crate::exclusive::Exclusive;
use crate::mirror::{mirror, Cross};
use crate::usage::scanner_id;
use crate::{ChainLink, Receipt, ReceiptKeys, ReceiptProblem, UsageError};

/// Checks the receipts of one scanner as they come. A day of receipts takes the memory of one.
#[derive(Debug, uniffi::Object)]
pub struct ChainVerifier(Exclusive<onecode::receipt::ChainVerifier>);

#[uniffi::export]
impl ChainVerifier {
    /// Begins a chain, or continues one. Without `scanner` it is the chain of the first receipt's
    /// scanner. `start` is what the first receipt must have: by default the start of a whole chain,
    /// otherwise the `next` of an earlier summary.
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

    /// Takes the next receipt. When it is refused, the chain stays as it was.
    pub fn take(&self, receipt: Vec<u8>) -> Result<Receipt, ChainError> {
        Ok(self.0.with(|chain| chain.take(&receipt))??.into())
    }

    /// The totals of the receipts taken so far.
    pub fn summary(&self) -> Result<ChainSummary, UsageError> {
        Ok(self.0.with(|chain| chain.summary())?.into())
    }

    /// Whose receipts they are, once known.
    pub fn scanner(&self) -> Result<Option<String>, UsageError> {
        self.0.with(|chain| chain.scanner().map(|id| id.as_str().to_owned()))
    }

    /// Whether the chain ends just before `end`, the link that must come next, known from
    /// elsewhere. Without it, missing receipts at the end go unnoticed.
    pub fn ends_at(&self, end: ChainLink) -> Result<(), ChainError> {
        let end = end.try_into()?;
        Ok(self.0.with(|chain| chain.ends_at(end))??)
    }
}

mirror! {
    /// The totals of a whole chain.
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
        /// How often a receipt's time is earlier than the one before.
        pub clock_went_back: i64,
        /// The link after the last receipt: what the next one must have.
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
        /// The place among the given receipts, counted from 0.
        at: i64,
        /// The number that belongs there.
        number: i64,
        /// What is wrong.
        problem: ChainProblem,
    },
    /// An impossible value.
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
        /// A later number: the receipts between are missing.
        Missing {
            /// The number that is there.
            found: i64,
        },
        /// An earlier number: a receipt is repeated or out of order.
        Repeated {
            /// The number that is there.
            found: i64,
        },
        /// The number is right, but it follows another receipt than the one before it here.
        OtherPrevious,
        /// The last receipts are missing, or there are too many.
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
