//! Challenges: whom they are for, and the secrets that all processes share.
//!
//! The library makes and opens them, and keeps none. Here stands who gets one: a person who is
//! signed in, a code from a counter, a key that has a card, or a counter without network.

use std::num::NonZeroU32;

use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use base64::Engine;
use onecode::issuing::{ChallengeKey, HandedTo, OpenChallenge};
use onecode::request::RequestChallenge;
use ring::hmac;
use ring::rand::{SecureRandom, SystemRandom};

use crate::problem::{Kind, Problem};

/// Whom a challenge is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum For {
    /// Somebody who is signed in, by the subject of the token.
    Person(String),
    /// A pre-authorised code, by its hash.
    Grant(String),
    /// A phone key, for its next renewal.
    Key([u8; 32]),
    /// A counter without network.
    Counter(NonZeroU32),
}

/// Secrets that follow from that of the books.
pub(crate) struct Secrets {
    challenges: ChallengeKey,
    /// Signs what the service hands out for a pre-authorised code.
    pub(crate) grants: hmac::Key,
    /// The seed of the practice region's signer.
    pub(crate) practice: [u8; 32],
    random: SystemRandom,
}

/// A challenge, and for how many seconds it is good.
pub(crate) struct Nonce {
    pub(crate) challenge: String,
    pub(crate) expires_in_s: u32,
}

impl Secrets {
    pub(crate) fn of(books: &[u8]) -> Self {
        let books = hmac::Key::new(hmac::HMAC_SHA256, books);
        let secret = |purpose: &str| {
            let mut bytes = [0; 32];
            bytes.copy_from_slice(hmac::sign(&books, purpose.as_bytes()).as_ref());
            bytes
        };
        Secrets {
            challenges: ChallengeKey::new(secret("challenges")),
            grants: hmac::Key::new(hmac::HMAC_SHA256, &secret("grants")),
            practice: secret("practice tokens"),
            random: SystemRandom::new(),
        }
    }

    /// A new challenge.
    pub(crate) fn challenge(&self, to: &For, lasts_s: u32, now: i64) -> Result<Nonce, Problem> {
        let until = now.saturating_add(lasts_s.into());
        let random = self.random()?;
        let challenge = with(to, |to| self.challenges.challenge(to, now, until, random));
        let challenge = challenge.map_err(|error| Kind::Internal.with(error))?;
        let challenge = URL_SAFE_NO_PAD.encode(challenge.as_bytes());
        Ok(Nonce { challenge, expires_in_s: lasts_s })
    }

    /// Opens a challenge that was handed to one of these.
    pub(crate) fn open(
        &self,
        challenge: &RequestChallenge,
        to: &For,
    ) -> Result<OpenChallenge, Problem> {
        Ok(with(to, |to| self.challenges.open(challenge, to))?)
    }

    /// Fresh random bytes.
    pub(crate) fn random<const N: usize>(&self) -> Result<[u8; N], Problem> {
        let mut bytes = [0; N];
        let filled = self.random.fill(&mut bytes);
        filled.map_err(|_| Kind::Internal.with("the system gives no random numbers"))?;
        Ok(bytes)
    }

    /// A random number that spreads requests over time; no secret.
    pub(crate) fn number(&self) -> u64 {
        self.random().map_or(0, u64::from_be_bytes)
    }
}

/// The kinds have different first bytes, so that no subject is taken for another's.
fn with<T>(to: &For, hand: impl FnOnce(HandedTo<'_>) -> T) -> T {
    match to {
        For::Person(subject) => hand(HandedTo::Online(&[b"p\0", subject.as_bytes()].concat())),
        For::Grant(hash) => hand(HandedTo::Online(&[b"g\0", hash.as_bytes()].concat())),
        For::Key(thumbprint) => hand(HandedTo::Online(&[&b"k\0"[..], thumbprint].concat())),
        For::Counter(number) => hand(HandedTo::Counter(*number)),
    }
}
