//! Chains that phones made and others published, and the roots that makers publish. They need no
//! network: the files are in `data/` (README.md there says whence) and in `roots/`.

use std::path::PathBuf;

use onecode::{Algorithm, PublicKey};
use onecode_service::attestation::{
    Android, AttestationError as E, Config, Found, Level, Policy, Verifier,
};
use x509_cert::der::{Decode, Reader, SliceReader};

/// 2025-01-08 and 2026-05-01.
const JANUARY_2025: i64 = 1_736_294_400;
const MAY_2026: i64 = 1_777_593_600;

const PIXEL_8A: &[u8] = include_bytes!("data/pixel-8a-2025.der");
const PIXEL_2026: &[u8] = include_bytes!("data/pixel-2026.der");

/// The challenges, which are hashes there.
const CHALLENGE_8A: &str = "5652e2dc45549a96f96afa225502f87fadc08a60bc021392c0be8c5062fd5f5e";
const CHALLENGE_2026: &str = "6bcdee0056cf759c60c3c5dd216e3eb46ee47f251e2174240c6c7c6179d64968";

fn verifier(revoked: Option<PathBuf>) -> Verifier {
    let roots = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("roots/google.json");
    let android =
        Android { roots: vec![roots], revoked, factory_outlives: true, verified_boot: true };
    let policy = Policy::Required { level: Level::Tee };
    Verifier::open(&Config { policy, android: Some(android), apple: None }).unwrap()
}

fn key(chain: &[u8]) -> PublicKey {
    let first = SliceReader::new(chain).unwrap().tlv_bytes().unwrap();
    let certificate = x509_cert::Certificate::from_der(first).unwrap();
    let spki = certificate.tbs_certificate().subject_public_key_info();
    let point = spki.subject_public_key.as_bytes().unwrap();
    PublicKey::from_bytes(Algorithm::Esp256, point).unwrap()
}

fn hex(text: &str) -> Vec<u8> {
    (0..text.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap())
        .collect()
}

fn check(chain: &[u8], challenge: &str, now: i64) -> Result<Found, E> {
    verifier(None).check(chain, &key(chain), &hex(challenge), now)
}

#[test]
fn chains_of_phones_lead_to_both_roots_of_google() {
    let found = Ok(Found { level: Level::Tee, word: "tee" });
    // Version 300, up to the RSA root; version 400, up to the root of 2025 on P-384.
    assert_eq!(check(PIXEL_8A, CHALLENGE_8A, JANUARY_2025), found);
    assert_eq!(check(PIXEL_2026, CHALLENGE_2026, MAY_2026), found);
}

#[test]
fn certificates_that_a_phone_fetched_end() {
    assert_eq!(check(PIXEL_8A, CHALLENGE_8A, MAY_2026), Err(E::Expired { index: 1 }));
    assert_eq!(check(PIXEL_2026, CHALLENGE_2026, JANUARY_2025), Err(E::NotYet { index: 1 }));
}

#[test]
fn a_phones_chain_is_good_for_its_challenge_and_key_alone() {
    assert_eq!(check(PIXEL_8A, CHALLENGE_2026, JANUARY_2025), Err(E::Challenge));
    let other = verifier(None).check(PIXEL_8A, &key(PIXEL_2026), &hex(CHALLENGE_8A), JANUARY_2025);
    assert_eq!(other, Err(E::OtherKey));
}

#[test]
fn each_flipped_bit_of_what_is_signed_breaks_a_phones_chain() {
    let verifier = verifier(None);
    let (key, challenge) = (key(PIXEL_8A), hex(CHALLENGE_8A));
    let mut chain = PIXEL_8A.to_vec();
    // The root's own certificate is the last 1,312 bytes; only its key counts.
    let vouched = chain.len() - 1_312;
    for at in (0..vouched).step_by(7) {
        chain[at] ^= 1;
        assert!(verifier.check(&chain, &key, &challenge, JANUARY_2025).is_err(), "{at}");
        chain[at] ^= 1;
    }
}
