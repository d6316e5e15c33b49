//! A card that a scanner has seen before is asked the same questions as a new one.

mod practice;

use onecode::status::{StatusIssuer, StatusPublication};
use onecode::{Algorithm, CardCredential, Policy, Scanner, Verdict};
use practice::{context, number, Practice, DAY, NOW};

fn world() -> Practice {
    Practice::new(Algorithm::Esp256, Algorithm::Esp256, Algorithm::Esp256)
}

/// A scanner that has accepted a code of `card` already.
fn acquainted(world: &Practice, card: &CardCredential) -> Scanner {
    let mut scanner = world.scanner(Policy::default());
    let verdict = scanner.scan(world.code(card, NOW - 1).text(), &context(NOW));
    assert_eq!(number(&verdict), None);
    scanner
}

#[test]
fn no_bit_of_its_code_may_differ() {
    let world = world();
    let card = world.credential(|_| ());
    let mut scanner = acquainted(&world, &card);
    let code = base45::decode(&world.code(&card, NOW).text()[4..]).unwrap();
    for bit in 0..code.len() * 8 {
        let mut flipped = code.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        let text = format!("OC1:{}", base45::encode(&flipped));
        assert!(matches!(scanner.scan(&text, &context(NOW)), Verdict::Refused(_)), "bit {bit}");
    }
}

/// The holder of a good card changes its issuer's signature and signs that with the right phone.
#[test]
fn its_issuers_signature_must_be_the_very_one() {
    let world = world();
    let card = world.credential(|_| ());
    let mut scanner = acquainted(&world, &card);
    let mut bytes = card.as_bytes().to_vec();
    *bytes.last_mut().unwrap() ^= 1;
    let forged = CardCredential::from_bytes(&bytes).unwrap();
    for _ in 0..2 {
        let verdict = scanner.scan(world.code(&forged, NOW).text(), &context(NOW));
        assert_eq!(number(&verdict), Some(206), "a failure is not remembered as anything else");
    }
}

#[test]
fn the_clock_the_key_and_the_status_are_asked_each_time() {
    let world = world();
    let card = world.credential(|_| ());
    let mut scanner = acquainted(&world, &card);
    let code = world.code(&card, NOW);
    assert_eq!(number(&scanner.scan(code.text(), &context(NOW + 91))), Some(302));

    // Reported lost.
    let mut issuer = StatusIssuer::new("cn-31", 1_000);
    issuer.suspend(card.claims().status_index).unwrap();
    let publication =
        StatusPublication { issued_at_unix_s: NOW - 60, expires_unix_s: NOW + DAY, ttl_s: 3_600 };
    for list in issuer.publish(publication, &world.issuer).unwrap() {
        scanner.install_status(&list, NOW).unwrap();
    }
    assert_eq!(number(&scanner.scan(code.text(), &context(NOW))), Some(402));

    // The issuer's key withdrawn.
    let mut list = world.trust_list(2);
    list.issuers[0].keys[0].withdrawn_from_unix_s = Some(NOW);
    let list = list.sign(&world.root).unwrap();
    scanner.install_trust_list(list.as_bytes(), NOW).unwrap();
    assert_eq!(number(&scanner.scan(code.text(), &context(NOW))), Some(205));
}
