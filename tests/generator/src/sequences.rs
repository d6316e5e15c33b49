//! What a scanner makes of one scan after another: used codes, clocks, restarts, merges.

use onecode::catalogue::{Application, Catalogue, DuplicateRule};
use onecode::jose::Edition;
use onecode::status::{StatusIssuer, StatusPublication, SHARD_POSITIONS};
use onecode::trust::{IssuerKey, MaySign, TrustList};
use onecode::{ApplicationNumber, SigningKey};
use serde_json::{json, Value};

use super::jws;
use super::parts::{Card, FixedKey, Parts, NOW};
use super::steps::{scan, Scan, Sequence};
use super::world::{answer, hex, World};

const ALLOW: u16 = 1;
pub(super) const WARN: u16 = 2;
pub(super) const REFUSE: u16 = 3;
pub(super) const PASS_BACK: u16 = 4;
/// Takes only answers to a challenge.
const ASKS: u16 = 5;
/// Seconds that a card waits at [`PASS_BACK`].
const WAIT_S: u32 = 300;

/// What the gates of the venue share.
pub const VENUE_KEY: [u8; 32] = *b"onecode vectors key of the gates";

/// The lists: one application for each rule about used codes.
pub fn lists(world: &World) -> Value {
    world.lists(&trust_list(world), &catalogue(world))
}

/// Jiangsu's key signs status lists, too.
fn trust_list(world: &World) -> TrustList {
    let mut list = world.trust_list();
    list.issuers[1].keys[0].may_sign.status_lists = true;
    list
}

fn catalogue(world: &World) -> Catalogue {
    let mut catalogue = world.catalogue();
    let open = catalogue.applications.remove(0);
    catalogue.applications = [
        (ALLOW, DuplicateRule::Allow),
        (WARN, DuplicateRule::Warn),
        (REFUSE, DuplicateRule::Refuse),
        (PASS_BACK, DuplicateRule::PassBack { seconds: WAIT_S }),
    ]
    .map(|(number, duplicates)| Application {
        number: ApplicationNumber::new(number).unwrap(),
        id: format!("open.{number}"),
        duplicates,
        ..open.clone()
    })
    .to_vec();
    catalogue.applications.push(Application {
        number: ApplicationNumber::new(ASKS).unwrap(),
        id: format!("open.{ASKS}"),
        challenge: true,
        ..open
    });
    catalogue
}

/// The everyday code of a card of Jiangsu, made some seconds after [`NOW`].
pub(super) fn code_of(world: &World, status_index: u64, made_after_s: i64) -> Vec<u8> {
    let card = Card { region: 32, status_index, ..Card::default() };
    Parts::new(&world.jiangsu, &world.phone, &card).at(NOW + made_after_s).code()
}

pub fn vectors(world: &World) -> Vec<Sequence> {
    let mut all = used_codes(world);
    all.extend(memories(world));
    all.extend(lists_in_order(world));
    all.extend(issued_ahead(world));
    all.extend(times(world));
    all.extend(restarts(world));
    all.extend(status_after_restart(world));
    all.extend(never_given(world));
    all.extend(withdrawn_status_key(world));
    all.extend(clocks(world));
    all.extend(merges(world));
    all.extend(super::summaries::vectors(world));
    all.extend(challenges(world));
    all.extend(preflight(world));
    all.extend(super::documents::vectors(world));
    all
}

/// Challenges that a scanner has open.
fn challenges(world: &World) -> Vec<Sequence> {
    let card = Card { region: 32, status_index: 7, ..Card::default() };
    let answering = |made_after_s: i64, challenge: &[u8]| {
        let mut parts = Parts::new(&world.jiangsu, &world.phone, &card).at(NOW + made_after_s);
        parts.code_claims.push(answer(challenge));
        parts.code()
    };
    let silent = code_of(world, 7, 0);
    let expect_until = |challenge: &[u8], until: i64, after_s: i64| {
        json!({
            "do": "expect_challenge",
            "scanner": "gate 1",
            "challenge": hex(challenge),
            "expires_unix_s": NOW + until,
            "now_unix_s": NOW + after_s,
        })
    };
    let expect = |challenge: &[u8]| expect_until(challenge, 120, 0);
    let (yes, no) = (json!({ "open": true }), json!({ "open": false }));
    let (a, b) = ([0xa; 8], [0xb; 5]);
    let asked = |seq: Sequence| seq.step(expect(&a), yes.clone());
    let mut many = Sequence::new("challenge_65", "the oldest of 64 makes way for one more");
    for n in 0..=64_u8 {
        many = many.step(expect(&[n; 8]), yes.clone());
    }
    let mut over_first = Sequence::new(
        "challenge_65_over_first",
        "one that is over makes way before the oldest does",
    );
    for n in 0..64_u8 {
        let until = if n == 7 { 1 } else { 120 };
        over_first = over_first.step(expect_until(&[n; 8], until, 0), yes.clone());
    }
    vec![
        asked(Sequence::new("challenge_answered", "good once"))
            .accepted(scan(&answering(5, &a), ASKS).after(5))
            .refused(508, scan(&answering(6, &a), ASKS).after(6)),
        asked(Sequence::new("challenge_last_second", "good until its last second"))
            .refused_saying(
                511,
                "expired_unix_s",
                NOW + 120,
                scan(&answering(119, &a), ASKS).after(120),
            )
            .accepted(scan(&answering(119, &a), ASKS).after(119)),
        asked(Sequence::new("challenge_not_answered", "one is open and the code has none"))
            .refused(507, scan(&silent, ASKS).after(1)),
        Sequence::new("challenge_not_shown", "none is open: the scanner has not asked")
            .refused(708, scan(&silent, ASKS)),
        asked(Sequence::new("challenge_none_open_any_more", "nor has it when all are over"))
            .refused(708, scan(&code_of(world, 7, 120), ASKS).after(120)),
        asked(Sequence::new("challenge_of_another", "an answer to what this scanner never asked"))
            .refused(508, scan(&answering(0, &b), ASKS)),
        asked(Sequence::new("challenge_refused_is_not_used", "a refusal leaves it open"))
            .refused(501, scan(&answering(0, &a), ASKS).at_place(110_000))
            .accepted(scan(&answering(0, &a), ASKS)),
        asked(Sequence::new("challenge_elsewhere", "asked where nobody has to"))
            .accepted(scan(&silent, ALLOW))
            .accepted(scan(&answering(1, &a), ALLOW).after(1))
            .refused(508, scan(&answering(2, &a), ALLOW).after(2)),
        Sequence::new("challenge_of_five_bytes", "as it is typed")
            .step(expect(&b), yes.clone())
            .accepted(scan(&answering(0, &b), ASKS)),
        Sequence::new("challenge_of_15_bytes", "the longest")
            .step(expect(&[0xc; 15]), yes.clone())
            .accepted(scan(&answering(0, &[0xc; 15]), ASKS)),
        Sequence::new("challenge_of_16_bytes", "would be a consent, and is not opened")
            .step(expect(&[0xc; 16]), no.clone())
            .refused(508, scan(&answering(0, &[0xc; 16]), ASKS))
            .refused(508, scan(&answering(1, &[0xc; 16]), ALLOW).after(1)),
        asked(Sequence::new("challenge_twice", "one that is open is not opened again"))
            .step(expect(&a), no.clone()),
        Sequence::new("challenge_lifetime", "from one second to ten minutes")
            .step(expect_until(&a, 0, 0), no.clone())
            .step(expect_until(&a, 601, 0), no)
            .step(expect_until(&a, 600, 0), yes.clone())
            .accepted(scan(&answering(599, &a), ASKS).after(599)),
        asked(Sequence::new("challenge_clock_back", "back by two minutes and no more"))
            .refused_saying(
                511,
                "expired_unix_s",
                NOW + 120,
                scan(&answering(-121, &a), ASKS).after(-121),
            )
            .accepted(scan(&answering(-120, &a), ASKS).after(-120)),
        many.refused(508, scan(&answering(0, &[0; 8]), ASKS))
            .accepted(scan(&answering(0, &[1; 8]), ASKS)),
        over_first
            .step(expect_until(&[99; 8], 120, 1), yes)
            .refused(508, scan(&answering(1, &[7; 8]), ASKS).after(1))
            .accepted(scan(&answering(1, &[0; 8]), ASKS).after(1)),
    ]
}

