//! Receipts: a chain that shows every change, and scans that can be made again from them.

mod practice;

use onecode::catalogue::{
    Application, Beyond, Catalogue, DuplicateRule, ForeignCode, ForeignEntry, ForeignPattern,
    StatusRule,
};
use onecode::challenge::ChallengeForm;
use onecode::duplicates::VenueKey;
use onecode::gate::{ForeignCodeHandler, MemoryProblem};
use onecode::jose::DocumentError;
use onecode::keys::{EncodedSignature, SigningError, ToBeSigned};
use onecode::receipt::{
    verify_chain, ChainLink, ChainProblem, ChainVerifier, Pseudonym, Receipt, ReceiptError,
    ReceiptKeys, ReceiptProblem, ReplayError, ReplayLists, ReplayListsError, ScannerId,
};
use onecode::status::{StatusIssuer, StatusPublication};
use onecode::trust::{IssuerKey, MaySign, TrustList};
use onecode::{
    Advisory, Algorithm, Answer, ApplicationNumber, CardCredential, Challenge, Code, CodeClaims,
    Context, Policy, PublicKey, Region, Scanner, SigningKey, SoftwareKey, Verdict,
};
use practice::{catalogue, context, key, open_application, trust_list, Practice, DAY, NOW};

/// How many receipts the chains of these tests have; the example makes ten thousand.
const CHAIN: usize = 500;

const REFUSES: u16 = 201;
const WAITS: u16 = 202;
const ASKS: u16 = 203;
const STRICT: u16 = 204;

struct Hall {
    world: Practice,
    gate_key: SoftwareKey,
    trust: String,
    terms: String,
    status: Vec<Vec<u8>>,
    scanner: Scanner,
}

fn scanner_id(id: &str) -> ScannerId {
    ScannerId::new(id).unwrap()
}

fn application(number: u16) -> ApplicationNumber {
    ApplicationNumber::new(number).unwrap()
}

impl Hall {
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
        let of = |number: u16, change: fn(&mut Application)| {
            let mut entry = Application {
                number: application(number),
                id: format!("open.{number}"),
                ..open_application()
            };
            change(&mut entry);
            entry
        };
        let terms = Catalogue {
            foreign_codes: vec![ForeignEntry {
                code: ForeignCode {
                    id: "web".into(),
                    name: practice::name("网址", "a web address"),
                    advice: practice::name("请勿打开。", "Do not open it."),
                },
                pattern: ForeignPattern {
                    begins_with: vec!["https://".into()],
                    ..ForeignPattern::default()
                },
            }],
            ..catalogue(
                1,
                vec![
                    open_application(),
                    of(REFUSES, |entry| entry.duplicates = DuplicateRule::Refuse),
                    of(WAITS, |entry| entry.duplicates = DuplicateRule::PassBack { seconds: 60 }),
                    of(ASKS, |entry| entry.challenge = true),
                    of(STRICT, |entry| {
                        entry.status = StatusRule { max_age_s: 3_600, beyond: Beyond::Refuse };
                    }),
                ],
            )
        };
        let publication = StatusPublication {
            issued_at_unix_s: NOW - 3_000,
            expires_unix_s: NOW + DAY,
            ttl_s: 60,
        };
        let mut agency = StatusIssuer::new("cn-31", 64);
        agency.revoke(8).unwrap();
        agency.suspend(9).unwrap();
        let trust = list.sign(&world.root).unwrap();
        let terms = terms.sign(&world.root).unwrap();
        let status = agency.publish(publication, &world.issuer).unwrap();
        let mut scanner = Scanner::new(world.root.public_key(), Policy::default());
        scanner.install_trust_list(trust.as_bytes(), NOW).unwrap();
        scanner.install_catalogue(terms.as_bytes(), NOW).unwrap();
        for list in &status {
            scanner.install_status(list, NOW).unwrap();
        }
        scanner.start_receipts(scanner_id("metro.31.gate-7"));
        Hall { world, gate_key, trust, terms, status, scanner }
    }

    fn keys(&self) -> ReceiptKeys {
        let roots = [self.world.root.public_key().into()];
        ReceiptKeys::from_trust_list(self.trust.as_bytes(), &roots, NOW).unwrap()
    }

    fn archive(&self) -> ReplayLists {
        let roots = [self.world.root.public_key().into()];
        let (trust, terms) = (self.trust.as_bytes(), self.terms.as_bytes());
        let mut lists = ReplayLists::new(&roots, Some(trust), Some(terms)).unwrap();
        for list in &self.status {
            lists.add_status(list).unwrap();
        }
        lists
    }

    fn scan(&mut self, text: &str, context: &Context) -> (Verdict, Vec<u8>) {
        let (verdict, receipt) = self.scanner.scan_with_receipt(text, context, &self.gate_key);
        (verdict, receipt.unwrap())
    }

    fn code(&self, index: u32, at: i64, challenge: Option<Challenge>) -> String {
        let card = self.world.credential(|card| card.status_index = index);
        let answers = challenge.map(Answer::Challenge);
        let claims = CodeClaims { answers, ..CodeClaims::at(at) };
        Code::make(&card, &self.world.phone, &claims).unwrap().text().to_owned()
    }

    /// Scans of many kinds; each with its text, verdict and receipt.
    fn day(&mut self, scans: usize) -> Vec<(String, Verdict, Vec<u8>)> {
        let cards: Vec<CardCredential> =
            (0..12).map(|index| self.world.credential(|card| card.status_index = index)).collect();
        (0..scans)
            .map(|n| {
                let at = NOW + n as i64;
                let mut context = context(at);
                let mut claims = CodeClaims::at(at);
                let numbers = [101, REFUSES, WAITS, ASKS, STRICT, 999];
                context.application = application(numbers[n % numbers.len()]);
                match n % 13 {
                    0 => claims.issued_at_unix_s = at - 200,
                    1 => claims.issued_at_unix_s = at + 40,
                    2 => context.place = Region::new(110_000).unwrap(),
                    3 => {
                        let form = ChallengeForm::Picture;
                        let shown = self.scanner.issue_challenge(form, at).unwrap();
                        context.application = application(ASKS);
                        claims.answers = Some(shown.challenge.into());
                    }
                    4 => claims.answers = Challenge::new(&[4; 8]).map(Answer::Challenge),
                    5 => {
                        claims.answers = Challenge::new(&[5; 6]).map(Answer::Challenge);
                        context.challenge = Challenge::new(&[5; 6]);
                    }
                    _ => {}
                }
                let card = &cards[n % cards.len()];
                let code = Code::make(card, &self.world.phone, &claims).unwrap();
                let text = match n % 17 {
                    6 => format!("https://example.cn/{n}"),
                    7 => format!("{}x", code.text()),
                    8 => "OC1:A".to_owned(),
                    _ => code.text().to_owned(),
                };
                let (verdict, receipt) = self.scan(&text, &context);
                (text, verdict, receipt)
            })
            .collect()
    }
}

