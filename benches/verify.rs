//! A scan of a fresh code against what no scan can do without: two bare `ring` verifications.
//!
//! `cargo bench --bench verify`. The ratio is taken from runs that take turns, so that a busy
//! machine slows both; its target is 1.10.

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

    fn verify(&mut self) {
        self.next = (self.next + 1) % CARDS;
        for ((message, signature), key) in self.signed[self.next].iter().zip(&self.public_keys) {
            let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, key);
            key.verify(black_box(message), black_box(signature)).unwrap();
        }
    }
}

fn main() {
    let world = Practice::new(Algorithm::Esp256, Algorithm::Esp256, Algorithm::Esp256);
    let mut scanner = world.scanner(Policy::default());
    // Cards that differ: none has been seen before.
    let texts: Vec<String> = (0..CARDS as u32)
        .map(|n| world.credential(|card| card.status_index = n))
        .map(|credential| world.code(&credential, NOW).text().to_owned())
        .collect();
    let mut next = 0;
    let mut scan = || {
        next = (next + 1) % CARDS;
        let verdict = scanner.scan(black_box(&texts[next]), &context(NOW));
        assert!(matches!(verdict, Verdict::Accepted(_)), "{verdict:?}");
    };
    let mut bare = Bare::new();

    let mut criterion = Criterion::default().configure_from_args();
    criterion.bench_function("two bare ring P-256 verifications", |b| b.iter(|| bare.verify()));
    criterion.bench_function("scan of a fresh code", |b| b.iter(&mut scan));
    criterion.final_summary();

    let timed = |what: &mut dyn FnMut()| {
        let started = Instant::now();
        for _ in 0..20 {
            what();
        }
        started.elapsed() / 20
    };
    let mut ratios: Vec<(f64, Duration, Duration)> = (0..150)
        .map(|_| {
            let (ours, yardstick) = (timed(&mut scan), timed(&mut || bare.verify()));
            (ours.as_secs_f64() / yardstick.as_secs_f64(), ours, yardstick)
        })
        .collect();
    ratios.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (ratio, ours, yardstick) = ratios[ratios.len() / 2];
    println!("scan {ours:.1?} / two verifications {yardstick:.1?} = {ratio:.3} (median of 150; target 1.10)");
}