/// What a scanner says about the hours to come, and what comes.
fn preflight(world: &World) -> Vec<Sequence> {
    let edition = |sequence: u64, expires: i64| Edition {
        sequence,
        issued_at_unix_s: NOW - 60,
        next_update_unix_s: NOW,
        expires_unix_s: NOW + expires,
        previous: None,
        critical: vec![],
    };
    let install = |member: &str, list: String| {
        let mut step = json!({ "do": "install", "scanner": "gate 1", "now_unix_s": NOW });
        step[member] = json!(list);
        step
    };
    let ask = |after_s: i64| json!({ "do": "preflight", "scanner": "gate 1", "now_unix_s": NOW + after_s });
    let mut trust = trust_list(world);
    trust.edition = edition(2, 200);
    trust.issuers.retain(|issuer| issuer.issuer.id == "cn-32");
    trust.issuers[0].keys.truncate(1);
    trust.issuers[0].keys[0].withdrawn_from_unix_s = Some(NOW + 151);
    let mut terms = catalogue(world);
    terms.edition = edition(2, 300);
    terms.applications.retain(|application| application.number.get() <= REFUSE);
    terms.applications[0].until_unix_s = Some(NOW + 100);
    terms.applications[1].from_unix_s = NOW + 50;
    let ending = |until: Option<i64>, name: &str, number: u16, issuer: Option<&str>| {
        json!({
            "until_unix_s": until.map(|until| NOW + until),
            "reason": name,
            "number": number,
            "issuer": issuer,
            "refuses": name != "no_status_list",
        })
    };
    let ours = [
        ending(None, "no_status_list", 403, Some("cn-32")),
        ending(Some(150), "key_withdrawn", 205, Some("cn-32")),
        ending(Some(199), "trust_list_expires", 702, None),
        ending(Some(299), "catalogue_expires", 704, None),
    ];
    let [status, key, list, cat] = ours;
    let entry_ends = ending(Some(100), "entry_ends", 510, None);
    let entry_not_yet = ending(None, "entry_not_yet", 510, None);
    let expected = json!({ "applications": [
        {
            "application": 1,
            "works_until_unix_s": NOW + 100,
            "endings": [status, entry_ends, key, list, cat],
        },
        {
            "application": 2,
            "works_until_unix_s": null,
            "endings": [entry_not_yet, status, key, list, cat],
        },
        { "application": 3, "works_until_unix_s": NOW + 150, "endings": [status, key, list, cat] },
    ]});
    let taken = json!({ "taken": true });
    let code = |at: i64| code_of(world, 7, at);
    vec![Sequence::new("preflight", "each application ends when it was said, for that reason")
        .step(install("trust_list", trust.sign(&world.root).unwrap()), taken.clone())
        .step(install("catalogue", terms.sign(&world.root).unwrap()), taken)
        .step(ask(0), expected)
        .accepted_with(
            "trust_list_due+catalogue_due+status_unknown",
            scan(&code(100), 1).after(100),
        )
        .refused(510, scan(&code(101), 1).after(101))
        .refused(510, scan(&code(49), 2).after(49))
        .accepted_with("trust_list_due+catalogue_due+status_unknown", scan(&code(50), 2).after(50))
        .accepted_with(
            "trust_list_due+catalogue_due+status_unknown",
            scan(&code(150), 3).after(150),
        )
        .refused(205, scan(&code(151), 3).after(151))
        .refused(702, scan(&code(200), 3).after(200))]
}