fn chain(day: &[(String, Verdict, Vec<u8>)]) -> Vec<&[u8]> {
    day.iter().map(|(.., receipt)| receipt.as_slice()).collect()
}

#[test]
fn a_chain_is_whole_and_every_scan_can_be_made_again() {
    let mut hall = Hall::new();
    let day = hall.day(CHAIN);
    let (keys, id) = (hall.keys(), scanner_id("metro.31.gate-7"));
    let head = hall.scanner.receipt_head();
    let summary = verify_chain(chain(&day), &id, &keys, ChainLink::default(), head).unwrap();
    assert_eq!(summary.receipts, CHAIN as u64);
    assert_eq!(Some(summary.next), head);
    assert!(summary.accepted > 100 && summary.refused > 100, "{summary:?}");
    assert_eq!((summary.handed_over, summary.clock_went_back), (0, 0));

    let mut lists = hall.archive();
    let mut numbers = std::collections::BTreeSet::new();
    for (n, (text, verdict, receipt)) in day.iter().enumerate() {
        let receipt = Receipt::verify(receipt, &keys).unwrap();
        assert_eq!(receipt.number, n as u64);
        let again = lists.replay(&receipt, text).unwrap();
        assert_eq!(again, *verdict, "{n}");
        numbers.insert(receipt.verdict);
    }
    for number in [0, 105, 106, 110, 302, 303, 401, 402, 501, 507, 508, 705] {
        assert!(numbers.contains(&number), "{number} is not among {numbers:?}");
    }
}

#[test]
fn a_chain_taken_one_by_one_says_the_same_and_goes_on_after_what_it_refused() {
    let mut hall = Hall::new();
    let day = hall.day(40);
    let (keys, id) = (hall.keys(), scanner_id("metro.31.gate-7"));
    let head = hall.scanner.receipt_head().unwrap();
    let all = chain(&day);
    let mut one_by_one = ChainVerifier::new(keys.clone(), None, ChainLink::default());
    assert_eq!(one_by_one.scanner(), None);
    for (at, receipt) in all.iter().enumerate() {
        assert_eq!(one_by_one.take(receipt).unwrap().number, at as u64);
        if at == 20 {
            let before = one_by_one.summary();
            let error = one_by_one.take(all[7]).unwrap_err();
            assert_eq!((error.at, error.problem.name()), (21, "repeated"));
            assert_eq!(one_by_one.summary(), before);
        }
    }
    assert_eq!(one_by_one.scanner(), Some(&id));
    let whole = verify_chain(all, &id, &keys, ChainLink::default(), Some(head)).unwrap();
    assert_eq!(one_by_one.summary(), whole);
    assert_eq!(one_by_one.ends_at(head), Ok(()));
    let error = one_by_one.ends_at(ChainLink { number: 41, ..head }).unwrap_err();
    assert_eq!(error.problem, ChainProblem::End { expected: 41 });
}

