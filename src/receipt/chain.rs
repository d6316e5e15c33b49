//! A scanner's receipts in their order: whether one is missing, changed or out of place, and where.

use super::{wire, Receipt, ReceiptKeys, ReceiptProblem, ScannerId};
use crate::cose::CborError;

/// A link between two receipts: the later one's number and the earlier one's hash.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ChainLink {
    /// The number of the later receipt.
    pub number: u64,
    /// The SHA-256 of the earlier receipt; zeros before the first.
    pub previous: [u8; 32],
}

impl ChainLink {
    /// Where a receipt claims to stand. UNVERIFIED: nobody has checked who signed it. It helps to
    /// find the continuation among receipts kept in several files.
    pub fn unverified(receipt: &[u8]) -> Result<Self, CborError> {
        let receipt = wire::read(receipt)?.receipt;
        Ok(ChainLink { number: receipt.number, previous: receipt.previous })
    }
}

/// The totals of a whole chain.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ChainSummary {
    /// How many receipts there are.
    pub receipts: u64,
    /// How many of them accepted.
    pub accepted: u64,
    /// How many refused.
    pub refused: u64,
    /// How many codes of other systems were handed over.
    pub handed_over: u64,
    /// How often a receipt's time is earlier than the one before: the clock was set back.
    pub clock_went_back: u64,
    /// The link after the last receipt: what the next one must have.
    pub next: ChainLink,
}

/// A chain is not whole.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("at {at}, where number {number} belongs: {problem}")]
pub struct ChainError {
    /// The place among the given receipts, counted from 0.
    pub at: usize,
    /// The number that belongs there.
    pub number: u64,
    /// What is wrong.
    pub problem: ChainProblem,
}

/// What is wrong with a chain at one place.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChainProblem {
    /// The receipt there proves nothing: damaged, altered, or signed by a key that may not sign it.
    #[error(transparent)]
    Receipt(#[from] ReceiptProblem),
    /// A receipt of another scanner.
    #[error("a receipt of the scanner {found}")]
    OtherScanner {
        /// Whose.
        found: ScannerId,
    },
    /// A later number: the receipts between are missing.
    #[error("number {found}; those before it are missing")]
    Missing {
        /// The number that is there.
        found: u64,
    },
    /// An earlier number: a receipt is repeated or out of order.
    #[error("number {found} again, or out of order")]
    Repeated {
        /// The number that is there.
        found: u64,
    },
    /// The number is right, but it follows another receipt than the one before it here. One of the
    /// two was made anew.
    #[error("it was made after another receipt")]
    OtherPrevious,
    /// The last receipts are missing, or there are too many.
    #[error("the chain does not end where it should, before number {expected}")]
    End {
        /// The number that should come next.
        expected: u64,
    },
}

impl ChainProblem {
    /// A short name that never changes, for vectors and logs. For a receipt that proves nothing, it
    /// says why.
    pub fn name(&self) -> &'static str {
        match self {
            ChainProblem::Receipt(problem) => problem.name(),
            ChainProblem::OtherScanner { .. } => "other_scanner",
            ChainProblem::Missing { .. } => "missing",
            ChainProblem::Repeated { .. } => "repeated",
            ChainProblem::OtherPrevious => "other_previous",
            ChainProblem::End { .. } => "end",
        }
    }
}

/// Checks the receipts of one scanner one by one, as they come. A chain of any length takes the
/// memory of one receipt.
#[derive(Clone, Debug)]
pub struct ChainVerifier {
    keys: ReceiptKeys,
    scanner: Option<ScannerId>,
    summary: ChainSummary,
    last_unix_s: i64,
    /// How many were handed in.
    at: usize,
}

impl ChainVerifier {
    /// Begins a chain, or continues one. Without `scanner` it is the chain of the first receipt's
    /// scanner.
    ///
    /// `start` is what the first receipt must have: the default for a whole chain, or the `next` of
    /// an earlier summary.
    pub fn new(keys: ReceiptKeys, scanner: Option<ScannerId>, start: ChainLink) -> Self {
        let summary = ChainSummary { next: start, ..ChainSummary::default() };
        ChainVerifier { keys, scanner, summary, last_unix_s: i64::MIN, at: 0 }
    }

    /// Takes the next receipt. When it is refused, the chain stays as it was, and
    /// [`ChainError::at`] continues to count.
    pub fn take(&mut self, bytes: &[u8]) -> Result<Receipt, ChainError> {
        let ChainLink { number, previous } = self.summary.next;
        let at = self.at;
        self.at += 1;
        let wrong = |problem| ChainError { at, number, problem };
        let receipt =
            Receipt::verify(bytes, &self.keys).map_err(|problem| wrong(problem.into()))?;
        if self.scanner.as_ref().is_some_and(|scanner| *scanner != receipt.scanner) {
            return Err(wrong(ChainProblem::OtherScanner { found: receipt.scanner }));
        }
        if receipt.number > number {
            return Err(wrong(ChainProblem::Missing { found: receipt.number }));
        }
        if receipt.number < number {
            return Err(wrong(ChainProblem::Repeated { found: receipt.number }));
        }
        if receipt.previous != previous {
            return Err(wrong(ChainProblem::OtherPrevious));
        }
        if self.scanner.is_none() {
            self.scanner = Some(receipt.scanner.clone());
        }
        let summary = &mut self.summary;
        summary.receipts += 1;
        summary.accepted += u64::from(receipt.verdict == 0);
        summary.handed_over += u64::from(receipt.handed_over);
        summary.refused += u64::from(receipt.verdict != 0 && !receipt.handed_over);
        summary.clock_went_back += u64::from(receipt.time_unix_s < self.last_unix_s);
        summary.next = ChainLink { number: number.saturating_add(1), previous: receipt.hash };
        self.last_unix_s = receipt.time_unix_s;
        Ok(receipt)
    }

    /// The totals of the receipts taken so far.
    pub fn summary(&self) -> ChainSummary {
        self.summary
    }

    /// Whose receipts they are, once known.
    pub fn scanner(&self) -> Option<&ScannerId> {
        self.scanner.as_ref()
    }

    /// Whether the chain ends just before `end`, the link that must come next, known from elsewhere
    /// ([`crate::Scanner::receipt_head`]). Without it, missing receipts at the end go unnoticed.
    pub fn ends_at(&self, end: ChainLink) -> Result<(), ChainError> {
        if self.summary.next == end {
            return Ok(());
        }
        let problem = ChainProblem::End { expected: end.number };
        Err(ChainError { at: self.at, number: self.summary.next.number, problem })
    }
}

/// Checks receipts that are all at hand, as [`ChainVerifier`] does. `end` is passed to
/// [`ChainVerifier::ends_at`].
pub fn verify_chain<'r>(
    receipts: impl IntoIterator<Item = &'r [u8]>,
    scanner: &ScannerId,
    keys: &ReceiptKeys,
    start: ChainLink,
    end: Option<ChainLink>,
) -> Result<ChainSummary, ChainError> {
    let mut chain = ChainVerifier::new(keys.clone(), Some(scanner.clone()), start);
    for receipt in receipts {
        chain.take(receipt)?;
    }
    end.map_or(Ok(()), |end| chain.ends_at(end))?;
    Ok(chain.summary())
}
