//! One shard of a status list as a scanner keeps it in memory: exact, small, never changed.
//!
//! Uses `packed`. Specification: none, this form is never stored or sent.
//!
//! Positions are cut into buckets of 128. Each entry that is not valid takes one byte in its
//! bucket: 7 bits of position, 1 bit of status. A full shard of 2^20 positions with `n` of them not
//! valid takes
//!
//! ```text
//! 8192 bucket sizes of 1 byte + 256 group starts of 4 bytes + n entries of 1 byte = 9216 + n bytes
//! ```
//!
//! so 1 % not valid takes 19.7 kB, clustered or scattered. Beyond 252,928 not valid (24 %), plain
//! packing with 2 bits per position is smaller and is used.

use std::ops::Range;

use super::packed::{PackedStatuses, Status};
use crate::keys::sha256_of;

/// The most positions that a shard has.
///
/// Position `p` of an issuer is position `p % 2^20` of its shard `p / 2^20`. With 2 bits per
/// position a shard inflates to `SHARD_POSITIONS / 4` bytes at most.
pub const SHARD_POSITIONS: u32 = 1 << 20;

/// The most shards that an issuer has: its positions fit in 32 bits.
pub(super) const MAX_SHARDS: usize = 1 << 12;

/// One position gets another status.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Change {
    /// Where.
    pub position: u32,
    /// Its status from now on.
    pub status: Status,
}

impl Change {
    /// Whether it changes this value.
    fn check(self, value: u8) -> Result<(), ShardError> {
        let Change { position, status } = self;
        match value == status.value() {
            true => Err(ShardError::Unchanged { position, status }),
            false => Ok(()),
        }
    }
}

/// Why a list is not a shard, or a change does not fit this shard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ShardError {
    /// The list has more than [`SHARD_POSITIONS`].
    #[error("a shard of {len} positions is too long")]
    TooLong {
        /// How many it has.
        len: u32,
    },
    /// The list holds a number that is no [`Status`]. Its issuer follows another profile.
    #[error("{value} at position {position} is not a status")]
    UnknownStatus {
        /// Where it stands.
        position: u32,
        /// The number.
        value: u8,
    },
    /// A change names a position that the shard does not have.
    #[error("position {position} is outside of a shard of {len}")]
    OutOfRange {
        /// The position of the change.
        position: u32,
        /// How many the shard has.
        len: u32,
    },
    /// A change has no effect: it was made for another state of the list.
    #[error("position {position} is {status:?} already")]
    Unchanged {
        /// The position of the change.
        position: u32,
        /// The status it has, before and after.
        status: Status,
    },
}

/// The status of each position of one shard.
///
/// Two shards are equal if they say the same, however they were made.
#[derive(Clone, PartialEq, Eq)]
pub struct Shard {
    len: u32,
    form: Form,
}

/// The smaller of the two forms, so each content has one form.
#[derive(Clone, PartialEq, Eq)]
enum Form {
    Sparse(Sparse),
    /// 2 bits per position.
    Dense(PackedStatuses),
}

impl Shard {
    /// Takes over a list of any width in which every number is a [`Status`].
    pub fn from_packed(packed: &PackedStatuses) -> Result<Self, ShardError> {
        let len = packed.len();
        if len > SHARD_POSITIONS {
            return Err(ShardError::TooLong { len });
        }
        let mut not_valid = 0;
        for (position, value) in packed.iter_not_zero() {
            Status::try_from(value).map_err(|_| ShardError::UnknownStatus { position, value })?;
            not_valid += 1;
        }
        let form = if sparse_is_smaller(len, not_valid) {
            Form::Sparse(Sparse::new(len, not_valid, packed.iter_not_zero()))
        } else {
            Form::Dense(two_bits(len, packed.iter_not_zero()))
        };
        Ok(Self { len, form })
    }