/// Every way to tamper with one receipt, at every place of a short chain.
#[test]
fn what_was_done_to_a_chain_is_found_and_where() {
    let mut hall = Hall::new();
    let day = hall.day(7);
    let (keys, id) = (hall.keys(), scanner_id("metro.31.gate-7"));
    let whole: Vec<Vec<u8>> = day.iter().map(|(.., receipt)| receipt.clone()).collect();
    let head = hall.scanner.receipt_head();
    let check = |receipts: &[Vec<u8>]| {
        let receipts = receipts.iter().map(Vec::as_slice);
        verify_chain(receipts, &id, &keys, ChainLink::default(), head)
    };
    assert!(check(&whole).is_ok());
    let last = whole.len() - 1;
    for n in 0..whole.len() {
        let mut removed = whole.clone();
        removed.remove(n);
        let error = check(&removed).unwrap_err();
        assert_eq!((error.at, error.number), (n, n as u64));
        let expected = if n == last {
            ChainProblem::End { expected: whole.len() as u64 }
        } else {
            ChainProblem::Missing { found: n as u64 + 1 }
        };
        assert_eq!(error.problem, expected);

        let mut twice = whole.clone();
        twice.insert(n, whole[n].clone());
        let error = check(&twice).unwrap_err();
        assert_eq!((error.at, error.number), (n + 1, n as u64 + 1));
        assert_eq!(error.problem, ChainProblem::Repeated { found: n as u64 });

        for m in n + 1..whole.len() {
            let mut swapped = whole.clone();
            swapped.swap(n, m);
            let error = check(&swapped).unwrap_err();
            assert_eq!((error.at, error.number), (n, n as u64));
            assert_eq!(error.problem, ChainProblem::Missing { found: m as u64 });
        }

        // One bit of each byte.
        for byte in 0..whole[n].len() {
            let mut altered = whole.clone();
            altered[n][byte] ^= 1 << (byte % 8);
            let error = check(&altered).unwrap_err();
            assert_eq!((error.at, error.number), (n, n as u64), "byte {byte}");
            assert!(matches!(error.problem, ChainProblem::Receipt(_)), "byte {byte}: {error}");
        }
        let mut cut = whole.clone();
        cut[n].pop();
        assert_eq!(check(&cut).unwrap_err().at, n);
    }
}

/// Whoever has the scanner's key can write a receipt anew, and not so that those around it fit.
#[test]
fn a_receipt_made_anew_fits_only_itself() {
    let mut hall = Hall::new();
    let mut twin = hall.scanner.clone();
    let text = hall.code(1, NOW, None);
    let mut receipts = Vec::new();
    for at in 0..3 {
        receipts.push(hall.scan(&text, &context(NOW + at)).1);
    }
    // The same scanner, asked about another second for its second receipt.
    twin.scan_with_receipt(&text, &context(NOW), &hall.gate_key).1.unwrap();
    let other = twin.scan_with_receipt(&text, &context(NOW + 50), &hall.gate_key).1.unwrap();
    receipts[1] = other;
    let all = receipts.iter().map(Vec::as_slice);
    let id = scanner_id("metro.31.gate-7");
    let error = verify_chain(all, &id, &hall.keys(), ChainLink::default(), None).unwrap_err();
    assert_eq!((error.at, error.number, error.problem), (2, 2, ChainProblem::OtherPrevious));
}

#[test]
fn a_chain_of_another_scanner() {
    let mut hall = Hall::new();
    let mut other = hall.scanner.clone();
    other.start_receipts(scanner_id("metro.31.gate-8"));
    let text = hall.code(1, NOW, None);
    let ours = hall.scan(&text, &context(NOW)).1;
    let mut theirs = Vec::new();
    for _ in 0..2 {
        let (_, receipt) = other.scan_with_receipt(&text, &context(NOW), &hall.gate_key);
        theirs.push(receipt.unwrap());
    }
    let (keys, id) = (hall.keys(), scanner_id("metro.31.gate-7"));
    let start = ChainLink::default();
    let error = verify_chain([&ours[..], &theirs[1][..]], &id, &keys, start, None).unwrap_err();
    let found = scanner_id("metro.31.gate-8");
    assert_eq!((error.at, error.problem), (1, ChainProblem::OtherScanner { found }));
    assert_eq!(
        verify_chain(theirs.iter().map(Vec::as_slice), &id, &keys, start, None).unwrap_err().at,
        0
    );
}

