//! The issuer's challenges: bytes that the issuer alone can make and check, without keeping them.
//!
//! Uses the MAC of the keys. Takes time and randomness from its caller.
//! Specification: docs/SPEC.md section 22.

use std::fmt;
use std::num::NonZeroU32;

use super::refusal::IssuingRefusal;
use crate::cose::encodable_time;
use crate::keys::{hmac, hmac_holds, HMAC_LENGTH};
use crate::request::RequestChallenge;

/// For how many seconds at most a counter's challenges are good: 31 days.
pub const MAX_COUNTER_CHALLENGE_S: i64 = 31 * 86_400;

/// How many seconds after the end of its challenge a counter's request may reach the issuer: 7 days.
pub const COUNTER_DELIVERY_S: i64 = 7 * 86_400;

const LABEL: &[u8] = b"onecode request challenge\0";

/// From, until, counter, random bytes.
const CONTENT: usize = 8 + 8 + 4 + 12;

/// Whom a challenge is handed to. It is good for nobody else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HandedTo<'a> {
    /// Whom the service knows online, by the service's own opaque reference: a person, a session, or
    /// for a renewal the thumbprint of the key. The challenge does not carry it.
    Online(&'a [u8]),
    /// A counter without network, by its number. It carries several of its challenges with it, and
    /// hands one to each phone.
    Counter(NonZeroU32),
}

/// The issuer's secret for challenges, for this purpose alone. All processes of a service share it.
#[derive(Clone)]
pub struct ChallengeKey([u8; 32]);

impl ChallengeKey {
    /// Takes 32 random bytes.
    pub fn new(key: [u8; 32]) -> Self {
        ChallengeKey(key)
    }

    /// A challenge that is good from one second to another, both included. `random` is fresh for
    /// each challenge. A counter's challenge is good for at most [`MAX_COUNTER_CHALLENGE_S`].
    pub fn challenge(
        &self,
        handed_to: HandedTo<'_>,
        from_unix_s: i64,
        until_unix_s: i64,
        random: [u8; 12],
    ) -> Result<RequestChallenge, NotAChallengeTime> {
        let error = NotAChallengeTime { from_unix_s, until_unix_s };
        let from = encodable_time(from_unix_s).ok_or(error)?;
        let until = encodable_time(until_unix_s).ok_or(error)?;
        let most = match handed_to {
            HandedTo::Online(_) => i64::MAX,
            HandedTo::Counter(_) => MAX_COUNTER_CHALLENGE_S,
        };
        if !(0..=most).contains(&(until_unix_s - from_unix_s)) {
            return Err(error);
        }
        let mut bytes = Vec::with_capacity(CONTENT + HMAC_LENGTH);
        bytes.extend(from.to_be_bytes());
        bytes.extend(until.to_be_bytes());
        bytes.extend(counter_of(handed_to).to_be_bytes());
        bytes.extend(random);
        let tag = hmac(&self.0, &covered(&bytes, handed_to));
        bytes.extend(tag);
        RequestChallenge::new(&bytes).ok_or(error)
    }

    /// The counter that a challenge says it was signed for, to look up which it is. `None` for one
    /// that was handed out online, and for bytes that are no challenge. Not verified.
    pub fn unverified_counter(challenge: &RequestChallenge) -> Option<NonZeroU32> {
        let bytes = challenge.as_bytes().get(16..20)?;
        let full = challenge.as_bytes().len() == CONTENT + HMAC_LENGTH;
        let bytes: [u8; 4] = bytes.try_into().ok()?;
        NonZeroU32::new(u32::from_be_bytes(bytes)).filter(|_| full)
    }

    /// Checks that this issuer made the challenge, and for whom.
    pub fn open(
        &self,
        challenge: &RequestChallenge,
        handed_to: HandedTo<'_>,
    ) -> Result<OpenChallenge, IssuingRefusal> {
        let bytes = challenge.as_bytes();
        let (content, tag) =
            bytes.split_at_checked(CONTENT).ok_or(IssuingRefusal::OtherChallenge)?;
        let holds =
            tag.len() == HMAC_LENGTH && hmac_holds(&self.0, &covered(content, handed_to), tag);
        if !holds || content.get(16..20) != Some(&counter_of(handed_to).to_be_bytes()[..]) {
            return Err(IssuingRefusal::OtherChallenge);
        }
        let time = |at: usize| {
            let bytes = content.get(at..at + 8).and_then(|bytes| bytes.try_into().ok());
            bytes.map(i64::from_be_bytes).ok_or(IssuingRefusal::OtherChallenge)
        };
        let (from_unix_s, until_unix_s) = (time(0)?, time(8)?);
        let delivery_s = match handed_to {
            HandedTo::Online(_) => 0,
            HandedTo::Counter(_) => COUNTER_DELIVERY_S,
        };
        Ok(OpenChallenge {
            challenge: challenge.clone(),
            from_unix_s,
            until_unix_s,
            received_until_unix_s: until_unix_s.saturating_add(delivery_s),
        })
    }
}

impl fmt::Debug for ChallengeKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ChallengeKey")
    }
}

impl Drop for ChallengeKey {
    fn drop(&mut self) {
        zeroize::Zeroize::zeroize(&mut self.0);
    }
}

fn counter_of(handed_to: HandedTo<'_>) -> u32 {
    match handed_to {
        HandedTo::Online(_) => 0,
        HandedTo::Counter(number) => number.get(),
    }
}

/// What the tag covers. The content has a fixed length, so the reference behind it is unambiguous.
fn covered(content: &[u8], handed_to: HandedTo<'_>) -> Vec<u8> {
    let reference = match handed_to {
        HandedTo::Online(reference) => reference,
        HandedTo::Counter(_) => &[],
    };
    [LABEL, content, reference].concat()
}

/// A challenge that the issuer knows to be its own: by its tag, or because it has kept it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenChallenge {
    /// The challenge.
    pub challenge: RequestChallenge,
    /// The first second at which a request may have been made (Unix seconds).
    pub from_unix_s: i64,
    /// The last second at which a request may have been made.
    pub until_unix_s: i64,
    /// The last second at which it may arrive. Online, that is the same.
    pub received_until_unix_s: i64,
}

/// These are not the times of a challenge: it ends before it begins, lasts too long, or a time is not
/// in Unix seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{from_unix_s} to {until_unix_s} (Unix seconds) is no time for a challenge")]
pub struct NotAChallengeTime {
    /// From when on it should be good.
    pub from_unix_s: i64,
    /// Until when.
    pub until_unix_s: i64,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::assert_says;

    #[test]
    fn the_specification_states_what_is_here() {
        assert_says([
            "\"onecode request challenge\" ‖ 00 ‖ the 32 bytes before the tag ‖ reference",
            &format!("good for at most {} days", MAX_COUNTER_CHALLENGE_S / 86_400),
            &format!("from a counter up to {} days later", COUNTER_DELIVERY_S / 86_400),
        ]);
        assert_eq!(CONTENT, 32);
    }

    #[test]
    fn the_key_is_not_printed() {
        assert_eq!(format!("{:?}", ChallengeKey::new([7; 32])), "ChallengeKey");
    }
}
