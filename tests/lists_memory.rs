//! Documents of any size: a typed error, and hardly any memory.

mod practice;

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use onecode::jose::{DocumentError, MAX_DOCUMENT};
use onecode::text::MAX_TEXT;
use onecode::{Algorithm, InstallError, Policy, Refusal, Verdict};
use practice::{context, Practice, NOW};

/// The system's allocator, counting what is alive and the most that ever was.
struct Counting;

static ALIVE: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);

// SAFETY: every call goes to the system's allocator unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
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

/// The most memory that was taken while `f` ran, above what was there before.
fn peak<T>(f: impl FnOnce() -> T) -> (T, usize) {
    let before = ALIVE.load(Relaxed);
    PEAK.store(before, Relaxed);
    let result = f();
    (result, PEAK.load(Relaxed) - before)
}

// One test, because the allocator counts for all threads.
#[test]
fn what_is_too_large_is_not_taken_in() {
    let world = Practice::new(Algorithm::Esp256, Algorithm::Esp256, Algorithm::Esp256);
    let mut scanner = world.scanner(Policy::default());
    let huge = vec![b'{'; 100 << 20];
    for document in [&huge[..], &huge[..MAX_DOCUMENT], b""] {
        let (result, memory) = peak(|| scanner.install_trust_list(document, NOW));
        assert!(matches!(result, Err(InstallError::Document(_))), "{result:?}");
        assert!(memory < 4_096, "{memory} bytes for a trust list of {}", document.len());
        let (result, memory) = peak(|| scanner.install_catalogue(document, NOW));
        assert!(matches!(result, Err(InstallError::Document(_))), "{result:?}");
        assert!(memory < 4_096, "{memory} bytes for a catalogue of {}", document.len());
        let (result, memory) = peak(|| scanner.install_status(document, NOW));
        assert!(result.is_err(), "{result:?}");
        assert!(memory < 4_096, "{memory} bytes for a status list of {}", document.len());
    }
    // As large as may be, and signed by nobody: the payload is not even decoded.
    let good = world.trust_list(2).sign(&world.root).unwrap();
    let (header, _) = good.split_once('.').unwrap();
    let unsigned = format!("{header}.{}.{}", "A".repeat(60 << 20), "A".repeat(86));
    let (result, memory) = peak(|| scanner.install_trust_list(unsigned.as_bytes(), NOW));
    assert_eq!(result, Err(InstallError::Document(DocumentError::BadSignature)));
    assert!(memory < 4_096, "{memory} bytes");

    let text = "OC1:".to_owned() + &"0".repeat(10 << 20);
    let (verdict, memory) = peak(|| scanner.scan(&text, &context(NOW)));
    assert_eq!(verdict, Verdict::Refused(Refusal::TooLong { length: text.len(), limit: MAX_TEXT }));
    assert!(memory < 4_096, "{memory} bytes");
}