fn used_codes(world: &World) -> Vec<Sequence> {
    let code = |made_after_s| code_of(world, 7, made_after_s);
    let (first, second) = (code(0), code(30));
    let other_card = code_of(world, 8, 0);
    let mut resigned = Parts::new(
        &world.jiangsu,
        &world.phone,
        &Card { region: 32, status_index: 7, ..Card::default() },
    );
    resigned = resigned.at(NOW);
    let other_signature = resigned.code_signed(super::parts::high_s);
    vec![
        Sequence::new("used_allow", "an application that allows it takes one code twice")
            .accepted(scan(&first, ALLOW))
            .accepted(scan(&first, ALLOW)),
        Sequence::new("used_warn", "accepted again, and marked")
            .accepted(scan(&first, WARN))
            .accepted_with("status_unknown+used_before", scan(&first, WARN).after(1)),
        Sequence::new("used_refuse", "the same code again")
            .accepted(scan(&first, REFUSE))
            .refused_saying(601, "first_unix_s", NOW, scan(&first, REFUSE).after(1)),
        Sequence::new("used_refuse_other_code", "the next code of the same card is another code")
            .accepted(scan(&first, REFUSE))
            .accepted(scan(&second, REFUSE).after(30)),
        Sequence::new("used_refuse_other_card", "a code of another card for the same second")
            .accepted(scan(&first, REFUSE))
            .accepted(scan(&other_card, REFUSE)),
        Sequence::new("used_other_signature", "the other s of an ECDSA signature is the same code")
            .accepted(scan(&first, REFUSE))
            .refused(601, scan(&other_signature, REFUSE)),
        Sequence::new("used_other_place", "a used code is used at every place")
            .accepted(scan(&first, REFUSE))
            .refused(601, scan(&first, REFUSE).at_place(310_000)),
        Sequence::new("used_other_application", "a code is used whatever it was used for")
            .accepted(scan(&first, WARN))
            .refused(601, scan(&first, REFUSE)),
        Sequence::new("used_allow_keeps_nothing", "an application that allows it records nothing")
            .accepted(scan(&first, ALLOW))
            .accepted(scan(&first, REFUSE)),
        Sequence::new("used_to_its_last_second", "remembered for as long as it can be accepted")
            .accepted(scan(&first, REFUSE))
            .refused(601, scan(&first, REFUSE).after(90))
            .refused(302, scan(&first, REFUSE).after(91)),
        Sequence::new("used_refused_is_not_used", "a refused scan records nothing")
            .refused(303, scan(&first, REFUSE).after(-31))
            .refused(501, scan(&first, REFUSE).at_place(110_000))
            .accepted(scan(&first, REFUSE)),
        Sequence::new("pass_back_code", "the same code again")
            .accepted(scan(&first, PASS_BACK))
            .refused(601, scan(&first, PASS_BACK).after(5)),
        Sequence::new("pass_back_card", "another code of the same card, too soon")
            .accepted(scan(&first, PASS_BACK))
            .refused_saying(602, "seconds", 30, scan(&second, PASS_BACK).after(30))
            .refused_saying(602, "seconds", 299, scan(&code(299), PASS_BACK).after(299)),
        Sequence::new("pass_back_over", "after the wait the card is good again, and waits again")
            .accepted(scan(&first, PASS_BACK))
            .accepted(scan(&code(300), PASS_BACK).after(300))
            .refused(602, scan(&code(301), PASS_BACK).after(301)),
        Sequence::new("pass_back_refused_starts_no_wait", "a refused scan records nothing")
            .accepted(scan(&first, PASS_BACK))
            .refused(602, scan(&code(200), PASS_BACK).after(200))
            .accepted(scan(&code(300), PASS_BACK).after(300)),
        Sequence::new("pass_back_other_place", "another place does not make a card wait")
            .accepted(scan(&first, PASS_BACK))
            .accepted(scan(&second, PASS_BACK).after(30).at_place(310_000)),
        Sequence::new("pass_back_other_card", "nor does another card")
            .accepted(scan(&first, PASS_BACK))
            .accepted(scan(&other_card, PASS_BACK)),
        Sequence::new("pass_back_other_application", "nor a use for another application")
            .accepted(scan(&first, REFUSE))
            .accepted(scan(&second, PASS_BACK).after(30)),
    ]
}

/// A memory that is full, and a store that does not answer.
fn memories(world: &World) -> Vec<Sequence> {
    let code = |card, made_after_s| code_of(world, card, made_after_s);
    let small = json!({ "do": "duplicate_capacity", "scanner": "gate 1", "entries": 1 });
    let failing = json!({ "do": "failing_store", "scanner": "gate 1" });
    let unchecked = "status_unknown+duplicates_unchecked";
    vec![
        Sequence::new("memory_full", "no room for a second code while the first one matters")
            .step(small.clone(), Value::Null)
            .accepted(scan(&code(7, 0), REFUSE))
            .refused_saying(707, "why", "full", scan(&code(8, 0), REFUSE))
            .refused_saying(707, "why", "full", scan(&code(8, 150), REFUSE).after(180))
            .refused(601, scan(&code(7, 0), REFUSE).after(1))
            .accepted(scan(&code(8, 150), REFUSE).after(181)),
        Sequence::new("memory_full_restart", "nor after a restart: how much room there is is kept")
            .step(small.clone(), Value::Null)
            .accepted(scan(&code(7, 0), REFUSE))
            .restart(true)
            .refused_saying(707, "why", "full", scan(&code(8, 0), REFUSE)),
        Sequence::new("memory_full_card", "a code and its waiting card are two entries")
            .step(small.clone(), Value::Null)
            .refused_saying(707, "why", "full", scan(&code(7, 0), PASS_BACK))
            .accepted(scan(&code(7, 0), REFUSE)),
        Sequence::new("memory_full_warned", "an application that only warns says so and goes on")
            .step(small, Value::Null)
            .accepted(scan(&code(7, 0), WARN))
            .accepted_with(unchecked, scan(&code(8, 0), WARN))
            .accepted_with(unchecked, scan(&code(8, 0), WARN).after(1))
            .accepted(scan(&code(8, 0), ALLOW)),
        Sequence::new(
            "store_fails",
            "a store of the host that does not answer; what the memory knows it refuses",
        )
        .accepted(scan(&code(7, 0), REFUSE))
        .step(failing, Value::Null)
        .refused_saying(601, "first_unix_s", NOW, scan(&code(7, 0), REFUSE))
        .refused_saying(707, "why", "store", scan(&code(8, 0), REFUSE))
        .refused_saying(707, "why", "store", scan(&code(7, 30), PASS_BACK).after(30))
        .accepted_with(unchecked, scan(&code(8, 0), WARN))
        .accepted(scan(&code(7, 0), ALLOW)),
    ]
}

