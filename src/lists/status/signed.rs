//! What an issuer signs about status: a list for each shard, and deltas between two times.

use std::collections::BTreeMap;

use super::delta::{Delta, DeltaError, DeltaLimits};
use super::packed::{PackedError, PackedStatuses, Status};
use super::resident::{Change, Shard, ShardError, MAX_SHARDS, SHARD_POSITIONS};
use crate::cose::header::{self, SignedBy};
use crate::cose::registry::claim::{EXP, IAT, STATUS_DELTA, STATUS_LIST, SUB, TTL};
use crate::cose::registry::typ;
use crate::cose::{encodable_time, CborError, KeyId, Reader, Sign1, Writer};
use crate::keys::{Algorithm, BadSignature, Check, PublicKey, SigningError, SigningKey};

/// Bits per position in our lists.
const BITS: u8 = 2;
/// Bytes that a list may inflate to: a full shard.
const MAX_INFLATED: usize = SHARD_POSITIONS as usize / 4;
/// Largest signed list or delta that is read, in bytes.
const MAX_SIGNED: usize = 4 << 20;
/// Limits of a delta: for all cards of the region, 40 days of one change in 10,000.
const DELTA_LIMITS: DeltaLimits = DeltaLimits { max_bytes: MAX_SIGNED, max_changes: 1 << 20 };

/// What a list or a delta is about.
const LIST_SUB: &str = "urn:onecode:status:";
const DELTA_SUB: &str = "urn:onecode:status-delta:";

/// When a publication was made, and how long it counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StatusPublication {
    /// The time it speaks of (`iat`, Unix seconds).
    pub issued_at_unix_s: i64,
    /// From when on scanners treat it as too old, whatever the application says (`exp`).
    pub expires_unix_s: i64,
    /// After how many seconds the next one should be fetched (`ttl`).
    pub ttl_s: u32,
}

/// The issuer's side: the status of every credential it has issued. Events change it, and it is
/// published as signed lists.
#[derive(Clone, Debug)]
pub struct StatusIssuer {
    issuer_id: String,
    shards: Vec<Shard>,
    /// Events since the shards were built.
    changed: BTreeMap<u32, Status>,
    continues_unix_s: Option<i64>,
}

impl StatusIssuer {
    /// An issuer with `positions` credentials, all valid. A list on the wire is whole bytes, so the
    /// number is rounded up to a multiple of four.
    pub fn new(issuer_id: impl Into<String>, positions: u32) -> Self {
        let rest = positions % SHARD_POSITIONS;
        let sizes = (0..positions / SHARD_POSITIONS).map(|_| SHARD_POSITIONS);
        let sizes = sizes.chain((rest > 0).then_some(rest.next_multiple_of(4)));
        Self::from_shards(issuer_id, sizes.map(Shard::all_valid).collect())
    }

    /// Continues from shards in memory, in their order. To read published lists, use
    /// [`StatusIssuer::from_published`].
    pub fn from_shards(issuer_id: impl Into<String>, shards: Vec<Shard>) -> Self {
        Self::continued(issuer_id, shards, None)
    }

    pub(super) fn continued(
        issuer_id: impl Into<String>,
        shards: Vec<Shard>,
        continues_unix_s: Option<i64>,
    ) -> Self {
        let (issuer_id, changed) = (issuer_id.into(), BTreeMap::new());
        StatusIssuer { issuer_id, shards, changed, continues_unix_s }
    }

    /// The time of the publication that this issuer continues. The next delta starts there. `None`
    /// unless it was read by [`StatusIssuer::from_published`].
    pub fn continues_unix_s(&self) -> Option<i64> {
        self.continues_unix_s
    }

    /// How many positions there are.
    pub fn positions(&self) -> u64 {
        self.shards.iter().map(|shard| u64::from(shard.len())).sum()
    }

    /// The status of a position; `None` beyond the last one.
    pub fn status(&self, index: u32) -> Option<Status> {
        let shard = self.shards.get((index / SHARD_POSITIONS) as usize)?;
        let published = shard.status(index % SHARD_POSITIONS)?;
        Some(self.changed.get(&index).copied().unwrap_or(published))
    }

    /// 挂失: the card cannot be used until it is restored. A revoked card stays revoked.
    pub fn suspend(&mut self, index: u32) -> Result<(), EventError> {
        self.change(index, Status::Suspended)
    }

    /// 解挂: a suspended card can be used again.
    pub fn restore(&mut self, index: u32) -> Result<(), EventError> {
        self.change(index, Status::Valid)
    }

    /// 注销: the card can never be used again.
    pub fn revoke(&mut self, index: u32) -> Result<(), EventError> {
        self.change(index, Status::Revoked)
    }