    /// A shard of this many positions, [`SHARD_POSITIONS`] at most, all valid.
    pub fn all_valid(len: u32) -> Self {
        let len = len.min(SHARD_POSITIONS);
        Self { len, form: Form::Sparse(Sparse::new(len, 0, std::iter::empty())) }
    }

    /// The shard as a list of 2 bits, ready to be deflated or changed.
    pub fn to_packed(&self) -> PackedStatuses {
        match &self.form {
            Form::Sparse(sparse) => two_bits(self.len, sparse.iter()),
            Form::Dense(packed) => packed.clone(),
        }
    }

    /// The shard after these changes, in their order. This one is unchanged.
    ///
    /// A change without effect is refused. Whoever made it saw another state of the list, so its
    /// other changes may be wrong too.
    ///
    /// It costs one copy of the shard, and at most one bucket for each change.
    pub fn apply(&self, changes: impl IntoIterator<Item = Change>) -> Result<Self, ShardError> {
        let mut changes: Vec<Change> = changes.into_iter().collect();
        // A stable sort: changes to one position keep their order.
        changes.sort_by_key(|change| change.position);
        let len = self.len;
        let form = match &self.form {
            Form::Sparse(sparse) => {
                let sparse = sparse.merge(len, &changes)?;
                match sparse_is_smaller(len, sparse.entries.len()) {
                    true => Form::Sparse(sparse),
                    false => Form::Dense(two_bits(len, sparse.iter())),
                }
            }
            Form::Dense(packed) => {
                let mut packed = packed.clone();
                for change in changes {
                    let Change { position, status } = change;
                    let value = packed.value(position);
                    change.check(value.ok_or(ShardError::OutOfRange { position, len })?)?;
                    packed.set(position, status.value());
                }
                let not_valid = packed.count_not_zero();
                match sparse_is_smaller(len, not_valid) {
                    true => Form::Sparse(Sparse::new(len, not_valid, packed.iter_not_zero())),
                    false => Form::Dense(packed),
                }
            }
        };
        Ok(Self { len, form })
    }

    /// The status of a position; `None` outside the list.
    pub fn status(&self, position: u32) -> Option<Status> {
        let value = match &self.form {
            _ if position >= self.len => return None,
            Form::Sparse(sparse) => sparse.value(position),
            Form::Dense(packed) => packed.value(position)?,
        };
        Some(known(value))
    }

    /// How many positions the shard has.
    pub fn len(&self) -> u32 {
        self.len
    }

    /// Whether the shard has no position at all.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// How much memory the shard takes, itself and its heap.
    pub fn resident_bytes(&self) -> usize {
        let heap = match &self.form {
            Form::Sparse(sparse) => Sparse::bytes(self.len, sparse.entries.len()),
            Form::Dense(_) => dense_bytes(self.len),
        };
        size_of::<Self>() + heap
    }

    /// A hash of what it says. Each content has one form, so equal shards have one hash.
    pub(super) fn digest(&self) -> [u8; 32] {
        let parts = match &self.form {
            Form::Sparse(sparse) => [&[0][..], &sparse.bucket_sizes, &sparse.entries],
            Form::Dense(packed) => [&[1][..], packed.bytes(), &[]],
        };
        sha256_of(&[&self.len.to_be_bytes()[..], parts[0], parts[1], parts[2]])
    }

    /// The positions that are revoked or suspended, in order.
    pub fn iter_not_valid(&self) -> impl Iterator<Item = (u32, Status)> + '_ {
        let (sparse, dense) = match &self.form {
            Form::Sparse(sparse) => (Some(sparse.iter()), None),
            Form::Dense(packed) => (None, Some(packed.iter_not_zero())),
        };
        (sparse.into_iter().flatten())
            .chain(dense.into_iter().flatten())
            .map(|(position, value)| (position, known(value)))
    }
}

impl std::fmt::Debug for Shard {
    // Without the entries: there may be a quarter of a million.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (len, bytes) = (self.len, self.resident_bytes());
        write!(f, "Shard({len} positions in {bytes} bytes)")
    }
}

