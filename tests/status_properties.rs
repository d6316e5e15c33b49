//! Whatever the statuses are: all forms say the same as a plain table, and bytes from anywhere are
//! either understood or refused.

use std::collections::BTreeMap;

use onecode::status::{
    pack, Change, Delta, DeltaLimits, PackedStatuses, Shard, Status, SHARD_POSITIONS,
};
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use proptest::sample::select;

const LIMITS: DeltaLimits = DeltaLimits { max_bytes: 1 << 20, max_changes: 1 << 20 };

/// Numbers up to `max`, in runs: of any length, so clustered; mostly of one, so scattered.
fn values(max: u8) -> impl Strategy<Value = Vec<u8>> {
    let number = prop_oneof![3 => Just(0), 1 => 0..=max];
    let length = prop_oneof![4 => Just(1_usize), 2 => 1..300_usize, 1 => 1..9_000_usize];
    vec((number, length), 0..60).prop_map(|runs| {
        let runs = runs.into_iter();
        runs.flat_map(|(number, length)| std::iter::repeat_n(number, length)).collect()
    })
}

/// Positions in two shards, many of them around the border, and what stands there.
fn statuses() -> impl Strategy<Value = BTreeMap<u32, Status>> {
    let border = SHARD_POSITIONS - 400..END;
    let position = prop_oneof![0..END, border, 0..600_u32];
    let status = select(vec![Status::Valid, Status::Revoked, Status::Suspended]);
    btree_map(position, status, 0..600)
}

const END: u32 = SHARD_POSITIONS + 500;

fn inflate(bits: u8, values: &[u8]) -> PackedStatuses {
    PackedStatuses::inflate(bits, &pack(bits, values).unwrap(), values.len()).unwrap()
}

fn shards(statuses: &BTreeMap<u32, Status>) -> Vec<Shard> {
    let mut values = vec![0; END as usize];
    for (&position, status) in statuses {
        values[position as usize] = status.value();
    }
    (values.chunks(SHARD_POSITIONS as usize))
        .map(|values| Shard::from_packed(&inflate(2, values)).unwrap())
        .collect()
}

proptest! {
    #[test]
    fn packed_numbers_come_back(
        (bits, values) in select(vec![1, 2, 4, 8_u8])
            .prop_flat_map(|bits| (Just(bits), values(u8::MAX >> (8 - bits))))
    ) {
        let packed = inflate(bits, &values);
        let padded = values.len().next_multiple_of(8 / usize::from(bits));
        prop_assert_eq!(packed.len() as usize, padded);
        for position in 0..padded + 2 {
            let padding = (position < padded).then_some(0);
            let expected = values.get(position).copied().or(padding);
            prop_assert_eq!(packed.value(position as u32), expected);
        }
        let not_zero: Vec<_> = (0..).zip(values).filter(|&(_, value)| value != 0).collect();
        prop_assert_eq!(packed.iter_not_zero().collect::<Vec<_>>(), not_zero);
    }

    #[test]
    fn a_shard_says_what_the_list_says(
        (bits, values) in select(vec![1, 2, 4, 8_u8])
            .prop_flat_map(|bits| (Just(bits), values(if bits == 1 { 1 } else { 2 })))
    ) {
        let packed = inflate(bits, &values);
        let shard = Shard::from_packed(&packed).unwrap();
        prop_assert_eq!(shard.len(), packed.len());
        for position in 0..packed.len() + 2 {
            let expected = packed.value(position).map(|value| Status::try_from(value).unwrap());
            prop_assert_eq!(shard.status(position), expected);
        }
        let not_valid: Vec<_> = shard.iter_not_valid().map(|(at, s)| (at, s.value())).collect();
        prop_assert_eq!(not_valid, packed.iter_not_zero().collect::<Vec<_>>());

        let two_bits = shard.to_packed();
        prop_assert_eq!(two_bits.bits(), 2);
        prop_assert_eq!(two_bits.len(), packed.len());
        prop_assert!(two_bits.iter_not_zero().eq(packed.iter_not_zero()));
        prop_assert_eq!(Shard::from_packed(&two_bits).unwrap(), shard.clone());
        prop_assert!(shard.resident_bytes() <= size_of::<Shard>() + packed.len() as usize / 4 + 1);
    }

    #[test]
    fn bytes_are_a_delta_in_one_way(bytes in vec(any::<u8>(), 0..400)) {
        if let Ok(delta) = Delta::decode(&bytes, LIMITS) {
            prop_assert_eq!(delta.encode(), bytes);
            prop_assert_eq!(Delta::new(delta.changes().to_vec()).unwrap(), delta);
        }
    }

    #[test]
    fn short_numbers_are_a_delta_in_one_way(bytes in vec(0..0x90_u8, 0..400)) {
        if let Ok(delta) = Delta::decode(&bytes, LIMITS) {
            prop_assert_eq!(delta.encode(), bytes);
        }
    }

    #[test]
    fn bytes_from_anywhere_are_no_panic(
        bits in any::<u8>(),
        bytes in vec(any::<u8>(), 0..400),
        max in 0..5_000_usize,
    ) {
        if let Ok(packed) = PackedStatuses::inflate(bits, &bytes, max) {
            let _ = Shard::from_packed(&packed);
        }
    }

    #[test]
    fn a_damaged_list_is_never_another_list(
        values in values(3),
        at in any::<prop::sample::Index>(),
        flip in 1..=u8::MAX,
    ) {
        let mut zlib = pack(2, &values).unwrap();
        let whole = PackedStatuses::inflate(2, &zlib, values.len()).unwrap();
        let at = at.index(zlib.len());
        zlib[at] ^= flip;
        // Some bits of the header say how hard the compressor tried: nothing that a list holds.
        if let Ok(packed) = PackedStatuses::inflate(2, &zlib, 1 << 20) {
            prop_assert_eq!(packed, whole);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn applying_a_delta_is_building_anew(old in statuses(), new in statuses()) {
        let at = |statuses: &BTreeMap<u32, Status>, position: &u32| {
            statuses.get(position).copied().unwrap_or(Status::Valid)
        };
        let changed: BTreeMap<u32, Status> = (old.keys().chain(new.keys()))
            .map(|position| (*position, at(&new, position)))
            .filter(|(position, status)| at(&old, position) != *status)
            .collect();
        let changes = changed.into_iter().map(|(position, status)| Change { position, status });
        let delta = Delta::new(changes.collect()).unwrap();

        let decoded = Delta::decode(&delta.encode(), LIMITS).unwrap();
        prop_assert_eq!(&decoded, &delta);
        let new = shards(&new);
        prop_assert_eq!(decoded.apply(&shards(&old)).unwrap(), new.clone());
        // The new state is not the one that the delta starts from.
        prop_assert_eq!(decoded.apply(&new).is_err(), !delta.changes().is_empty());
    }
}