    /// 补换: the new credential has its own position, and the old one is revoked.
    pub fn replace(&mut self, old_index: u32, new_index: u32) -> Result<(), EventError> {
        let status = self.status(new_index);
        if status != Some(Status::Valid) || old_index == new_index {
            return Err(EventError { index: new_index, status });
        }
        self.revoke(old_index)
    }

    fn change(&mut self, index: u32, to: Status) -> Result<(), EventError> {
        match self.status(index) {
            None => Err(EventError { index, status: None }),
            Some(Status::Revoked) if to != Status::Revoked => {
                Err(EventError { index, status: Some(Status::Revoked) })
            }
            Some(_) => {
                self.changed.insert(index, to);
                Ok(())
            }
        }
    }

    /// The shards with all events so far, in order.
    pub fn shards(&self) -> Result<Vec<Shard>, StatusListError> {
        let changes = self.changed.iter().map(|(position, status)| (*position, *status));
        let real = changes.filter(|(index, status)| {
            let shard = self.shards.get((index / SHARD_POSITIONS) as usize);
            shard.and_then(|shard| shard.status(index % SHARD_POSITIONS)) != Some(*status)
        });
        let changes = real.map(|(position, status)| Change { position, status }).collect();
        Ok(Delta::new(changes)?.apply(&self.shards)?)
    }

    /// Signs one list for each shard, with the issuer's status key.
    pub fn publish(
        &self,
        publication: StatusPublication,
        key: &dyn SigningKey,
    ) -> Result<Vec<Vec<u8>>, StatusListError> {
        let (iat, exp) = publication.times()?;
        let sign = |(number, shard): (usize, &Shard)| {
            let lst = shard.to_packed().deflate()?;
            let mut payload = Writer::with_capacity(lst.len() + 128);
            payload.map(5).int(SUB).text(&format!("{LIST_SUB}{}:{number}", self.issuer_id));
            payload.int(EXP).uint(exp).int(IAT).uint(iat);
            payload.int(STATUS_LIST).map(2).text("lst").bytes(&lst).text("bits").uint(BITS.into());
            payload.int(TTL).uint(publication.ttl_s.into());
            Ok(sign(key, typ::STATUS_LIST, payload)?)
        };
        let shards = self.shards()?;
        if shards.len() > MAX_SHARDS {
            return Err(StatusListError::TooManyShards { shards: shards.len() });
        }
        shards.iter().enumerate().map(sign).collect()
    }

    /// Signs the changes since `earlier`, whose lists had the time `earlier_unix_s` and were signed
    /// with the same key. The first publication of a new key must be whole lists.
    ///
    /// A delta with more changes than scanners accept is refused here as well.
    pub fn publish_delta(
        &self,
        earlier: &StatusIssuer,
        earlier_unix_s: i64,
        publication: StatusPublication,
        key: &dyn SigningKey,
    ) -> Result<Vec<u8>, StatusListError> {
        let (iat, exp) = publication.times()?;
        let from = unsigned(earlier_unix_s)?;
        let delta = Delta::between(&earlier.shards()?, &self.shards()?)?;
        let (changes, max_changes) = (delta.changes().len(), DELTA_LIMITS.max_changes);
        if changes > max_changes {
            return Err(DeltaError::TooManyChanges { changes, max_changes }.into());
        }
        let changes = delta.encode();
        let mut payload = Writer::with_capacity(changes.len() + 128);
        payload.map(4).int(SUB).text(&format!("{DELTA_SUB}{}", self.issuer_id));
        payload.int(EXP).uint(exp).int(IAT).uint(iat);
        payload.int(STATUS_DELTA).array(2).uint(from).bytes(&changes);
        Ok(sign(key, typ::STATUS_DELTA, payload)?)
    }
}

/// A card's status cannot change in this way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("position {index} cannot be changed like that: its status is {status:?}")]
pub struct EventError {
    /// The position.
    pub index: u32,
    /// Its status; `None` when the issuer has no such position.
    pub status: Option<Status>,
}

impl StatusPublication {
    fn times(&self) -> Result<(u64, u64), StatusListError> {
        Ok((unsigned(self.issued_at_unix_s)?, unsigned(self.expires_unix_s)?))
    }
}

fn unsigned(unix_s: i64) -> Result<u64, StatusListError> {
    encodable_time(unix_s).ok_or(StatusListError::Time { unix_s })
}

/// Signs a payload under a `typ`, so that it cannot be mistaken for anything else.
fn sign(key: &dyn SigningKey, typ: &str, payload: Writer) -> Result<Vec<u8>, SigningError> {
    let header = header::of_signer_with_typ(&key.public_key(), typ);
    Sign1::sign(key, &header, &payload.finish(), Check::Signature)
}

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
