//! Signed lists and deltas as they are read: one list for each shard, and deltas between two times.

use super::delta::{Delta, DeltaError, DeltaLimits};
use super::packed::{PackedError, PackedStatuses};
use super::resident::{Shard, ShardError, MAX_SHARDS, SHARD_POSITIONS};
use crate::cose::header::SignedBy;
use crate::cose::registry::claim::{EXP, IAT, STATUS_DELTA, STATUS_LIST, SUB, TTL};
use crate::cose::registry::typ;
use crate::cose::{CborError, KeyId, Reader, Sign1};
use crate::keys::{Algorithm, BadSignature, PublicKey, SigningError};

/// Bits per position in our lists.
pub(super) const BITS: u8 = 2;
/// Bytes that a list may inflate to: a full shard.
const MAX_INFLATED: usize = SHARD_POSITIONS as usize / 4;
/// Largest signed list or delta that is read, in bytes.
const MAX_SIGNED: usize = 4 << 20;
/// Limits of a delta: for all cards of the region, 40 days of one change in 10,000.
pub(super) const DELTA_LIMITS: DeltaLimits =
    DeltaLimits { max_bytes: MAX_SIGNED, max_changes: 1 << 20 };

/// What a list or a delta is about.
pub(super) const LIST_SUB: &str = "urn:onecode:status:";
pub(super) const DELTA_SUB: &str = "urn:onecode:status-delta:";

/// A list or delta that has been read but not verified. It gives only what is needed to find the
/// key.
#[derive(Debug)]
pub(crate) struct Unverified<'b> {
    sign1: Sign1<'b>,
    signed_by: SignedBy,
    /// List or delta.
    kind: Kind,
    issuer_id: &'b str,
    /// For a list: the number of the shard.
    number: u16,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    List,
    Delta,
}

impl Kind {
    fn read(reader: &mut Reader<'_>) -> Result<Self, StatusListError> {
        match reader.text()? {
            typ::STATUS_LIST => Ok(Kind::List),
            typ::STATUS_DELTA => Ok(Kind::Delta),
            _ => Err(StatusListError::WrongKind),
        }
    }
}

/// A list or a delta whose signature holds.
#[derive(Debug)]
pub(crate) enum Verified {
    List { number: u16, issued_at_unix_s: i64, expires_unix_s: i64, shard: Shard },
    Delta { from_unix_s: i64, issued_at_unix_s: i64, expires_unix_s: i64, delta: Delta },
}

impl<'b> Unverified<'b> {
    pub(crate) fn parse(bytes: &'b [u8]) -> Result<Self, StatusListError> {
        if bytes.len() > MAX_SIGNED {
            return Err(StatusListError::TooLarge { length: bytes.len(), limit: MAX_SIGNED });
        }
        let sign1 = Sign1::parse(bytes)?;
        let (signed_by, kind) = SignedBy::read_with_typ(sign1.header(), Kind::read)?;
        let subject = sign1.claims().fields()?.required(SUB, Reader::text)?;
        let (issuer_id, number) = match kind {
            Kind::Delta => (subject.strip_prefix(DELTA_SUB), Some(0)),
            Kind::List => match subject.strip_prefix(LIST_SUB).and_then(|s| s.rsplit_once(':')) {
                Some((issuer_id, digits)) => (Some(issuer_id), read_number(digits)),
                None => (None, None),
            },
        };
        let (Some(issuer_id), Some(number)) = (issuer_id, number) else {
            return Err(StatusListError::Subject);
        };
        Ok(Unverified { sign1, signed_by, kind, issuer_id, number })
    }

    pub(crate) fn algorithm(&self) -> Algorithm {
        self.signed_by.algorithm
    }

    pub(crate) fn key_id(&self) -> KeyId {
        self.signed_by.key_id
    }

