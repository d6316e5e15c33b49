//! A scanner that was switched off goes on where it was, or says why it cannot.
#![allow(clippy::unwrap_used, clippy::panic)]

#[macro_use]
mod say;

mod practice;

use onecode::catalogue::{Application, DuplicateRule};
use onecode::cose::CborProblem;
use onecode::gate::SnapshotError;
use onecode::governance::Roots;
use onecode::jose::DocumentError;
use onecode::receipt::ScannerId;
use onecode::status::{StatusIssuer, StatusPublication, SHARD_POSITIONS};
use onecode::{Algorithm, Code, InstallError, Policy, Region, Scanner, SigningKey, SoftwareKey};
use practice::{context, key, number, Practice, DAY, NOW};

fn world() -> Practice {
    Practice::new(Algorithm::Esp256, Algorithm::Esp256, Algorithm::Esp256)
}

fn catalogue(world: &Practice, sequence: u64, duplicates: DuplicateRule) -> String {
    let application = Application { duplicates, ..practice::open_application() };
    practice::catalogue(sequence, vec![application]).sign(&world.root).unwrap()
}

fn publication(issued_at_unix_s: i64) -> StatusPublication {
    StatusPublication { issued_at_unix_s, expires_unix_s: NOW + DAY, ttl_s: 3_600 }
}

fn status_list(world: &Practice, issued_at_unix_s: i64) -> Vec<u8> {
    let issuer = StatusIssuer::new("cn-31", 1_000);
    issuer.publish(publication(issued_at_unix_s), &world.issuer).unwrap().remove(0)
}

fn restarted(scanner: &Scanner) -> Scanner {
    Scanner::restore(&scanner.snapshot(), practice::without_status_lists()).unwrap()
}

/// A scanner that has lists of every kind and has accepted a code.
fn at_work(world: &Practice) -> (Scanner, Code) {
    let mut scanner = world.scanner(Policy::default());
    let refuse = catalogue(world, 5, DuplicateRule::Refuse);
    scanner.install_catalogue(refuse.as_bytes(), NOW).unwrap();
    scanner.install_status(&status_list(world, NOW - 60), NOW).unwrap();
    let code = world.code(&world.credential(|_| ()), NOW);
    assert_eq!(number(&scanner.scan(code.text(), &context(NOW))), None);
    (scanner, code)
}

#[test]
fn a_damaged_one_is_refused_whatever_is_wrong_with_it() {
    let (scanner, _) = at_work(&world());
    let snapshot = scanner.snapshot();
    let restore = |bytes: &[u8]| Scanner::restore(bytes, Policy::default()).map(|_| ());
    assert_eq!(restore(&snapshot), Ok(()));
    assert_eq!(restore(&[]), Err(SnapshotError::NotASnapshot));
    for length in 0..snapshot.len() {
        let error = restore(&snapshot[..length]).unwrap_err();
        let wanted = if length < 8 { SnapshotError::NotASnapshot } else { SnapshotError::Damaged };
        assert_eq!(error, wanted, "{length}");
    }
    for bit in 0..snapshot.len() * 8 {
        let mut flipped = snapshot.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        assert!(restore(&flipped).is_err(), "bit {bit}");
    }
    let longer = [&snapshot[..], b"\0"].concat();
    assert_eq!(restore(&longer), Err(SnapshotError::Damaged));
}

#[test]
fn another_format_is_told() {
    let (scanner, _) = at_work(&world());
    let mut snapshot = scanner.snapshot();
    let restore = |bytes: &[u8]| Scanner::restore(bytes, Policy::default()).map(|_| ());
    snapshot[7] = 4;
    assert_eq!(restore(&snapshot), Err(SnapshotError::NewerFormat { version: 4 }));
    snapshot[7] = 2;
    assert_eq!(restore(&snapshot), Err(SnapshotError::OlderFormat { version: 2 }));
}

