//! Used codes at a gate: a memory that is full, a clock that was set, a store of the host's own.
#![allow(clippy::unwrap_used, clippy::panic)]

mod practice;

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use onecode::catalogue::{Application, DuplicateRule};
use onecode::duplicates::{
    CardHere, CodeName, CodeUse, DuplicateStore, Earlier, Others, StoreUnavailable, VenueKey,
};
use onecode::gate::MemoryProblem;
use onecode::jose::{DocumentError, SignDocumentError};
use onecode::messages::Fault;
use onecode::{Advisory, Algorithm, CardCredential, Code, Policy, Refusal, Scanner, Verdict};
use practice::{application_number, context, number, Practice, NOW};

/// A phone and gates whose application has this rule.
struct Venue {
    world: Practice,
    card: CardCredential,
    rule: DuplicateRule,
}

impl Venue {
    fn with(rule: DuplicateRule) -> Self {
        let world = Practice::new(Algorithm::Ed25519, Algorithm::Esp256, Algorithm::Esp256);
        let card = world.credential(|_| ());
        Venue { world, card, rule }
    }

    fn gate(&self) -> Scanner {
        let mut gate = self.world.scanner(Policy::default());
        let application = Application { duplicates: self.rule, ..practice::open_application() };
        let catalogue = practice::catalogue(2, vec![application]).sign(&self.world.root).unwrap();
        gate.install_catalogue(catalogue.as_bytes(), NOW).unwrap();
        gate
    }

    fn code(&self, made_unix_s: i64) -> Code {
        self.world.code(&self.card, made_unix_s)
    }
}

fn advisories(verdict: &Verdict) -> Vec<&'static str> {
    let Verdict::Accepted(accepted) = verdict else { panic!("{verdict:?}") };
    accepted.advisories.iter().map(Advisory::name).collect()
}

#[test]
fn a_full_memory_refuses_what_it_could_not_remember_and_lets_through_what_is_only_warned_of() {
    for (rule, warned) in [
        (DuplicateRule::Refuse, false),
        (DuplicateRule::PassBack { seconds: 10 }, false),
        (DuplicateRule::Warn, true),
    ] {
        let venue = Venue::with(rule);
        let mut gate = venue.gate();
        gate.set_duplicate_capacity(4);
        let (mut taken, mut refused) = (0, 0);
        for second in (0..40).step_by(10) {
            let now = NOW + second;
            let verdict = gate.scan(venue.code(now).text(), &context(now));
            match &verdict {
                Verdict::Refused(refusal) => {
                    let full = Refusal::DuplicatesUnavailable(MemoryProblem::Full);
                    assert_eq!(*refusal, full);
                    refused += 1;
                }
                verdict => taken += usize::from(advisories(verdict) == ["status_unknown"]),
            }
        }
        // A waiting card takes a place as well, and the same card only one.
        let expected = if let DuplicateRule::PassBack { .. } = rule { (3, 1) } else { (4, 0) };
        assert_eq!((taken, refused), expected, "{rule:?}");
        let late = NOW + 40;
        let verdict = gate.scan(venue.code(late).text(), &context(late));
        if warned {
            assert_eq!(advisories(&verdict), ["status_unknown", "duplicates_unchecked"]);
        } else {
            assert_eq!(number(&verdict), Some(707));
        }
        // The first ones are over: there is room again.
        let later = NOW + 300;
        let verdict = gate.scan(venue.code(later).text(), &context(later));
        assert_eq!(advisories(&verdict), ["status_unknown"]);
        assert!(gate.duplicate_fill(later).entries <= 4);
    }
}

#[test]
fn a_clock_that_is_set_ahead_and_back_opens_nothing() {
    let venue = Venue::with(DuplicateRule::Refuse);
    let mut gate = venue.gate();
    gate.set_duplicate_capacity(1);
    let (first, day) = (venue.code(NOW), 86_400);
    assert_eq!(number(&gate.scan(first.text(), &context(NOW))), None);
    // With the clock a day ahead the first code is forgotten, to make room for another.
    let ahead = venue.code(NOW + day);
    assert_eq!(number(&gate.scan(ahead.text(), &context(NOW + day))), None);
    // It ends at NOW + 60 + 120, so a clock that says NOW + 5 is behind by 176 s at least.
    let Verdict::Refused(refusal) = gate.scan(first.text(), &context(NOW + 5)) else { panic!() };
    assert_eq!(refusal, Refusal::ScannerClockWentBack { behind_s: 176 });
    assert_eq!(refusal.fault(), Fault::ScannerClock);
    let warn = Venue { rule: DuplicateRule::Warn, ..venue };
    let mut gate = warn.gate();
    gate.set_duplicate_capacity(1);
    gate.scan(first.text(), &context(NOW));
    gate.scan(ahead.text(), &context(NOW + day));
    let verdict = gate.scan(first.text(), &context(NOW + 5));
    assert_eq!(advisories(&verdict), ["status_unknown", "duplicates_unchecked"]);
}