#[test]
fn who_may_sign_receipts() {
    let mut hall = Hall::new();
    let text = hall.code(1, NOW, None);
    let receipt = hall.scan(&text, &context(NOW)).1;
    let keys_of = |change: &dyn Fn(&mut TrustList), now| {
        let mut list = hall.world.trust_list(2);
        list.issuers[0].keys.push(IssuerKey {
            key: hall.gate_key.public_key(),
            may_sign: MaySign {
                receipts: vec!["bus.".into(), "metro.31.".into()],
                ..MaySign::default()
            },
            not_before_unix_s: NOW,
            not_after_unix_s: NOW,
            withdrawn_from_unix_s: None,
        });
        change(&mut list);
        let jws = list.sign(&hall.world.root).unwrap();
        ReceiptKeys::from_trust_list(jws.as_bytes(), &[hall.world.root.public_key().into()], now)
            .unwrap()
    };
    let verify = |keys: &ReceiptKeys| Receipt::verify(&receipt, keys).map(|receipt| receipt.number);
    let last = |list: &mut TrustList| list.issuers[0].keys.pop().unwrap();
    assert_eq!(verify(&keys_of(&|_| (), NOW + 365 * DAY)), Ok(0), "an old receipt is good still");
    let problem = verify(&keys_of(&|list| drop(last(list)), NOW)).unwrap_err();
    let key_id = hall.gate_key.public_key().key_id();
    assert_eq!(problem, ReceiptProblem::UnknownKey { key_id });
    let with = |change: fn(&mut IssuerKey), now| {
        keys_of(&move |list: &mut TrustList| change(list.issuers[0].keys.last_mut().unwrap()), now)
    };
    let others = with(|key| key.may_sign.receipts = vec!["metro.32.".into()], NOW);
    let scanner = scanner_id("metro.31.gate-7");
    assert_eq!(verify(&others), Err(ReceiptProblem::NotAdmitted { scanner }));
    for change in [(|key| key.not_after_unix_s = NOW - 1) as fn(&mut IssuerKey), |key| {
        key.not_before_unix_s = NOW + 1;
        key.not_after_unix_s = NOW + 1;
    }] {
        let problem = ReceiptProblem::KeyNotInTime { time_unix_s: NOW };
        assert_eq!(verify(&with(change, NOW)), Err(problem));
    }
    let withdraw = |key: &mut IssuerKey| key.withdrawn_from_unix_s = Some(NOW + DAY);
    assert_eq!(verify(&with(withdraw, NOW + DAY - 1)), Ok(0));
    assert_eq!(verify(&with(withdraw, NOW + DAY)), Err(ReceiptProblem::KeyWithdrawn));
    // A key for cards signs no receipts, and one for receipts no cards.
    let issuer = &hall.world.issuer;
    let (_, by_issuer) = hall.scanner.scan_with_receipt(&text, &context(NOW), issuer);
    let problem = Receipt::verify(&by_issuer.unwrap(), &hall.keys()).unwrap_err();
    assert!(matches!(problem, ReceiptProblem::UnknownKey { .. }), "{problem:?}");
    // Keys known otherwise.
    assert_eq!(verify(&ReceiptKeys::new([hall.gate_key.public_key()])), Ok(0));
}

/// A key that does not sign.
struct Broken(PublicKey);

impl SigningKey for Broken {
    fn public_key(&self) -> PublicKey {
        self.0
    }

    fn sign(&self, _: &ToBeSigned<'_>) -> Result<EncodedSignature, SigningError> {
        Err(SigningError::Refused { reason: "locked".into() })
    }
}

#[test]
fn a_verdict_stands_without_its_receipt() {
    let mut hall = Hall::new();
    let mut silent = hall.world.scanner(Policy::default());
    let text = hall.code(1, NOW, None);
    let (verdict, receipt) = silent.scan_with_receipt(&text, &context(NOW), &hall.gate_key);
    assert!(matches!(verdict, Verdict::Accepted(_)));
    assert_eq!((receipt, silent.receipt_head()), (Err(ReceiptError::NotStarted), None));

    hall.scan(&text, &context(NOW));
    let before = hall.scanner.receipt_head();
    let broken = Broken(hall.gate_key.public_key());
    let (verdict, receipt) = hall.scanner.scan_with_receipt(&text, &context(NOW), &broken);
    assert!(matches!(verdict, Verdict::Accepted(_)));
    assert!(matches!(receipt, Err(ReceiptError::Signing(_))));
    let (verdict, receipt) = hall.scanner.scan_with_receipt(&text, &context(-1), &hall.gate_key);
    assert!(matches!(verdict, Verdict::Refused(_)));
    assert_eq!(receipt, Err(ReceiptError::Time { unix_s: -1 }));
    assert_eq!(hall.scanner.receipt_head(), before, "the chain goes on where it was");
    let next = hall.scan(&text, &context(NOW)).1;
    assert_eq!(Receipt::verify(&next, &hall.keys()).unwrap().number, 1);

    // Under its name the chain goes on, under another one a new one begins.
    hall.scanner.start_receipts(scanner_id("metro.31.gate-7"));
    assert_eq!(hall.scanner.receipt_head().unwrap().number, 2);
    hall.scanner.start_receipts(scanner_id("metro.31.gate-9"));
    assert_eq!(hall.scanner.receipt_head(), Some(ChainLink::default()));
}

