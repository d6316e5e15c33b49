//! Documents of any size: a typed error, and hardly any memory.

mod practice;
#[macro_use]
mod say;

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use base64::Engine;
use onecode::catalogue::{DuplicateRule, ForeignCode, ForeignEntry, ForeignPattern};
use onecode::governance::{DocumentKind, Holder, HolderKey, Roots, RootsDocument, Thresholds};
use onecode::jose::{DocumentError, MAX_DOCUMENT};
use onecode::keys::{EncodedSignature, ToBeSigned};
use onecode::text::MAX_TEXT;
use onecode::trust::AlgorithmRule;
use onecode::{
    Algorithm, InstallError, Policy, Refusal, Scanner, SigningKey, SoftwareKey, Verdict,
};
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
    many_signatures(&world);
    as_large_as_may_be();
    what_is_unknown_takes_no_memory(&world);

    let text = "OC1:".to_owned() + &"0".repeat(10 << 20);
    let (verdict, memory) = peak(|| scanner.scan(&text, &context(NOW)));
    assert_eq!(verdict, Verdict::Refused(Refusal::TooLong { length: text.len(), limit: MAX_TEXT }));
    assert!(memory < 4_096, "{memory} bytes");
}

/// However many there are, sixteen are read.
fn many_signatures(world: &Practice) {
    let mut scanner = world.scanner(Policy::default());
    let kid =
        |number: usize| URL_SAFE_NO_PAD.encode([&number.to_be_bytes()[..], &[9; 24]].concat());
    let one = |number| {
        let protected = URL_SAFE_NO_PAD.encode(header("ES256", &kid(number), TRUST_LIST));
        format!(r#"{{"protected":"{protected}","signature":"{}"}}"#, "A".repeat(86))
    };
    let of = |count: usize| -> String {
        let all: Vec<String> = (0..count).map(one).collect();
        format!(r#"{{"payload":"e30","signatures":[{}]}}"#, all.join(","))
    };
    for count in [10_000, 100_000] {
        let document = of(count);
        let (result, memory) = peak(|| scanner.install_trust_list(document.as_bytes(), NOW));
        assert!(matches!(result, Err(InstallError::Document(DocumentError::Form { .. }))));
        assert!(memory < 4_096, "{memory} bytes for {count} signatures");
    }
    let (result, memory) = peak(|| scanner.install_trust_list(of(16).as_bytes(), NOW));
    assert!(matches!(result, Err(InstallError::Document(DocumentError::NotEnough(_)))));
    // The document itself, made within: 16 signatures of some 260 bytes.
    assert!(memory < 32_768, "{memory} bytes for 16 signatures");
}

/// A document of 64 MiB. Decoded it is 48 MiB, and no more than that is taken where no signature is
/// by a key that is known. To check signatures it is copied once, however many there are: 112 MiB,
/// 7/4 of the document. All of it is given back.
fn as_large_as_may_be() {
    let holders: Vec<SoftwareKey> = (0..16).map(|_| practice::key(Algorithm::Esp256)).collect();
    let mut scanner = Scanner::new(roots_of(&holders), Policy::default());
    let strangers: Vec<SoftwareKey> = (0..16).map(|_| practice::key(Algorithm::Esp256)).collect();
    let unsigned = |keys: &[SoftwareKey]| {
        let one = |key: &SoftwareKey| {
            let kid = key.public_key().jwk_thumbprint();
            let protected = URL_SAFE_NO_PAD.encode(header("ES256", &kid, TRUST_LIST));
            // 64 bytes that hold for nothing.
            format!(r#"{{"protected":"{protected}","signature":"{}AQ"}}"#, "AQID".repeat(21))
        };
        let all = keys.iter().map(one).collect::<Vec<_>>().join(",");
        let rest = format!(r#"","signatures":[{all}]}}"#);
        let payload = "A".repeat((MAX_DOCUMENT - 12 - rest.len()) / 4 * 4);
        format!(r#"{{"payload":"{payload}{rest}"#)
    };
    let cases = [("strangers", &strangers, 3, 0), ("holders", &holders, 7, 16)];
    for (who, keys, quarters, bad) in cases {
        let document = unsigned(keys);
        assert!(document.len() > MAX_DOCUMENT - 8 && document.len() <= MAX_DOCUMENT);
        let before = ALIVE.load(Relaxed);
        let (result, memory) = peak(|| scanner.install_trust_list(document.as_bytes(), NOW));
        let Err(InstallError::Document(DocumentError::NotEnough(tally))) = result else {
            panic!("{who}: {result:?}")
        };
        assert_eq!((tally.bad, tally.unknown), (bad, 16 - bad), "{who}");
        drop(tally);
        // Whoever captures what tests print takes a little, too.
        assert!(ALIVE.load(Relaxed) < before + 4_096, "{who}: something is left");
        let most = document.len() / 4 * quarters + 32_768;
        assert!(memory < most, "{memory} bytes for 16 {who}, more than {most}");
        say!("a document of {} bytes, signed by 16 {who}: {memory} bytes", document.len());
    }
}

/// Roots of which each of these keys is a holder.
fn roots_of(keys: &[SoftwareKey]) -> Roots {
    let holder = |(at, key): (usize, &SoftwareKey)| Holder {
        id: format!("h{at}"),
        name: practice::name("持有方", "holder"),
        issuers: vec![],
        keys: vec![HolderKey {
            key: key.public_key(),
            signs: vec![DocumentKind::Roots, DocumentKind::TrustList, DocumentKind::Catalogue],
        }],
    };
    let roots = RootsDocument {
        edition: practice::edition(1),
        thresholds: Thresholds { roots: 1, trust_list: 1, catalogue: 1 },
        holders: keys.iter().enumerate().map(holder).collect(),
    };
    Roots::edition(roots.sign(&keys[0]).unwrap().as_bytes()).unwrap()
}

/// Documents of some MiB, properly signed, nearly all of which nobody looks at.
fn what_is_unknown_takes_no_memory(world: &Practice) {
    let unknown = [
        format!("[{}0]", "0,".repeat(1 << 20)),
        format!("[{}{{}}]", "{},".repeat(1 << 17)),
        format!("[{}0]", r#"{"a":[],"b":"c"},"#.repeat(1 << 14)),
        format!("[{}0]", r#"{"\u0061":{"\u0062":0}},"#.repeat(1 << 14)),
        format!("\"{}\"", "\\n".repeat(1 << 18)),
    ];
    let places = [
        (r#"{"sequence""#, true),
        (r#"{"id":"cn"#, true),
        (r#"{"crv""#, true),
        (r#"{"credentials""#, true),
        (r#"{"from""#, true),
        (r#"{"sequence""#, false),
        (r#"{"number""#, false),
        (r#"{"rule""#, false),
        (r#"{"max_age_s""#, false),
        (r#"{"id":"pay""#, false),
        (r#"{"begins_with""#, false),
    ];
    let (trust_list, catalogue) = small_documents(world);
    for (place, in_trust_list) in places {
        for unknown in &unknown {
            let (typ, document) = match in_trust_list {
                true => (TRUST_LIST, &trust_list),
                false => ("onecode-catalogue+jws", &catalogue),
            };
            let (open, rest) = (format!(r#"{{"unknown":{unknown},"#), &place[1..]);
            assert!(document.contains(place), "{place} is not in {document}");
            let json = document.replacen(place, &(open + rest), 1);
            let jws = signed(world, typ, &json);
            drop(json);
            let mut scanner = world.scanner(Policy::default());
            let (result, memory) = peak(|| match in_trust_list {
                true => scanner.install_trust_list(jws.as_bytes(), NOW),
                false => scanner.install_catalogue(jws.as_bytes(), NOW),
            });
            assert_eq!(result, Ok(()), "{place}");
            assert!(
                memory < 2 * jws.len(),
                "{memory} bytes for a document of {} with {unknown:.20} before {place}",
                jws.len()
            );
        }
    }
}

/// A trust list and a catalogue with one of each thing, as JSON.
fn small_documents(world: &Practice) -> (String, String) {
    let mut trust_list = world.trust_list(2);
    trust_list.algorithms = vec![AlgorithmRule {
        from_unix_s: 0,
        issuers: vec!["ES256".to_owned()],
        phones: vec!["ES256".to_owned()],
    }];
    let mut catalogue = practice::catalogue(2, vec![practice::open_application()]);
    catalogue.applications[0].duplicates = DuplicateRule::PassBack { seconds: 30 };
    let pattern = ForeignPattern { begins_with: vec!["10".to_owned()], ..Default::default() };
    let name = practice::name("某码", "some code");
    let code = ForeignCode { id: "pay".to_owned(), name: name.clone(), advice: name };
    catalogue.foreign_codes = vec![ForeignEntry { code, pattern }];
    (serde_json::to_string(&trust_list).unwrap(), serde_json::to_string(&catalogue).unwrap())
}

const TRUST_LIST: &str = "onecode-trust-list+jws";

fn header(alg: &str, kid: &str, typ: &str) -> String {
    format!(r#"{{"alg":"{alg}","kid":"{kid}","typ":"{typ}"}}"#)
}

fn signed(world: &Practice, typ: &str, json: &str) -> String {
    let header = header("ES256", &world.root.public_key().jwk_thumbprint(), typ);
    let [protected, payload] = [header.as_str(), json].map(|part| URL_SAFE_NO_PAD.encode(part));
    let input = format!("{protected}.{payload}");
    let to_be_signed = ToBeSigned::new(world.root.public_key(), input.as_bytes());
    let EncodedSignature::Raw(signature) = world.root.sign(&to_be_signed).unwrap() else {
        panic!("a software key signs raw")
    };
    let signature = URL_SAFE_NO_PAD.encode(signature);
    let one = format!(r#"{{"protected":"{protected}","signature":"{signature}"}}"#);
    format!(r#"{{"payload":"{payload}","signatures":[{one}]}}"#)
}