/// The checksum is right, the content is not: what a wrong program would write.
#[test]
fn content_is_read_as_strictly_as_anything() {
    let with_body = |body: &[u8]| {
        let mut snapshot = b"OC-SNAP\x03".to_vec();
        snapshot.extend(body);
        let checksum = ring::digest::digest(&ring::digest::SHA256, &snapshot);
        snapshot.extend(checksum.as_ref());
        Scanner::restore(&snapshot, Policy::default()).map(|_| ())
    };
    // Set up with the hash of an edition that has not come.
    let roots = [&b"\x01\x84\x01\x58\x20"[..], &[7; 32], b"\x80\x40"].concat();
    let with_roots = |head: u8, rest: &[u8]| [&[head][..], &roots, rest].concat();
    let used = b"\x05\x87\x01\x00\x00\x00\x80\x80\x80";
    let empty = with_roots(0xa4, &[&b"\x04\x82\x80\x80"[..], used, b"\x09\x80"].concat());
    assert_eq!(with_body(&empty), Ok(()), "no lists, room for one, nothing used, no notice");
    // Lists of one issuer, in runs that overlap: a few bytes could speak of millions.
    let jwk = key(Algorithm::Ed25519).public_key().to_jwk();
    let status_lists = |runs: &[Vec<u8>]| {
        let mut body = with_roots(0xa2, b"\x04\x82\x81\x78");
        body.push(jwk.len() as u8);
        body.extend(jwk.as_bytes());
        body.extend(b"\x81\x82\x65cn-31");
        body.push(0x80 | runs.len() as u8);
        runs.iter().for_each(|run| body.extend(run));
        body
    };
    // First number, how many, time, key, and the hash of each.
    let run = |first: u8, count: u8, hashes: usize| {
        let length = u8::try_from(hashes * 32).unwrap();
        let head = [0x85, first, count, 0, 0, 0x58, length];
        [&head[..], &vec![7; hashes * 32]].concat()
    };
    let overlapping = status_lists(&[run(0, 2, 2), run(1, 1, 1)]);
    let backwards = status_lists(&[run(2, 1, 1), run(0, 2, 2)]);
    let ascending = status_lists(&[run(0, 2, 2), run(2, 1, 1)]);
    let a_hash_short = status_lists(&[run(0, 2, 1)]);
    let mut other_payload = roots.clone();
    other_payload.pop();
    other_payload.extend(b"\x41\x00");
    for (body, problem) in [
        (&b""[..], CborProblem::Truncated),
        (b"\xa0", CborProblem::MissingKey),
        (&with_roots(0xa1, b""), CborProblem::MissingKey),
        (&with_roots(0xa2, b"\x04\x82\x80\x80"), CborProblem::MissingKey),
        (b"\xa2\x04\x82\x80\x80\x05\x87\x01\x00\x00\x00\x80\x80\x80", CborProblem::MissingKey),
        (b"\xa1\x18\x63\x00", CborProblem::UnexpectedKey),
        (&with_roots(0xa1, b"\x00"), CborProblem::TrailingBytes),
        (&with_roots(0xa2, &roots), CborProblem::UnsortedKeys),
        (b"\xa1\x01\x84\x00\x60", CborProblem::OutOfRange),
        (b"\xa1\x01\x84\x02\x60", CborProblem::OutOfRange),
        (&[&b"\xa1"[..], &other_payload].concat(), CborProblem::OutOfRange),
        (b"\xa1\x09\x9b\x7f\xff\xff\xff\xff\xff\xff\xff", CborProblem::Truncated),
        (&with_roots(0xa2, b"\x05\x80"), CborProblem::WrongCount),
        (&ascending, CborProblem::MissingKey),
        (&a_hash_short, CborProblem::WrongLength),
        (&overlapping, CborProblem::OutOfRange),
        (&backwards, CborProblem::OutOfRange),
    ] {
        let error = with_body(body).unwrap_err();
        let SnapshotError::Content(error) = error else { panic!("{body:x?}: {error}") };
        assert_eq!(error.problem, problem, "{body:x?}");
    }
}