/// One code at two applications, and one at two days: nothing in the receipts is the same but what
/// many receipts have.
#[test]
fn one_code_at_two_applications_leaves_no_common_hash() {
    let mut hall = Hall::new();
    let text = hall.code(3, NOW, None);
    let keys = hall.keys();
    let mut receipt = |number: u16| {
        let context = Context { application: application(number), ..context(NOW) };
        Receipt::verify(&hall.scan(&text, &context).1, &keys).unwrap()
    };
    let (first, second) = (receipt(101), receipt(STRICT));
    assert!(first.card.is_some() && second.card.is_some());
    assert_ne!(first.card, second.card);
    assert_ne!(first.text_hash, second.text_hash);
    // Who has the text finds both.
    for receipt in [first, second] {
        let hash = onecode::receipt::text_hash(&text, receipt.application, receipt.time_unix_s);
        assert_eq!(hash, receipt.text_hash);
    }
}

#[test]
fn only_the_issuer_can_tell_whose_card_it_was() {
    let mut hall = Hall::new();
    let cards: Vec<CardCredential> =
        (0..5).map(|index| hall.world.credential(|card| card.status_index = index)).collect();
    let keys = hall.keys();
    let mut pseudonym = |at: i64, number: u16| {
        let code = Code::make(&cards[3], &hall.world.phone, &CodeClaims::at(at)).unwrap();
        let context = Context { application: application(number), ..context(at) };
        let receipt = hall.scan(code.text(), &context).1;
        Receipt::verify(&receipt, &keys).unwrap().card.unwrap()
    };
    let seen = pseudonym(NOW, 101);
    assert_eq!(pseudonym(NOW + 5, 101), seen, "the same card at one application on one day");
    assert_ne!(pseudonym(NOW + 5, REFUSES), seen);
    // A day begins at midnight in Beijing.
    let midnight = NOW + 16 * 3_600;
    assert_eq!(pseudonym(midnight - 1, 101), seen);
    assert_ne!(pseudonym(midnight, 101), seen);
    let resolved: Vec<usize> = (0..cards.len())
        .filter(|n| Pseudonym::of(&cards[*n], application(101), NOW) == Some(seen))
        .collect();
    assert_eq!(resolved, [3]);
    assert_ne!(Pseudonym::of(&cards[3], application(101), NOW + DAY), Some(seen));

    // No pseudonym where the issuer's signature was not looked at, or did not hold.
    let stranger = Practice::new(Algorithm::Ed25519, Algorithm::Esp256, Algorithm::Esp256);
    let foreign = stranger.code(&stranger.credential(|_| ()), NOW);
    for text in ["https://example.cn/", foreign.text()] {
        let receipt = hall.scan(text, &context(NOW)).1;
        assert_eq!(Receipt::verify(&receipt, &keys).unwrap().card, None);
    }
}

