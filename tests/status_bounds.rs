//! How much memory hostile input can make the decoders take.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use onecode::status::{
    pack, Change, Delta, DeltaError, DeltaLimits, PackedError, PackedStatuses, Shard, Status,
    SHARD_POSITIONS,
};
use proptest::collection::vec;
use proptest::prelude::*;

/// The system's allocator, keeping for each thread what is alive and the most that was.
struct Counting;

thread_local! {
    static ALIVE: Cell<isize> = const { Cell::new(0) };
    static PEAK: Cell<isize> = const { Cell::new(0) };
}

fn count(bytes: isize) {
    ALIVE.set(ALIVE.get() + bytes);
    PEAK.set(PEAK.get().max(ALIVE.get()));
}

// SAFETY: every call goes to the system's allocator unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size() as isize);
        System.alloc(layout)
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        count(-(layout.size() as isize));
        System.dealloc(pointer, layout)
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        count(new_size as isize - layout.size() as isize);
        System.realloc(pointer, layout, new_size)
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// The most bytes that were alive during `f`, above those before it.
fn peak<T>(f: impl FnOnce() -> T) -> (T, usize) {
    let before = ALIVE.get();
    PEAK.set(before);
    let result = f();
    (result, (PEAK.get() - before) as usize)
}

/// What the decompressor takes for itself.
const DECOMPRESSOR: usize = 64 << 10;

#[test]
fn a_decompression_bomb_takes_no_more_than_the_limit() {
    let bomb = pack(8, &vec![0; 8 << 20]).unwrap();
    let max_inflated_bytes = 1 << 18;
    let (result, peak) = peak(|| PackedStatuses::inflate(2, &bomb, max_inflated_bytes));
    assert_eq!(result, Err(PackedError::TooLong { max_inflated_bytes }));
    assert!((max_inflated_bytes..=max_inflated_bytes + DECOMPRESSOR).contains(&peak), "{peak}");
}

#[test]
fn a_short_stream_does_not_reserve_a_long_limit() {
    let (result, peak) = peak(|| PackedStatuses::inflate(2, &[0x78, 0xda, 0x3b], usize::MAX));
    assert_eq!(result, Err(PackedError::Truncated));
    assert!(peak <= 3 * 1032 + DECOMPRESSOR, "{peak}");
}

#[test]
fn many_changes_are_refused_before_they_are_stored() {
    let bytes = vec![1; 1 << 20];
    let changes = bytes.len();
    let max_bytes = changes;
    let decode = |max_changes| {
        let limits = DeltaLimits { max_bytes, max_changes };
        peak(|| Delta::decode(&bytes, limits).map(|delta| delta.changes().len()))
    };
    let max_changes = changes - 1;
    let error = DeltaError::TooManyChanges { changes, max_changes };
    assert_eq!(decode(max_changes), (Err(error), 0));
    assert_eq!(decode(changes), (Ok(changes), 8 * changes));
}

proptest! {
    #[test]
    fn bytes_from_anywhere_take_no_more_than_the_limits(
        bytes in vec(any::<u8>(), 0..2_000),
        max_inflated_bytes in 0..5_000_usize,
        max_changes in 0..2_000_usize,
    ) {
        for list in [bytes.clone(), [&[0x78, 0xda], &bytes[..]].concat()] {
            let (_, peak) = peak(|| PackedStatuses::inflate(2, &list, max_inflated_bytes));
            prop_assert!(peak <= max_inflated_bytes + DECOMPRESSOR, "{}", peak);
        }
        let limits = DeltaLimits { max_bytes: 2_000, max_changes };
        let (_, peak) = peak(|| Delta::decode(&bytes, limits));
        prop_assert!(peak <= 8 * max_changes, "{}", peak);
    }
}

/// One delta may touch every list. What it costs follows from its changes and one copy of each list
/// that it touches; to read those lists anew costs many times that. Measured side by side.
#[test]
fn a_delta_that_touches_every_list_costs_a_fraction_of_the_lists() {
    const LISTS: usize = 8;
    // Half are sparse, and as large as those may be; half are dense.
    let packed: Vec<PackedStatuses> = (0..LISTS)
        .map(|list| {
            let every = if list % 2 == 0 { 5 } else { 2 };
            let values: Vec<u8> =
                (0..SHARD_POSITIONS).map(|at| u8::from(at % every == 0)).collect();
            PackedStatuses::inflate(2, &pack(2, &values).unwrap(), 1 << 18).unwrap()
        })
        .collect();
    let read = || -> Vec<Shard> {
        packed.iter().map(|packed| Shard::from_packed(packed).unwrap()).collect()
    };
    let shards = read();
    let changes = (0..LISTS as u32)
        .map(|list| Change {
            position: list * SHARD_POSITIONS + 500_001,
            status: Status::Suspended,
        })
        .collect();
    let delta = Delta::new(changes).unwrap();
    let fastest = |work: &dyn Fn() -> Vec<Shard>| {
        let timed = (0..3).map(|_| {
            let began = std::time::Instant::now();
            assert_eq!(work().len(), LISTS);
            began.elapsed()
        });
        timed.min().unwrap()
    };
    let (whole, touched) = (fastest(&read), fastest(&|| delta.apply(&shards).unwrap()));
    assert!(touched * 4 < whole, "{touched:?} for the delta, {whole:?} for the lists");
}