#[test]
fn older_lists_are_refused_as_before_the_restart() {
    let world = world();
    let (scanner, code) = at_work(&world);
    let mut scanner = restarted(&scanner);
    let refused = |scanner: &mut Scanner, number: u16| {
        let verdict = scanner.scan(code.text(), &context(NOW));
        assert_eq!(practice::number(&verdict), Some(number));
    };
    refused(&mut scanner, 701);
    assert_eq!(scanner.status_bytes(), 0);
    scanner.install_trust_list(trust_list(&world, 1).as_bytes(), NOW).unwrap();
    refused(&mut scanner, 703);

    let other = catalogue(&world, 5, DuplicateRule::Allow);
    let same_sequence = Err(InstallError::SameSequence { sequence: 5 });
    assert_eq!(scanner.install_catalogue(other.as_bytes(), NOW), same_sequence);
    let older = catalogue(&world, 4, DuplicateRule::Allow);
    let rollback = Err(InstallError::Rollback { in_force: 5, offered: 4 });
    assert_eq!(scanner.install_catalogue(older.as_bytes(), NOW), rollback);
    let rollback = Err(InstallError::Rollback { in_force: NOW - 60, offered: NOW - 61 });
    assert_eq!(scanner.install_status(&status_list(&world, NOW - 61), NOW), rollback);

    scanner.install_status(&status_list(&world, NOW - 60), NOW).unwrap();
    let same = catalogue(&world, 5, DuplicateRule::Refuse);
    // ECDSA signatures differ each time, and what was signed again is the same document.
    assert_eq!(scanner.install_catalogue(same.as_bytes(), NOW), Ok(()));
    let newer = catalogue(&world, 6, DuplicateRule::Refuse);
    scanner.install_catalogue(newer.as_bytes(), NOW).unwrap();
    refused(&mut scanner, 601);
}

/// As the practice scanner has it: signed by Ed25519 roots it would be the same bytes.
fn trust_list(world: &Practice, sequence: u64) -> String {
    let mut list = world.trust_list(sequence + 1);
    list.edition.issued_at_unix_s = NOW - DAY;
    list.sign(&world.root).unwrap()
}

#[test]
fn the_very_same_documents_are_taken_again_although_their_signer_has_gone() {
    let world = world();
    let new_root = key(Algorithm::Esp256);
    let trust_list = trust_list(&world, 1);
    let catalogue = catalogue(&world, 5, DuplicateRule::Allow);
    let mut scanner = Scanner::new(world.root.public_key(), practice::without_status_lists());
    scanner.install_catalogue(catalogue.as_bytes(), NOW).unwrap();
    scanner.install_trust_list(trust_list.as_bytes(), NOW).unwrap();
    let mut roots = practice::roots_document(&new_root.public_key()).draft().unwrap();
    roots.sign(&world.root, NOW).unwrap();
    roots.sign(&new_root, NOW).unwrap();
    scanner.install_roots(roots.to_json().as_bytes()).unwrap();

    let mut scanner = restarted(&scanner);
    assert_eq!(scanner.roots().number(), 1);
    scanner.install_trust_list(trust_list.as_bytes(), NOW).unwrap();
    scanner.install_catalogue(catalogue.as_bytes(), NOW).unwrap();
    let code = world.code(&world.credential(|_| ()), NOW);
    assert_eq!(number(&scanner.scan(code.text(), &context(NOW))), None);
    // Whatever else the old root signs does not count any more.
    let next = practice::catalogue(6, vec![practice::open_application()]);
    let by_old_root = next.sign(&world.root).unwrap();
    let refused = scanner.install_catalogue(by_old_root.as_bytes(), NOW);
    assert!(matches!(refused, Err(InstallError::Document(DocumentError::NotEnough(_)))));
    let by_new_root = next.sign(&new_root).unwrap();
    scanner.install_catalogue(by_new_root.as_bytes(), NOW).unwrap();
}

