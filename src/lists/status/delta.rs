//! The changes in one issuer's status lists since an earlier state, over all of its shards.
//!
//! Uses `packed` and `resident`. Specification: docs/SPEC.md section 13, which has the grammar.
//!
//! Each sequence of changes has one encoding: the format cannot express wrong order or duplicates,
//! and a number with a shorter form is refused. There is no header: the signed structure around a
//! delta says which state it starts from and which it leads to.

use super::packed::Status;
use super::resident::{Change, Shard, ShardError, MAX_SHARDS, SHARD_POSITIONS};

/// Why bytes are not a delta, or a delta does not fit these shards.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DeltaError {
    /// The encoding is longer than its reader allows.
    #[error("a delta of {bytes} bytes is longer than {max_bytes}")]
    TooManyBytes {
        /// How long it is.
        bytes: usize,
        /// The limit that was in force.
        max_bytes: usize,
    },
    /// The encoding holds more changes than its reader allows.
    #[error("a delta of {changes} changes holds more than {max_changes}")]
    TooManyChanges {
        /// How many it holds.
        changes: usize,
        /// The limit that was in force.
        max_changes: usize,
    },
    /// The bytes end inside a change.
    #[error("the delta breaks off")]
    Truncated,
    /// A number is written with more bytes than it needs.
    #[error("the number that ends at byte {at} has a shorter form")]
    NotShortest {
        /// The offset of its last byte.
        at: usize,
    },
    /// A change lies beyond the last possible position.
    #[error("the number that ends at byte {at} leads beyond every position")]
    TooFar {
        /// The offset of its last byte.
        at: usize,
    },
    /// Changes to be encoded are not strictly ascending.
    #[error("position {position} does not come after the one before it")]
    Unsorted {
        /// The position of the change that comes too late.
        position: u32,
    },
    /// A change is for a shard that is not there.
    #[error("position {position} is outside of {shards} shards")]
    NoSuchShard {
        /// The position of the change.
        position: u32,
        /// How many shards there are.
        shards: usize,
    },
    /// The two states differ in their positions, or have more than there are numbers for. Publish
    /// whole lists instead.
    #[error("the two states have not the same positions, or more than 2^32")]
    OtherPositions,
    /// A change does not fit its shard.
    #[error("a change does not fit shard {shard}")]
    Shard {
        /// Which one, counted from 0.
        shard: usize,
        /// What does not fit. Its position is the one within the shard.
        source: ShardError,
    },
}

/// How much of a delta its reader accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeltaLimits {
    /// The longest encoding.
    pub max_bytes: usize,
    /// The most changes; each takes 8 bytes of memory.
    pub max_changes: usize,
}

/// Changes in strictly ascending order of position.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delta(Vec<Change>);

/// Three times a 32-bit gap has 34 bits: 5 bytes of LEB128, 7 bits each.
const MAX_VARINT_BITS: u32 = 35;

impl Delta {
    /// Checks that the changes are in strictly ascending order.
    pub fn new(changes: Vec<Change>) -> Result<Self, DeltaError> {
        match changes.windows(2).find(|w| w[0].position >= w[1].position) {
            Some(pair) => Err(DeltaError::Unsorted { position: pair[1].position }),
            None => Ok(Self(changes)),
        }
    }

    /// The changes that turn the shards `from` into `to`. Both must have the same positions.
    pub fn between(from: &[Shard], to: &[Shard]) -> Result<Self, DeltaError> {
        let lengths = |shards: &[Shard]| shards.iter().map(Shard::len).collect::<Vec<_>>();
        if lengths(from) != lengths(to) || from.len() > MAX_SHARDS {
            return Err(DeltaError::OtherPositions);
        }
        let mut changes = Vec::new();
        for (number, (from, to)) in from.iter().zip(to).enumerate() {
            let base = number as u32 * SHARD_POSITIONS;
            let (mut old, mut new) =
                (from.iter_not_valid().peekable(), to.iter_not_valid().peekable());
            loop {
                let next =
                    [old.peek(), new.peek()].into_iter().flatten().map(|entry| entry.0).min();
                let Some(position) = next else { break };
                let was = old.next_if(|entry| entry.0 == position);
                let status = new.next_if(|entry| entry.0 == position);
                if was != status {
                    let status = status.map_or(Status::Valid, |entry| entry.1);
                    changes.push(Change { position: base + position, status });
                }
            }
        }
        Self::new(changes)
    }

