//! When a phone renews its credential, and when it tries again.
//!
//! Uses what cards state. Takes the time and random numbers from its caller.
//! Specification: docs/SPEC.md section 22.

use crate::card::CardClaims;
use crate::keys::sha256_of;

/// For how many seconds an issuer signs a credential: 30 days.
pub const CREDENTIAL_S: i64 = 30 * 86_400;

/// The soonest that a credential is due after the issuer confirmed it: 16 hours.
const DUE_FROM_S: i64 = 16 * 3_600;

/// Over how many seconds the cards of a region spread from there on: 8 hours.
const DUE_SPREAD_S: u64 = 8 * 3_600;

/// From when on a phone renews the credential of this card, the next time it is online (Unix
/// seconds): 16 hours after the issuer's confirmation (`iat`), and up to 8 more by a hash of the
/// card, but no later than half of its life. Without a confirmation it is due 15 days before it
/// expires, which is half of [`CREDENTIAL_S`].
pub fn renewal_due_unix_s(card: &CardClaims) -> i64 {
    let expires = card.expires_unix_s;
    let Some(confirmed) = card.confirmed_unix_s else {
        return expires.saturating_sub(CREDENTIAL_S / 2);
    };
    let half_life = expires.saturating_sub(confirmed).max(0) / 2;
    confirmed.saturating_add((DUE_FROM_S + spread_s(card)).min(half_life))
}

/// The card's own place in the 8 hours: no two renewals of it are at another one.
fn spread_s(card: &CardClaims) -> i64 {
    let hash = sha256_of(&[
        b"onecode renewal\0",
        &card.region.code().to_be_bytes(),
        &card.status_index.to_be_bytes(),
    ]);
    let [a, b, c, d, e, f, g, h, ..] = hash;
    let place = u64::from_be_bytes([a, b, c, d, e, f, g, h]) % DUE_SPREAD_S;
    i64::try_from(place).unwrap_or(0)
}

/// The first wait is at most this long: 15 minutes.
const FIRST_WAIT_S: u64 = 900;

/// All others are at most this long: 10 hours.
const NEXT_WAIT_S: u64 = 10 * 3_600;

/// The longest wait that a server can ask for: a day.
const MAX_RETRY_AFTER_S: u64 = 86_400;

/// How many seconds a phone waits before it tries again of its own accord, after `failed` attempts in
/// a row, at least one: first 7.5 to 15 minutes, for a network that was gone for a moment, then 5 to
/// 10 hours. A step in between would add as many requests as all phones make on a good day. A holder
/// who opens the app to renew does not wait.
///
/// A server that answered with `Retry-After` is obeyed: at least as long, and up to half as long
/// again, at most a day and a half. `random` is a fresh random number for each call, each value as
/// likely.
pub fn retry_wait_s(failed: u32, random: u64, retry_after_s: Option<u64>) -> u64 {
    let own = if failed <= 1 { FIRST_WAIT_S } else { NEXT_WAIT_S };
    let (least, more) = match retry_after_s {
        None => (own / 2, own / 2),
        Some(asked) => {
            let asked = asked.clamp(1, MAX_RETRY_AFTER_S);
            (asked, (asked / 2).max(1))
        }
    };
    least + random % (more + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::{assert_says, number};

    #[test]
    fn the_specification_states_what_is_here() {
        assert_says([
            &format!("are signed for {} s (30 days)", number(CREDENTIAL_S)),
            &format!("iat + min( {DUE_FROM_S} + h mod {DUE_SPREAD_S}, ⌊(exp - iat)/2⌋ )"),
            &format!("exp - {} where there is no iat", CREDENTIAL_S / 2),
            &format!("b = {FIRST_WAIT_S} for n = 1 and b = {} afterwards", number(NEXT_WAIT_S)),
            &format!("r from 1 to {}", number(MAX_RETRY_AFTER_S)),
        ]);
    }
}
