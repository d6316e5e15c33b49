//! A scanner that is set up wrongly says so, and what stands in nobody's way.

mod practice;

use onecode::preflight::Until;
use onecode::status::{StatusIssuer, StatusPublication};
use onecode::{Algorithm, CardCredential, Code, Policy, Region, Scanner, SigningKey, SoftwareKey};
use practice::{context, number, Practice, DAY, NOW};

fn world() -> Practice {
    Practice::new(Algorithm::Esp256, Algorithm::Esp256, Algorithm::Esp256)
}

fn publication(issued_at_unix_s: i64) -> StatusPublication {
    StatusPublication { issued_at_unix_s, expires_unix_s: issued_at_unix_s + DAY, ttl_s: 3_600 }
}

fn status_list(id: &str, suspended: &[u32], issued_at: i64, key: &SoftwareKey) -> Vec<u8> {
    let mut issuer = StatusIssuer::new(id, 100);
    suspended.iter().for_each(|index| issuer.suspend(*index).unwrap());
    issuer.publish(publication(issued_at), key).unwrap().remove(0)
}

fn scan(scanner: &mut Scanner, world: &Practice, card: &CardCredential, now: i64) -> Option<u16> {
    number(&scanner.scan(world.code(card, now).text(), &context(now)))
}

/// Its last bit is another one.
fn forged(code: &Code) -> String {
    let mut bytes = base45::decode(code.text().strip_prefix("OC1:").unwrap()).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    format!("OC1:{}", base45::encode(&bytes))
}

/// A service that accepts what is not known would let a card in that was reported lost.
#[test]
fn a_scanner_that_was_never_given_a_status_list_lets_nobody_in() {
    let world = world();
    let mut scanner = Scanner::new([world.root.public_key()], Policy::default());
    practice::install_documents(&mut scanner, &world.root, &world.trust_list(1));
    let card = world.credential(|_| ());
    assert_eq!(scan(&mut scanner, &world, &card, NOW), Some(710));

    // Before the doors open it says the same, of every application.
    let never = |scanner: &Scanner| {
        let preflight = scanner.preflight(NOW);
        let endings = preflight.applications.iter().map(|outlook| &outlook.endings[0]);
        endings.map(|ending| (ending.reason.number(), ending.until)).collect::<Vec<_>>()
    };
    assert_eq!(never(&scanner), [(710, Until::NeverBegan); 4]);

    // A list of any issuer, and it is ready; for good.
    let list = status_list("cn-31", &[7], NOW - 60, &world.issuer);
    scanner.install_status(&list, NOW).unwrap();
    assert_eq!(scan(&mut scanner, &world, &card, NOW), Some(402));
    assert!(never(&scanner).iter().all(|(number, _)| *number != 710));
    let mut scanner = Scanner::restore(&scanner.snapshot(), Policy::default()).unwrap();
    practice::install_documents(&mut scanner, &world.root, &world.trust_list(2));
    assert_eq!(scan(&mut scanner, &world, &card, NOW), None);
    assert_eq!(never(&scanner), [(403, Until::NeverBegan); 4]);
}

#[test]
fn a_list_whose_signer_counts_no_longer_stands_in_no_deltas_way() {
    let world = world();
    let [old, new] = [(), ()].map(|()| practice::key(Algorithm::Esp256));
    let trust_list = |sequence, withdrawn: Option<i64>| {
        let mut keys = vec![
            practice::issuer_key(world.issuer.public_key(), &[Region::SHANGHAI]),
            practice::issuer_key(old.public_key(), &[]),
            practice::issuer_key(new.public_key(), &[]),
        ];
        keys[1].withdrawn_from_unix_s = withdrawn;
        practice::trust_list(sequence, vec![practice::issuer("cn-31", Region::SHANGHAI, keys)])
    };
    let mut scanner =
        practice::scanner_of_list(&world.root, &trust_list(1, None), Policy::default());
    // Planted by the key that is stolen: list 5, though the issuer has one list only.
    let mut planted = StatusIssuer::new("cn-31", 5 * onecode::status::SHARD_POSITIONS + 1);
    planted.revoke(9).unwrap();
    let planted = planted.publish(publication(NOW), &old).unwrap().remove(5);
    scanner.install_status(&planted, NOW).unwrap();
    let list = trust_list(2, Some(NOW)).sign(&world.root).unwrap();
    scanner.install_trust_list(list.as_bytes(), NOW).unwrap();

    let mut issuer = StatusIssuer::new("cn-31", 100);
    let lists = issuer.publish(publication(NOW), &new).unwrap();
    scanner.install_status(&lists[0], NOW).unwrap();
    let before = issuer.clone();
    issuer.suspend(7).unwrap();
    let delta = issuer.publish_delta(&before, NOW, publication(NOW + 60), &new).unwrap();
    scanner.install_status(&delta, NOW + 60).unwrap();
    let card = world.credential(|_| ());
    assert_eq!(scan(&mut scanner, &world, &card, NOW + 60), Some(402));
}

#[test]
fn practice_cards_are_no_witnesses_about_clocks() {
    let world = world();
    let policy = Policy { accept_specimens: true, ..Policy::default() };
    let mut scanner = world.scanner(policy);
    for index in 0..9 {
        let card = world.credential(|card| {
            card.status_index = index;
            card.specimen = true;
        });
        scanner.scan(world.code(&card, NOW + 100).text(), &context(NOW));
    }
    assert_eq!(scanner.clock_estimate(NOW), None);
}

#[test]
fn forged_codes_do_not_keep_a_scanner_from_learning() {
    let world = world();
    let mut scanner = world.scanner(Policy::default());
    let hours = 8 * 3_600;
    for index in 0..12 {
        let now = NOW + 10 * i64::from(index);
        let card = world.credential(|card| card.status_index = index);
        scanner.scan(&forged(&world.code(&card, now + hours)), &context(now));
        scanner.scan(world.code(&card, now + hours).text(), &context(now + 1));
    }
    let estimate = scanner.clock_estimate(NOW + 120);
    assert!(estimate.is_some_and(|estimate| estimate.behind_s >= hours - 1), "{estimate:?}");
}