/// How many positions share a bucket: as many as 7 bits can distinguish.
const BUCKET: u32 = 1 << 7;
/// How many buckets share a group. The start of each group is stored, so a look-up adds up few
/// sizes.
const GROUP: usize = 32;
/// The bit of an entry that means suspended. Without it the entry means revoked.
const SUSPENDED: u8 = 1 << 7;

/// Only the positions that are not valid.
#[derive(Clone, PartialEq, Eq)]
struct Sparse {
    /// How many entries lie before each group.
    group_starts: Box<[u32]>,
    /// How many entries each bucket has.
    bucket_sizes: Box<[u8]>,
    /// Position within the bucket and status, in order of position.
    entries: Box<[u8]>,
}

impl Sparse {
    /// `not_valid` is the number of `entries`.
    fn new(len: u32, not_valid: usize, entries: impl Iterator<Item = (u32, u8)>) -> Self {
        let mut bucket_sizes = vec![0; len.div_ceil(BUCKET) as usize];
        let mut bytes = Vec::with_capacity(not_valid);
        for (position, value) in entries {
            bucket_sizes[(position / BUCKET) as usize] += 1;
            bytes.push(entry((position % BUCKET) as u8, value));
        }
        Self::of(bucket_sizes.into(), bytes)
    }

    fn of(bucket_sizes: Box<[u8]>, entries: Vec<u8>) -> Self {
        let group_starts = (bucket_sizes.chunks(GROUP))
            .scan(0, |next, sizes| {
                let start = *next;
                *next += sum(sizes);
                Some(start)
            })
            .collect();
        Self { group_starts, bucket_sizes, entries: entries.into() }
    }

    /// Applies these changes, which are ordered by position. Other buckets are copied as they are.
    fn merge(&self, len: u32, changes: &[Change]) -> Result<Self, ShardError> {
        let mut bucket_sizes = self.bucket_sizes.clone();
        let mut entries = Vec::with_capacity(self.entries.len() + changes.len());
        let mut copied = 0;
        for changes in changes.chunk_by(|a, b| a.position / BUCKET == b.position / BUCKET) {
            let position = changes[0].position; // safe: `chunk_by` yields nothing empty
            if position >= len {
                return Err(ShardError::OutOfRange { position, len });
            }
            let bucket = (position / BUCKET) as usize;
            let old = self.range(bucket);
            entries.extend_from_slice(&self.entries[copied..old.start]);
            let mut values = [Status::Valid.value(); BUCKET as usize];
            for entry in &self.entries[old.clone()] {
                values[usize::from(entry & !SUSPENDED)] = entry_value(entry);
            }
            for change in changes {
                let Change { position, status } = *change;
                if position >= len {
                    return Err(ShardError::OutOfRange { position, len });
                }
                let value = &mut values[(position % BUCKET) as usize];
                change.check(*value)?;
                *value = status.value();
            }
            let before = entries.len();
            let not_valid = (0..).zip(values).filter(|(_, value)| *value != Status::Valid.value());
            entries.extend(not_valid.map(|(low, value)| entry(low, value)));
            bucket_sizes[bucket] = (entries.len() - before) as u8;
            copied = old.end;
        }
        entries.extend_from_slice(&self.entries[copied..]);
        Ok(Self::of(bucket_sizes, entries))
    }

    /// Where the entries of a bucket are.
    fn range(&self, bucket: usize) -> Range<usize> {
        let group = bucket / GROUP;
        let start = self.group_starts[group] + sum(&self.bucket_sizes[group * GROUP..bucket]);
        let start = start as usize;
        start..start + usize::from(self.bucket_sizes[bucket])
    }

    fn bytes(len: u32, entries: usize) -> usize {
        let buckets = len.div_ceil(BUCKET) as usize;
        buckets + buckets.div_ceil(GROUP) * size_of::<u32>() + entries
    }