#[test]
fn a_replay_needs_the_text_and_the_lists_of_then() {
    let mut hall = Hall::new();
    let text = hall.code(1, NOW, None);
    let strict = Context { application: application(STRICT), ..context(NOW) };
    let (verdict, receipt) = hall.scan(&text, &strict);
    assert!(matches!(verdict, Verdict::Accepted(_)));
    let receipt = Receipt::verify(&receipt, &hall.keys()).unwrap();
    assert_eq!(receipt.trust_list, Some(1));
    assert_eq!(receipt.status.unwrap().issued_at_unix_s, NOW - 3_000);
    let other = hall.code(2, NOW, None);
    assert_eq!(hall.archive().replay(&receipt, &other), Err(ReplayError::OtherText));

    let roots = [hall.world.root.public_key().into()];
    let second = trust_list(2, hall.world.trust_list(2).issuers).sign(&hall.world.root).unwrap();
    let (trust, terms) = (hall.trust.as_bytes(), hall.terms.as_bytes());
    let with = |trust: Option<&[u8]>, terms: Option<&[u8]>| {
        let mut lists = ReplayLists::new(&roots, trust, terms).unwrap();
        lists.replay(&receipt, &text).unwrap_err()
    };
    let wrong = |given| ReplayError::OtherTrustList { receipt: Some(1), given };
    assert_eq!(with(Some(second.as_bytes()), Some(terms)), wrong(Some(2)));
    assert_eq!(with(None, Some(terms)), wrong(None));
    let given = None;
    assert_eq!(with(Some(trust), None), ReplayError::OtherCatalogue { receipt: Some(1), given });
    assert_eq!(with(Some(trust), Some(terms)), ReplayError::OtherStatusList);
    // The very same number, and another document.
    let same_number = hall.world.trust_list(1).sign(&hall.world.root).unwrap();
    assert_eq!(with(Some(same_number.as_bytes()), Some(terms)), wrong(Some(1)));
    // A status list of another second.
    let publication =
        StatusPublication { issued_at_unix_s: NOW - 1, expires_unix_s: NOW + DAY, ttl_s: 60 };
    let newer = StatusIssuer::new("cn-31", 64).publish(publication, &hall.world.issuer).unwrap();
    let mut lists = ReplayLists::new(&roots, Some(trust), Some(terms)).unwrap();
    lists.add_status(&newer[0]).unwrap();
    assert_eq!(lists.replay(&receipt, &text), Err(ReplayError::OtherStatusList));
    assert_eq!(lists.add_status(&hall.status[0]), Err(ReplayListsError::NoBase));
    // By nobody's key.
    let by_other = StatusIssuer::new("cn-31", 64).publish(publication, &hall.gate_key).unwrap();
    assert_eq!(lists.add_status(&by_other[0]), Err(ReplayListsError::NotSigned));
    assert!(matches!(lists.add_status(b"x"), Err(ReplayListsError::Status(_))));
    let stranger = [key(Algorithm::Ed25519).public_key().into()];
    let unknown = ReplayLists::new(&stranger, Some(trust), None);
    assert!(matches!(unknown, Err(ReplayListsError::Document(DocumentError::NotEnough(_)))));
    assert_eq!(hall.archive().replay(&receipt, &text), Ok(verdict));
}

/// What has expired since, or had expired then, comes to the same.
#[test]
fn expired_lists_replay_to_what_they_were() {
    let mut hall = Hall::new();
    let (keys, mut lists) = (hall.keys_for_a_year(), hall.archive());
    for (at, number) in [
        (NOW, 0),
        // The status list is too old for the strict application, and then expired.
        (NOW + 3_000, 403),
        (NOW + DAY + 1, 403),
        (NOW + 30 * DAY, 702),
        (NOW - DAY - 121, 706),
    ] {
        let text = hall.code(1, at, None);
        let strict = Context { application: application(STRICT), ..context(at) };
        let (verdict, receipt) = hall.scan(&text, &strict);
        let receipt = Receipt::verify(&receipt, &keys).unwrap();
        assert_eq!(receipt.verdict, number, "{}", at - NOW);
        assert_eq!(lists.replay(&receipt, &text), Ok(verdict));
    }
    // Without lists.
    let root = hall.world.root.public_key();
    hall.scanner = Scanner::new(root, Policy::default());
    hall.scanner.start_receipts(scanner_id("metro.31.gate-7"));
    let text = hall.code(1, NOW, None);
    let (verdict, receipt) = hall.scan(&text, &context(NOW));
    let receipt = Receipt::verify(&receipt, &keys).unwrap();
    assert_eq!(receipt.verdict, 701);
    let mut nothing = ReplayLists::new(&[root.into()], None, None).unwrap();
    assert_eq!(nothing.replay(&receipt, &text), Ok(verdict));
}

impl Hall {
    /// The gate's key whatever the time.
    fn keys_for_a_year(&self) -> ReceiptKeys {
        ReceiptKeys::new([self.gate_key.public_key()])
    }
}

/// A scanner whose clock is hours off, and which gives receipts, checks one code in ten seconds for
/// what can be learned from it: all of them would be too much work, none would leave it wrong.
#[test]
fn a_scanner_that_gives_receipts_learns_from_far_off_codes_now_and_then() {
    let hours = 8 * 3_600;
    // Eight phones are the fewest that say anything.
    let estimate = |every_s: i64, codes: u32| {
        let mut hall = Hall::new();
        for index in 0..codes {
            let now = NOW + every_s * i64::from(index);
            hall.scan(&hall.code(index, now + hours, None), &context(now));
        }
        hall.scanner.clock_estimate(NOW + every_s * i64::from(codes))
    };
    assert_eq!(estimate(1, 70), None, "the eighth lesson is due after 70 s");
    assert_ne!(estimate(1, 71), None);
    assert_eq!(estimate(10, 7), None);
    assert_ne!(estimate(10, 8), None);
}

