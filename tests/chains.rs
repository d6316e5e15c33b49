//! Every algorithm in every place: operator root, issuer and its status lists, phone.

#[macro_use]
mod say;

mod practice;

use onecode::gate::StatusAnswer;
use onecode::status::{StatusIssuer, StatusPublication};
#[cfg(feature = "sm2")]
use onecode::trust::AlgorithmRule;
use onecode::{Algorithm, Policy, Verdict};
use practice::{context, number, Practice, DAY, NOW};

#[test]
fn every_algorithm_works_in_every_place() {
    let mut chains = 0;
    for root in Algorithm::ALL {
        for issuer in Algorithm::ALL {
            for phone in Algorithm::ALL {
                let world = Practice::new(*root, *issuer, *phone);
                let mut scanner = world.scanner(Policy::default());
                let mut lists = StatusIssuer::new("cn-31", 100);
                lists.revoke(8).unwrap();
                let publication = StatusPublication {
                    issued_at_unix_s: NOW - 60,
                    expires_unix_s: NOW + DAY,
                    ttl_s: 3_600,
                };
                for list in lists.publish(publication, &world.issuer).unwrap() {
                    scanner.install_status(&list, NOW).unwrap();
                }

                let name = format!("root {root}, issuer {issuer}, phone {phone}");
                let good = world.code(&world.credential(|_| ()), NOW);
                let Verdict::Accepted(accepted) = scanner.scan(good.text(), &context(NOW)) else {
                    panic!("{name}: refused");
                };
                assert_eq!(accepted.status, StatusAnswer::Valid { as_of_unix_s: NOW - 60 });
                let revoked = world.code(&world.credential(|card| card.status_index = 8), NOW);
                let verdict = scanner.scan(revoked.text(), &context(NOW));
                assert_eq!(number(&verdict), Some(401), "{name}");
                chains += 1;
            }
        }
    }
    say!("{chains} chains");
    assert_eq!(chains, Algorithm::ALL.len().pow(3));
}

/// The transition that the trust list can order: from a day on, only SM2 issuers.
#[cfg(feature = "sm2")]
#[test]
fn an_operator_can_end_an_algorithm() {
    let begins = NOW + 10 * DAY;
    let rule = |from_unix_s, issuers: &[&str]| AlgorithmRule {
        from_unix_s,
        issuers: issuers.iter().map(|name| (*name).to_owned()).collect(),
        phones: vec!["ES256".into(), "SM2-SM3".into()],
    };
    for (issuer, phone, before, after) in [
        (Algorithm::Sm2, Algorithm::Esp256, None, None),
        (Algorithm::Sm2, Algorithm::Sm2, None, None),
        (Algorithm::Esp256, Algorithm::Esp256, None, Some(211)),
        (Algorithm::Sm2, Algorithm::Ed25519, Some(211), Some(211)),
    ] {
        let world = Practice::new(Algorithm::Sm2, issuer, phone);
        let mut list = world.trust_list(2);
        list.algorithms = vec![rule(0, &["ES256", "SM2-SM3"]), rule(begins, &["SM2-SM3"])];
        let mut scanner = world.scanner(Policy::default());
        scanner.install_trust_list(list.sign(&world.root).unwrap().as_bytes(), NOW).unwrap();
        let card = world.credential(|_| ());
        for (now, expected) in [(begins - 1, before), (begins, after)] {
            let verdict = scanner.scan(world.code(&card, now).text(), &context(now));
            assert_eq!(number(&verdict), expected, "{issuer} over {phone} at {now}");
        }
    }
}