/// A catalogue of another number, of all applications or of the first alone.
fn catalogue_of(world: &World, sequence: u64, whole: bool) -> Value {
    let mut catalogue = catalogue(world);
    catalogue.edition.sequence = sequence;
    if !whole {
        catalogue.applications.truncate(1);
    }
    let json = catalogue.sign(&world.root).unwrap();
    json!({ "do": "install", "scanner": "gate 1", "now_unix_s": NOW, "catalogue": json })
}

fn taken(taken: bool) -> Value {
    json!({ "taken": taken })
}

/// Lists that come in while a scanner is at work.
fn lists_in_order(world: &World) -> Vec<Sequence> {
    let code = code_of(world, 7, 0);
    vec![Sequence::new("catalogue_in_order", "a newer catalogue counts at once, an older never")
        .accepted(scan(&code, REFUSE))
        .step(catalogue_of(world, 3, false), taken(true))
        .refused(705, scan(&code, REFUSE))
        .step(catalogue_of(world, 2, true), taken(false))
        .refused(705, scan(&code, REFUSE))]
}

/// A day: by so much a list may be issued after the scanner's clock.
const DAY: i64 = 86_400;

/// Something is handed to gate 1 some seconds after [`NOW`].
fn hand_in(member: &str, list: impl Into<Value>, after_s: i64) -> Value {
    let mut step = json!({ "do": "install", "scanner": "gate 1", "now_unix_s": NOW + after_s });
    step[member] = list.into();
    step
}

/// The status of Jiangsu's cards at a time: those named are suspended.
fn status_of(suspended: &[u32]) -> StatusIssuer {
    let mut agency = StatusIssuer::new("cn-32", 64);
    suspended.iter().for_each(|index| agency.suspend(*index).unwrap());
    agency
}

fn at(after_s: i64) -> StatusPublication {
    StatusPublication {
        issued_at_unix_s: NOW + after_s,
        expires_unix_s: NOW + 30 * DAY,
        ttl_s: 3_600,
    }
}

fn status_list(world: &World, suspended: &[u32], after_s: i64) -> String {
    hex(&status_of(suspended).publish(at(after_s), &world.jiangsu).unwrap()[0])
}

/// From a time at which no card is suspended to one at which card 7 is.
fn status_delta(world: &World, from_s: i64, after_s: i64) -> String {
    let (from, to) = (status_of(&[]), status_of(&[7]));
    hex(&to.publish_delta(&from, NOW + from_s, at(after_s), &world.jiangsu).unwrap())
}

/// Lists by a signer whose clock is ahead, or for a scanner whose clock is behind.
fn issued_ahead(world: &World) -> Vec<Sequence> {
    let code = |after_s| code_of(world, 7, after_s);
    let trusted_at = |sequence: u64, issued_s: i64, after_s: i64| {
        let mut list = trust_list(world);
        (list.edition.sequence, list.edition.issued_at_unix_s) = (sequence, NOW + issued_s);
        hand_in("trust_list", list.sign(&world.root).unwrap(), after_s)
    };
    let terms_at = |sequence: u64, issued_s: i64, after_s: i64| {
        let mut list = catalogue(world);
        (list.edition.sequence, list.edition.issued_at_unix_s) = (sequence, NOW + issued_s);
        hand_in("catalogue", list.sign(&world.root).unwrap(), after_s)
    };
    let trusted = |sequence, issued_s| trusted_at(sequence, issued_s, 0);
    let terms = |sequence, issued_s| terms_at(sequence, issued_s, 0);
    let status = |suspended: &[u32], issued_s: i64, after_s: i64| {
        hand_in("status", status_list(world, suspended, issued_s), after_s)
    };
    let document = |name, of: &dyn Fn(u64, i64) -> Value| {
        Sequence::new(name, "by a day and a second: what was in force stays; by a day: taken")
            .step(of(2, DAY + 1), taken(false))
            .accepted(scan(&code(0), ALLOW))
            .step(of(2, DAY), taken(true))
            .refused_saying(706, "behind_s", DAY, scan(&code(0), ALLOW))
            .step(of(3, 0), taken(true))
            .accepted(scan(&code(0), ALLOW))
    };
    let weeks_ago = -40 * DAY;
    vec![
        document("trust_list_issued_ahead", &trusted),
        document("catalogue_issued_ahead", &terms),
        Sequence::new(
            "status_issued_ahead",
            "a list of the day after tomorrow does not stand in the way of today's",
        )
        .step(status(&[], DAY + 1, 0), taken(false))
        .step(status(&[7], -60, 0), taken(true))
        .refused(402, scan(&code(0), ALLOW)),
        Sequence::new("status_issued_ahead_by_a_day", "one of tomorrow does, until tomorrow")
            .step(status(&[], DAY, 0), taken(true))
            .step(status(&[7], -60, 0), taken(false))
            .accepted_with("", scan(&code(0), ALLOW))
            .step(status(&[7], DAY, 0), taken(true))
            .refused(402, scan(&code(0), ALLOW)),
        Sequence::new("delta_issued_ahead", "the same of a delta")
            .step(status(&[], -60, 0), taken(true))
            .step(hand_in("status", status_delta(world, -60, DAY + 1), 0), taken(false))
            .accepted_with("", scan(&code(0), ALLOW))
            .step(hand_in("status", status_delta(world, -60, DAY), 0), taken(true))
            .refused(402, scan(&code(0), ALLOW)),
        Sequence::new(
            "issued_ahead_known",
            "what was in force is taken again by a clock that has lost its time, and nothing else",
        )
        .step(status(&[7], -60, 0), taken(true))
        .restart(false)
        .step(
            hand_in("trust_list", trust_list(world).sign(&world.root).unwrap(), weeks_ago),
            taken(true),
        )
        .step(
            hand_in("catalogue", catalogue(world).sign(&world.root).unwrap(), weeks_ago),
            taken(true),
        )
        .step(status(&[], -59, weeks_ago), taken(false))
        .step(status(&[7], -60, weeks_ago), taken(true))
        .refused(706, scan(&code(weeks_ago), ALLOW).after(weeks_ago))
        .refused(402, scan(&code(0), ALLOW)),
        Sequence::new(
            "issued_ahead_first",
            "a scanner with none takes newer ones than it had, and then says that its clock is behind",
        )
        .restart(false)
        .step(trusted_at(2, 0, weeks_ago), taken(true))
        .step(terms_at(2, 0, weeks_ago), taken(true))
        .refused_saying(706, "behind_s", -weeks_ago, scan(&code(weeks_ago), ALLOW).after(weeks_ago))
        .step(trusted_at(3, 1, weeks_ago), taken(false))
        .step(terms_at(3, 1, weeks_ago), taken(false))
        .accepted(scan(&code(0), ALLOW)),
        Sequence::new("reinstall_issued_ahead", "together they are asked the same")
            .step(reinstall(&[&status_list(world, &[], DAY + 1)], 0), taken(false))
            .step(reinstall(&[&status_list(world, &[], DAY)], 0), taken(true))
            .accepted_with("", scan(&code(0), ALLOW)),
    ]
}