#[test]
fn a_list_of_a_key_that_counts_no_longer_stands_in_no_ones_way() {
    let world = world();
    let (scanner, _) = at_work(&world);
    let mut scanner = restarted(&scanner);
    let other = key(Algorithm::Esp256);
    let issuer_key = |key: &SoftwareKey| practice::issuer_key(key.public_key(), &[]);
    let mut withdrawn = issuer_key(&world.issuer);
    withdrawn.withdrawn_from_unix_s = Some(NOW);
    let keys = vec![withdrawn, issuer_key(&other)];
    let list = practice::trust_list(3, vec![practice::issuer("cn-31", Region::SHANGHAI, keys)]);
    scanner.install_trust_list(list.sign(&world.root).unwrap().as_bytes(), NOW).unwrap();
    let older = StatusIssuer::new("cn-31", 1_000).publish(publication(NOW - 90), &other).unwrap();
    scanner.install_status(&older[0], NOW).unwrap();
}

/// A gate that keeps itself up to date by deltas, and is restarted where there is no network.
#[test]
fn lists_and_their_deltas_are_taken_again_together() {
    let world = world();
    let earlier = StatusIssuer::new("cn-31", 1_000);
    // The list is of the day before yesterday, and has expired; the delta is of today.
    let old = StatusPublication {
        issued_at_unix_s: NOW - 2 * DAY,
        expires_unix_s: NOW - DAY,
        ttl_s: 3_600,
    };
    let list = earlier.publish(old, &world.issuer).unwrap().remove(0);
    let mut issuer = earlier.clone();
    issuer.revoke(7).unwrap();
    let now = publication(NOW - 60);
    let delta = issuer.publish_delta(&earlier, NOW - 2 * DAY, now, &world.issuer).unwrap();
    let code = world.code(&world.credential(|_| ()), NOW);
    let mut scanner = world.scanner(Policy::default());
    scanner.install_status(&list, NOW - 2 * DAY).unwrap();
    scanner.install_status(&delta, NOW).unwrap();
    assert_eq!(number(&scanner.scan(code.text(), &context(NOW))), Some(401));

    let mut scanner = restarted(&scanner);
    assert_eq!(scanner.install_statuses([&list], NOW), Err(InstallError::NoTrustList));
    scanner.install_trust_list(trust_list(&world, 1).as_bytes(), NOW).unwrap();
    let catalogue = catalogue(&world, 5, DuplicateRule::Allow);
    scanner.install_catalogue(catalogue.as_bytes(), NOW).unwrap();
    assert!(matches!(scanner.install_status(&list, NOW), Err(InstallError::Expired { .. })));
    assert!(matches!(scanner.install_status(&delta, NOW), Err(InstallError::NoBase { .. })));
    // Nor is the list enough by itself, or the delta, or both the other way round.
    let expired = Err(InstallError::Expired { expired_unix_s: NOW - DAY });
    assert_eq!(scanner.install_statuses([&list], NOW), expired);
    let (in_force, offered) = (NOW - 60, NOW - 2 * DAY);
    let rollback = Err(InstallError::Rollback { in_force, offered });
    assert_eq!(scanner.install_statuses([&list], NOW - 2 * DAY), rollback);
    for wrong in [vec![&delta], vec![&delta, &list]] {
        let no_base = InstallError::NoBase { from_unix_s: NOW - 2 * DAY };
        assert_eq!(scanner.install_statuses(wrong, NOW), Err(no_base));
    }
    assert_eq!(number(&scanner.scan(code.text(), &context(NOW))), None, "nothing was taken");
    scanner.install_statuses([&list, &delta], NOW).unwrap();
    assert_eq!(number(&scanner.scan(code.text(), &context(NOW))), Some(401));
    // It is no way round the order of lists in a scanner that has them.
    assert_eq!(scanner.install_statuses([&list], NOW - 2 * DAY), rollback);
}