    /// The changes, in strictly ascending order of position.
    pub fn changes(&self) -> &[Change] {
        &self.0
    }

    /// Decodes bytes of exactly one delta.
    ///
    /// Allocates 8 bytes for each change, after the limits are checked.
    pub fn decode(bytes: &[u8], limits: DeltaLimits) -> Result<Self, DeltaError> {
        let DeltaLimits { max_bytes, max_changes } = limits;
        if bytes.len() > max_bytes {
            let bytes = bytes.len();
            return Err(DeltaError::TooManyBytes { bytes, max_bytes });
        }
        let changes = bytes.iter().filter(|&&byte| byte < 0x80).count();
        if changes > max_changes {
            return Err(DeltaError::TooManyChanges { changes, max_changes });
        }
        let mut decoded = Vec::with_capacity(changes);
        let mut next = 0;
        let (mut number, mut shift) = (0, 0);
        for (at, &byte) in bytes.iter().enumerate() {
            if shift == MAX_VARINT_BITS {
                return Err(DeltaError::TooFar { at });
            }
            number |= u64::from(byte & 0x7f) << shift;
            shift += 7;
            if byte >= 0x80 {
                continue;
            }
            if byte == 0 && shift > 7 {
                return Err(DeltaError::NotShortest { at });
            }
            let position =
                u32::try_from(next + number / 3).map_err(|_| DeltaError::TooFar { at })?;
            let status = match number % 3 {
                0 => Status::Valid,
                1 => Status::Revoked,
                _ => Status::Suspended,
            };
            decoded.push(Change { position, status });
            next = u64::from(position) + 1;
            (number, shift) = (0, 0);
        }
        if shift != 0 {
            return Err(DeltaError::Truncated);
        }
        Ok(Self(decoded))
    }

    /// The one encoding of these changes.
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(3 * self.0.len());
        let mut next = 0;
        for &Change { position, status } in &self.0 {
            let position = u64::from(position);
            let mut number = 3 * (position - next) + u64::from(status.value());
            while number >= 0x80 {
                bytes.push(number as u8 | 0x80);
                number >>= 7;
            }
            bytes.push(number as u8);
            next = position + 1;
        }
        bytes
    }

    /// All shards of the issuer after these changes. The given ones are unchanged.
    ///
    /// Either every change is applied or none. The first that does not fit is the error.
    pub fn apply(&self, shards: &[Shard]) -> Result<Vec<Shard>, DeltaError> {
        let changed = self.changed(&shards.iter().collect::<Vec<_>>())?;
        let mut next = shards.to_vec();
        for (number, shard) in changed {
            next[number] = shard;
        }
        Ok(next)
    }

    /// The same, but only the shards that change, with their numbers.
    pub(super) fn changed(&self, shards: &[&Shard]) -> Result<Vec<(usize, Shard)>, DeltaError> {
        let by_shard = self.0.chunk_by(|a, b| shard_of(a.position) == shard_of(b.position));
        let changed = by_shard.map(|changes| {
            let position = changes[0].position; // safe: `chunk_by` yields nothing empty
            let number = shard_of(position);
            let no_shard = DeltaError::NoSuchShard { position, shards: shards.len() };
            let shard = shards.get(number).ok_or(no_shard)?;
            let within_shard = changes
                .iter()
                .map(|change| Change { position: change.position % SHARD_POSITIONS, ..*change });
            let changed = shard.apply(within_shard);
            let changed = changed.map_err(|source| DeltaError::Shard { shard: number, source })?;
            Ok((number, changed))
        });
        changed.collect()
    }
}