/// A time in a signed document has one form.
fn times(world: &World) -> Vec<Sequence> {
    const GOOD: &str = "2026-10-24T00:00:00Z";
    let mut list = trust_list(world);
    list.edition.sequence = 2;
    let payload = String::from_utf8(jws::payload(&list.sign(&world.root).unwrap())).unwrap();
    let issued = format!("\"issued_at\":\"{GOOD}\"");
    assert!(payload.contains(&issued));
    let written = |time: &str| {
        let payload = payload.replace(&issued, &format!("\"issued_at\":\"{time}\""));
        let list = jws::sign("onecode-trust-list+jws", payload.as_bytes(), &[&world.root]);
        hand_in("trust_list", list, 0)
    };
    let one = |name, comment, time, is_taken| {
        Sequence::new(name, comment).step(written(time), taken(is_taken))
    };
    vec![
        one("time", "as it is written", GOOD, true),
        one(
            "time_first_second",
            "the first that an edition 2 can have",
            "1970-01-01T00:00:02Z",
            true,
        ),
        one("time_before_its_number", "a number above its own time", "1970-01-01T00:00:01Z", false),
        one("time_before_1970", "one second earlier", "1969-12-31T23:59:59Z", false),
        one("time_fraction", "a fraction, though nothing", "2026-10-24T00:00:00.0Z", false),
        one("time_small_t", "a small t", "2026-10-24t00:00:00Z", false),
        one("time_small_z", "a small z", "2026-10-24T00:00:00z", false),
        one("time_space", "a space for the T", "2026-10-24 00:00:00Z", false),
        one("time_offset", "an offset, though nothing", "2026-10-24T00:00:00+00:00", false),
        one("time_leap_second", "a second that Unix does not count", "2016-12-31T23:59:60Z", false),
        one("time_trailing", "a space behind it", "2026-10-24T00:00:00Z ", false),
    ]
}

fn reinstall(status: &[&str], after_s: i64) -> Value {
    json!({
        "do": "reinstall", "scanner": "gate 1", "status": status, "now_unix_s": NOW + after_s,
    })
}

/// Status lists that are handed in again after a restart.
fn status_after_restart(world: &World) -> Vec<Sequence> {
    let code = code_of(world, 7, 0);
    let list = |suspended: &[u32], issued_s| status_list(world, suspended, issued_s);
    let install = |list: &str| hand_in("status", list, 0);
    let (none, lost) = (list(&[], -600), list(&[7], -60));
    let (before, delta) = (list(&[], -59), status_delta(world, -600, -60));
    let with_documents = |sequence: Sequence| {
        sequence
            .step(
                hand_in("trust_list", trust_list(world).sign(&world.root).unwrap(), 0),
                taken(true),
            )
            .step(hand_in("catalogue", catalogue(world).sign(&world.root).unwrap(), 0), taken(true))
    };
    let unknown = || scan(&code, ALLOW);
    vec![
        with_documents(
            Sequence::new("restart_older_status_list", "refused as before the restart")
                .step(install(&lost), taken(true))
                .restart(false),
        )
        .step(install(&none), taken(false))
        .accepted(unknown())
        .step(install(&lost), taken(true))
        .refused(402, scan(&code, ALLOW))
        .step(install(&before), taken(true))
        .accepted_with("", scan(&code, ALLOW)),
        with_documents(
            Sequence::new("restart_delta", "the list alone is older than what the delta led to")
                .step(install(&none), taken(true))
                .step(install(&delta), taken(true))
                .refused(402, scan(&code, ALLOW))
                .restart(false),
        )
        .step(install(&none), taken(false))
        .step(install(&delta), taken(false))
        .step(reinstall(&[&none], 0), taken(false))
        .step(reinstall(&[&delta], 0), taken(false))
        .step(reinstall(&[&delta, &none], 0), taken(false))
        .accepted(unknown())
        .step(reinstall(&[&none, &delta], 0), taken(true))
        .refused(402, scan(&code, ALLOW)),
        Sequence::new("reinstall_older", "no way round the order of lists that are in force")
            .step(install(&lost), taken(true))
            .step(reinstall(&[&none], 0), taken(false))
            .refused(402, scan(&code, ALLOW))
            .step(reinstall(&[&none, &lost], 0), taken(true))
            .refused(402, scan(&code, ALLOW)),
        Sequence::new("reinstall_damaged", "all of them or none")
            .step(reinstall(&[&lost, "00"], 0), taken(false))
            .accepted(unknown()),
        Sequence::new("reinstall_no_trust_list", "first the trust list, then what it is asked for")
            .restart(false)
            .step(reinstall(&[&lost], 0), taken(false)),
    ]
}

