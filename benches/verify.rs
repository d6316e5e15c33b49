//! Scans against what they cannot do without: bare `ring` verifications.
//!
//! `cargo bench --bench verify`. The ratios are taken from runs that take turns, so that a busy
//! machine slows both sides.

#[path = "../tests/practice/mod.rs"]
mod practice;

use std::hint::black_box;
use std::time::{Duration, Instant};

use criterion::Criterion;
use onecode::*;
use practice::{context, Practice, NOW};
use ring::rand::SystemRandom;
use ring::signature::{
    EcdsaKeyPair, KeyPair, UnparsedPublicKey, ECDSA_P256_SHA256_FIXED,
    ECDSA_P256_SHA256_FIXED_SIGNING,
};

/// As many cards as the scans below take turns with, so that neither side has its numbers warm.
const CARDS: usize = 500;

/// For each card two signatures by two keys, over as many bytes as a code has signed, to be
/// verified by `ring` alone.
struct Bare {
    signed: Vec<[(Vec<u8>, Vec<u8>); 2]>,
    public_keys: [Vec<u8>; 2],
    next: usize,
}

impl Bare {
    fn new() -> Self {
        let (random, algorithm) = (SystemRandom::new(), &ECDSA_P256_SHA256_FIXED_SIGNING);
        let pairs = [(); 2].map(|()| {
            let pkcs8 = EcdsaKeyPair::generate_pkcs8(algorithm, &random).unwrap();
            EcdsaKeyPair::from_pkcs8(algorithm, pkcs8.as_ref(), &random).unwrap()
        });
        let sign = |pair: &EcdsaKeyPair, length: usize, n: usize| {
            let message = n.to_be_bytes().into_iter().cycle().take(length).collect::<Vec<u8>>();
            let signature = pair.sign(&random, &message).unwrap().as_ref().to_vec();
            (message, signature)
        };
        let signed = (0..CARDS).map(|n| [sign(&pairs[0], 95, n), sign(&pairs[1], 180, n)]);
        let signed = signed.collect();
        Bare { signed, public_keys: pairs.map(|pair| pair.public_key().as_ref().to_vec()), next: 0 }
    }

    /// The first `count` signatures of the next card.
    fn verify(&mut self, count: usize) {
        self.next = (self.next + 1) % CARDS;
        for ((message, signature), key) in
            self.signed[self.next].iter().zip(&self.public_keys).take(count)
        {
            let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, key);
            key.verify(black_box(message), black_box(signature)).unwrap();
        }
    }
}

/// Scans codes of different cards in turn.
struct Gate {
    scanner: Scanner,
    texts: Vec<String>,
    next: usize,
}

impl Gate {
    /// With `cards` cards: more than a scanner remembers, and each is new to it each time; one,
    /// and it is always known.
    fn new(issuer: Algorithm, cards: u32) -> Self {
        let world = Practice::new(Algorithm::Esp256, issuer, Algorithm::Esp256);
        let code = |n| {
            let credential = world.credential(|card| card.status_index = n);
            world.code(&credential, NOW).text().to_owned()
        };
        Gate {
            scanner: world.scanner(Policy::default()),
            texts: (0..cards).map(code).collect(),
            next: 0,
        }
    }

    fn scan(&mut self) {
        self.next = (self.next + 1) % self.texts.len();
        let verdict = self.scanner.scan(black_box(&self.texts[self.next]), &context(NOW));
        assert!(matches!(verdict, Verdict::Accepted(_)), "{verdict:?}");
    }
}

/// The median of the ratios of both times, taken in turns.
fn ratio(name: &str, target: f64, mut ours: impl FnMut(), mut yardstick: impl FnMut()) {
    let timed = |what: &mut dyn FnMut()| {
        let started = Instant::now();
        (0..20).for_each(|_| what());
        started.elapsed() / 20
    };
    let mut ratios: Vec<(f64, Duration, Duration)> = (0..300)
        .map(|_| {
            let (ours, yardstick) = (timed(&mut ours), timed(&mut yardstick));
            (ours.as_secs_f64() / yardstick.as_secs_f64(), ours, yardstick)
        })
        .collect();
    ratios.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (ratio, ours, yardstick) = ratios[ratios.len() / 2];
    let verdict = if ratio <= target { "pass" } else { "MISS" };
    println!("{name}: {ours:.1?} / {yardstick:.1?} = {ratio:.3}, target {target:.2}: {verdict}");
}

fn main() {
    // One more than a scanner remembers, in turn: none of them is ever remembered.
    let mut fresh = Gate::new(Algorithm::Esp256, 4_097);
    let mut known = Gate::new(Algorithm::Esp256, 1);
    let mut bare = Bare::new();

    let mut criterion = Criterion::default().configure_from_args();
    criterion.bench_function("two bare ring P-256 verifications", |b| b.iter(|| bare.verify(2)));
    criterion.bench_function("scan of a card never seen", |b| b.iter(|| fresh.scan()));
    criterion.bench_function("scan of a known card", |b| b.iter(|| known.scan()));
    criterion.final_summary();

    println!("\nagainst bare ring P-256 verifications (medians of 300 runs in turn):");
    ratio("a card never seen / two", 1.10, || fresh.scan(), || bare.verify(2));
    ratio("a known card / one", 1.10, || known.scan(), || bare.verify(1));
    #[cfg(feature = "sm2")]
    {
        let mut mixed = Gate::new(Algorithm::Sm2, 1);
        ratio("a known card of an SM2 issuer / one", 1.15, || mixed.scan(), || bare.verify(1));
    }
}