/// What a venue's database would do, in memory.
#[derive(Debug, Default)]
struct Database {
    asked: Mutex<Vec<CodeUse>>,
    codes: Mutex<HashMap<CodeName, i64>>,
}

impl DuplicateStore for Database {
    fn record(&self, code_use: &CodeUse) -> Result<Earlier, StoreUnavailable> {
        self.asked.lock().unwrap().push(code_use.clone());
        let mut codes = self.codes.lock().unwrap();
        match codes.get(&code_use.code) {
            Some(first) => Ok(Earlier::Code { first_unix_s: *first }),
            None => {
                codes.insert(code_use.code, code_use.now_unix_s);
                Ok(Earlier::Nothing)
            }
        }
    }
}

#[test]
fn gates_with_a_store_of_the_host_share_it_at_once() {
    let venue = Venue::with(DuplicateRule::PassBack { seconds: 300 });
    let store = Arc::new(Database::default());
    let [mut gate_1, mut gate_2] = [(); 2].map(|()| {
        let mut gate = venue.gate();
        gate.set_duplicate_store(store.clone());
        gate
    });
    let code = venue.code(NOW);
    assert_eq!(number(&gate_1.scan(code.text(), &context(NOW))), None);
    let Verdict::Refused(refusal) = gate_2.scan(code.text(), &context(NOW + 1)) else { panic!() };
    assert_eq!(refusal, Refusal::UsedBefore { first_unix_s: NOW });
    // What is refused for another reason is not asked about.
    assert_eq!(number(&gate_2.scan(code.text(), &context(NOW + 91))), Some(302));
    let asked = store.asked.lock().unwrap();
    assert_eq!(asked.len(), 2);
    assert_eq!(asked[0].code_until_unix_s, NOW + 60 + 120);
    assert!(asked[0].refuse_repeat);
    assert_eq!(asked[0].pass_back.unwrap().wait_s, 300);
    assert_eq!(asked[0].now_unix_s, NOW);
    // Each gate keeps what it has accepted itself: a code and a card.
    assert_eq!(gate_1.duplicate_fill(NOW).entries, 2);
    assert_eq!(gate_2.duplicate_fill(NOW).entries, 0);
}

/// What others say adds uses, and takes none away.
#[test]
fn a_store_that_forgets_or_lies_lifts_no_refusal_of_the_gates_own() {
    for rule in [DuplicateRule::Refuse, DuplicateRule::PassBack { seconds: 300 }] {
        let venue = Venue::with(rule);
        let store = Arc::new(Database::default());
        let mut gate = venue.gate();
        gate.set_duplicate_store(store.clone());
        let code = venue.code(NOW);
        assert_eq!(number(&gate.scan(code.text(), &context(NOW))), None);
        store.codes.lock().unwrap().clear();
        assert_eq!(number(&gate.scan(code.text(), &context(NOW + 1))), Some(601), "{rule:?}");
        // The store is not asked about what the gate knows.
        assert_eq!(store.asked.lock().unwrap().len(), 1);
        if rule != DuplicateRule::Refuse {
            let another = venue.code(NOW + 30);
            assert_eq!(number(&gate.scan(another.text(), &context(NOW + 30))), Some(602));
        }
    }
}

/// What this gate cannot keep is not recorded in the store either: nobody was let in by it.
#[test]
fn a_gate_without_room_uses_nothing_up_in_the_store() {
    let venue = Venue::with(DuplicateRule::Refuse);
    let store = Arc::new(Database::default());
    let mut gate = venue.gate();
    gate.set_duplicate_store(store.clone());
    gate.set_duplicate_capacity(0);
    let code = venue.code(NOW);
    assert_eq!(number(&gate.scan(code.text(), &context(NOW))), Some(707));
    assert!(store.asked.lock().unwrap().is_empty());
    gate.set_duplicate_capacity(4);
    assert_eq!(number(&gate.scan(code.text(), &context(NOW + 1))), None);
}