#[test]
fn codes_that_were_used_stay_used() {
    let world = world();
    let mut scanner = world.scanner(Policy::default());
    let refuse = catalogue(&world, 5, DuplicateRule::PassBack { seconds: 600 });
    scanner.install_catalogue(refuse.as_bytes(), NOW).unwrap();
    let card = world.credential(|_| ());
    let code = world.code(&card, NOW);
    assert_eq!(number(&scanner.scan(code.text(), &context(NOW))), None);
    let mut scanner = restarted(&scanner);
    scanner.install_trust_list(trust_list(&world, 1).as_bytes(), NOW).unwrap();
    let refuse = catalogue(&world, 6, DuplicateRule::PassBack { seconds: 600 });
    scanner.install_catalogue(refuse.as_bytes(), NOW).unwrap();
    assert_eq!(number(&scanner.scan(code.text(), &context(NOW + 1))), Some(601));
    let next = world.code(&card, NOW + 300);
    assert_eq!(number(&scanner.scan(next.text(), &context(NOW + 300))), Some(602));
}

/// A host that could not tell a verdict, or store what it led to, takes the use back.
#[test]
fn a_use_that_was_taken_back_was_none() {
    let world = world();
    let (mut scanner, first) = at_work(&world);
    scanner.start_receipts(ScannerId::new("gate-1").unwrap());
    let before = scanner.snapshot();
    let head = scanner.receipt_head();
    let second = world.code(&world.credential(|_| ()), NOW + 1);
    let scan = |scanner: &mut Scanner| {
        let verdict = scanner.scan_with_receipt(second.text(), &context(NOW + 1), &world.issuer).0;
        number(&verdict)
    };
    assert_eq!(scan(&mut scanner), None);
    assert_eq!(scan(&mut scanner), Some(601));
    // A snapshot whose receipts are not stored yet has the use all the same.
    let behind = scanner.snapshot_with_receipts_at(head.unwrap());
    let restored = Scanner::restore(&behind, Policy::default()).unwrap();
    assert_eq!(restored.receipt_head(), head);
    assert_eq!(restored.duplicate_fill(NOW + 1).entries, 2);

    scanner.go_back_to(&before, head).unwrap();
    assert_eq!(scanner.receipt_head(), head);
    assert_eq!(scanner.snapshot(), before);
    assert_eq!(number(&scanner.scan(first.text(), &context(NOW + 1))), Some(601));
    // Its lists, and how much it may remember, are as they were.
    scanner.set_duplicate_capacity(1);
    scanner.go_back_to(&before, head).unwrap();
    assert_eq!(scan(&mut scanner), Some(707));
    scanner.set_duplicate_capacity(65_536);
    assert_eq!(scan(&mut scanner), None);
    // What is no snapshot changes nothing.
    let known = scanner.snapshot();
    assert_eq!(scanner.go_back_to(&before[1..], head), Err(SnapshotError::NotASnapshot));
    assert_eq!(scanner.snapshot(), known);
}

/// What is over is left out, and the floor covers it: nothing is missed when the clock goes back.
#[test]
fn what_is_over_is_left_out_and_not_forgotten() {
    let world = world();
    let (mut scanner, code) = at_work(&world);
    let with_first = scanner.snapshot().len();
    let later = NOW + 1_000;
    let other = world.code(&world.credential(|_| ()), later);
    assert_eq!(number(&scanner.scan(other.text(), &context(later))), None);
    let snapshot = scanner.snapshot();
    assert!(snapshot.len() <= with_first + 8, "one entry, not two");
    let mut scanner = Scanner::restore(&snapshot, practice::without_status_lists()).unwrap();
    scanner.install_trust_list(trust_list(&world, 1).as_bytes(), NOW).unwrap();
    let refuse = catalogue(&world, 6, DuplicateRule::Refuse);
    scanner.install_catalogue(refuse.as_bytes(), NOW).unwrap();
    assert_eq!(number(&scanner.scan(code.text(), &context(NOW))), Some(709));
}

