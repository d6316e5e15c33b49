//! What our interface adds to an SM2 verification by the bare library.
#![allow(missing_docs)]

use std::hint::black_box;
use std::time::{Duration, Instant};

use criterion::{criterion_group, criterion_main, Criterion};
use onecode::{Algorithm, Signature, SigningKey, SoftwareKey};
use sm2::dsa::signature::Verifier;

/// About as long as what a phone signs.
const MESSAGE: [u8; 240] = [0x5a; 240];

fn verify(criterion: &mut Criterion) {
    let key = SoftwareKey::generate(Algorithm::Sm2).unwrap().key;
    let encoded = key.sign(&MESSAGE).unwrap();
    let signature = Signature::decode(Algorithm::Sm2, &encoded).unwrap();
    let public_key = key.public_key();
    let ours = || black_box(&public_key).verify(black_box(&MESSAGE), &signature).unwrap();

    let bare_key =
        sm2::dsa::VerifyingKey::from_sec1_bytes("1234567812345678", &public_key.to_bytes())
            .unwrap();
    let bare_signature = sm2::dsa::Signature::from_slice(signature.as_bytes()).unwrap();
    let bare = || black_box(&bare_key).verify(black_box(&MESSAGE), &bare_signature).unwrap();

    criterion.bench_function("sm2 verify", |bencher| bencher.iter(ours));

    // The two in turn, so that neither has the quieter machine.
    let (mut our_times, mut bare_times) = (Vec::new(), Vec::new());
    for _ in 0..2_000 {
        our_times.push(time(ours));
        bare_times.push(time(bare));
    }
    let (ours, bare) = (median(our_times), median(bare_times));
    println!(
        "sm2 verify, median of 2000 in turn: onecode {ours:?}, bare {bare:?}, ratio {:.3}",
        ours.as_secs_f64() / bare.as_secs_f64()
    );
}

fn sign(criterion: &mut Criterion) {
    let key = SoftwareKey::generate(Algorithm::Sm2).unwrap().key;
    criterion.bench_function("sm2 sign", |bencher| {
        bencher.iter(|| key.sign(black_box(&MESSAGE)));
    });
}

fn time(run: impl Fn()) -> Duration {
    let start = Instant::now();
    run();
    start.elapsed()
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

criterion_group!(benches, verify, sign);
criterion_main!(benches);
