//! What a scanner says before the doors open, held against what it does then.

mod practice;

use onecode::catalogue::{Application, Beyond, StatusRule};
use onecode::challenge::ChallengeForm;
use onecode::gate::StatusAnswer;
use onecode::jose::Edition;
use onecode::preflight::{Affected, EndReason, Ending, Until};
use onecode::status::{StatusIssuer, StatusPublication};
use onecode::trust::{AlgorithmRule, IssuerKey, MaySign};
use onecode::{Algorithm, Language, Policy, Region, Scanner, SigningKey, SoftwareKey, Verdict};
use practice::{catalogue, context, open_application, trust_list, Practice, DAY, NOW};
use proptest::prelude::*;

/// Times of everything that can end, as seconds from [`NOW`].
#[derive(Clone, Debug)]
struct Times {
    trust_expires: i64,
    catalogue_expires: i64,
    entry_from: i64,
    entry_until: Option<i64>,
    key_until: i64,
    key_withdrawn: Option<i64>,
    status_key_until: i64,
    algorithms: Option<(i64, bool, bool)>,
    status_age: Option<i64>,
    status_expires: i64,
    max_age_s: u32,
    refuses: bool,
}

fn times() -> impl Strategy<Value = Times> {
    // Soon, so that several things end close together, and now and then at once.
    let soon = || 1..400_i64;
    let rule = (soon(), any::<bool>(), any::<bool>());
    (
        (soon(), soon(), -100..20_i64, proptest::option::of(soon())),
        (soon(), proptest::option::of(soon()), soon(), proptest::option::of(rule)),
        (proptest::option::weighted(0.9, 0..300_i64), soon(), 200..700_u32, any::<bool>()),
    )
        .prop_map(|(documents, keys, status)| Times {
            trust_expires: documents.0,
            catalogue_expires: documents.1,
            entry_from: documents.2,
            entry_until: documents.3.map(|until| until.max(documents.2)),
            key_until: keys.0,
            key_withdrawn: keys.1,
            status_key_until: keys.2,
            algorithms: keys.3,
            status_age: status.0,
            status_expires: status.1,
            max_age_s: status.2,
            refuses: status.3,
        })
}

/// Operator, issuer with a second key for status lists, and phone.
struct Hall {
    world: Practice,
    status_key: SoftwareKey,
}

impl Hall {
    fn new() -> Self {
        let world = Practice::new(Algorithm::Ed25519, Algorithm::Esp256, Algorithm::Esp256);
        Hall { world, status_key: practice::key(Algorithm::Ed25519) }
    }

    fn scanner(&self, times: &Times) -> Scanner {
        let mut list = self.world.trust_list(1);
        let edition = |expires: i64| Edition {
            sequence: 1,
            issued_at_unix_s: NOW - DAY,
            next_update_unix_s: NOW - DAY,
            expires_unix_s: NOW + expires,
            previous: None,
            critical: vec![],
        };
        list.edition = edition(times.trust_expires);
        let key = &mut list.issuers[0].keys[0];
        key.not_after_unix_s = NOW + times.key_until;
        key.withdrawn_from_unix_s = times.key_withdrawn.map(|at| NOW + at);
        key.may_sign.status_lists = false;
        list.issuers[0].keys.push(IssuerKey {
            key: self.status_key.public_key(),
            may_sign: MaySign { status_lists: true, ..MaySign::default() },
            not_before_unix_s: NOW - DAY,
            not_after_unix_s: NOW + times.status_key_until,
            withdrawn_from_unix_s: None,
        });
        if let Some((from, issuers, phones)) = times.algorithms {
            let names = |es256| if es256 { vec!["ES256".into()] } else { vec!["Ed25519".into()] };
            list.algorithms = vec![AlgorithmRule {
                from_unix_s: NOW + from,
                issuers: names(issuers),
                phones: names(phones),
            }];
        }
        let beyond = if times.refuses { Beyond::Refuse } else { Beyond::Accept };
        let application = Application {
            status: StatusRule { max_age_s: times.max_age_s, beyond },
            from_unix_s: NOW + times.entry_from,
            until_unix_s: times.entry_until.map(|until| NOW + until),
            ..open_application()
        };
        let mut terms = catalogue(1, vec![application]);
        terms.edition = edition(times.catalogue_expires);
        let mut scanner = Scanner::new(self.world.root.public_key(), Policy::default());
        let root = &self.world.root;
        scanner.install_trust_list(list.sign(root).unwrap().as_bytes(), NOW).unwrap();
        scanner.install_catalogue(terms.sign(root).unwrap().as_bytes(), NOW).unwrap();
        if let Some(age) = times.status_age {
            let publication = StatusPublication {
                issued_at_unix_s: NOW - age,
                expires_unix_s: NOW + times.status_expires,
                ttl_s: 60,
            };
            let lists = StatusIssuer::new("cn-31", 64).publish(publication, &self.status_key);
            scanner.install_status(&lists.unwrap()[0], NOW).unwrap();
        }
        scanner
    }

