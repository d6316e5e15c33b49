//! Evidence bundles: what is written is read, and no changed byte proves something else. And totals.

#[macro_use]
mod say;

mod practice;

use onecode::governance::Roots;
use onecode::receipt::{
    Answer, Answering, BundledKind, BundledList, CardProvinces, EvidenceBundle, Judged, Month,
    NotProven, Receipt, ReceiptKeys, ScannerId, Totals,
};
use onecode::status::{StatusIssuer, StatusPublication, SHARD_POSITIONS};
use onecode::trust::{IssuerKey, MaySign};
use onecode::{Algorithm, Policy, Region, Scanner, SigningKey, SoftwareKey, Verdict};
use practice::{context, key, Practice, DAY, NOW};

struct Gate {
    world: Practice,
    gate_key: SoftwareKey,
    trust: Vec<u8>,
    terms: Vec<u8>,
    /// The two lists of an hour ago, and the deltas from there to now.
    base: Vec<Vec<u8>>,
    deltas: [Vec<u8>; 2],
    scanner: Scanner,
}

impl Gate {
    fn new() -> Self {
        let world = Practice::new(Algorithm::Ed25519, Algorithm::Esp256, Algorithm::Esp256);
        let gate_key = key(Algorithm::Ed25519);
        let mut list = world.trust_list(1);
        list.issuers[0].keys.push(IssuerKey {
            key: gate_key.public_key(),
            may_sign: MaySign { receipts: vec!["metro.".into()], ..MaySign::default() },
            not_before_unix_s: NOW - DAY,
            not_after_unix_s: NOW + DAY,
            withdrawn_from_unix_s: None,
        });
        let trust = list.sign(&world.root).unwrap().into_bytes();
        let terms = practice::catalogue(1, vec![practice::open_application()]);
        let terms = terms.sign(&world.root).unwrap().into_bytes();
        let publication = |issued_at_unix_s| StatusPublication {
            issued_at_unix_s,
            expires_unix_s: NOW + DAY,
            ttl_s: 60,
        };
        // A delta is about all lists of an issuer: without the second one it would not fit.
        let mut agency = StatusIssuer::new("cn-31", SHARD_POSITIONS + 64);
        let base = agency.publish(publication(NOW - 3_600), &world.issuer).unwrap();
        let before = agency.clone();
        agency.revoke(SHARD_POSITIONS + 9).unwrap();
        let first = agency
            .publish_delta(&before, NOW - 3_600, publication(NOW - 600), &world.issuer)
            .unwrap();
        let earlier = agency.clone();
        agency.suspend(7).unwrap();
        let delta = agency
            .publish_delta(&earlier, NOW - 600, publication(NOW - 60), &world.issuer)
            .unwrap();
        let mut scanner = Scanner::new(world.root.public_key(), Policy::default());
        scanner.install_trust_list(&trust, NOW).unwrap();
        scanner.install_catalogue(&terms, NOW).unwrap();
        let deltas = [first, delta];
        for list in base.iter().chain(&deltas) {
            scanner.install_status(list, NOW).unwrap();
        }
        scanner.start_receipts(ScannerId::new("metro.31.gate-7").unwrap());
        Gate { world, gate_key, trust, terms, base, deltas, scanner }
    }

    fn scan(&mut self, text: &str, at: i64) -> Vec<u8> {
        self.scanner.scan_with_receipt(text, &context(at), &self.gate_key).1.unwrap()
    }

    fn trusted(&self) -> Roots {
        self.world.root.public_key().into()
    }

    fn keys(&self) -> ReceiptKeys {
        ReceiptKeys::from_trust_list(&self.trust, &[self.trusted()], NOW).unwrap()
    }
}

/// A card that is reported lost, between two scans of rubbish; and the text of its code.
fn lost(gate: &mut Gate) -> (EvidenceBundle, Receipt) {
    let credential = gate.world.credential(|_| ());
    let code = gate.world.code(&credential, NOW).text().to_owned();
    let receipts = vec![gate.scan("a", NOW), gate.scan(&code, NOW), gate.scan("b", NOW + 1)];
    let receipt = Receipt::verify(&receipts[1], &gate.keys()).unwrap();
    assert_eq!(receipt.verdict, 402);
    let mut bundle = EvidenceBundle::new(receipts, 1, Some(code));
    bundle.made_at_unix_s = NOW;
    bundle.made_by = "a test".into();
    bundle.lists = vec![
        BundledList { kind: BundledKind::TrustList, bytes: gate.trust.clone() },
        BundledList { kind: BundledKind::Catalogue, bytes: gate.terms.clone() },
    ];
    (bundle, receipt)
}