#[test]
fn a_gate_that_does_not_hear_the_others_says_so_by_the_rule() {
    for rule in [DuplicateRule::Refuse, DuplicateRule::PassBack { seconds: 300 }] {
        let venue = Venue::with(rule);
        let mut gate = venue.gate();
        let [first, second, third] = [NOW - 40, NOW - 20, NOW].map(|made| venue.code(made));
        assert_eq!(number(&gate.scan(first.text(), &context(NOW))), None);
        gate.set_others(Others::Unheard);
        assert_eq!(number(&gate.scan(first.text(), &context(NOW))), Some(601), "it knows itself");
        let unheard = gate.scan(second.text(), &context(NOW + 1));
        let expected = if rule == DuplicateRule::Refuse { 707 } else { 602 };
        assert_eq!(number(&unheard), Some(expected), "{rule:?}");
        // Nothing was recorded by that refusal.
        gate.set_others(Others::Partly);
        let later = NOW + if rule == DuplicateRule::Refuse { 2 } else { 300 };
        let late = if rule == DuplicateRule::Refuse { second } else { venue.code(later) };
        let verdict = gate.scan(late.text(), &context(later));
        assert_eq!(advisories(&verdict), ["status_unknown", "duplicates_unchecked"]);
        gate.set_others(Others::Heard);
        if rule == DuplicateRule::Refuse {
            let verdict = gate.scan(third.text(), &context(later));
            assert_eq!(advisories(&verdict), ["status_unknown"]);
        }
    }
    let venue = Venue::with(DuplicateRule::Warn);
    let mut gate = venue.gate();
    gate.set_others(Others::Unheard);
    let code = venue.code(NOW);
    let verdict = gate.scan(code.text(), &context(NOW));
    assert_eq!(advisories(&verdict), ["status_unknown", "duplicates_unchecked"]);
    // What is only warned of is remembered all the same.
    let verdict = gate.scan(code.text(), &context(NOW + 1));
    assert_eq!(advisories(&verdict), ["status_unknown", "used_before"]);
}

/// The name in the store is the one that the specification gives.
#[test]
fn the_names_are_those_of_the_specification() {
    let venue = Venue::with(DuplicateRule::PassBack { seconds: 300 });
    let store = Arc::new(Database::default());
    let mut gate = venue.gate();
    gate.set_duplicate_store(store.clone());
    gate.scan(venue.code(NOW).text(), &context(NOW));
    let hash = |input: &[u8]| -> [u8; 16] {
        let hash = ring::digest::digest(&ring::digest::SHA256, input);
        hash.as_ref()[..16].try_into().unwrap()
    };
    let mut code = b"onecode code name\0".to_vec();
    code.extend(NOW.to_be_bytes());
    code.extend(7_u32.to_be_bytes());
    code.extend(b"cn-31");
    let mut card = b"onecode card here\0".to_vec();
    card.extend(application_number().get().to_be_bytes());
    card.extend(310_000_u32.to_be_bytes());
    card.extend(7_u32.to_be_bytes());
    card.extend(b"cn-31");
    let asked = store.asked.lock().unwrap();
    assert_eq!(asked[0].code, CodeName(hash(&code)));
    assert_eq!(asked[0].pass_back.unwrap().card, CardHere(hash(&card)));
}

/// A store that is down, or out of its mind.
#[derive(Debug)]
struct Failing(Result<Earlier, StoreUnavailable>);

impl DuplicateStore for Failing {
    fn record(&self, _: &CodeUse) -> Result<Earlier, StoreUnavailable> {
        self.0
    }
}

#[test]
fn a_store_that_fails_is_no_reason_to_accept() {
    let unasked = Ok(Earlier::Card { last_unix_s: NOW });
    for answer in [Err(StoreUnavailable), unasked] {
        let venue = Venue::with(DuplicateRule::Refuse);
        let mut gate = venue.gate();
        gate.set_duplicate_store(Arc::new(Failing(answer)));
        let verdict = gate.scan(venue.code(NOW).text(), &context(NOW));
        let Verdict::Refused(refusal) = verdict else { panic!("{verdict:?}") };
        assert_eq!(refusal, Refusal::DuplicatesUnavailable(MemoryProblem::Store));
        // Article 22: the scanner's trouble is not the citizen's.
        assert_eq!(refusal.fault(), Fault::Scanner);

        let venue = Venue { rule: DuplicateRule::Warn, ..venue };
        let mut gate = venue.gate();
        gate.set_duplicate_store(Arc::new(Failing(answer)));
        let verdict = gate.scan(venue.code(NOW).text(), &context(NOW));
        assert_eq!(advisories(&verdict), ["status_unknown", "duplicates_unchecked"]);

        let venue = Venue { rule: DuplicateRule::Allow, ..venue };
        let mut gate = venue.gate();
        gate.set_duplicate_store(Arc::new(Failing(answer)));
        let verdict = gate.scan(venue.code(NOW).text(), &context(NOW));
        assert_eq!(advisories(&verdict), ["status_unknown"], "it is not asked");
    }
    // A card that has waited is refused by no rule, whatever a store says. One that was used at a
    // time to come has not: another clock noted it.
    let venue = Venue::with(DuplicateRule::PassBack { seconds: 60 });
    for (ago_s, number) in [(0, 602), (59, 602), (60, 707), (-59, 602), (-60, 602), (-900, 602)] {
        let mut gate = venue.gate();
        let last_unix_s = NOW - ago_s;
        gate.set_duplicate_store(Arc::new(Failing(Ok(Earlier::Card { last_unix_s }))));
        let verdict = gate.scan(venue.code(NOW).text(), &context(NOW));
        assert_eq!(practice::number(&verdict), Some(number), "{ago_s}");
    }
}