    pub(crate) fn issuer_id(&self) -> &'b str {
        self.issuer_id
    }

    /// For a list: the number of the shard.
    pub(crate) fn number(&self) -> u16 {
        self.number
    }

    /// Of a delta the time of the lists that it changes; and the time of the list or the delta.
    pub(crate) fn times(&self) -> Result<(Option<i64>, i64), StatusListError> {
        let mut payload = self.sign1.claims();
        let mut claims = payload.fields()?;
        claims.required(SUB, Reader::text)?;
        claims.required(EXP, Reader::time)?;
        let issued_at_unix_s = claims.required(IAT, Reader::time)?;
        let from_unix_s = match self.kind {
            Kind::List => None,
            Kind::Delta => Some(claims.required(STATUS_DELTA, read_from)?),
        };
        Ok((from_unix_s, issued_at_unix_s))
    }

    pub(crate) fn verify(&self, key: &PublicKey) -> Result<(), BadSignature> {
        self.sign1.verify(key)
    }

    /// What it says. The caller has verified it.
    pub(crate) fn content(&self) -> Result<Verified, StatusListError> {
        let mut payload = self.sign1.claims();
        let mut claims = payload.fields()?;
        claims.required(SUB, Reader::text)?;
        let expires_unix_s = claims.required(EXP, Reader::time)?;
        let issued_at_unix_s = claims.required(IAT, Reader::time)?;
        let verified = match self.kind {
            Kind::List => {
                let lst = claims.required(STATUS_LIST, read_lst)?;
                claims.required(TTL, Reader::uint)?;
                let packed = PackedStatuses::inflate(BITS, lst, MAX_INFLATED)?;
                let shard = Shard::from_packed(&packed)?;
                Verified::List { number: self.number, issued_at_unix_s, expires_unix_s, shard }
            }
            Kind::Delta => {
                let (from_unix_s, delta) = claims.required(STATUS_DELTA, read_delta)?;
                Verified::Delta { from_unix_s, issued_at_unix_s, expires_unix_s, delta }
            }
        };
        claims.end()?;
        payload.end()?;
        Ok(verified)
    }
}

/// The packed list of the claim `status_list`.
fn read_lst<'b>(reader: &mut Reader<'b>) -> Result<&'b [u8], StatusListError> {
    let mut list = reader.text_fields()?;
    let lst = list.required("lst", Reader::bytes)?;
    let bits = list.required("bits", Reader::uint)?;
    list.end()?;
    if bits == u64::from(BITS) {
        Ok(lst)
    } else {
        Err(StatusListError::Bits { bits })
    }
}

/// The time of the lists that a delta changes, and the changes.
fn read_delta(reader: &mut Reader<'_>) -> Result<(i64, Delta), StatusListError> {
    reader.array_of(2)?;
    Ok((reader.time()?, Delta::decode(reader.bytes()?, DELTA_LIMITS)?))
}

/// The first of these two alone.
fn read_from(reader: &mut Reader<'_>) -> Result<i64, CborError> {
    reader.array_of(2)?;
    let from_unix_s = reader.time()?;
    reader.bytes()?;
    Ok(from_unix_s)
}

/// The number of a shard in decimal digits, without leading zeros.
fn read_number(digits: &str) -> Option<u16> {
    let number: u16 = digits.parse().ok()?;
    (number.to_string() == digits && usize::from(number) < MAX_SHARDS).then_some(number)
}

/// A status list or delta cannot be used or made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StatusListError {
    /// Larger than any list of one shard.
    #[error("{length} bytes are over the limit of {limit}")]
    TooLarge {
        /// Bytes given.
        length: usize,
        /// Bytes allowed.
        limit: usize,
    },
    /// The encoding departs from docs/SPEC.md section 13.
    #[error("not a status list: {0}")]
    Form(#[from] CborError),
    /// A signed CWT of another `typ`.
    #[error("this is another kind of signed token")]
    WrongKind,
    /// The `sub` does not name an issuer and a shard.
    #[error("the subject names no issuer and shard")]
    Subject,
    /// Not 2 bits for each position.
    #[error("{bits} bits for each position, where it must be 2")]
    Bits {
        /// What it says.
        bits: u64,
    },
    /// The compressed list is damaged, or inflates to more than a shard.
    #[error(transparent)]
    Packed(#[from] PackedError),
    /// The list holds what a shard cannot.
    #[error(transparent)]
    Shard(#[from] ShardError),
    /// The changes cannot be read, or do not fit the lists in force.
    #[error(transparent)]
    Delta(#[from] DeltaError),
    /// An issuer has more shards than there are numbers.
    #[error("{shards} shards are more than {MAX_SHARDS}")]
    TooManyShards {
        /// How many it has.
        shards: usize,
    },
    /// A time is before 1970 or after 9999.
    #[error("{unix_s} is not a time in Unix seconds")]
    Time {
        /// The time.
        unix_s: i64,
    },
    /// The key did not sign.
    #[error(transparent)]
    Signing(#[from] SigningError),
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::{assert_says, number};

    #[test]
    fn the_specification_states_what_is_here() {
        assert_says([
            &format!("tstr .regexp \"{LIST_SUB}[a-z0-9.-]{{1,32}}:"),
            &format!("tstr .regexp \"{DELTA_SUB}[a-z0-9.-]{{1,32}}\""),
            &format!("{{ \"lst\" => bstr, \"bits\" => {BITS} }}"),
            &format!("more than 4 MiB ({} bytes)", number(MAX_SIGNED)),
            &format!("More than 2^20 ({}) changes", number(DELTA_LIMITS.max_changes)),
            &format!("a decoder stops at {} bytes", number(MAX_INFLATED)),
        ]);
    }
}
