//! The answer to a scan.

use std::sync::Arc;

use onecode::catalogue::ForeignCode;
use onecode::gate::{MemoryProblem, UnknownStatus};
use onecode::governance::DocumentKind;
use onecode::jose::Name;

use crate::facts::facts;
use crate::mirror::{mirror, Cross};
use crate::{ClockEstimate, Message, NamedFact, Refusal};

/// A name in the two languages of the lists.
#[uniffi::remote(Record)]
pub struct Name {
    /// Chinese.
    pub zh: String,
    /// English.
    pub en: String,
}

/// A card-issuing agency (发卡地社会保障卡管理机构).
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct Issuer {
    /// A short name that never changes, such as `cn-31`.
    pub id: String,
    /// Its names.
    pub name: Name,
    /// Where it issues cards.
    pub region: i32,
}

impl From<&onecode::trust::Issuer> for Issuer {
    fn from(issuer: &onecode::trust::Issuer) -> Self {
        let onecode::trust::Issuer { id, name, region } = issuer.clone();
        Issuer { id, name, region: region.cross() }
    }
}

impl Cross<Issuer> for Arc<onecode::trust::Issuer> {
    fn cross(self) -> Issuer {
        self.as_ref().into()
    }
}

impl Cross<String> for onecode::gate::CardReference {
    fn cross(self) -> String {
        self.to_string()
    }
}

/// The answer to one scan.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum Verdict {
    /// Let the person in.
    Accepted {
        /// What is known about the code.
        acceptance: Acceptance,
    },
    /// Do not let them in, and say why.
    Refused {
        /// The reason, with its facts by type.
        refusal: Refusal,
        /// The same facts by name.
        facts: Vec<NamedFact>,
        /// What people are told.
        message: Message,
    },
    /// A code of another system that the host handles: neither yes nor no.
    HandedOver {
        /// What it is.
        kind: ForeignCode,
    },
}

impl From<onecode::Verdict> for Verdict {
    fn from(verdict: onecode::Verdict) -> Self {
        match verdict {
            onecode::Verdict::Accepted(accepted) => {
                Verdict::Accepted { acceptance: accepted.into() }
            }
            onecode::Verdict::Refused(refusal) => Verdict::Refused {
                facts: facts(&refusal),
                message: (&refusal).into(),
                refusal: refusal.into(),
            },
            onecode::Verdict::HandedOver(code) => Verdict::HandedOver { kind: code },
        }
    }
}

mirror! {
    /// What is known about an accepted code.
    #[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
    pub struct Acceptance = onecode::Accepted {
        /// Who issued the card.
        pub issuer: Issuer,
        /// The card's home region (GB/T 2260).
        pub region: i32,
        /// Identifies the card at this application, 32 hex digits. Another application gets another
        /// value.
        pub card: String,
        /// The functions loaded on the card, by the numbers that the catalogue gives them.
        pub entitlements: Vec<i32>,
        /// The application it was accepted for.
        pub application: i32,
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
}

mirror! {
    /// Whether an accepted card is in force.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Enum)]
    pub enum StatusAnswer = onecode::gate::StatusAnswer {
        /// Valid at this time (Unix seconds).
        Valid {
            /// As of when.
            as_of_unix_s: i64,
        },
        /// Unknown. Never treat this as "revoked".
        Unknown {
            /// Why not.
            why: UnknownStatus,
        } = Unknown(why),
    }
}

mirror! {
    /// Something to attend to that is no reason to refuse.
    #[derive(Clone, Debug, PartialEq, Eq, uniffi::Enum)]
    pub enum Advisory = onecode::Advisory {
        /// The card was accepted without knowing its status.
        StatusUnknown {
            /// Why it is not known.
            why: UnknownStatus,
        } = StatusUnknown(why),
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
        /// An index names editions or withdrawal notices that this scanner does not have: fetch
        /// them.
        NewerExists {
            /// Of which kinds, each once.
            missing: Vec<DocumentKind>,
        },
        /// This code has been used before, and the application accepts that.
        UsedBefore {
            /// When it was used first (Unix seconds).
            first_unix_s: i64,
        },
        /// It is uncertain whether the code has been used before, here or at another gate that
        /// shares what it sees. That is no reason to refuse.
        DuplicatesUnchecked {
            /// Why not.
            why: MemoryProblem,
        } = DuplicatesUnchecked(why),
        /// The scanner's clock disagrees with most phones. If it drifts on, it will refuse good
        /// codes.
        ClockOff {
            /// By how much, and on what evidence.
            estimate: ClockEstimate,
        } = ClockOff(estimate),
    }
}