    /// Made and scanned at that second.
    fn scan(&self, scanner: &mut Scanner, at: i64) -> Verdict {
        let code = self.world.code(&self.world.credential(|_| ()), at);
        scanner.scan(code.text(), &context(at))
    }
}

fn marked(verdict: &Verdict) -> bool {
    match verdict {
        Verdict::Accepted(accepted) => matches!(accepted.status, StatusAnswer::Unknown(_)),
        _ => false,
    }
}

/// The last good second, in the order in which endings come.
fn last(ending: &Ending) -> i64 {
    ending.until.unix_s().unwrap_or(i64::MIN)
}

/// The endings that concern the phone and the card of these tests.
fn concerns(ending: &Ending) -> bool {
    !matches!(ending.affected, Affected::Phones { algorithm } if algorithm != Algorithm::Esp256)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    /// Up to the last good second a code is accepted, one second later it is refused, and for the
    /// reason that was told. Where an unknown status is accepted, the mark comes at that second.
    #[test]
    fn what_it_says_is_what_comes(times in times(), asked_after in 0..50_i64) {
        let hall = Hall::new();
        let mut scanner = hall.scanner(&times);
        let now = NOW + asked_after;
        // An algorithm that has ended already is not told of, as long as there is another.
        let ended = times.algorithms.is_some_and(|(from, _, es256)| from <= asked_after && !es256);
        prop_assume!(!ended);
        let report = scanner.preflight(now);
        let outlook = &report.applications[0];
        let endings: Vec<&Ending> =
            outlook.endings.iter().filter(|ending| concerns(ending)).collect();
        prop_assert!(endings.is_sorted_by_key(|ending| ending.until));

        let refusing = endings.iter().filter(|ending| ending.refuses);
        let until = refusing.clone().map(|ending| last(ending)).min().unwrap();
        if until >= now {
            for at in [now, now + (until - now) / 2, until] {
                let verdict = hall.scan(&mut scanner, at);
                prop_assert!(matches!(verdict, Verdict::Accepted(_)), "{verdict:?} {report:?}");
            }
        }
        let first_bad = (until.saturating_add(1)).max(now);
        let expected: Vec<u16> = refusing
            .filter(|ending| last(ending) < first_bad)
            .map(|ending| ending.reason.number())
            .collect();
        let found = practice::number(&hall.scan(&mut scanner, first_bad));
        prop_assert!(found.is_some_and(|n| expected.contains(&n)), "{found:?} {report:?}");

        // The mark of those who are let in all the same.
        let marking = endings.iter().find(|ending| !ending.refuses);
        if let Some(ending) = marking.filter(|ending| last(ending) + 1 < first_bad) {
            let at = (last(ending).saturating_add(1)).max(now);
            if at < first_bad {
                prop_assert!(marked(&hall.scan(&mut scanner, at)), "{report:?}");
            }
            if last(ending) >= now {
                prop_assert!(!marked(&hall.scan(&mut scanner, last(ending))), "{report:?}");
            }
        }
    }
}

#[test]
fn a_scanner_with_nothing_says_so() {
    let hall = Hall::new();
    let scanner = Scanner::new(hall.world.root.public_key(), Policy::default());
    let report = scanner.preflight(NOW);
    assert_eq!((report.trust_list, report.catalogue), (None, None));
    assert!(report.applications.is_empty() && report.status.is_empty());

    // A catalogue alone: the applications are there, and nobody's cards.
    let mut scanner = scanner;
    let terms = catalogue(1, vec![open_application()]).sign(&hall.world.root).unwrap();
    scanner.install_catalogue(terms.as_bytes(), NOW).unwrap();
    let report = scanner.preflight(NOW);
    let outlook = &report.applications[0];
    assert_eq!(outlook.works_until(), Until::NeverBegan);
    assert_eq!(outlook.endings[0].reason, EndReason::NoTrustList);
    assert_eq!(outlook.endings[0].text(Language::Zh), "没有发卡机构名单。");
}

