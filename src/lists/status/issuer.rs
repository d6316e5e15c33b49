//! The issuer's side: what has become of each card, and what is signed about it.

use std::collections::BTreeMap;

use super::delta::{Delta, DeltaError};
use super::draft::{totals, Content, StatusDraft};
use super::packed::Status;
use super::resident::{Change, Shard, MAX_SHARDS, SHARD_POSITIONS};
use super::signed::{StatusListError, BITS, DELTA_LIMITS, DELTA_SUB, LIST_SUB};
use crate::cose::registry::claim::{EXP, IAT, STATUS_DELTA, STATUS_LIST, SUB, TTL};
use crate::cose::registry::typ;
use crate::cose::{encodable_time, header, Unsigned, Writer};
use crate::keys::{Check, Prepared, PublicKey, SigningKey};

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

/// How many seconds after the last thing signed for a revoked position has expired that position may
/// be published as 0 again: two days.
pub const RETIRE_AFTER_S: i64 = 2 * 86_400;

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

    /// A revoked position retires: it is published as 0 again and takes no more room in the lists.
    /// The books never give it to a card again. `last_expires_unix_s` is the latest `exp` of
    /// whatever was signed for it, to whichever phone; an issuer that does not know it any more
    /// retires nothing.
    pub fn retire(
        &mut self,
        index: u32,
        last_expires_unix_s: i64,
        now_unix_s: i64,
    ) -> Result<(), RetireError> {
        let status = self.status(index);
        if status != Some(Status::Revoked) {
            return Err(RetireError::NotRevoked(EventError { index, status }));
        }
        let from_unix_s = last_expires_unix_s.saturating_add(RETIRE_AFTER_S);
        if now_unix_s < from_unix_s {
            return Err(RetireError::TooEarly { index, from_unix_s });
        }
        self.changed.insert(index, Status::Valid);
        Ok(())
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
        let sign = |prepared: Prepared<Vec<u8>>| Ok(prepared.sign(key, Check::Signature)?);
        self.each_list(publication, &key.public_key(), sign)
    }

    /// Prepares the same lists, in the order of the shards, for a status key that signs elsewhere.
    /// Each has a signature of its own, and they count one by one.
    pub fn prepare(
        &self,
        publication: StatusPublication,
        key: &PublicKey,
    ) -> Result<Vec<Prepared<Vec<u8>>>, StatusListError> {
        self.each_list(publication, key, Ok)
    }

    /// One list after the other, so that no more than one is held without its signature.
    fn each_list<T>(
        &self,
        publication: StatusPublication,
        key: &PublicKey,
        take: impl Fn(Prepared<Vec<u8>>) -> Result<T, StatusListError>,
    ) -> Result<Vec<T>, StatusListError> {
        let (iat, exp) = publication.times()?;
        let shards = self.shards()?;
        if shards.len() > MAX_SHARDS {
            return Err(StatusListError::TooManyShards { shards: shards.len() });
        }
        let of = shards.len();
        let prepare = |(number, shard): (usize, Shard)| {
            let lst = shard.to_packed().deflate()?;
            let mut payload = Writer::with_capacity(lst.len() + 128);
            payload.map(5).int(SUB).text(&format!("{LIST_SUB}{}:{number}", self.issuer_id));
            payload.int(EXP).uint(exp).int(IAT).uint(iat);
            payload.int(STATUS_LIST).map(2).text("lst").bytes(&lst).text("bits").uint(BITS.into());
            payload.int(TTL).uint(publication.ttl_s.into());
            let content = Content::List { number, of, shard };
            take(self.prepared(typ::STATUS_LIST, payload, key, publication, content))
        };
        shards.into_iter().enumerate().map(prepare).collect()
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
        let public_key = key.public_key();
        let prepared = self.prepare_delta(earlier, earlier_unix_s, publication, &public_key)?;
        Ok(prepared.sign(key, Check::Signature)?)
    }

    /// Prepares the same delta for a status key that signs elsewhere.
    pub fn prepare_delta(
        &self,
        earlier: &StatusIssuer,
        earlier_unix_s: i64,
        publication: StatusPublication,
        key: &PublicKey,
    ) -> Result<Prepared<Vec<u8>>, StatusListError> {
        let (iat, exp) = publication.times()?;
        let from = unsigned(earlier_unix_s)?;
        let delta = Delta::between(&earlier.shards()?, &self.shards()?)?;
        let (changes, max_changes) = (delta.changes().len(), DELTA_LIMITS.max_changes);
        if changes > max_changes {
            return Err(DeltaError::TooManyChanges { changes, max_changes }.into());
        }
        let content = Content::Delta { from_unix_s: earlier_unix_s, to: totals(delta.changes()) };
        let changes = delta.encode();
        let mut payload = Writer::with_capacity(changes.len() + 128);
        payload.map(4).int(SUB).text(&format!("{DELTA_SUB}{}", self.issuer_id));
        payload.int(EXP).uint(exp).int(IAT).uint(iat);
        payload.int(STATUS_DELTA).array(2).uint(from).bytes(&changes);
        Ok(self.prepared(typ::STATUS_DELTA, payload, key, publication, content))
    }

    /// A payload under a `typ`, so that it cannot be mistaken for anything else.
    fn prepared(
        &self,
        typ: &str,
        payload: Writer,
        key: &PublicKey,
        publication: StatusPublication,
        content: Content,
    ) -> Prepared<Vec<u8>> {
        let header = header::of_signer_with_typ(key, typ);
        let (unsigned, bytes) = Unsigned::new(header, payload.finish());
        let issuer_id = self.issuer_id.clone();
        Prepared::new(*key, bytes, StatusDraft { unsigned, issuer_id, publication, content })
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

/// A position does not retire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RetireError {
    /// Only revoked positions retire.
    #[error("{0}; only a revoked position retires")]
    NotRevoked(EventError),
    /// Something that was signed for it may still be shown.
    #[error("position {index} retires from {from_unix_s} on (Unix seconds)")]
    TooEarly {
        /// The position.
        index: u32,
        /// From when on it may retire (Unix seconds).
        from_unix_s: i64,
    },
}