    /// The value at a position inside the list.
    fn value(&self, position: u32) -> u8 {
        let low = (position % BUCKET) as u8;
        (self.entries[self.range((position / BUCKET) as usize)].iter())
            .find(|&entry| entry & !SUSPENDED == low)
            .map_or(Status::Valid.value(), entry_value)
    }

    fn iter(&self) -> impl Iterator<Item = (u32, u8)> + '_ {
        (self.bucket_sizes.iter().zip(0..))
            .flat_map(|(&size, bucket)| std::iter::repeat_n(bucket * BUCKET, size.into()))
            .zip(&self.entries)
            .map(|(start, entry)| (start | u32::from(entry & !SUSPENDED), entry_value(entry)))
    }
}

fn sum(sizes: &[u8]) -> u32 {
    sizes.iter().copied().map(u32::from).sum()
}

/// The entry for a position within its bucket, and its value.
fn entry(low: u8, value: u8) -> u8 {
    let suspended = u8::from(value == Status::Suspended.value());
    low | (suspended * SUSPENDED)
}

/// The value that an entry of a bucket means.
fn entry_value(entry: &u8) -> u8 {
    match entry & SUSPENDED {
        0 => Status::Revoked.value(),
        _ => Status::Suspended.value(),
    }
}

/// The status for a number that was checked when the shard was made.
fn known(value: u8) -> Status {
    // An unchecked one would count as revoked; it can never count as valid.
    Status::try_from(value).unwrap_or(Status::Revoked)
}

fn sparse_is_smaller(len: u32, not_valid: usize) -> bool {
    Sparse::bytes(len, not_valid) <= dense_bytes(len)
}

fn dense_bytes(len: u32) -> usize {
    len.div_ceil(4) as usize
}

