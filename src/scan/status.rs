//! Whether a card is in force: what the lists say, what the issuer signed with the card, and what
//! the application decides from both.
//!
//! Specification: docs/SPEC.md sections 12 and 13.

use super::governed::notice_against;
use super::refusal::Refusal;
use super::verdict::StatusAnswer;
use super::{Policy, Recall, UnknownStatus};
use crate::card::CardClaims;
use crate::lists::catalogue::{Beyond, StatusRule};
use crate::lists::status::{Known, Standing, Status, StatusSigner, SHARD_POSITIONS};
use crate::lists::trust::{Issuer, Trust};
use crate::lists::Lists;

/// What is known of a card's status, from the lists and from the issuer's signed word in it.
pub(super) enum KnownStatus {
    Valid {
        as_of_unix_s: i64,
    },
    /// Valid by a list that is past its own expiry.
    Lapsed {
        as_of_unix_s: i64,
    },
    Suspended {
        as_of_unix_s: i64,
    },
    Revoked {
        as_of_unix_s: i64,
    },
    Unknown(UnknownStatus),
}

/// What the status lists say of a card.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Listed {
    /// The number of the list that would cover it.
    pub(crate) number: u16,
    pub(super) known: Known,
    /// If nothing is known: since when a list of the issuer has been unusable.
    pub(super) unreadable_since_unix_s: Option<i64>,
}

impl Listed {
    /// Looks a card up in the lists of its issuer.
    pub(super) fn of(
        card: &CardClaims,
        issuer: &Issuer,
        lists: &Lists,
        trust: &Trust,
        memory: &mut dyn Recall,
        now: i64,
    ) -> Self {
        let standing = |signer: &StatusSigner| {
            if !signer.counts(trust, &issuer.id, now) {
                return Standing::Nothing;
            }
            let key = &signer.thumbprint;
            match notice_against(lists, trust, &issuer.id, key, now, memory) {
                Some(_) => Standing::RefusesOnly,
                None => Standing::Counts,
            }
        };
        let status = &lists.status;
        let known = status.look_up(&issuer.id, card.status_index, standing);
        let unreadable_since_unix_s = match known {
            Known::Nothing => status.unreadable_since_unix_s(&issuer.id),
            Known::Status { .. } => None,
        };
        let number = (card.status_index / SHARD_POSITIONS) as u16;
        Listed { number, known, unreadable_since_unix_s }
    }
}

/// What is known of a card's status, from the lists and from the issuer's signed word in it.
pub(super) fn known_status(
    listed: &Listed,
    card: &CardClaims,
    now: i64,
    policy: Policy,
) -> KnownStatus {
    // The issuer's own word in the credential counts if it is later than the list's.
    let confirmed = card.confirmed_unix_s.filter(|time| *time <= now + policy.tolerance_s());
    match listed.known {
        // Revoked is for good, whatever was signed at other times.
        Known::Status { status: Status::Revoked, as_of_unix_s, .. } => {
            KnownStatus::Revoked { as_of_unix_s }
        }
        Known::Status { as_of_unix_s, .. } if confirmed > Some(as_of_unix_s) => {
            KnownStatus::Valid { as_of_unix_s: confirmed.unwrap_or(as_of_unix_s) }
        }
        Known::Status { status: Status::Suspended, as_of_unix_s, .. } => {
            KnownStatus::Suspended { as_of_unix_s }
        }
        Known::Status { status: Status::Valid, as_of_unix_s, refuses_only: true, .. } => {
            KnownStatus::Unknown(UnknownStatus::Withdrawn { as_of_unix_s })
        }
        Known::Status { status: Status::Valid, as_of_unix_s, expires_unix_s, .. } => {
            if now < expires_unix_s {
                KnownStatus::Valid { as_of_unix_s }
            } else {
                KnownStatus::Lapsed { as_of_unix_s }
            }
        }
        Known::Nothing => match (confirmed, listed.unreadable_since_unix_s) {
            (Some(as_of_unix_s), _) => KnownStatus::Valid { as_of_unix_s },
            (None, Some(since_unix_s)) => {
                KnownStatus::Unknown(UnknownStatus::Unreadable { since_unix_s })
            }
            (None, None) => KnownStatus::Unknown(UnknownStatus::NoList),
        },
    }
}

/// What the application decides. Its rule says how old knowledge may be, and what happens beyond.
pub(super) fn answer(
    known: KnownStatus,
    rule: StatusRule,
    now: i64,
) -> Result<StatusAnswer, Refusal> {
    let oldest = now.saturating_sub(rule.max_age_s.into());
    let why = match known {
        KnownStatus::Revoked { as_of_unix_s } => return Err(Refusal::CardRevoked { as_of_unix_s }),
        KnownStatus::Suspended { as_of_unix_s } => {
            return Err(Refusal::CardSuspended { as_of_unix_s })
        }
        KnownStatus::Valid { as_of_unix_s } if as_of_unix_s >= oldest => {
            return Ok(StatusAnswer::Valid { as_of_unix_s })
        }
        KnownStatus::Valid { as_of_unix_s } | KnownStatus::Lapsed { as_of_unix_s } => {
            UnknownStatus::OldList { as_of_unix_s }
        }
        KnownStatus::Unknown(why) => why,
    };
    match rule.beyond {
        Beyond::Accept => Ok(StatusAnswer::Unknown(why)),
        Beyond::Refuse => Err(Refusal::StatusUnknown(why)),
    }
}
