//! The phone's side over time: one code after another, none of them twice.
//!
//! Uses codes and cards. Holds no key and no clock: both are handed in.
//! Specification: docs/SPEC.md section 9.

use std::collections::VecDeque;

use crate::card::CardCredential;
use crate::code::{Answer, ApplicationNumber, Challenge, Code, CodeClaims, MakeCodeError};
use crate::keys::{Check, EncodedSignature, Prepared, SigningKey, ToBeSigned};
use crate::language::Language;

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
        let prepared = self.prepare_bound(now_unix_s, application, challenge)?;
        self.sign(&prepared, key)
    }

    /// Lets the card's key at hand sign what was just prepared.
    pub(crate) fn sign(
        &mut self,
        prepared: &PreparedCode,
        key: &dyn SigningKey,
    ) -> Result<Code, MakeCodeError> {
        if key.public_key() != self.credential.claims().holder_key {
            return Err(MakeCodeError::WrongKey);
        }
        self.complete(prepared, &key.sign(&prepared.message())?)
    }

    /// The code that [`CodeSession::code`] would make, for a key that answers later or elsewhere.
    /// Nothing changes: a code whose signature never comes was never made, and the next one is
    /// prepared for the same second. [`CodeSession::attach`] takes the signature.
    pub fn prepare(&self, now_unix_s: i64) -> Result<PreparedCode, MakeCodeError> {
        self.prepare_bound(now_unix_s, None, None)
    }

    /// The same for what [`CodeSession::bound_code`] would make.
    pub fn prepare_bound(
        &self,
        now_unix_s: i64,
        application: Option<ApplicationNumber>,
        challenge: Option<Challenge>,
    ) -> Result<PreparedCode, MakeCodeError> {
        self.prepare_answer(now_unix_s, application, challenge.map(Answer::Challenge))
    }

    /// The same for any answer. A consent is made only from what the holder has agreed to.
    pub(crate) fn prepare_answer(
        &self,
        now_unix_s: i64,
        application: Option<ApplicationNumber>,
        answers: Option<Answer>,
    ) -> Result<PreparedCode, MakeCodeError> {
        let last = now_unix_s.saturating_add(MAX_AHEAD_S);
        let issued_at_unix_s = (now_unix_s..=last)
            .find(|second| !self.used.contains(second))
            .ok_or(MakeCodeError::NoUnusedSecond { now_unix_s })?;
        let claims = CodeClaims { issued_at_unix_s, application, answers };
        let prepared = Code::prepare(&self.credential, &claims)?;
        Ok(PreparedCode { prepared, issued_at_unix_s })
    }

    /// Takes the signature of a prepared code. It is checked as that of [`CodeSession::code`] is:
    /// the first one of a session by a key fully, afterwards its form. What is refused changes
    /// nothing, and another signature can be tried.
    ///
    /// The card may have been renewed since for the same key. A code prepared for another key than
    /// the card has now is refused ([`MakeCodeError::WrongKey`]), and so is one for a second that
    /// has a code by now ([`MakeCodeError::SecondTaken`]).
    pub fn attach(
        &mut self,
        prepared: &PreparedCode,
        signature: &EncodedSignature,
    ) -> Result<Code, MakeCodeError> {
        if prepared.prepared.public_key() != &self.credential.claims().holder_key {
            return Err(MakeCodeError::WrongKey);
        }
        let unix_s = prepared.issued_at_unix_s;
        if self.used.contains(&unix_s) {
            return Err(MakeCodeError::SecondTaken { unix_s });
        }
        self.complete(prepared, signature)
    }

    /// For a code that was prepared for this key, and for a second that is free.
    fn complete(
        &mut self,
        prepared: &PreparedCode,
        signature: &EncodedSignature,
    ) -> Result<Code, MakeCodeError> {
        let check = if self.key_checked { Check::Form } else { Check::Signature };
        let code = prepared.prepared.attach_checked(signature, check)?;
        self.key_checked = true;
        if self.used.len() == REMEMBERED {
            self.used.pop_front();
        }
        self.used.push_back(prepared.issued_at_unix_s);
        Ok(code)
    }
}

/// A session's next code, without its signature.
#[derive(Debug)]
pub struct PreparedCode {
    prepared: Prepared<Code>,
    issued_at_unix_s: i64,
}

impl PreparedCode {
    /// What the phone's key has to sign.
    pub fn message(&self) -> ToBeSigned<'_> {
        self.prepared.message()
    }

    /// What is signed, in plain words; see [`Prepared::words`].
    pub fn words(&self, language: Language) -> String {
        self.prepared.words(language)
    }

    /// The second that the code is made for (Unix seconds).
    pub fn issued_at_unix_s(&self) -> i64 {
        self.issued_at_unix_s
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