/// A scanner that was never given any status list, and one that was before a restart.
fn never_given(world: &World) -> Vec<Sequence> {
    let code = code_of(world, 7, 0);
    let documents = [
        hand_in("trust_list", trust_list(world).sign(&world.root).unwrap(), 0),
        hand_in("catalogue", catalogue(world).sign(&world.root).unwrap(), 0),
    ];
    let restarted = |sequence: Sequence| {
        let [trust_list, catalogue] = documents.clone();
        sequence.restart(false).step(trust_list, taken(true)).step(catalogue, taken(true))
    };
    let new = |name, comment| Sequence::new(name, comment).lists("never_given");
    vec![
        restarted(
            new(
                "status_lists_never_given",
                "ready with the first one, and after a restart without",
            )
            .refused(710, scan(&code, ALLOW))
            .step(hand_in("status", status_list(world, &[7], -60), 0), taken(true))
            .refused(402, scan(&code, ALLOW)),
        )
        .accepted(scan(&code, ALLOW)),
        restarted(new("status_lists_never_given_restart", "a restart gives none"))
            .refused(710, scan(&code, ALLOW)),
    ]
}

/// A list that a status key signed which is withdrawn by now.
fn withdrawn_status_key(world: &World) -> Vec<Sequence> {
    let code = code_of(world, 7, 0);
    let [old, new] = ["old status key", "new status key"].map(FixedKey::esp256);
    let trusted = |sequence: u64, withdrawn_from_unix_s: Option<i64>| {
        let mut list = trust_list(world);
        list.edition.sequence = sequence;
        for (key, withdrawn_from_unix_s) in [(&old, withdrawn_from_unix_s), (&new, None)] {
            list.issuers[1].keys.push(IssuerKey {
                key: key.public_key(),
                may_sign: MaySign { status_lists: true, ..MaySign::default() },
                not_before_unix_s: NOW - DAY,
                not_after_unix_s: NOW + DAY,
                withdrawn_from_unix_s,
            });
        }
        hand_in("trust_list", list.sign(&world.root).unwrap(), 0)
    };
    // List 1 of an issuer that has list 0 alone.
    let mut planted = StatusIssuer::new("cn-32", SHARD_POSITIONS + 64);
    planted.revoke(SHARD_POSITIONS + 7).unwrap();
    let planted = planted.publish(at(0), &old).unwrap();
    let install = |list: &[u8]| hand_in("status", hex(list), 0);
    let list = status_of(&[]).publish(at(-600), &new).unwrap();
    let delta = |key: &FixedKey| {
        status_of(&[7]).publish_delta(&status_of(&[]), NOW - 600, at(-60), key).unwrap()
    };
    let planted_before = |name, comment, withdrawn| {
        Sequence::new(name, comment)
            .step(trusted(2, None), taken(true))
            .step(install(&planted[1]), taken(true))
            .step(trusted(3, withdrawn), taken(true))
            .step(install(&list[0]), taken(true))
    };
    vec![
        planted_before(
            "delta_beside_a_withdrawn_key",
            "what a key signed that is withdrawn stands in no delta's way",
            Some(NOW),
        )
        .accepted_with("", scan(&code, ALLOW))
        .step(install(&delta(&new)), taken(true))
        .refused(402, scan(&code, ALLOW)),
        planted_before(
            "delta_beside_a_key_that_counts",
            "but for what a key signed that counts: the delta does not speak of it",
            None,
        )
        .step(install(&delta(&new)), taken(false)),
        planted_before(
            "delta_of_a_withdrawn_key",
            "nor does it bring a list of that key back",
            Some(NOW),
        )
        .step(install(&delta(&old)), taken(false)),
        Sequence::new(
            "reinstall_beside_a_withdrawn_key",
            "nor in the way of what is handed in again with it",
        )
        .step(trusted(2, Some(NOW)), taken(true))
        .step(reinstall(&[&hex(&planted[1]), &hex(&list[0]), &hex(&delta(&new))], 0), taken(true))
        .refused(402, scan(&code, ALLOW)),
        Sequence::new("reinstall_of_a_withdrawn_key", "but of such lists alone nothing is taken")
            .step(trusted(2, Some(NOW)), taken(true))
            .step(reinstall(&[&hex(&planted[0]), &hex(&planted[1])], 0), taken(false))
            .accepted(scan(&code, ALLOW)),
    ]
}