/// What only the scanner's memory knew is in the receipt.
#[test]
fn memory_is_replayed_as_it_was() {
    let mut hall = Hall::new();
    let (keys, mut lists) = (hall.keys(), hall.archive());
    let mut steps = Vec::new();
    let first = hall.code(1, NOW, None);
    let refuses = |at| Context { application: application(REFUSES), ..context(at) };
    let waits = |at| Context { application: application(WAITS), ..context(at) };
    steps.push((first.clone(), refuses(NOW), 0));
    steps.push((first.clone(), refuses(NOW + 3), 601));
    steps.push((hall.code(2, NOW, None), waits(NOW), 0));
    steps.push((hall.code(2, NOW + 9, None), waits(NOW + 9), 602));
    let shown = hall.scanner.issue_challenge(ChallengeForm::Typed, NOW).unwrap().challenge;
    let asks = |at| Context { application: application(ASKS), ..context(at) };
    steps.push((first.clone(), asks(NOW), 507));
    steps.push((hall.code(1, NOW + 119, Some(shown.clone())), asks(NOW + 120), 511));
    steps.push((hall.code(1, NOW + 118, Some(shown.clone())), asks(NOW + 118), 0));
    steps.push((hall.code(1, NOW + 118, Some(shown)), asks(NOW + 119), 508));
    steps.push((hall.code(1, NOW + 120, None), asks(NOW + 120), 708));
    for (text, context, number) in steps {
        let (verdict, receipt) = hall.scan(&text, &context);
        let receipt = Receipt::verify(&receipt, &keys).unwrap();
        assert_eq!(receipt.verdict, number);
        assert_eq!(lists.replay(&receipt, &text), Ok(verdict));
    }
    // Another gate told of more codes than there is room for: an acceptance says so.
    let venue = VenueKey::new([7; 32]);
    let mut other = Hall::new();
    for index in [3, 4] {
        let text = other.code(index, NOW, None);
        other.scan(&text, &refuses(NOW));
    }
    let told = other.scanner.duplicates_summaries(&venue, NOW).remove(0);
    hall.scanner.set_duplicate_capacity(2);
    let later = NOW + 60;
    hall.scanner.merge_duplicates(&told, &venue, later).unwrap_err();
    hall.scanner.set_duplicate_capacity(65_536);
    let text = hall.code(5, NOW, None);
    let (verdict, receipt) = hall.scan(&text, &refuses(later));
    let Verdict::Accepted(accepted) = &verdict else { panic!("{verdict:?}") };
    let incomplete = Advisory::DuplicatesUnchecked(MemoryProblem::Incomplete);
    assert!(accepted.advisories.contains(&incomplete), "{:?}", accepted.advisories);
    let receipt = Receipt::verify(&receipt, &keys).unwrap();
    assert_eq!(lists.replay(&receipt, &text), Ok(verdict));
    // A list that could not be read, at a scanner without a good one.
    let mut scanner = Scanner::new(hall.world.root.public_key(), practice::without_status_lists());
    scanner.install_trust_list(hall.trust.as_bytes(), NOW).unwrap();
    scanner.install_catalogue(hall.terms.as_bytes(), NOW).unwrap();
    scanner.install_status(b"download failed", NOW - 7).unwrap_err();
    scanner.start_receipts(scanner_id("metro.31.gate-7"));
    hall.scanner = scanner;
    let (verdict, receipt) = hall.scan(&first, &context(NOW));
    let receipt = Receipt::verify(&receipt, &keys).unwrap();
    let roots = [hall.world.root.public_key().into()];
    let (trust, terms) = (hall.trust.as_bytes(), hall.terms.as_bytes());
    let mut lists = ReplayLists::new(&roots, Some(trust), Some(terms)).unwrap();
    assert_eq!(lists.replay(&receipt, &first), Ok(verdict));
    // With a list that was not there.
    assert_eq!(hall.archive().replay(&receipt, &first), Err(ReplayError::OtherStatusList));
}

#[derive(Debug)]
struct TakesAll;

impl ForeignCodeHandler for TakesAll {
    fn take(&self, _: &ForeignCode, _: &str, _: &Context) -> bool {
        true
    }
}

#[test]
fn what_was_handed_over_says_so() {
    let mut hall = Hall::new();
    hall.scanner.set_foreign_handler(std::sync::Arc::new(TakesAll));
    let text = "https://example.cn/";
    let (verdict, receipt) = hall.scan(text, &context(NOW));
    assert!(matches!(verdict, Verdict::HandedOver(_)));
    let parsed = Receipt::verify(&receipt, &hall.keys()).unwrap();
    assert_eq!((parsed.verdict, parsed.handed_over), (110, true));
    assert_eq!(hall.archive().replay(&parsed, text), Ok(verdict));
    let id = scanner_id("metro.31.gate-7");
    let summary =
        verify_chain([&receipt[..]], &id, &hall.keys(), ChainLink::default(), None).unwrap();
    assert_eq!((summary.handed_over, summary.refused), (1, 0));
}