fn two_bits(len: u32, not_valid: impl Iterator<Item = (u32, u8)>) -> PackedStatuses {
    let mut packed = PackedStatuses::zeros(2, len);
    for (position, value) in not_valid {
        packed.set(position, value);
    }
    packed
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::spec::{assert_says, number};

    const FULL: u32 = SHARD_POSITIONS;

    fn shard(len: u32, revoked: impl IntoIterator<Item = u32>) -> Shard {
        let revoked = revoked.into_iter().map(|position| (position, 1));
        Shard::from_packed(&two_bits(len, revoked)).unwrap()
    }

    #[test]
    fn the_specification_states_what_is_here() {
        assert_eq!(SHARD_POSITIONS, 1 << 20);
        assert_says([
            "Index *n* is position *n* mod 2^20 of list ⌊*n* / 2^20⌋",
            &format!("⌋, at most {}.", number(MAX_SHARDS - 1)),
        ]);
    }

    #[test]
    fn the_smaller_form_is_taken_and_has_the_documented_size() {
        let size = |revoked| shard(FULL, 0..revoked).resident_bytes() - size_of::<Shard>();
        assert_eq!(size(0), 9_216);
        assert_eq!(size(10_486), 9_216 + 10_486);
        assert_eq!(size(252_927), 9_216 + 252_927);
        assert_eq!(size(252_928), 262_144);
        assert_eq!(size(FULL), 262_144);
        assert!(matches!(shard(FULL, 0..252_928).form, Form::Sparse(_)));
        assert!(matches!(shard(FULL, 0..252_929).form, Form::Dense(_)));
    }

    #[test]
    fn full_buckets_and_groups_keep_their_neighbours_apart() {
        let group = BUCKET * GROUP as u32;
        let runs = [0..BUCKET, group - 1..2 * group + 1, FULL - BUCKET..FULL];
        let shard = shard(FULL, runs.clone().into_iter().flatten());
        for position in 0..FULL {
            let revoked = runs.iter().any(|run| run.contains(&position));
            let status = if revoked { Status::Revoked } else { Status::Valid };
            assert_eq!(shard.status(position), Some(status), "at {position}");
        }
        assert_eq!(shard.status(FULL), None);
        assert_eq!(shard.status(u32::MAX), None);
    }

    #[test]
    fn a_list_that_is_no_shard_is_refused() {
        let too_long = Shard::from_packed(&PackedStatuses::zeros(1, FULL + 1));
        assert_eq!(too_long, Err(ShardError::TooLong { len: FULL + 1 }));

        let mut list = PackedStatuses::zeros(2, 40);
        list.set(33, 3);
        let (position, value) = (33, 3);
        let unknown = Shard::from_packed(&list);
        assert_eq!(unknown, Err(ShardError::UnknownStatus { position, value }));
    }

    #[test]
    fn a_change_has_to_change_something() {
        let old = shard(100, [7]);
        let apply = |position, status| old.apply([Change { position, status }]);

        assert_eq!(apply(7, Status::Valid), Ok(shard(100, [])));
        assert_eq!(apply(99, Status::Revoked), Ok(shard(100, [7, 99])));
        for (position, status) in [(7, Status::Revoked), (8, Status::Valid)] {
            let unchanged = ShardError::Unchanged { position, status };
            assert_eq!(apply(position, status), Err(unchanged));
        }
        let (position, len) = (100, 100);
        let outside = ShardError::OutOfRange { position, len };
        assert_eq!(apply(100, Status::Revoked), Err(outside));
    }

    #[test]
    fn only_a_shard_without_positions_is_empty() {
        for len in [0, 1, 4, FULL] {
            assert_eq!(Shard::all_valid(len).is_empty(), len == 0, "{len}");
        }
        // Its content does not matter.
        assert!(!shard(100, 0..100).is_empty());
    }

    /// Whichever form a shard has before and after, it agrees with a plain table.
    #[test]
    fn changes_lead_to_the_same_shard_from_either_form() {
        let len = 1_000;
        let border = (0..).find(|n| !sparse_is_smaller(len, *n as usize)).unwrap();
        let next = |seed: &mut u32| {
            *seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            *seed >> 8
        };
        let mut seed = 1;
        let mut forms = [[0; 2]; 2];
        for of_before in [0, 1, border - 1, border, border + 1, len / 2, len] {
            for round in 0..20 {
                let mut table = vec![0_u8; len as usize];
                while table.iter().filter(|value| **value != 0).count() < of_before as usize {
                    table[(next(&mut seed) % len) as usize] = 1 + (next(&mut seed) % 2) as u8;
                }
                let of = |table: &[u8]| {
                    let values = (0..).zip(table.iter().copied()).filter(|(_, value)| *value != 0);
                    Shard::from_packed(&two_bits(len, values)).unwrap()
                };
                let before = of(&table);
                let mut changes = Vec::new();
                // In any order, and some positions more than once.
                for _ in 0..[1, 3, 40, 400][round % 4] {
                    let position = next(&mut seed) % len;
                    let value = &mut table[position as usize];
                    *value = (*value + 1 + (next(&mut seed) % 2) as u8) % 3;
                    changes.push(Change { position, status: known(*value) });
                }
                let after = before.apply(changes).unwrap();
                assert_eq!(after, of(&table), "from {of_before} not valid");
                let dense = |shard: &Shard| usize::from(matches!(shard.form, Form::Dense(_)));
                forms[dense(&before)][dense(&after)] += 1;
            }
        }
        assert!(forms.as_flattened().iter().all(|count| *count > 0), "{forms:?}");
    }

    #[test]
    fn a_change_that_does_not_fit_is_refused_in_either_form() {
        for not_valid in [0..0, 0..300] {
            let old = shard(300, not_valid.clone());
            let status = if not_valid.is_empty() { Status::Valid } else { Status::Revoked };
            let apply = |position, status| old.apply([Change { position, status }]);
            let (position, len) = (256, 300);
            assert_eq!(apply(position, status), Err(ShardError::Unchanged { position, status }));
            // In the last bucket, behind it, and far away.
            for position in [300, 383, 384, u32::MAX] {
                let outside = ShardError::OutOfRange { position, len };
                assert_eq!(apply(position, Status::Suspended), Err(outside));
            }
        }
    }
}