fn restarts(world: &World) -> Vec<Sequence> {
    let code = |made_after_s| code_of(world, 7, made_after_s);
    // A quarter of an hour later the first code is over, and a snapshot leaves it out.
    let later = scan(&code(1_000), REFUSE).after(1_000);
    let later_warned = scan(&code(1_000), WARN).after(1_000);
    let (first, second) = (code(0), code(30));
    let trust_list = json!({
        "do": "install",
        "scanner": "gate 1",
        "now_unix_s": NOW,
        "trust_list": trust_list(world).sign(&world.root).unwrap(),
    });
    vec![
        Sequence::new("restart_used_code", "a used code is used after a restart")
            .accepted(scan(&first, REFUSE))
            .restart(true)
            .refused_saying(601, "first_unix_s", NOW, scan(&first, REFUSE).after(1))
            .accepted(scan(&second, REFUSE).after(30)),
        Sequence::new("restart_waiting_card", "a card waits over a restart")
            .accepted(scan(&first, PASS_BACK))
            .restart(true)
            .refused(602, scan(&second, PASS_BACK).after(30))
            .accepted(scan(&code(300), PASS_BACK).after(300)),
        Sequence::new("set_back_kept", "a clock that is set back finds what was not forgotten")
            .accepted(scan(&first, REFUSE))
            .accepted(scan(&code(1_000), REFUSE).after(1_000))
            .refused(601, scan(&first, REFUSE).after(5)),
        Sequence::new("set_back_forgotten", "and is told of what was: it ended at 180 s")
            .accepted(scan(&first, REFUSE))
            .accepted(later)
            .restart(true)
            .refused_saying(709, "behind_s", 176, scan(&first, REFUSE).after(5))
            .accepted(scan(&code(1), REFUSE).after(5)),
        Sequence::new("set_back_warned", "an application that only warns says that it cannot tell")
            .accepted(scan(&first, WARN))
            .accepted(later_warned)
            .restart(true)
            .accepted_with("status_unknown+duplicates_unchecked", scan(&first, WARN).after(5)),
        Sequence::new("restart_no_lists", "a snapshot has no lists in it")
            .accepted(scan(&first, ALLOW))
            .restart(false)
            .refused(701, scan(&first, ALLOW))
            .step(trust_list.clone(), taken(true))
            .refused(703, scan(&first, ALLOW)),
        Sequence::new("restart_older_edition", "an older catalogue is refused as before it")
            .step(catalogue_of(world, 3, true), taken(true))
            .restart(false)
            .step(trust_list.clone(), taken(true))
            .step(catalogue_of(world, 2, true), taken(false))
            .step(catalogue_of(world, 3, false), taken(false))
            .refused(703, scan(&first, ALLOW))
            .step(catalogue_of(world, 3, true), taken(true))
            .accepted(scan(&first, ALLOW)),
        Sequence::new(
            "restart_twice",
            "a scanner that restarts before it has lists forgets nothing",
        )
        .accepted(scan(&first, REFUSE))
        .step(catalogue_of(world, 3, true), taken(true))
        .restart(false)
        .restart(false)
        .step(trust_list, taken(true))
        .step(catalogue_of(world, 2, true), taken(false))
        .step(catalogue_of(world, 3, true), taken(true))
        .refused(601, scan(&first, REFUSE)),
    ]
}