#[test]
fn names_of_scanners() {
    for id in ["a", "metro.31.gate-7", &"x".repeat(64)] {
        assert_eq!(ScannerId::new(id).unwrap().as_str(), id);
    }
    for id in ["", "Gate", "gate 7", "gate_7", "闸机", &"x".repeat(65)] {
        assert_eq!(ScannerId::new(id), None, "{id}");
    }
}

/// What other phones had told about clocks is in the receipt, too.
#[test]
fn clocks_are_replayed_as_they_were() {
    let (mut blamed, mut advised) = (Vec::new(), 0);
    for ahead_s in [25, 95] {
        let mut hall = Hall::new();
        let (keys, mut lists) = (hall.keys(), hall.archive());
        for index in 10..24 {
            let text = hall.code(index, NOW + ahead_s, None);
            let (verdict, receipt) = hall.scan(&text, &context(NOW));
            let receipt = Receipt::verify(&receipt, &keys).unwrap();
            assert_eq!(lists.replay(&receipt, &text).as_ref(), Ok(&verdict));
            match verdict {
                Verdict::Refused(refusal) => blamed.push(refusal.clock().name()),
                Verdict::Accepted(accepted) => {
                    let off = |advisory: &&Advisory| matches!(advisory, Advisory::ClockOff(_));
                    advised += accepted.advisories.iter().filter(off).count();
                }
                other => panic!("{other:?}"),
            }
        }
        // One phone that is wrong where the others are right.
        let text = hall.code(30, NOW + ahead_s + 200, None);
        let (verdict, receipt) = hall.scan(&text, &context(NOW));
        let receipt = Receipt::verify(&receipt, &keys).unwrap();
        assert_eq!(lists.replay(&receipt, &text), Ok(verdict));
    }
    assert!(blamed.contains(&"unknown") && blamed.contains(&"scanner"), "{blamed:?}");
    assert!(advised > 0);
}

#[test]
fn a_chain_goes_on_after_a_restart() {
    let mut hall = Hall::new();
    let day = hall.day(3);
    let mut scanner = Scanner::restore(&hall.scanner.snapshot(), Policy::default()).unwrap();
    assert_eq!(scanner.receipt_head(), hall.scanner.receipt_head());
    scanner.start_receipts(scanner_id("metro.31.gate-7"));
    let text = hall.code(1, NOW + 5, None);
    let (verdict, receipt) = scanner.scan_with_receipt(&text, &context(NOW + 5), &hall.gate_key);
    assert_eq!(practice::number(&verdict), Some(701), "its lists are to be installed again");
    let receipt = receipt.unwrap();
    let mut all = chain(&day);
    all.push(&receipt);
    let id = scanner_id("metro.31.gate-7");
    let summary = verify_chain(all, &id, &hall.keys(), ChainLink::default(), None).unwrap();
    assert_eq!(Some(summary.next), scanner.receipt_head());
}

/// A list and the deltas after it are as good in an archive as at the gate.
#[test]
fn a_delta_is_replayed_from_the_archive() {
    let mut hall = Hall::new();
    let mut agency = StatusIssuer::new("cn-31", 64);
    agency.revoke(8).unwrap();
    agency.suspend(9).unwrap();
    let before = agency.clone();
    agency.revoke(1).unwrap();
    let publication =
        StatusPublication { issued_at_unix_s: NOW - 5, expires_unix_s: NOW + DAY, ttl_s: 60 };
    let issuer = &hall.world.issuer;
    let delta = agency.publish_delta(&before, NOW - 3_000, publication, issuer).unwrap();
    let text = hall.code(1, NOW, None);
    let keys = hall.keys();
    let (before_verdict, before_receipt) = hall.scan(&text, &context(NOW));
    hall.scanner.install_status(&delta, NOW).unwrap();
    let (after_verdict, after_receipt) = hall.scan(&text, &context(NOW + 1));
    assert_eq!(practice::number(&before_verdict), None);
    assert_eq!(practice::number(&after_verdict), Some(401));
    let before_receipt = Receipt::verify(&before_receipt, &keys).unwrap();
    let after_receipt = Receipt::verify(&after_receipt, &keys).unwrap();
    let mut lists = hall.archive();
    assert_eq!(lists.replay(&before_receipt, &text), Ok(before_verdict));
    assert_eq!(lists.replay(&after_receipt, &text), Err(ReplayError::OtherStatusList));
    lists.add_status(&delta).unwrap();
    assert_eq!(lists.replay(&after_receipt, &text), Ok(after_verdict));
    assert_eq!(lists.replay(&before_receipt, &text), Err(ReplayError::OtherStatusList));
    assert_eq!(hall.archive().add_status(&delta), Ok(()));
    let roots = [hall.world.root.public_key().into()];
    let mut bare = ReplayLists::new(&roots, Some(hall.trust.as_bytes()), None).unwrap();
    assert_eq!(bare.add_status(&delta), Err(ReplayListsError::NoBase));
}