#[test]
fn what_is_written_is_read_and_says_the_same() {
    let mut gate = Gate::new();
    let (mut bundle, receipt) = lost(&mut gate);
    // Of what lies there it takes the list and the delta that lead to what was looked at.
    let of_another = StatusIssuer::new("cn-31", 64);
    let publication =
        StatusPublication { issued_at_unix_s: NOW - 60, expires_unix_s: NOW + DAY, ttl_s: 60 };
    let others = of_another.publish(publication, &key(Algorithm::Esp256)).unwrap();
    let [first, second] = &gate.deltas;
    let garbage = b"garbage".to_vec();
    let published = [&others[0], &garbage, second, &gate.base[1], first, &gate.base[0]];
    assert!(bundle.add_status(&receipt, published.into_iter().map(Vec::as_slice)));
    let status: Vec<&[u8]> = bundle.lists[2..].iter().map(|list| &*list.bytes).collect();
    assert_eq!(status, [&*gate.base[0], &gate.base[1], first, second]);

    let (json, finding) = bundle.to_json(Some(&gate.trusted()), NOW).unwrap();
    let Judged::Rightly(Verdict::Refused(again)) = &finding.judged else { panic!("{finding:?}") };
    assert_eq!(again.number(), 402);
    let answer = Answer { who: Answering::CardIssuer, province: Some(Region::SHANGHAI) };
    assert_eq!(finding.answer, answer);
    assert_eq!((finding.before, finding.after), (1, 1));
    assert!(!finding.not_proven.contains(&NotProven::Roots));
    assert!(finding.not_proven.contains(&NotProven::KeyHolder));
    let read = EvidenceBundle::from_json(&json).unwrap();
    assert_eq!(read.check(Some(&gate.trusted()), NOW).unwrap(), finding);
    assert_eq!(
        (&read.text, &read.receipts, &read.lists),
        (&bundle.text, &bundle.receipts, &bundle.lists)
    );

    // Where the list has gone it says so, and the scan cannot be made again.
    let (mut bundle, _) = lost(&mut Gate::new());
    assert!(!bundle.add_status(&receipt, [&**second, &gate.base[0], &gate.base[1]]));
    assert!(!bundle.add_status(&receipt, [&**first, second]));
    bundle.lists.clear();
    let error = bundle.to_json(Some(&gate.trusted()), NOW).unwrap_err();
    assert_eq!(error.name(), "list_missing");
}

#[test]
fn no_changed_byte_proves_something_else() {
    let mut gate = Gate::new();
    let (mut bundle, receipt) = lost(&mut gate);
    let published = gate.base.iter().chain(&gate.deltas).map(Vec::as_slice);
    assert!(bundle.add_status(&receipt, published));
    let (json, finding) = bundle.to_json(Some(&gate.trusted()), NOW).unwrap();
    let trusted = gate.trusted();
    let (mut refused, mut not_again, mut same) = (0, 0, 0);
    for at in 0..json.len() {
        let mut changed = json.clone();
        changed[at] ^= 1 << (at % 7);
        let checked = EvidenceBundle::from_json(&changed)
            .and_then(|bundle| bundle.check(Some(&trusted), NOW));
        match checked {
            Err(_) => refused += 1,
            Ok(found) if found == finding => same += 1,
            Ok(found) => {
                // Another text: that of no code that this receipt is about.
                assert_eq!(found.judged.name(), "other_text", "{at}");
                assert_eq!(
                    (found.receipt, found.answer),
                    (finding.receipt.clone(), finding.answer)
                );
                not_again += 1;
            }
        }
    }
    let length = bundle.text.unwrap().len();
    assert!(not_again <= length && not_again > length / 2, "{not_again} of {length}");
    // When it was made, by what, and white space.
    assert!(same < 400, "{same}");
    say!(
        "{} bytes changed: {refused} refused, {not_again} another text, {same} the same",
        json.len()
    );
}

#[test]
fn totals_count_each_receipt_once_and_gaps() {
    let mut gate = Gate::new();
    let credential = gate.world.credential(|claims| claims.status_index = 8);
    let code = gate.world.code(&credential, NOW).text().to_owned();
    let mut receipts = vec![gate.scan(&code, NOW)];
    receipts.extend((0..6).map(|_| gate.scan("a", NOW)));
    let keys = gate.keys();
    let all: Vec<Receipt> =
        receipts.iter().map(|receipt| Receipt::verify(receipt, &keys).unwrap()).collect();
    let mut provinces = CardProvinces::default();
    provinces.add_trust_list(&gate.trust, &[gate.trusted()]).unwrap();
    let mut totals = Totals::new(provinces.clone());
    for at in [0, 1, 1, 0, 4, 5, 2, 6] {
        totals.add(&all[at]);
    }
    assert_eq!(totals.repeated(), 3);
    let month = &totals.months()[&Month { year: 2026, month: 11 }];
    assert_eq!((month.answers.accepted, month.answers.refused, month.missing), (1, 4, 2));
    assert_eq!(month.begun_before, 0);
    assert_eq!(month.by_province[&Some(Region::SHANGHAI)].accepted, 1);
    assert_eq!(month.by_province[&None].refused, 4);
    // Each table has all of them.
    for table in [
        month.by_province.values().map(|it| it.all()).sum::<u64>(),
        month.by_application.values().map(|it| it.all()).sum(),
        month.by_scanner.values().map(|it| it.all()).sum(),
    ] {
        assert_eq!(table, month.answers.all());
    }
    assert_eq!(month.refused.values().sum::<u64>(), month.answers.refused);
    // A list that nobody may sign for tells of no province.
    let stranger: Roots = key(Algorithm::Ed25519).public_key().into();
    assert!(CardProvinces::default().add_trust_list(&gate.trust, &[stranger]).is_err());
    let mut late = Totals::new(provinces);
    late.add(&all[3]);
    assert_eq!(late.months().values().next().unwrap().begun_before, 1);
}