/// A scanner learns about its own clock from the codes it sees.
fn clocks(world: &World) -> Vec<Sequence> {
    /// A phone, its clock some seconds ahead of the scanner's, whose code is scanned at once.
    fn shown(world: &World, card: u64, ahead_s: i64, after_s: i64) -> Scan {
        scan(&code_of(world, 100 + card, after_s + ahead_s), ALLOW).after(after_s)
    }
    let hour = 3_600;
    // Phones that show their codes, one a second.
    let phones = |mut sequence: Sequence, count: u64, ahead_s: i64| {
        for card in 0..count {
            let scan = shown(world, card, ahead_s, card as i64);
            sequence = match ahead_s {
                -90..=30 => sequence.accepted(scan),
                31.. => sequence.refused(303, scan),
                _ => sequence.refused(302, scan),
            };
        }
        sequence
    };
    let new = Sequence::new;
    // A practice card, and a code whose signature does not hold.
    let practice = |card: u64, ahead_s: i64| {
        let flags = 1;
        let card = Card { region: 32, status_index: 100 + card, flags, ..Card::default() };
        let parts = Parts::new(&world.jiangsu, &world.phone, &card);
        scan(&parts.at(NOW + ahead_s).code(), ALLOW)
    };
    let forged = |card: u64, ahead_s: i64, after_s: i64| {
        let mut code = code_of(world, 100 + card, after_s + ahead_s);
        *code.last_mut().unwrap() ^= 1;
        scan(&code, ALLOW).after(after_s)
    };
    let mut practised =
        new("clock_practice_cards", "practice cards say nothing of clocks, however many");
    for card in 0..9 {
        practised = practised.refused(303, practice(card, 100));
    }
    let mut beside_forged =
        new("clock_forged_codes", "a forged code each 10 s does not keep it from learning");
    let mut same_card = new("clock_same_card_again", "nor does one card that is shown each 10 s");
    let mut some_forged = new("clock_forged_15", "the sixteenth such code in 10 s is checked");
    let mut many_forged = new("clock_forged_16", "the seventeenth is not");
    for card in 0..8 {
        let after_s = 10 * card as i64;
        beside_forged = beside_forged
            .refused(301, forged(card, 8 * hour, after_s))
            .refused(301, shown(world, card, 8 * hour, after_s + 1));
        same_card = same_card
            .refused(301, shown(world, 0, 8 * hour, after_s))
            .refused(301, shown(world, card, 8 * hour, after_s));
        // Before the last of the eight.
        for n in (0..16).filter(|_| card == 7) {
            let code = || forged(n, 8 * hour, after_s);
            many_forged = many_forged.refused(301, code());
            if n < 15 {
                some_forged = some_forged.refused(301, code());
            }
        }
        many_forged = many_forged.refused(301, shown(world, card, 8 * hour, after_s));
        some_forged = some_forged.refused(301, shown(world, card, 8 * hour, after_s));
    }
    let here = |card, ahead_s| shown(world, card, ahead_s, 20);
    let mut far = new("clock_hours_behind", "a scanner in another time zone learns, if slowly");
    let mut too_fast =
        new("clock_hours_behind_quick", "and checks one such code in 10 s, not more");
    for card in 0..8 {
        let after_s = card as i64;
        far = far.refused_saying(
            301,
            "clock",
            Value::Null,
            shown(world, card, 8 * hour, after_s * 10),
        );
        too_fast = too_fast.refused(301, shown(world, card, 8 * hour, after_s));
    }
    vec![
        phones(new("clock_phone_ahead", "eight phones agree with the scanner, one does not"), 8, 0)
            .refused_saying(303, "clock", "phone", here(50, 95)),
        phones(new("clock_old_picture", "or it is an old picture"), 8, 0).refused_saying(
            302,
            "clock",
            "phone",
            here(50, -95),
        ),
        phones(new("clock_scanner_behind", "the ninth phone that is refused knows why"), 8, 90)
            .refused_saying(303, "scanner_behind_s", 90, here(50, 90)),
        phones(new("clock_scanner_ahead", "by 120 s, of which 90 are certain"), 8, -120)
            .refused_saying(302, "scanner_behind_s", -90, here(50, -120)),
        phones(new("clock_too_few", "seven others are too few"), 7, 90).refused_saying(
            303,
            "clock",
            Value::Null,
            here(50, 90),
        ),
        phones(new("clock_own_cause", "a card is no witness in its own cause"), 8, 90)
            .refused_saying(303, "clock", Value::Null, here(7, 90))
            .refused_saying(303, "clock", "scanner", here(50, 90)),
        phones(new("clock_both_wrong", "the scanner is behind, and this phone ahead"), 8, 90)
            .refused_saying(303, "clock", Value::Null, here(50, 300)),
        phones(new("clock_no_majority", "eight phones say this, eight say that"), 8, 0)
            .refused(303, here(20, 95))
            .refused(303, here(21, 95))
            .refused(303, here(22, 95))
            .refused(303, here(23, 95))
            .refused(303, here(24, 95))
            .refused(303, here(25, 95))
            .refused(303, here(26, 95))
            .refused(303, here(27, 95))
            .refused_saying(303, "clock", Value::Null, here(50, 95)),
        phones(
            new("clock_off", "off by more than half of the tolerance: said before it hurts"),
            7,
            20,
        )
        .accepted_with("status_unknown+clock_off", here(50, 20)),
        phones(new("clock_not_off", "by half of it: not said"), 7, 15).accepted(here(50, 15)),
        phones(new("clock_never_widens", "what is known of the clock changes no verdict"), 8, 31)
            .refused_saying(303, "scanner_behind_s", 31, here(50, 31))
            .accepted_with("status_unknown+clock_off", here(51, 30)),
        phones(new("clock_set_back", "what was seen before says nothing of the clock now"), 8, 0)
            .refused_saying(303, "clock", Value::Null, shown(world, 50, 95, -60)),
        phones(new("clock_set_back_far", "nor of a code that is not verified"), 8, 0)
            .refused_saying(301, "clock", Value::Null, shown(world, 50, 8 * hour, -60)),
        phones(new("clock_an_hour_later", "nor does what was seen an hour ago"), 8, 0)
            .refused_saying(303, "clock", Value::Null, shown(world, 50, 95, hour + 8)),
        phones(new("clock_restart", "what was learned survives a restart"), 8, 90)
            .restart(true)
            .refused_saying(303, "clock", "scanner", here(50, 90)),
        far.refused_saying(301, "clock", "scanner", shown(world, 50, 8 * hour, 80)).refused_saying(
            301,
            "scanner_behind_s",
            8 * hour,
            shown(world, 51, 8 * hour, 90),
        ),
        too_fast.refused_saying(301, "clock", Value::Null, shown(world, 50, 8 * hour, 8)),
        practised.refused_saying(303, "clock", Value::Null, here(50, 100)),
        beside_forged.refused_saying(301, "clock", "scanner", shown(world, 50, 8 * hour, 80)),
        same_card.refused_saying(301, "clock", "scanner", shown(world, 50, 8 * hour, 80)),
        some_forged.refused_saying(301, "clock", "scanner", shown(world, 50, 8 * hour, 80)),
        many_forged.refused_saying(301, "clock", Value::Null, shown(world, 50, 8 * hour, 80)),
    ]
}

fn merges(world: &World) -> Vec<Sequence> {
    let (first, second) = (code_of(world, 7, 0), code_of(world, 7, 30));
    vec![
        Sequence::new("merge_none", "gates that do not share take a code once each")
            .accepted(scan(&first, REFUSE))
            .accepted(scan(&first, REFUSE).at_gate_2()),
        Sequence::new("merge_code", "a code seen at gate 1 is refused at gate 2 after a merge")
            .accepted(scan(&first, REFUSE))
            .merge(1, 1, 0)
            .refused_saying(601, "first_unix_s", NOW, scan(&first, REFUSE).at_gate_2().after(2))
            .accepted(scan(&second, REFUSE).at_gate_2().after(30)),
        Sequence::new("merge_card", "a card waits at gate 2, too")
            .accepted(scan(&first, PASS_BACK))
            .merge(1, 1, 1)
            .refused_saying(602, "seconds", 30, scan(&second, PASS_BACK).at_gate_2().after(30)),
        Sequence::new("merge_twice", "the second time a summary has nothing new")
            .accepted(scan(&first, REFUSE))
            .merge(1, 1, 0)
            .merge(2, 0, 0)
            .refused(601, scan(&first, REFUSE).at_gate_2().after(2)),
        Sequence::new("merge_first_time", "of two uses the first one is remembered")
            .accepted(scan(&first, WARN).after(10))
            .accepted(scan(&first, WARN).at_gate_2().after(20))
            .merge(30, 0, 0)
            .refused_saying(
                601,
                "first_unix_s",
                NOW + 10,
                scan(&first, REFUSE).at_gate_2().after(31),
            ),
        Sequence::new("merge_nothing", "of codes that are over nothing is told")
            .accepted(scan(&first, REFUSE))
            .merge(181, 0, 0),
    ]
}
