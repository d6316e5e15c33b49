//! Which position a card has, and when a position retires.
//!
//! Specification: docs/SPEC.md section 22.

use super::refusal::IssuingRefusal;
use crate::card::{CardClaims, CardId, Entitlements};
use crate::keys::PublicKey;
use crate::lists::status::Status;
use crate::region::Region;
use crate::request::{CardRequest, Reason, CREDENTIAL_S};

/// What the books say about a card, all that goes into its credential but key and times.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CardOnRecord {
    /// The card's home.
    pub region: Region,
    /// Its position in the issuer's status lists.
    pub status_index: u32,
    /// The functions loaded on it.
    pub entitlements: Entitlements,
    /// For how many seconds its codes are shown.
    pub max_window_s: u16,
    /// A practice card.
    pub specimen: bool,
    /// The card of another person, shown by a relative.
    pub delegate: bool,
}

impl CardOnRecord {
    /// What to sign for this card and a phone's key now: confirmed at this second, for
    /// [`CREDENTIAL_S`].
    pub fn credential(&self, key: PublicKey, now_unix_s: i64) -> CardClaims {
        CardClaims {
            region: self.region,
            status_index: self.status_index,
            entitlements: self.entitlements,
            max_window_s: self.max_window_s,
            expires_unix_s: now_unix_s.saturating_add(CREDENTIAL_S),
            confirmed_unix_s: Some(now_unix_s),
            specimen: self.specimen,
            delegate: self.delegate,
            holder_key: key,
        }
    }
}

/// What the books say about a position when a phone asks for something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PositionOnRecord {
    /// Region and status index.
    pub card: CardId,
    /// Its status in the books, whether published yet or not.
    pub status: Status,
    /// The key of the phone in use: that of the credential signed last.
    pub key: PublicKey,
    /// When the position moved to another phone (Unix seconds), in any order.
    pub moved_unix_s: Vec<i64>,
    /// Whether the person who is signed in is the one whose card it is.
    pub same_person: bool,
}

/// Where the card of a request goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Placement {
    /// It keeps its position: a renewal, or a move that the old phone agrees to.
    Keeps,
    /// It gets a position of its own: a first card, or a second phone.
    Own,
    /// It gets a position of its own and the old one is revoked: the old phone is lost or broken.
    OwnAndRevokeOld,
}

impl Placement {
    /// What a request asks for. `known` says whether its key is that of a phone in use: then it is a
    /// renewal.
    pub fn of(request: &CardRequest, known: bool) -> Self {
        match request.claims().replaces.map(|replaces| replaces.reason) {
            _ if known => Placement::Keeps,
            Some(Reason::Move) => Placement::Keeps,
            Some(Reason::Lost | Reason::Broken) => Placement::OwnAndRevokeOld,
            None => Placement::Own,
        }
    }
}

/// Whether a phone may renew its credential: `key` is that of its request. A suspended card is not
/// renewed, because a later `iat` would lift what the lists say.
pub fn check_renewal(position: &PositionOnRecord, key: &PublicKey) -> Result<(), IssuingRefusal> {
    in_good_standing(position.status)?;
    if position.key != *key {
        return Err(IssuingRefusal::PhoneNotInUse);
    }
    Ok(())
}

pub(super) fn in_good_standing(status: Status) -> Result<(), IssuingRefusal> {
    match status {
        Status::Valid => Ok(()),
        Status::Suspended => Err(IssuingRefusal::CardSuspended),
        Status::Revoked => Err(IssuingRefusal::CardRevoked),
    }
}

/// What a report that a phone is lost does to a position which that phone has or had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LossEffect {
    /// The position is revoked.
    Revoke,
    /// The position is revoked, and the phone in use gets another.
    RevokeAndPlaceAnew,
    /// Nothing: what that phone holds has expired.
    Nothing,
}

/// Decides that. `moved_away_unix_s` is when the position moved from the lost phone to another;
/// `None` when the lost phone is the one in use.
pub fn loss_effect(moved_away_unix_s: Option<i64>, now_unix_s: i64) -> LossEffect {
    match moved_away_unix_s {
        None => LossEffect::Revoke,
        Some(moved) if now_unix_s < moved.saturating_add(CREDENTIAL_S) => {
            LossEffect::RevokeAndPlaceAnew
        }
        Some(_) => LossEffect::Nothing,
    }
}