#[test]
fn ages_and_ends_of_the_lists() {
    let hall = Hall::new();
    let mut scanner = hall.world.scanner(Policy::default());
    let report = scanner.preflight(NOW);
    let trust = report.trust_list.unwrap();
    assert_eq!((trust.sequence, trust.age_s, trust.overdue), (1, DAY, false));
    assert_eq!(trust.expires_unix_s, NOW + 30 * DAY);
    assert!(scanner.preflight(NOW + 7 * DAY + 1).trust_list.unwrap().overdue);
    let [status] = &report.status[..] else { panic!() };
    assert_eq!((status.issuer.as_str(), status.lists, status.age_s), ("cn-31", 0, None));

    scanner.install_status(b"download failed", NOW - 5).unwrap_err();
    let state = &scanner.preflight(NOW).status[0];
    assert_eq!(state.unreadable_since_unix_s, Some(NOW - 5));
    let publication =
        StatusPublication { issued_at_unix_s: NOW - 100, expires_unix_s: NOW + DAY, ttl_s: 60 };
    for list in StatusIssuer::new("cn-31", 64).publish(publication, &hall.world.issuer).unwrap() {
        scanner.install_status(&list, NOW).unwrap();
    }
    scanner.issue_challenge(ChallengeForm::Picture, NOW).unwrap();
    let report = scanner.preflight(NOW);
    let [status] = &report.status[..] else { panic!() };
    assert_eq!((status.lists, status.age_s), (1, Some(100)));
    assert_eq!(status.first_expires_unix_s, Some(NOW + DAY));
    assert_eq!((report.open_challenges, report.used_codes.entries), (1, 0));
}

#[test]
fn whom_it_stops_for() {
    let hall = Hall::new();
    let key = |issuer: &SoftwareKey, region| practice::issuer_key(issuer.public_key(), &[region]);
    let other = practice::key(Algorithm::Ed25519);
    let mut expired = key(&other, Region::JIANGSU);
    expired.not_after_unix_s = NOW - 1;
    let list = trust_list(
        1,
        vec![
            practice::issuer(
                "cn-31",
                Region::SHANGHAI,
                vec![key(&hall.world.issuer, Region::SHANGHAI)],
            ),
            practice::issuer("cn-32", Region::JIANGSU, vec![expired]),
        ],
    );
    let scanner = practice::scanner_of_list(&hall.world.root, &list, Policy::default());
    let report = scanner.preflight(NOW);
    let outlook = &report.applications[0];
    // The key of Jiangsu is over, and it was the only one.
    let ending = outlook.endings.iter().find(|ending| ending.reason.number() == 204).unwrap();
    assert_eq!(ending.until, Until::Second { unix_s: NOW - 1 });
    assert_eq!(ending.affected, Affected::CardsOf { issuer: "cn-32".into() });
    assert_eq!(ending.text(Language::En), "A key of the issuer cn-32 expires.");
    assert_eq!(outlook.works_until(), Until::Second { unix_s: NOW - 1 });
    // Without status lists everybody is marked, and nobody refused for it.
    let marks = outlook.endings.iter().filter(|ending| !ending.refuses);
    assert_eq!(marks.count(), 2);

    // By a clock that runs behind nothing works.
    let report = scanner.preflight(NOW - DAY - 121);
    let ending = &report.applications[0].endings[0];
    assert_eq!(ending.reason, EndReason::ScannerClockBehind { behind_s: 121 });
}

/// A host's clock may say anything.
#[test]
fn no_time_is_too_far() {
    let hall = Hall::new();
    let mut scanner = hall.world.scanner(Policy::default());
    let publication =
        StatusPublication { issued_at_unix_s: NOW - 60, expires_unix_s: NOW + DAY, ttl_s: 60 };
    let list = StatusIssuer::new("cn-31", 64).publish(publication, &hall.world.issuer).unwrap();
    scanner.install_status(&list[0], NOW).unwrap();
    // The key that signed the status list is no more, so that its end lies before now.
    let keys = vec![practice::issuer_key(hall.status_key.public_key(), &[Region::SHANGHAI])];
    let issuers = vec![practice::issuer("cn-31", Region::SHANGHAI, keys)];
    let trust = trust_list(9, issuers).sign(&hall.world.root).unwrap();
    scanner.install_trust_list(trust.as_bytes(), NOW).unwrap();
    for now in [i64::MIN, -1, 0, NOW, i64::MAX] {
        let preflight = scanner.preflight(now);
        let mut endings = preflight.applications[0].endings.iter();
        let key = endings.find(|ending| ending.reason.name() == "status_key_ends").unwrap();
        assert!(key.until == Until::NeverBegan || last(key) < now, "{now}");
    }
}