#[test]
fn a_catalogue_makes_no_card_wait_longer_than_a_day() {
    let venue = Venue::with(DuplicateRule::PassBack { seconds: 86_400 });
    venue.gate();
    let rule = DuplicateRule::PassBack { seconds: 86_401 };
    let application = Application { duplicates: rule, ..practice::open_application() };
    let signed = practice::catalogue(3, vec![application]).sign(&venue.world.root);
    let Err(SignDocumentError::Content(DocumentError::Content { detail })) = signed else {
        panic!("{signed:?}")
    };
    assert!(detail.contains("86401"), "{detail}");
}

fn share(from: &mut Scanner, made_unix_s: i64, to: &mut Scanner, now_unix_s: i64) {
    let venue = VenueKey::new([7; 32]);
    for summary in from.duplicates_summaries(&venue, made_unix_s) {
        to.merge_duplicates(&summary, &venue, now_unix_s).unwrap();
    }
}

/// A gate that is a minute ahead tells of a use that lies ahead of ours.
#[test]
fn a_summary_never_lifts_a_wait() {
    let venue = Venue::with(DuplicateRule::PassBack { seconds: 60 });
    for ahead_s in [0, 40, 59, 60, 65, 300, 900] {
        let (mut gate_1, mut gate_2) = (venue.gate(), venue.gate());
        let scan = |gate: &mut Scanner, now: i64| {
            number(&gate.scan(venue.code(now).text(), &context(now)))
        };
        assert_eq!(scan(&mut gate_1, NOW), None);
        assert_eq!(scan(&mut gate_1, NOW + 6), Some(602));
        let at_gate_2 = NOW + 6 + ahead_s;
        let another = venue.code(at_gate_2 - 1);
        assert_eq!(number(&gate_2.scan(another.text(), &context(at_gate_2))), None);
        share(&mut gate_2, at_gate_2, &mut gate_1, NOW + 6);
        for second in [7, 30, 59, 60, 63] {
            assert_eq!(scan(&mut gate_1, NOW + second), Some(602), "{ahead_s}, {second} s");
        }
        assert_eq!(scan(&mut gate_1, NOW + 66), None, "{ahead_s}");
    }
}

/// Summaries that are made at one second and arrive in the next, for ever.
#[test]
fn gates_that_tell_each_other_for_ever_lengthen_no_wait() {
    let venue = Venue::with(DuplicateRule::PassBack { seconds: 60 });
    let (mut gate_1, mut gate_2) = (venue.gate(), venue.gate());
    let scan =
        |gate: &mut Scanner, now: i64| number(&gate.scan(venue.code(now).text(), &context(now)));
    assert_eq!(scan(&mut gate_1, NOW), None);
    for second in 0..60 {
        share(&mut gate_1, NOW + second, &mut gate_2, NOW + second + 1);
        share(&mut gate_2, NOW + second, &mut gate_1, NOW + second + 1);
    }
    // At gate 2 the delay of one channel is added, and at gate 1 none.
    assert_eq!(scan(&mut gate_2, NOW + 60), Some(602));
    assert_eq!(scan(&mut gate_1, NOW + 60), None);
    let (mut gate_1, mut gate_2) = (venue.gate(), venue.gate());
    assert_eq!(scan(&mut gate_1, NOW), None);
    for second in 0..60 {
        share(&mut gate_1, NOW + second, &mut gate_2, NOW + second + 1);
        share(&mut gate_2, NOW + second, &mut gate_1, NOW + second + 1);
    }
    assert_eq!(scan(&mut gate_2, NOW + 61), None);
}

/// The gate's own clock is set back: when the card was used is not known any more.
#[test]
fn after_a_clock_was_set_back_a_card_waits_once_more() {
    let venue = Venue::with(DuplicateRule::PassBack { seconds: 60 });
    let scan =
        |gate: &mut Scanner, now: i64| number(&gate.scan(venue.code(now).text(), &context(now)));
    for back_s in [10, 61, 3_600] {
        let mut gate = venue.gate();
        assert_eq!(scan(&mut gate, NOW), None);
        let now = NOW - back_s;
        assert_eq!(scan(&mut gate, now), Some(602), "{back_s}");
        assert_eq!(scan(&mut gate, now + 59), Some(602), "{back_s}");
        assert_eq!(scan(&mut gate, now + 60), None, "{back_s}");
    }
}
