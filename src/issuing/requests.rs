//! Whether a card request or a collect request is good, and in time.
//!
//! Specification: docs/SPEC.md section 22.

use super::challenge::OpenChallenge;
use super::refusal::IssuingRefusal;
use crate::jose::Sha256Hash;
use crate::keys::PublicKey;
use crate::request::{CardRequest, UnverifiedCardRequest, UnverifiedCollectRequest};

/// Largest attestation that travels beside a request, in bytes.
pub const MAX_ATTESTATION: usize = 16_384;

/// How many seconds a request's time may be off: the clocks of phone and issuer differ.
pub(super) const CLOCKS_S: i64 = 120;

/// How many seconds after it was made a collect request counts.
const COLLECT_S: i64 = 600;

/// Verifies a card request: that its key has signed it, that it answers this challenge, in time, and
/// that the attestation beside it, if any, is the one it names. What the attestation is worth is for
/// the service to find out.
///
/// A challenge is good for one key: the issuer remembers which, until
/// [`OpenChallenge::received_until_unix_s`]. The same request again gets the same answer.
pub fn verify_card_request(
    request: UnverifiedCardRequest,
    open: &OpenChallenge,
    attestation: Option<&[u8]>,
    now_unix_s: i64,
) -> Result<CardRequest, IssuingRefusal> {
    let claims = request.unverified_claims();
    if claims.challenge != open.challenge {
        return Err(IssuingRefusal::OtherChallenge);
    }
    let ended = open.received_until_unix_s;
    if now_unix_s > ended {
        return Err(IssuingRefusal::ChallengeOver { ended_unix_s: ended });
    }
    let made = claims.issued_at_unix_s;
    let first = open.from_unix_s.saturating_sub(CLOCKS_S);
    let last = open.until_unix_s.min(now_unix_s).saturating_add(CLOCKS_S);
    if !(first..=last).contains(&made) {
        let ahead_s = made.saturating_sub(now_unix_s);
        return Err(IssuingRefusal::RequestTime { ahead_s });
    }
    check_attestation(claims.attestation, attestation)?;
    request.verify().map_err(|_| IssuingRefusal::NotSigned)
}

/// Whether what travelled beside a request is what it names.
pub fn check_attestation(
    named: Option<Sha256Hash>,
    attestation: Option<&[u8]>,
) -> Result<(), IssuingRefusal> {
    match (named, attestation) {
        (None, None) => Ok(()),
        (Some(_), None) => Err(IssuingRefusal::AttestationMissing),
        (_, Some(bytes)) if bytes.len() > MAX_ATTESTATION => {
            Err(IssuingRefusal::AttestationTooLarge { length: bytes.len() })
        }
        (Some(hash), Some(bytes)) if hash == Sha256Hash::of(bytes) => Ok(()),
        _ => Err(IssuingRefusal::OtherAttestation),
    }
}

/// Verifies a collect request: `key` is that of the card request which it names.
pub fn verify_collect(
    collect: &UnverifiedCollectRequest,
    key: &PublicKey,
    now_unix_s: i64,
) -> Result<(), IssuingRefusal> {
    let ahead_s = collect.unverified_time_unix_s().saturating_sub(now_unix_s);
    if !(-COLLECT_S..=CLOCKS_S).contains(&ahead_s) {
        return Err(IssuingRefusal::RequestTime { ahead_s });
    }
    collect.verify(key).map_err(|_| IssuingRefusal::NotSigned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::{assert_says, number};

    #[test]
    fn the_specification_states_what_is_here() {
        assert_says([
            &format!("at most {} of them", number(MAX_ATTESTATION)),
            &format!("at most {CLOCKS_S} s ahead of the issuer's clock (906)"),
            &format!("at most {COLLECT_S} s ago by the issuer's clock"),
        ]);
    }
}