/// All status lists of a country, and a station's rush hour.
#[test]
fn it_is_small() {
    let world = world();
    let mut scanner = world.scanner(Policy::default());
    let empty = scanner.snapshot().len();
    let lists = StatusIssuer::new("cn-31", 230 * SHARD_POSITIONS);
    for list in lists.publish(publication(NOW - 60), &world.issuer).unwrap() {
        scanner.install_status(&list, NOW).unwrap();
    }
    let with_lists = scanner.snapshot().len();
    let refuse = catalogue(&world, 5, DuplicateRule::Refuse);
    scanner.install_catalogue(refuse.as_bytes(), NOW).unwrap();
    let card = world.credential(|_| ());
    let codes = 100;
    for second in 0..codes {
        let code = world.code(&card, NOW + second);
        assert_eq!(number(&scanner.scan(code.text(), &context(NOW + second))), None);
    }
    let with_codes = scanner.snapshot().len();
    say!(
        "snapshot: {empty} bytes; {with_lists} with 230 status lists; {with_codes} with 100 codes"
    );
    // Of each list a hash of what it says.
    assert!(empty < 1_000 && with_lists - empty < 300 + 230 * 32);
    assert!(with_codes - with_lists < 28 * 100);
}

/// An operator replaces a root by hand: nothing old comes back with it.
#[test]
fn roots_chosen_by_hand_count_alone_and_forget_no_used_code() {
    let world = world();
    let new_root = key(Algorithm::Esp256);
    let mut scanner = world.scanner(Policy::default());
    let refuse = catalogue(&world, 5, DuplicateRule::Refuse);
    scanner.install_catalogue(refuse.as_bytes(), NOW).unwrap();
    let code = world.code(&world.credential(|_| ()), NOW);
    assert_eq!(number(&scanner.scan(code.text(), &context(NOW))), None);

    let mut scanner = restarted(&scanner);
    let chosen = Roots::key(new_root.public_key());
    assert!(scanner.roots().came_by(&chosen).is_err());
    scanner.begin_anew(chosen.clone());
    let mut scanner = restarted(&scanner);
    assert_eq!(scanner.roots(), &chosen);
    assert_eq!(scanner.roots().came_by(&chosen), Ok(()));
    // What the old root signed counts for nothing: neither what is new nor what was in force.
    assert!(scanner.install_catalogue(refuse.as_bytes(), NOW).is_err());
    assert!(scanner.install_trust_list(trust_list(&world, 1).as_bytes(), NOW).is_err());
    assert_eq!(number(&scanner.scan(code.text(), &context(NOW))), Some(701));

    // What the old root numbered stands in nobody's way, and nothing that was used is forgotten.
    let by_new_root = |sequence| {
        let mut list = practice::catalogue(
            sequence,
            vec![Application { duplicates: DuplicateRule::Refuse, ..practice::open_application() }],
        );
        list.edition.issued_at_unix_s = NOW - DAY;
        list.sign(&new_root).unwrap()
    };
    let trusted = world.trust_list(9).sign(&new_root).unwrap();
    scanner.install_trust_list(trusted.as_bytes(), NOW).unwrap();
    scanner.install_catalogue(by_new_root(4).as_bytes(), NOW).unwrap();
    assert_eq!(number(&scanner.scan(code.text(), &context(NOW))), Some(601));
    let older = scanner.install_catalogue(by_new_root(3).as_bytes(), NOW);
    assert!(matches!(older, Err(InstallError::Rollback { in_force: 4, offered: 3 })), "{older:?}");
    // Chosen again, nothing changes.
    scanner.begin_anew(new_root.public_key());
    assert_eq!(number(&scanner.scan(code.text(), &context(NOW))), Some(601));
}

/// A number that is a slip, such as a date with the time behind it, does not stand in the way.
#[test]
fn no_edition_has_a_number_above_its_own_time() {
    let world = world();
    let with_number = |sequence: u64| world.trust_list(sequence).sign(&world.root).map(|_| ());
    let issued_at = world.trust_list(1).edition.issued_at_unix_s as u64;
    with_number(issued_at).unwrap();
    for slip in [issued_at + 1, 20_261_123_080_000, u64::MAX] {
        assert!(with_number(slip).is_err(), "{slip}");
    }
}