fn shard_of(position: u32) -> usize {
    (position / SHARD_POSITIONS) as usize
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::super::packed::{pack, PackedStatuses};
    use super::*;

    const NO_LIMITS: DeltaLimits = DeltaLimits { max_bytes: usize::MAX, max_changes: usize::MAX };

    fn delta(changes: &[(u32, Status)]) -> Delta {
        let change = |&(position, status)| Change { position, status };
        Delta::new(changes.iter().map(change).collect()).unwrap()
    }

    fn valid(len: usize) -> Shard {
        let zlib = pack(2, &vec![0; len]).unwrap();
        Shard::from_packed(&PackedStatuses::inflate(2, &zlib, len).unwrap()).unwrap()
    }

    #[test]
    fn each_delta_has_this_encoding() {
        let one = |position, status| delta(&[(position, status)]);
        let neighbours = delta(&[(42, Status::Revoked), (43, Status::Suspended)]);
        let table: [(Delta, &[u8]); 5] = [
            (delta(&[]), &[]),
            (one(0, Status::Valid), &[0x00]),            // 3 * 0 + 0
            (neighbours, &[0x7f, 0x02]),                 // 3 * 42 + 1, 3 * 0 + 2
            (one(42, Status::Suspended), &[0x80, 0x01]), // 3 * 42 + 2 = 128
            // 3 * (2^32 - 1) + 2
            (one(u32::MAX, Status::Suspended), &[0xff, 0xff, 0xff, 0xff, 0x2f]),
        ];
        for (delta, bytes) in table {
            assert_eq!(delta.encode(), bytes);
            assert_eq!(Delta::decode(bytes, NO_LIMITS), Ok(delta));
        }
    }

    #[test]
    fn what_is_no_delta_is_refused() {
        let table: [(&str, &[u8], DeltaError); 7] = [
            ("breaks off", &[0x01, 0x80], DeltaError::Truncated),
            ("zero in two bytes", &[0x80, 0x00], DeltaError::NotShortest { at: 1 }),
            ("127 in three bytes", &[1, 0xff, 0x80, 0], DeltaError::NotShortest { at: 3 }),
            ("position 2^32", &[0x80, 0x80, 0x80, 0x80, 0x30], DeltaError::TooFar { at: 4 }),
            ("gap over the end", &[0xff, 0xff, 0xff, 0xff, 0x2f, 0], DeltaError::TooFar { at: 5 }),
            ("35 bits", &[0xff, 0xff, 0xff, 0xff, 0x7f], DeltaError::TooFar { at: 4 }),
            ("twelve bytes", &[0x80; 12], DeltaError::TooFar { at: 5 }),
        ];
        for (name, bytes, error) in table {
            assert_eq!(Delta::decode(bytes, NO_LIMITS), Err(error), "{name}");
        }
    }

    #[test]
    fn limits_are_exact() {
        let bytes = delta(&[(42, Status::Revoked), (1_000, Status::Valid)]).encode();
        let decode = |max_bytes, max_changes| {
            let limits = DeltaLimits { max_bytes, max_changes };
            Delta::decode(&bytes, limits).map(|delta| delta.changes().len())
        };
        assert_eq!(bytes.len(), 3);
        assert_eq!(decode(3, 2), Ok(2));
        let (max_bytes, max_changes) = (2, 1);
        assert_eq!(decode(2, 2), Err(DeltaError::TooManyBytes { bytes: 3, max_bytes }));
        assert_eq!(decode(3, 1), Err(DeltaError::TooManyChanges { changes: 2, max_changes }));
    }

    #[test]
    fn changes_ascend_strictly() {
        for pair in [[5, 5], [5, 4]] {
            let change = |position| Change { position, status: Status::Valid };
            let error = Delta::new(pair.map(change).to_vec());
            assert_eq!(error, Err(DeltaError::Unsorted { position: pair[1] }));
        }
    }

    #[test]
    fn a_delta_is_applied_whole_or_not() {
        let full = SHARD_POSITIONS;
        let old = [valid(full as usize), valid(8)];
        let good = (full - 1, Status::Revoked);

        let new = delta(&[good, (full + 3, Status::Suspended)]).apply(&old).unwrap();
        assert_eq!(new[0].iter_not_valid().collect::<Vec<_>>(), [good]);
        assert_eq!(new[1].iter_not_valid().collect::<Vec<_>>(), [(3, Status::Suspended)]);

        let shard = 1;
        let (position, len) = (8, 8);
        let source = ShardError::OutOfRange { position, len };
        let outside = delta(&[good, (full + 8, Status::Revoked)]).apply(&old);
        assert_eq!(outside, Err(DeltaError::Shard { shard, source }));

        let (position, status) = (3, Status::Valid);
        let source = ShardError::Unchanged { position, status };
        let unchanged = delta(&[good, (full + 3, status)]).apply(&old);
        assert_eq!(unchanged, Err(DeltaError::Shard { shard, source }));

        let (position, shards) = (2 * full, 2);
        let beyond = delta(&[good, (position, Status::Revoked)]).apply(&old);
        assert_eq!(beyond, Err(DeltaError::NoSuchShard { position, shards }));

        assert_eq!(old, [valid(full as usize), valid(8)]);
    }
}
