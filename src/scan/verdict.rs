//! The answer to a scan.

use std::fmt;
use std::sync::Arc;

use super::refusal::Refusal;
use super::why::{MemoryProblem, UnknownStatus};
use crate::card::Entitlements;
use crate::clock::ClockEstimate;
use crate::code::ApplicationNumber;
use crate::jose::DocumentKind;
use crate::keys::sha256_name;
use crate::lists::foreign::ForeignCode;
use crate::lists::trust::Issuer;
use crate::region::Region;

/// The answer to one scan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Let the person in.
    Accepted(Accepted),
    /// Do not let them in, and say why.
    Refused(Refusal),
    /// A code of another system that the host handles: neither yes nor no.
    HandedOver(ForeignCode),
}

/// What is known about an accepted code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// Who issued the card.
    pub issuer: Arc<Issuer>,
    /// The card's home region.
    pub region: Region,
    /// Identifies the card at this application. Another application gets another reference.
    pub card: CardReference,
    /// The functions loaded on the card.
    pub entitlements: Entitlements,
    /// The application it was accepted for.
    pub application: ApplicationNumber,
    /// Seconds since the code was made, by the two clocks; negative when the phone's clock is
    /// ahead.
    pub age_s: i64,
    /// Whether it is another person's card, shown by a relative.
    pub delegate: bool,
    /// Whether it is a practice card.
    pub specimen: bool,
    /// Whether the card is in force, and how that is known.
    pub status: StatusAnswer,
    /// What the operator should know despite the yes.
    pub advisories: Vec<Advisory>,
}

/// Whether an accepted card is in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StatusAnswer {
    /// Valid at this time (Unix seconds).
    Valid {
        /// As of when.
        as_of_unix_s: i64,
    },
    /// Unknown. Never treat this as "revoked".
    Unknown(UnknownStatus),
}

/// Something to attend to that is no reason to refuse.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Advisory {
    /// The card was accepted without knowing its status.
    StatusUnknown(UnknownStatus),
    /// The next trust list was due at this time (Unix seconds).
    TrustListDue {
        /// When.
        due_unix_s: i64,
    },
    /// The next catalogue was due at this time (Unix seconds).
    CatalogueDue {
        /// When.
        due_unix_s: i64,
    },
    /// The next roots document was due at this time (Unix seconds).
    RootsDue {
        /// When.
        due_unix_s: i64,
    },
    /// An index names editions or withdrawal notices that this scanner does not have.
    NewerExists {
        /// Of which kinds, each once and in the order of [`DocumentKind::ALL`].
        missing: Vec<DocumentKind>,
    },
    /// This code has been used before, and the application accepts that.
    UsedBefore {
        /// When it was used first (Unix seconds).
        first_unix_s: i64,
    },
    /// It is uncertain whether the code has been used before, here or at another gate that shares
    /// what it sees. That is no reason to refuse.
    DuplicatesUnchecked(MemoryProblem),
    /// By recent codes, the scanner's clock is off by more than half of the tolerance. Set it
    /// before it refuses good codes.
    ClockOff(ClockEstimate),
}

impl Advisory {
    /// A short name that never changes, for vectors and logs.
    pub fn name(&self) -> &'static str {
        match self {
            Advisory::StatusUnknown(_) => "status_unknown",
            Advisory::TrustListDue { .. } => "trust_list_due",
            Advisory::CatalogueDue { .. } => "catalogue_due",
            Advisory::RootsDue { .. } => "roots_due",
            Advisory::NewerExists { .. } => "newer_exists",
            Advisory::UsedBefore { .. } => "used_before",
            Advisory::DuplicatesUnchecked(_) => "duplicates_unchecked",
            Advisory::ClockOff(_) => "clock_off",
        }
    }

    /// Why something is unknown, for advisories that say so: a short name that never changes, for
    /// vectors and logs.
    pub fn why(&self) -> Option<&'static str> {
        match self {
            Advisory::StatusUnknown(why) => Some(why.name()),
            Advisory::DuplicatesUnchecked(why) => Some(why.name()),
            Advisory::TrustListDue { .. }
            | Advisory::CatalogueDue { .. }
            | Advisory::RootsDue { .. }
            | Advisory::NewerExists { .. }
            | Advisory::UsedBefore { .. }
            | Advisory::ClockOff(_) => None,
        }
    }
}

/// The name of a card at one application: 16 bytes that say nothing about the person. Names at
/// different applications do not match.
///
/// Derived with SHA-256 from the issuer, the card's status position and the application. Somebody
/// who knows an issuer's positions can try them all. So treat it as a pseudonym, not as anonymous.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CardReference(pub [u8; 16]);

impl CardReference {
    pub(crate) fn new(issuer: &Issuer, status_index: u32, application: ApplicationNumber) -> Self {
        CardReference(sha256_name(&[
            b"onecode card reference\0",
            &application.get().to_be_bytes(),
            &status_index.to_be_bytes(),
            issuer.id.as_bytes(),
        ]))
    }
}

impl fmt::Display for CardReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for CardReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CardReference({self})")
    }
}
