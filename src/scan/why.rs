//! What refusals and advisories carry besides their number: whose signature, why something is
//! unknown, and facts for programs.

use std::fmt;

/// Why a scanner cannot tell whether a code has been used before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MemoryProblem {
    /// Its memory is full of codes that could still be used.
    Full,
    /// The host's own store does not answer.
    Store,
    /// The scanner's clock was set back over codes it has forgotten since. Only in an advisory: the
    /// refusal for it is [`crate::Refusal::ScannerClockWentBack`].
    ClockWentBack,
    /// Nothing is known of the code or the card, and entries that might tell are missing. Either
    /// there was no room for what other gates told, or a waiting card was forgotten before the
    /// clock was set back. Only in an advisory, whatever the application's rule.
    Incomplete,
}

impl MemoryProblem {
    /// A short name that never changes, for vectors and logs.
    pub fn name(self) -> &'static str {
        match self {
            MemoryProblem::Full => "full",
            MemoryProblem::Store => "store",
            MemoryProblem::ClockWentBack => "clock_went_back",
            MemoryProblem::Incomplete => "incomplete",
        }
    }
}

/// Whose signature a fact is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Signer {
    /// The card-issuing agency.
    Issuer,
    /// The phone.
    Phone,
}

/// Why a card's status is unknown. None of these means that the card is invalid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum UnknownStatus {
    /// The scanner has no list for this card.
    NoList,
    /// The scanner's list is older than the application allows.
    OldList {
        /// The list's time.
        as_of_unix_s: i64,
    },
    /// The last list handed in could not be used, and there is no older one.
    Unreadable {
        /// When that was.
        since_unix_s: i64,
    },
    /// The list calls the card valid, but a notice has withdrawn the key that signed the list.
    Withdrawn {
        /// The list's time.
        as_of_unix_s: i64,
    },
}

/// One fact of a refusal, for a program to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fact {
    /// A number; its unit is part of the fact's name.
    Number(i64),
    /// A short name or code.
    Text(String),
}

impl Fact {
    pub(super) fn text(value: impl fmt::Display) -> Self {
        Fact::Text(value.to_string())
    }
}

impl fmt::Display for Fact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Fact::Number(number) => number.fmt(f),
            Fact::Text(text) => text.fmt(f),
        }
    }
}

impl Signer {
    /// A short name that never changes, for vectors and logs.
    pub fn name(self) -> &'static str {
        match self {
            Signer::Issuer => "issuer",
            Signer::Phone => "phone",
        }
    }
}

impl UnknownStatus {
    /// A short name that never changes, for vectors and logs.
    pub fn name(self) -> &'static str {
        match self {
            UnknownStatus::NoList => "none",
            UnknownStatus::OldList { .. } => "old",
            UnknownStatus::Unreadable { .. } => "unreadable",
            UnknownStatus::Withdrawn { .. } => "withdrawn",
        }
    }

    /// Since when, if known (Unix seconds).
    pub fn since_unix_s(self) -> Option<i64> {
        match self {
            UnknownStatus::NoList => None,
            UnknownStatus::OldList { as_of_unix_s } | UnknownStatus::Withdrawn { as_of_unix_s } => {
                Some(as_of_unix_s)
            }
            UnknownStatus::Unreadable { since_unix_s } => Some(since_unix_s),
        }
    }
}
