//! The phone's side over time: one code after another, none of them twice.
//!
//! Uses codes and cards. Holds no key and no clock: both are handed in.
//! Specification: docs/SPEC.md section 9.

use std::collections::VecDeque;

use crate::card::CardCredential;
use crate::code::{Answer, ApplicationNumber, Challenge, Code, CodeClaims, MakeCodeError};
use crate::keys::{Check, SigningKey};

/// How many seconds after "now" a code may be made for, if "now" already has a code.
const MAX_AHEAD_S: i64 = 5;

/// How many used seconds are remembered: more than any window can tell apart.
pub(crate) const REMEMBERED: usize = 640;

/// Makes the codes of one card, never two for the same second.
#[derive(Clone, Debug)]
pub struct CodeSession {
    credential: CardCredential,
    /// Seconds that already have a code, oldest first. It is a list and not a maximum, so that a
    /// clock corrected after running ahead does not stop the citizen.
    used: VecDeque<i64>,
    /// Whether the key that this credential is bound to has been seen to sign properly.
    key_checked: bool,
}

impl CodeSession {
    /// A session for one card.
    pub fn new(credential: CardCredential) -> Self {
        CodeSession::with_used(credential, Vec::new())
    }

    /// Continues an earlier session of the same card. `used` are the seconds that already have a
    /// code, oldest first.
    pub(crate) fn with_used(credential: CardCredential, used: Vec<i64>) -> Self {
        CodeSession { credential, used: used.into(), key_checked: false }
    }

    /// The seconds that already have a code, oldest first.
    pub(crate) fn used(&self) -> &VecDeque<i64> {
        &self.used
    }

    /// Continues with the card's new credential and the same memory.
    pub(crate) fn renew(&mut self, credential: CardCredential) {
        self.credential = credential;
        self.key_checked = false;
    }

    /// Makes the session check the signature of its next code again. Call it when the key has been
    /// opened anew, or another object stands for it.
    pub fn check_key_again(&mut self) {
        self.key_checked = false;
    }

    /// The card.
    pub fn credential(&self) -> &CardCredential {
        &self.credential
    }

    /// The everyday code for `now_unix_s`, or for the next second that has no code yet. Show it
    /// from its [`shown_from_unix_s`](crate::Schedule) on. Ask for the next one with its
    /// `renew_at_unix_s`, shortly before that moment.
    ///
    /// The signature of a session's first code is checked, and that of the first code after its
    /// credential was renewed. So the phone itself finds out that a keystore signs wrongly
    /// ([`SigningError::DoesNotHold`](crate::keys::SigningError::DoesNotHold)), before a gate takes
    /// the holder for a forger. While the check fails no code is made, and the next call checks
    /// again.
    pub fn code(&mut self, key: &dyn SigningKey, now_unix_s: i64) -> Result<Code, MakeCodeError> {
        self.bound_code(key, now_unix_s, None, None)
    }

    /// A code bound to what is given. With `application`, only that application accepts it. With
    /// `challenge`, it answers the scanner's challenge.
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
        let answers = challenge.map(Answer::Challenge);
        let claims = CodeClaims { issued_at_unix_s, application, answers };
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