impl StatusPublication {
    fn times(&self) -> Result<(u64, u64), StatusListError> {
        Ok((unsigned(self.issued_at_unix_s)?, unsigned(self.expires_unix_s)?))
    }
}

fn unsigned(unix_s: i64) -> Result<u64, StatusListError> {
    encodable_time(unix_s).ok_or(StatusListError::Time { unix_s })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::{assert_says, number};

    #[test]
    fn the_specification_states_what_is_here() {
        let after = number(RETIRE_AFTER_S);
        assert_says([&format!("published as 0 again from {after} s after the latest `exp`")]);
    }

    #[test]
    fn only_revoked_positions_retire_and_only_when_nothing_is_left_of_them() {
        let mut books = StatusIssuer::new("cn-31", 8);
        books.suspend(1).unwrap();
        books.revoke(2).unwrap();
        let not_revoked = |index, status| RetireError::NotRevoked(EventError { index, status });
        let late = i64::MAX;
        assert_eq!(books.retire(0, 0, late), Err(not_revoked(0, Some(Status::Valid))));
        assert_eq!(books.retire(1, 0, late), Err(not_revoked(1, Some(Status::Suspended))));
        assert_eq!(books.retire(8, 0, late), Err(not_revoked(8, None)));
        let expires = 1_790_000_000;
        let from_unix_s = expires + 172_800;
        let early = RetireError::TooEarly { index: 2, from_unix_s };
        assert_eq!(books.retire(2, expires, from_unix_s - 1), Err(early));
        assert_eq!(books.status(2), Some(Status::Revoked));
        assert_eq!(books.retire(2, expires, from_unix_s), Ok(()));
        assert_eq!(books.status(2), Some(Status::Valid));
        assert_eq!(books.shards().unwrap()[0].status(2), Some(Status::Valid));
    }
}
