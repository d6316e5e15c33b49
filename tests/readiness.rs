//! A scanner that is set up wrongly says so, and what stands in nobody's way.

mod practice;

use onecode::challenge::{ChallengeError, ChallengeForm};
use onecode::code::MakeCodeError;
use onecode::duplicates::{SummaryError, VenueKey};
use onecode::governance::{Roots, Sha256Hash};
use onecode::jose::DocumentError;
use onecode::preflight::{EndReason, Until};
use onecode::receipt::ReceiptKeys;
use onecode::status::{StatusIssuer, StatusPublication};
use onecode::{
    Algorithm, CardCredential, Code, CodeSession, InstallError, Language, Policy, Refusal, Region,
    Scanner, SigningKey, SoftwareKey, Verdict,
};
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

/// Who hands in milliseconds is told so, and not that his lists have expired.
#[test]
fn milliseconds_are_the_callers_mistake_everywhere() {
    let world = world();
    let mut scanner = world.scanner(Policy::default());
    let ms = NOW * 1_000;
    let card = world.credential(|_| ());
    let code = world.code(&card, NOW);
    let verdict = scanner.scan(code.text(), &context(ms));
    assert_eq!(verdict, Verdict::Refused(Refusal::NotATime { unix_s: ms }));
    // Whatever state the scanner is in; but what is no code is called that.
    let mut empty = Scanner::new(Roots::hash(Sha256Hash([0; 32])), Policy::default());
    assert_eq!(number(&empty.scan(code.text(), &context(ms))), Some(712));
    assert_eq!(number(&empty.scan("x", &context(ms))), Some(103));
    // The last second of the year 9999 is a time.
    assert_eq!(number(&scanner.scan(code.text(), &context(253_402_300_799))), Some(702));
    assert_eq!(number(&scanner.scan(code.text(), &context(253_402_300_800))), Some(712));

    let not_a_time = Err(InstallError::NotATime { unix_s: ms });
    let list = world.trust_list(2).sign(&world.root).unwrap();
    assert_eq!(scanner.install_trust_list(list.as_bytes(), ms), not_a_time);
    assert_eq!(scanner.install_catalogue(b"", ms), not_a_time);
    assert_eq!(scanner.install_status(b"", ms), not_a_time);
    assert_eq!(scanner.install_statuses([b""], ms), not_a_time);
    // Of that nothing is remembered.
    let state = &scanner.preflight(NOW).status[0];
    assert_eq!(state.unreadable_since_unix_s, None);

    let no_challenge = ChallengeError::NotATime { unix_s: ms };
    assert_eq!(scanner.issue_challenge(ChallengeForm::Typed, ms).unwrap_err(), no_challenge);
    let key = VenueKey::new([7; 32]);
    let merged = scanner.merge_duplicates(b"", &key, ms);
    assert_eq!(merged.unwrap_err(), SummaryError::NotATime { unix_s: ms });
    let preflight = scanner.preflight(ms);
    for outlook in preflight.applications {
        assert_eq!(outlook.endings[0].reason, EndReason::NotATime);
        assert_eq!(outlook.works_until(), Until::NeverBegan);
    }
    let session = CodeSession::new(card.clone()).code(&world.phone, ms);
    assert_eq!(session.unwrap_err(), MakeCodeError::Time { unix_s: ms });
    let roots = [world.root.public_key().into()];
    let keys = ReceiptKeys::from_trust_list(list.as_bytes(), &roots, ms).map(|_| ());
    assert_eq!(keys, Err(DocumentError::NotATime { unix_s: ms }));
}

/// Numbers and short names are for programs; they stay among the facts.
#[test]
fn texts_for_people_name_services_and_issuers() {
    let world = world();
    let mut scanner = world.scanner(Policy::default());
    let card = world.credential(|_| ());
    let bound = |to: u16| {
        let application = onecode::ApplicationNumber::new(to);
        let claims = onecode::CodeClaims { application, ..onecode::CodeClaims::at(NOW) };
        Code::make(&card, &world.phone, &claims).unwrap()
    };
    let told = |verdict: Verdict| match verdict {
        Verdict::Refused(refusal) => [Language::Zh, Language::En].map(|it| refusal.text(it)),
        other => panic!("{other:?}"),
    };
    assert_eq!(
        told(scanner.scan(bound(102).text(), &context(NOW))),
        ["此码是为“地铁”生成的，这里是“地铁”。", "The code was made for “Metro”; this is “Metro”.",]
    );
    // One that this scanner's catalogue does not have.
    let [zh, en] = told(scanner.scan(bound(999).text(), &context(NOW)));
    assert!(zh.contains("“第999号服务项目”") && en.contains("“service no. 999”"), "{zh} {en}");
    let elsewhere = world.credential(|card| card.region = Region::ANHUI);
    let code = world.code(&elsewhere, NOW);
    let [zh, en] = told(scanner.scan(code.text(), &context(NOW)));
    assert!(zh.contains("发卡机构（发卡机构）") && en.contains("The issuer (Issuer)"), "{zh} {en}");
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
    let mut scanner = Scanner::new(world.root.public_key(), Policy::default());
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
