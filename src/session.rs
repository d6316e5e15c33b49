//! The phone's side over time: one code after the other, none of them twice.
//!
//! Uses codes and cards. Holds no key and no clock: both are handed in.
//! Specification: docs/SPEC.md section 9.

use std::collections::VecDeque;

use crate::card::CardCredential;
use crate::code::{ApplicationNumber, Challenge, Code, CodeClaims, MakeCodeError};
use crate::keys::{Check, SigningKey};

/// How many seconds past "now" a code may be made for, when "now" has a code already.
const MAX_AHEAD_S: i64 = 5;

/// How many used seconds are remembered: more than can be told apart by any window.
pub(crate) const REMEMBERED: usize = 640;

/// Makes the codes of one card, keeping the promise that no two of them are for one second.
#[derive(Clone, Debug)]
pub struct CodeSession {
    credential: CardCredential,
    /// Seconds that have had their code, oldest first. A list and not a maximum, so that a clock
    /// that is set right after running ahead does not stop the citizen.
    used: VecDeque<i64>,
    /// Whether the key that this credential is bound to has been seen to sign properly.
    key_checked: bool,
}

impl CodeSession {
    /// A session for one card.
    pub fn new(credential: CardCredential) -> Self {
        CodeSession::with_used(credential, Vec::new())
    }

    /// Goes on where an earlier session of the same card ended: `used` are the seconds that have
    /// had their code, oldest first.
    pub(crate) fn with_used(credential: CardCredential, used: Vec<i64>) -> Self {
        CodeSession { credential, used: used.into(), key_checked: false }
    }

    /// The seconds that have had their code, oldest first.
    pub(crate) fn used(&self) -> &VecDeque<i64> {
        &self.used
    }

    /// Goes on with the card's new credential, and with the same memory.
    pub(crate) fn renew(&mut self, credential: CardCredential) {
        self.credential = credential;
        self.key_checked = false;
    }

    /// Checks the signature of the next code again: say so when the key has been opened anew, or
    /// another object stands for it.
    pub fn check_key_again(&mut self) {
        self.key_checked = false;
    }

    /// The card.
    pub fn credential(&self) -> &CardCredential {
        &self.credential
    }

    /// The everyday code for `now_unix_s`, or for the next second that has none yet. Show it from
    /// its [`shown_from_unix_s`](crate::Schedule) on; ask for the next one with its
    /// `renew_at_unix_s`, a little before that moment comes.
    ///
    /// The signature of a session's first code is checked, and that of the first one after its
    /// credential was renewed: a keystore that signs wrongly is found out by the phone
    /// ([`SigningError::DoesNotHold`](crate::keys::SigningError::DoesNotHold)), and not by a gate that takes its holder for a forger. As long
    /// as the check fails no code is made, and it is repeated with the next one.
    pub fn code(&mut self, key: &dyn SigningKey, now_unix_s: i64) -> Result<Code, MakeCodeError> {
        self.bound_code(key, now_unix_s, None, None)
    }

    /// A code that only `application` accepts and that answers the scanner's `challenge`, as far
    /// as they are given.
    pub fn bound_code(
        &mut self,
        key: &dyn SigningKey,
        now_unix_s: i64,
        application: Option<ApplicationNumber>,
        challenge: Option<Challenge>,
    ) -> Result<Code, MakeCodeError> {
        let last = now_unix_s.saturating_add(MAX_AHEAD_S);
        let issued_at_unix_s = (now_unix_s..=last)
            .find(|second| !self.used.contains(second))
            .ok_or(MakeCodeError::NoUnusedSecond { now_unix_s })?;
        let claims = CodeClaims { issued_at_unix_s, application, challenge };
        let check = if self.key_checked { Check::Form } else { Check::Signature };
        let code = Code::signed(&self.credential, key, &claims, check)?;
        self.key_checked = true;
        if self.used.len() == REMEMBERED {
            self.used.pop_front();
        }
        self.used.push_back(issued_at_unix_s);
        Ok(code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::assert_says;

    #[test]
    fn the_specification_states_what_is_here() {
        assert_says([&format!("the next free second is used, at most {MAX_AHEAD_S} ahead")]);
    }
}
