//! The issuer's side of a move: whether the old phone has agreed, and whether the books allow it.
//!
//! As docs/SPEC.md section 15 checks a code, without the steps that belong to an application.
//! Specification: docs/SPEC.md section 22.

use super::positions::{in_good_standing, PositionOnRecord};
use super::refusal::IssuingRefusal;
use super::requests::CLOCKS_S;
use crate::card::{CardClaims, CardId};
use crate::code::UnverifiedCode;
use crate::keys::PublicKey;
use crate::request::{agrees, CardRequest, Reason};

/// How often a position moves within [`MOVES_WITHIN_S`].
pub const MAX_MOVES: usize = 2;

/// The seconds in which moves are counted: 30 days.
pub const MOVES_WITHIN_S: i64 = 30 * 86_400;

/// A move that the old phone has agreed to, by both signatures. The books are asked next.
#[derive(Clone, Debug)]
pub struct VerifiedMove {
    new_key: PublicKey,
    named: Option<CardId>,
    old: CardClaims,
}

/// Checks the old phone's answer to a verified request for a move. `issuer_keys` are all keys that
/// this issuer signs credentials with, and has, as far as they count.
///
/// This says nothing about the books: see [`VerifiedMove::admit`].
pub fn verify_move(
    request: &CardRequest,
    code_text: &str,
    issuer_keys: &[PublicKey],
    now_unix_s: i64,
) -> Result<VerifiedMove, IssuingRefusal> {
    let replaces = request.claims().replaces;
    let replaces = replaces.filter(|replaces| replaces.reason == Reason::Move);
    let replaces = replaces.ok_or(IssuingRefusal::NotAMove)?;

    let bytes = crate::text::decode(code_text).map_err(|_| IssuingRefusal::NotACode)?;
    let code = UnverifiedCode::parse(&bytes).map_err(|_| IssuingRefusal::NotACode)?;
    if !agrees(&code, request) {
        return Err(IssuingRefusal::OtherConsent);
    }
    let credential = *code.credential();
    let ours = issuer_keys.iter().any(|key| {
        key.algorithm() == credential.algorithm()
            && key.key_id() == credential.key_id()
            && credential.verify(key).is_ok()
    });
    if !ours {
        return Err(IssuingRefusal::NotOurCard);
    }
    let old = credential.claims().map_err(|_| IssuingRefusal::NotOurCard)?;
    if now_unix_s >= old.expires_unix_s {
        let expires_unix_s = old.expires_unix_s;
        return Err(IssuingRefusal::CardExpired { expires_unix_s });
    }
    let age_s = now_unix_s.saturating_sub(code.claimed_time_unix_s());
    if !(-CLOCKS_S..=i64::from(old.max_window_s) + CLOCKS_S).contains(&age_s) {
        return Err(IssuingRefusal::CodeTime { age_s });
    }
    if code.algorithm() != old.holder_key.algorithm() {
        return Err(IssuingRefusal::CodeForged);
    }
    code.verify(old.clone()).map_err(|_| IssuingRefusal::CodeForged)?;
    Ok(VerifiedMove { new_key: request.claims().key, named: replaces.card, old })
}

/// What is left to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MoveStep {
    /// Sign the new key on the same position, and note the move.
    Move,
    /// The position is at the new key already: give the same answer again.
    AlreadyMoved,
}

impl VerifiedMove {
    /// The card that moves, to be looked up in the books.
    pub fn card(&self) -> CardId {
        CardId::of(&self.old)
    }

    /// Asks the books.
    pub fn admit(
        &self,
        position: &PositionOnRecord,
        now_unix_s: i64,
    ) -> Result<MoveStep, IssuingRefusal> {
        let card = self.card();
        if position.card != card || self.named.is_some_and(|named| named != card) {
            return Err(IssuingRefusal::OtherCard);
        }
        if !position.same_person {
            return Err(IssuingRefusal::OtherPerson);
        }
        in_good_standing(position.status)?;
        if position.key == self.new_key {
            return Ok(MoveStep::AlreadyMoved);
        }
        if position.key != self.old.holder_key {
            return Err(IssuingRefusal::PhoneNotInUse);
        }
        let since = now_unix_s.saturating_sub(MOVES_WITHIN_S);
        let recent = position.moved_unix_s.iter().filter(|moved| **moved > since).count();
        if recent >= MAX_MOVES {
            return Err(IssuingRefusal::TooManyMoves { moves: recent });
        }
        Ok(MoveStep::Move)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::assert_says;

    #[test]
    fn the_specification_states_what_is_here() {
        assert_says([
            &format!("-{CLOCKS_S} s ≤ age ≤ W + {CLOCKS_S} s (916)"),
            &format!(
                "fewer than {MAX_MOVES} moves lie within the last {} days",
                MOVES_WITHIN_S / 86_400
            ),
        ]);
    }
}
