//! What a scan asks of the allocator: a handful of pieces, whatever the text.

mod practice;

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use onecode::{Algorithm, Policy};
use practice::{context, number, Practice, NOW};

/// The system's allocator, counting pieces and bytes asked for, and the most that was alive.
struct Counting;

static PIECES: AtomicUsize = AtomicUsize::new(0);
static BYTES: AtomicUsize = AtomicUsize::new(0);
static ALIVE: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);

// SAFETY: every call goes to the system's allocator unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        PIECES.fetch_add(1, Relaxed);
        BYTES.fetch_add(layout.size(), Relaxed);
        PEAK.fetch_max(ALIVE.fetch_add(layout.size(), Relaxed) + layout.size(), Relaxed);
        System.alloc(layout)
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        ALIVE.fetch_sub(layout.size(), Relaxed);
        System.dealloc(pointer, layout)
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// What one piece of work asked for.
#[derive(Clone, Copy, Debug)]
struct Asked {
    pieces: usize,
    bytes: usize,
    peak: usize,
}

/// The least that three runs asked for: the harness has a thread of its own, which may ask for
/// something at any time.
fn asked(mut work: impl FnMut()) -> Asked {
    let mut once = || {
        let before = (PIECES.load(Relaxed), BYTES.load(Relaxed), ALIVE.load(Relaxed));
        PEAK.store(before.2, Relaxed);
        work();
        Asked {
            pieces: PIECES.load(Relaxed) - before.0,
            bytes: BYTES.load(Relaxed) - before.1,
            peak: PEAK.load(Relaxed) - before.2,
        }
    };
    let runs = [once(), once(), once()];
    Asked {
        pieces: runs.map(|run| run.pieces).into_iter().min().unwrap(),
        bytes: runs.map(|run| run.bytes).into_iter().min().unwrap(),
        peak: runs.map(|run| run.peak).into_iter().min().unwrap(),
    }
}

// One test, because the allocator counts for all threads.
#[test]
fn a_scan_asks_for_a_handful_of_memory() {
    let world = Practice::new(Algorithm::Esp256, Algorithm::Esp256, Algorithm::Esp256);
    let mut scanner = world.scanner(Policy::default());
    let card = world.credential(|_| ());
    let code = world.code(&card, NOW);

    let mut strangers = vec![scanner.clone(); 3].into_iter();
    let new = asked(|| {
        let verdict = strangers.next().unwrap().scan(code.text(), &context(NOW));
        assert_eq!(number(&verdict), None);
    });
    println!("a card never seen: {new:?}");
    scanner.scan(code.text(), &context(NOW));
    let known = asked(|| assert_eq!(number(&scanner.scan(code.text(), &context(NOW))), None));
    println!("a card seen before: {known:?}");
    assert!(known.pieces <= 6 && known.peak <= 1_024, "{known:?}");
    assert!(new.pieces <= 8 && new.peak <= 2_048, "{new:?}");

    // As long as a gate works: cards that it knows add nothing.
    let before = ALIVE.load(Relaxed);
    for _ in 0..2_000 {
        scanner.scan(code.text(), &context(NOW));
    }
    let grown = ALIVE.load(Relaxed).saturating_sub(before);
    assert!(grown < 4_096, "{grown} bytes more");

    // What is refused before a signature is checked.
    let stranger = Practice::new(Algorithm::Esp256, Algorithm::Esp256, Algorithm::Esp256);
    let unknown = stranger.code(&stranger.credential(|_| ()), NOW);
    for (text, now, expected) in [
        ("", NOW, 101),
        ("https://example.cn/", NOW, 103),
        (unknown.text(), NOW, 201),
        (code.text(), NOW + 3_600, 301),
    ] {
        let refused = asked(|| {
            let verdict = scanner.scan(text, &context(now));
            assert_eq!(number(&verdict), Some(expected));
        });
        assert!(refused.pieces <= 2 && refused.peak <= 512, "{expected}: {refused:?}");
    }

    // Of any text, as long as may be and longer: never more than a code needs.
    for length in [10, 100, 367, 483, 484, 4_096, 4_097, 100_000, 10 << 20] {
        for text in ["OC1:".to_owned() + &"0".repeat(length), "A".repeat(length)] {
            let refused = asked(|| assert!(number(&scanner.scan(&text, &context(NOW))).is_some()));
            assert!(refused.pieces <= 1 && refused.bytes <= 512, "{length}: {refused:?}");
        }
    }
}
