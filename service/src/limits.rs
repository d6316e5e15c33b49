//! How much one person or phone may ask for, and when comes back who was turned away.
//!
//! [`Rates`] has a bucket for each, which fills by the second. Kept by each process for itself, and
//! bounded: who was not there longest is forgotten first.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use crate::config::Limits;

/// Who is turned away, and therefore how long they can wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asker {
    /// A phone that renews by itself. Nobody waits for it, and its code goes on working.
    Phone,
    /// A person: at a counter, with a phone that gets a card, or a member of staff.
    Person,
}

impl Asker {
    /// Who asks at this endpoint. A challenge without a token is one for a renewal.
    pub(crate) fn at(endpoint: &str, has_token: bool) -> Self {
        match endpoint {
            "/renewal" => Asker::Phone,
            "/nonce" if !has_token => Asker::Phone,
            _ => Asker::Person,
        }
    }
}

impl Limits {
    /// The advice (`Retry-After`, in seconds) for somebody who is turned away because the service is
    /// busy or something that it needs is away. `random` is a fresh random number for each: who was
    /// turned away in the same minute does not come back in the same minute.
    pub fn advice_s(&self, asker: Asker, random: u64) -> u64 {
        let least = u64::from(match asker {
            Asker::Phone => self.renewals_come_back_s,
            Asker::Person => self.come_back_s,
        });
        least + random % (3 * least + 1)
    }
}

/// Buckets that are kept at most.
const MAX_KNOWN: usize = 1 << 16;

/// Rates by who asks.
pub(crate) struct Rates {
    per_minute: u32,
    known: Mutex<HashMap<[u8; 16], Bucket>>,
}

/// What one has left, in sixtieths of a request.
#[derive(Clone, Copy)]
struct Bucket {
    left: u64,
    at_unix_s: i64,
}

impl Rates {
    pub(crate) fn new(per_minute: u32) -> Self {
        Rates { per_minute, known: Mutex::default() }
    }

    /// Takes one request, or says after how many seconds there is one again.
    pub(crate) fn take(&self, who: &[u8], now: i64) -> Result<(), u64> {
        let per_minute = u64::from(self.per_minute);
        let full = per_minute * 60;
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MAX_KNOWN {
            // Buckets that are full again say nothing.
            known.retain(|_, bucket| now.saturating_sub(bucket.at_unix_s) < 60);
            if known.len() >= MAX_KNOWN {
                known.clear();
            }
        }
        let bucket = known.entry(short(who)).or_insert(Bucket { left: full, at_unix_s: now });
        let since = u64::try_from(now.saturating_sub(bucket.at_unix_s)).unwrap_or(0);
        bucket.left = bucket.left.saturating_add(since.saturating_mul(per_minute)).min(full);
        bucket.at_unix_s = now;
        match bucket.left.checked_sub(60) {
            Some(left) => {
                bucket.left = left;
                Ok(())
            }
            None => Err((60 - bucket.left).div_ceil(per_minute)),
        }
    }
}

/// Not the subject itself: it stays in no memory longer than its request.
fn short(who: &[u8]) -> [u8; 16] {
    let digest = ring::digest::digest(&ring::digest::SHA256, who);
    let mut short = [0; 16];
    short.copy_from_slice(&digest.as_ref()[..16]);
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phones_that_renew_wait_for_hours_and_people_for_less_than_a_minute() {
        let askers = [
            ("/renewal", false, Asker::Phone),
            ("/renewal", true, Asker::Phone),
            ("/nonce", false, Asker::Phone),
            ("/nonce", true, Asker::Person),
            ("/token", false, Asker::Person),
            ("/credential", true, Asker::Person),
            ("/move", true, Asker::Person),
            ("/collect", false, Asker::Person),
            ("/cards/{reference}/report-lost", true, Asker::Person),
            ("/staff/cards", true, Asker::Person),
        ];
        for (endpoint, has_token, asker) in askers {
            assert_eq!(Asker::at(endpoint, has_token), asker, "{endpoint} {has_token}");
        }
        let limits = Limits::default();
        for (asker, least, most) in [(Asker::Phone, 7_200, 28_800), (Asker::Person, 15, 60)] {
            let advice = |random| limits.advice_s(asker, random);
            assert_eq!([advice(0), advice(most - least)], [least, most]);
            assert!((least..=most).contains(&advice(u64::MAX)), "{asker:?}");
        }
    }

    #[test]
    fn a_bucket_empties_and_fills_by_the_second() {
        let rates = Rates::new(2);
        assert_eq!([rates.take(b"a", 0), rates.take(b"a", 0)], [Ok(()), Ok(())]);
        assert_eq!(rates.take(b"a", 0), Err(30));
        assert_eq!(rates.take(b"b", 0), Ok(()));
        assert_eq!(rates.take(b"a", 29), Err(1));
        assert_eq!(rates.take(b"a", 30), Ok(()));
        assert_eq!(rates.take(b"a", 30), Err(30));
        // A clock that goes back gives nothing away.
        assert_eq!(rates.take(b"a", 0), Err(30));
    }

    #[test]
    fn the_memory_of_who_asked_is_bounded() {
        let rates = Rates::new(1);
        for who in 0..200_000_u32 {
            assert_eq!(rates.take(&who.to_be_bytes(), 0), Ok(()));
        }
        assert!(rates.known.lock().unwrap().len() <= MAX_KNOWN);
    }
}
