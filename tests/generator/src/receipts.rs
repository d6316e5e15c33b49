//! Receipts: their form, who signs them, chains, replays, pseudonyms; and texts of challenges.

use onecode::catalogue::{Application, Beyond, Catalogue, DuplicateRule, StatusRule};
use onecode::receipt::{Pseudonym, ScannerId};
use onecode::status::{StatusIssuer, StatusPublication};
use onecode::trust::{IssuerKey, MaySign, TrustList};
use onecode::{
    ApplicationNumber, CardCredential, Challenge, Context, Policy, Region, Scanner, SigningKey,
};
use serde_json::{json, Map, Value};

use super::parts::{array, bytes, int, map, sha256, signed_bytes, text, uint, FixedKey, NOW};
use super::receipt_parts::{gate_key, parts, text_hash, Hand, ReceiptVector, DAY, OPEN, SCANNER};
use super::world::{answer, hex, picture_text, World, YEAR};

/// Seconds to the receipt key's end, and to its withdrawal in the set `withdrawn`.
const KEY_UNTIL: i64 = 10 * DAY;

/// Refuses a code the second time, wants a challenge, wants to know the status.
const REFUSES: u16 = 2;
const ASKS: u16 = 3;
const STRICT: u16 = 4;

fn trust_list(world: &World) -> TrustList {
    let mut list = world.trust_list();
    for issuer in &mut list.issuers {
        issuer.keys.truncate(1);
        issuer.keys[0].may_sign.status_lists = true;
    }
    list.issuers[0].keys.push(IssuerKey {
        key: gate_key().public_key(),
        may_sign: MaySign { receipts: vec!["metro.31.".into()], ..MaySign::default() },
        not_before_unix_s: NOW - DAY,
        not_after_unix_s: NOW + KEY_UNTIL,
        withdrawn_from_unix_s: None,
    });
    list
}

fn catalogue(world: &World) -> Catalogue {
    let mut catalogue = world.catalogue();
    let open = catalogue.applications.remove(0);
    let of = |number: u16| Application {
        number: ApplicationNumber::new(number).unwrap(),
        id: format!("open.{number}"),
        ..open.clone()
    };
    catalogue.applications = vec![
        of(OPEN),
        Application { duplicates: DuplicateRule::Refuse, ..of(REFUSES) },
        Application { challenge: true, ..of(ASKS) },
        Application {
            status: StatusRule { max_age_s: 3_600, beyond: Beyond::Refuse },
            ..of(STRICT)
        },
    ];
    catalogue
}

fn status_list(world: &World, issued_at_unix_s: i64) -> Vec<u8> {
    let mut issuer = StatusIssuer::new("cn-31", 64);
    issuer.revoke(10).unwrap();
    let publication =
        StatusPublication { issued_at_unix_s, expires_unix_s: NOW + DAY, ttl_s: 3_600 };
    issuer.publish(publication, &world.shanghai).unwrap().remove(0)
}

pub fn document(world: &World) -> Value {
    let (trust, terms) = (trust_list(world), catalogue(world));
    let mut lists = world.lists(&trust, &terms);
    lists["status"] = json!([hex(&status_list(world, NOW - 600))]);
    lists["without_status_lists"] = json!(false);
    let mut sets = Map::new();
    let signed_trust = |change: &dyn Fn(&mut TrustList)| {
        let mut list = trust.clone();
        change(&mut list);
        json!({ "trust_list": list.sign(&world.root).unwrap() })
    };
    let gate = |list: &mut TrustList, change: &dyn Fn(&mut IssuerKey)| {
        change(list.issuers[0].keys.last_mut().unwrap());
    };
    sets.insert(
        "withdrawn".into(),
        signed_trust(&|list| {
            gate(list, &|key| key.withdrawn_from_unix_s = Some(NOW + KEY_UNTIL));
        }),
    );
    sets.insert(
        "not_admitted".into(),
        signed_trust(&|list| gate(list, &|key| key.may_sign.receipts = vec!["metro.32.".into()])),
    );
    sets.insert(
        "no_receipt_key".into(),
        signed_trust(&|list| gate(list, &|key| key.may_sign.receipts = vec![])),
    );
    sets.insert("next_trust_list".into(), signed_trust(&|list| list.edition.sequence += 1));
    let mut next = terms.clone();
    next.edition.sequence += 1;
    sets.insert("next_catalogue".into(), json!({ "catalogue": next.sign(&world.root).unwrap() }));
    sets.insert("no_status".into(), json!({ "status": [] }));
    sets.insert("nothing".into(), json!({ "trust_list": null, "catalogue": null, "status": [] }));
    sets.insert("later_status".into(), json!({ "status": [hex(&status_list(world, NOW - 500))] }));
    sets.extend(super::governed_receipts::sets(world));
    json!({
        "about": "Receipts: who signs them, chains of them, and scans made again",
        "lists": lists,
        "list_sets": sets,
        "scanner_key": gate_key().public_key().to_jwk(),
    })
}

/// A scanner with the lists of the document.
fn scanner(document: &Value) -> Scanner {
    let mut scanner = super::vector_file::scanner(&document["lists"], Policy::default());
    scanner.start_receipts(ScannerId::new(SCANNER).unwrap());
    scanner
}

fn context(application: u16, at: i64) -> Context {
    Context {
        application: ApplicationNumber::new(application).unwrap(),
        place: Region::new(310_104).unwrap(),
        now_unix_s: at,
        challenge: None,
    }
}

pub fn vectors(world: &World, document: &Value) -> Vec<ReceiptVector> {
    [
        forms(world, document),
        keys(world, document),
        chains(world, document),
        replays(world, document),
        super::governed_receipts::vectors(world, document),
    ]
    .into_iter()
    .flatten()
    .chain(pseudonyms(world))
    .chain(text_hashes(world))
    .collect()
}

fn verify(
    name: &str,
    comment: &str,
    wanted: (&'static str, Value),
    receipt: &[u8],
) -> ReceiptVector {
    let members = json!({ "receipt": hex(receipt), "now_unix_s": NOW });
    ReceiptVector::new("verify", name, comment, wanted, members)
}

/// One form and no other.
fn forms(world: &World, document: &Value) -> Vec<ReceiptVector> {
    let hand = || Hand::new(world, document);
    // The library writes what is put together by hand here.
    let code = picture_text(&parts(world, 8).code());
    let (_, receipt) = scanner(document).scan_with_receipt(&code, &context(OPEN, NOW), &gate_key());
    assert_eq!(hex(&receipt.unwrap()), hex(&hand().receipt()));

    let good = |name, comment, hand: Hand, wanted| verify(name, comment, wanted, &hand.receipt());
    let form =
        |name, comment, receipt: &[u8]| verify(name, comment, ("problem", json!("form")), receipt);
    let item =
        |name, comment, at, value: Vec<u8>| form(name, comment, &hand().item(at, value).receipt());
    let two = |a: u64, b: i64| array(&[uint(a), int(b)]);
    let estimate = |what: u64| array(&[uint(what), int(-90), uint(17), uint(20)]);
    let refused = |number: u64| ("verdict", json!(number));
    let with_used = |number: u64, used: Vec<u8>| hand().item(2, uint(number)).item(16, used);
    let mut typ = hand();
    typ.header[2].1 = text("application/statuslist+cwt");
    let mut no_typ = hand();
    no_typ.header.pop();
    let mut millis = hand();
    millis.time = int(NOW * 1_000);
    let mut capital = hand();
    capital.scanner = "Metro.31.gate-7";
    let mut nameless = hand();
    nameless.scanner = "";
    let mut fewer = hand();
    fewer.items.pop();
    let mut trailing = hand().receipt();
    trailing.push(0);
    let whole = hand().receipt();
    vec![
        good("accepted", "An accepted scan", hand(), refused(0)),
        good(
            "refused_early",
            "Refused before anything was looked at: most items are empty",
            hand()
                .item(2, uint(101))
                .item(8, array(&[]))
                .item(13, array(&[]))
                .item(15, array(&[]))
                .item(16, array(&[])),
            refused(101),
        ),
        good(
            "no_lists",
            "A scanner without lists",
            hand()
                .item(2, uint(701))
                .item(8, array(&[]))
                .item(10, array(&[]))
                .item(11, array(&[]))
                .item(13, array(&[]))
                .item(15, array(&[]))
                .item(16, array(&[])),
            refused(701),
        ),
        good(
            "handed_over",
            "A code of another system that the host took over",
            hand().item(2, uint(110)).item(3, uint(1)),
            ("handed_over", json!(true)),
        ),
        good(
            "specimens",
            "Practice cards were accepted",
            hand().item(3, uint(2)),
            ("specimens_accepted", json!(true)),
        ),
        good(
            "shown",
            "The host had named its challenge",
            hand().item(14, array(&[bytes(&[7; 15])])),
            ("shown", json!(hex(&[7; 15]))),
        ),
        good(
            "asked_over",
            "The code answers a challenge that is over",
            hand().item(2, uint(511)).item(15, array(&[vec![0xf5], uint(2), int(NOW)])),
            refused(511),
        ),
        good("status_none", "No list", hand().item(13, array(&[uint(0)])), ("status", Value::Null)),
        good(
            "status_unreadable",
            "A list that could not be read",
            hand().item(13, two(1, NOW - 9)),
            ("status", Value::Null),
        ),
        good("used_warned", "Used before, marked", with_used(0, two(1, NOW)), refused(0)),
        good("used_unchecked", "Not checked, marked", with_used(0, two(2, 2)), refused(0)),
        good("used_incomplete", "Not all is known, marked", with_used(0, two(2, 3)), refused(0)),
        good("used_before", "Used before", with_used(601, two(601, NOW)), refused(601)),
        good(
            "used_moments_ago",
            "Used moments ago",
            with_used(602, array(&[uint(602), uint(5), uint(30)])),
            refused(602),
        ),
        good("used_unavailable", "Cannot be told", with_used(707, two(707, 1)), refused(707)),
        good("used_clock_back", "Forgotten", with_used(709, two(709, 60)), refused(709)),
        good("clock_phone", "The phone's clock", hand().item(17, estimate(1)), refused(0)),
        good("clock_scanner", "The scanner's clock", hand().item(17, estimate(2)), refused(0)),
        good("clock_off", "The scanner's clock is off", hand().item(17, estimate(3)), refused(0)),
        form("empty", "Nothing", &[]),
        form("truncated", "The last byte is missing", &whole[..whole.len() - 1]),
        form("trailing", "A byte too many", &trailing),
        form("typ_other", "The type of another thing", &typ.receipt()),
        form("typ_missing", "No type: a credential's header", &no_typ.receipt()),
        form("a_code", "A code is no receipt", &parts(world, 8).code()),
        form("time_in_milliseconds", "Milliseconds", &millis.receipt()),
        form("scanner_capital", "A capital letter in the id", &capital.receipt()),
        form("scanner_empty", "An empty id", &nameless.receipt()),
        form("items_15", "An item too few", &fewer.receipt()),
        item("number_negative", "A negative number", 0, int(-1)),
        item("previous_31", "A hash of 31 bytes", 1, bytes(&[0; 31])),
        item("verdict_100", "No refusal has this number", 2, uint(100)),
        item("verdict_800", "Nor this one", 2, uint(800)),
        item("handed_over_accepted", "Handed over and accepted", 3, uint(1)),
        item("flags_4", "A flag that is none", 3, uint(4)),
        item("application_0", "No application has the number 0", 4, uint(0)),
        item("place_full", "A region that is not a prefix", 5, uint(310_000)),
        item("text_33", "A hash of 33 bytes", 6, bytes(&[0; 33])),
        item("tolerance_121", "A tolerance above 120 s", 7, uint(121)),
        item("card_15", "A pseudonym of 15 bytes", 8, array(&[bytes(&[0; 15])])),
        item("card_two", "Two pseudonyms", 8, array(&[bytes(&[0; 16]), bytes(&[0; 16])])),
        item("trust_list_no_hash", "A number without its hash", 10, array(&[uint(1)])),
        item("status_3", "A kind of status that is none", 13, array(&[uint(3)])),
        item("status_list_4096", "There is no such list", 13, {
            array(&[uint(2), uint(4_096), int(NOW), bytes(&[0; 2])])
        }),
        item("shown_4", "A challenge of four bytes", 14, array(&[bytes(&[0; 4])])),
        item("shown_16", "16 bytes are no challenge", 14, array(&[bytes(&[0; 16])])),
        item("asked_3", "An answer that is none", 15, array(&[vec![0xf4], uint(3)])),
        item("asked_over_no_time", "Over, and no time", 15, array(&[vec![0xf4], uint(2)])),
        item("used_603", "A refusal that is none", 16, two(603, 0)),
        item("used_why_3", "A reason that is none", 16, two(707, 3)),
        item("used_why_2_refused", "A reason that is none to refuse", 16, two(707, 2)),
        item("used_why_4_marked", "Nor is this one a reason for a mark", 16, two(2, 4)),
        item("clock_4", "A clock that is none", 17, estimate(4)),
        item("clock_short", "An estimate cut short", 17, two(1, 0)),
        item("clock_many", "More phones than can be counted", 17, {
            array(&[uint(1), int(0), uint(65_536), uint(65_536)])
        }),
    ]
}

/// Who signed it, and when.
fn keys(world: &World, document: &Value) -> Vec<ReceiptVector> {
    let receipt = Hand::new(world, document).receipt();
    let with =
        |name, comment, wanted: Option<&str>, set: Option<&str>, now: i64, receipt: &[u8]| {
            let wanted = match wanted {
                Some(problem) => ("problem", json!(problem)),
                None => ("verdict", json!(0)),
            };
            let mut members = json!({ "receipt": hex(receipt), "now_unix_s": now });
            if let Some(set) = set {
                members["lists"] = json!(set);
            }
            ReceiptVector::new("verify", name, comment, wanted, members)
        };
    let at = |seconds: i64| {
        let mut hand = Hand::new(world, document);
        hand.time = int(NOW + seconds);
        hand.receipt()
    };
    let mut stranger = Hand::new(world, document);
    stranger.key = FixedKey::ed25519("a stranger");
    let mut issuer = Hand::new(world, document);
    issuer.key = world.shanghai.clone();
    issuer.header[0].1 = int(issuer.key.algorithm().cose_id());
    issuer.header[1].1 = bytes(&issuer.key.public_key().key_id().0);
    let mut algorithm = Hand::new(world, document);
    algorithm.header[0].1 = int(-9);
    let mut forged = receipt.clone();
    *forged.last_mut().unwrap() ^= 1;
    // 58 40 and 64 bytes.
    let unsigned = &receipt[1..receipt.len() - 66];
    let stripped = [&[0x83], unsigned].concat();
    let emptied = [&[0x84], unsigned, &[0x40]].concat();
    vec![
        with(
            "years_later",
            "An old receipt by a key that has ended",
            None,
            None,
            NOW + YEAR,
            &receipt,
        ),
        with("key_first_second", "The key's first second", None, None, NOW, &at(-DAY)),
        with("key_last_second", "The key's last second", None, None, NOW, &at(KEY_UNTIL)),
        with("key_too_early", "One earlier", Some("key_not_in_time"), None, NOW, &at(-DAY - 1)),
        with("key_too_late", "One later", Some("key_not_in_time"), None, NOW, &at(KEY_UNTIL + 1)),
        with(
            "withdrawal_to_come",
            "The last second before",
            None,
            Some("withdrawn"),
            NOW + KEY_UNTIL - 1,
            &receipt,
        ),
        with(
            "withdrawn",
            "Nothing that it ever signed counts",
            Some("key_withdrawn"),
            Some("withdrawn"),
            NOW + KEY_UNTIL,
            &receipt,
        ),
        with(
            "not_admitted",
            "A key for other scanners",
            Some("not_admitted"),
            Some("not_admitted"),
            NOW,
            &receipt,
        ),
        with(
            "no_receipt_key",
            "A key for no receipts",
            Some("unknown_key"),
            Some("no_receipt_key"),
            NOW,
            &receipt,
        ),
        with("issuer_key", "A key for cards", Some("unknown_key"), None, NOW, &issuer.receipt()),
        with(
            "other_algorithm",
            "The header names another algorithm",
            Some("unknown_key"),
            None,
            NOW,
            &algorithm.receipt(),
        ),
        with(
            "stranger",
            "Another key under this key's id",
            Some("bad_signature"),
            None,
            NOW,
            &stranger.receipt(),
        ),
        with("forged", "One bit of the signature", Some("bad_signature"), None, NOW, &forged),
        with("stripped", "No signature", Some("bad_signature"), None, NOW, &stripped),
        with("emptied", "A signature of no bytes", Some("bad_signature"), None, NOW, &emptied),
    ]
}

/// Five scans of many kinds: their texts and receipts.
pub(super) fn day(world: &World, document: &Value, name: &str) -> Vec<(String, Vec<u8>)> {
    let mut scanner = scanner(document);
    scanner.start_receipts(ScannerId::new(name).unwrap());
    let open = Challenge::new(&[0xa; 8]).unwrap();
    scanner.expect_challenge(open, NOW + 120, NOW).unwrap();
    let code = |index: u64, at: i64| picture_text(&parts(world, index).at(NOW + at).code());
    let mut answered = parts(world, 9).at(NOW + 2);
    answered.code_claims.push(answer(&[0xa; 8]));
    let answered = picture_text(&answered.code());
    let steps = [
        (code(8, 0), context(REFUSES, NOW)),
        (code(8, 0), context(REFUSES, NOW + 1)),
        (answered, context(ASKS, NOW + 2)),
        (code(10, 3), context(STRICT, NOW + 3)),
        ("2026 #Ticket".to_owned(), context(OPEN, NOW + 4)),
    ];
    let scan = |(text, context): (String, Context)| {
        let (_, receipt) = scanner.scan_with_receipt(&text, &context, &gate_key());
        (text, receipt.unwrap())
    };
    steps.into_iter().map(scan).collect()
}

fn chains(world: &World, document: &Value) -> Vec<ReceiptVector> {
    let ours: Vec<Vec<u8>> = day(world, document, SCANNER).into_iter().map(|(_, r)| r).collect();
    let theirs: Vec<Vec<u8>> =
        day(world, document, "metro.31.gate-8").into_iter().map(|(_, r)| r).collect();
    let link =
        |number: usize, previous: [u8; 32]| json!({ "number": number, "previous": hex(&previous) });
    let start = link(0, [0; 32]);
    let head = link(5, sha256(&ours[4]));
    let chain = |name: &str,
                 comment: &str,
                 receipts: &[Vec<u8>],
                 start: &Value,
                 end: &Value,
                 wanted| {
        let receipts: Vec<String> = receipts.iter().map(|receipt| hex(receipt)).collect();
        let members = json!({
            "receipts": receipts, "scanner": SCANNER, "start": start, "end": end, "now_unix_s": NOW,
        });
        ReceiptVector::new("chain", name, comment, wanted, members)
    };
    let whole = |name, comment, receipts: &[Vec<u8>], start: &Value, end: &Value| {
        let wanted = ("receipts", json!(receipts.len()));
        chain(name, comment, receipts, start, end, wanted)
    };
    let broken = |name, comment, change: &dyn Fn(&mut Vec<Vec<u8>>), problem: &str| {
        let mut receipts = ours.clone();
        change(&mut receipts);
        chain(name, comment, &receipts, &start, &head, ("problem", json!(problem)))
    };
    // The same number and time by the same key, and another verdict.
    let mut anew = scanner(document);
    for (text, at) in [(String::new(), 0), ("x".to_owned(), 1)] {
        let (_, receipt) = anew.scan_with_receipt(&text, &context(OPEN, NOW + at), &gate_key());
        receipt.unwrap();
    }
    let mut again = scanner(document);
    let (_, first) = again.scan_with_receipt("", &context(REFUSES, NOW), &gate_key());
    let first = first.unwrap();
    vec![
        whole("chain", "A whole chain", &ours, &start, &head),
        whole("chain_open_end", "Without knowing the end", &ours, &start, &Value::Null),
        whole("chain_nothing", "No receipt at all", &[], &start, &Value::Null),
        whole(
            "chain_cut_unseen",
            "The last are missing and nobody can tell",
            &ours[..3],
            &start,
            &Value::Null,
        ),
        whole(
            "chain_going_on",
            "From where an earlier check ended",
            &ours[2..],
            &link(2, sha256(&ours[1])),
            &head,
        ),
        broken(
            "chain_first_removed",
            "The first is missing",
            &|all| drop(all.remove(0)),
            "missing",
        ),
        broken("chain_removed", "One is missing", &|all| drop(all.remove(2)), "missing"),
        broken("chain_last_removed", "The last is missing", &|all| drop(all.pop()), "end"),
        broken("chain_swapped", "Two are exchanged", &|all| all.swap(1, 2), "missing"),
        broken(
            "chain_repeated",
            "One stands there twice",
            &|all| all.insert(3, all[2].clone()),
            "repeated",
        ),
        broken("chain_altered", "One bit", &|all| all[2][100] ^= 1, "bad_signature"),
        broken("chain_cut_short", "One is cut short", &|all| all[2].truncate(99), "form"),
        broken(
            "chain_anew",
            "The first was made anew by the scanner's key",
            &|all| all[0] = first.clone(),
            "other_previous",
        ),
        broken(
            "chain_other_scanner",
            "One of another scanner",
            &|all| all[3] = theirs[3].clone(),
            "other_scanner",
        ),
        chain(
            "chain_of_another",
            "All of another scanner",
            &theirs,
            &start,
            &Value::Null,
            ("at", json!(0)),
        ),
        chain(
            "chain_other_start",
            "It does not go on from there",
            &ours[2..],
            &link(2, [1; 32]),
            &head,
            ("problem", json!("other_previous")),
        ),
        chain(
            "chain_longer",
            "More than there should be",
            &ours,
            &start,
            &link(4, sha256(&ours[3])),
            ("problem", json!("end")),
        ),
    ]
}

fn replays(world: &World, document: &Value) -> Vec<ReceiptVector> {
    let day = day(world, document, SCANNER);
    let replay =
        |name: &str, comment: &str, wanted, text: &str, receipt: &[u8], set: Option<&str>| {
            let mut members = json!({ "receipt": hex(receipt), "text": text });
            if let Some(set) = set {
                members["lists"] = json!(set);
            }
            ReceiptVector::new("replay", name, comment, wanted, members)
        };
    let good =
        |n: usize, name, comment, wanted| replay(name, comment, wanted, &day[n].0, &day[n].1, None);
    let number = |number: u16| ("number", json!(number));
    let problem = |name: &str| ("problem", json!(name));
    let (text, receipt) = &day[3];
    let bad = |name, comment, set| replay(name, comment, problem(name), text, receipt, Some(set));
    let mut silent = scanner(document);
    let (_, empty) = silent.scan_with_receipt("", &context(OPEN, NOW), &gate_key());
    let mut lying = Hand::new(world, document);
    lying.items[2] = uint(302);
    let mut unasked = Hand::new(world, document);
    unasked.items[16] = array(&[]);
    let hand = || Hand::new(world, document);
    let nothing = || array(&[]);
    let refused_early =
        hand().item(2, uint(302)).item(13, nothing()).item(15, nothing()).item(16, nothing());
    let of_another = hand().item(8, array(&[bytes(&[7; 16])]));
    let of_nobody = hand().item(8, array(&[]));
    // At an application that takes every code as often as it comes.
    let turned_away = hand().item(2, uint(601)).item(16, array(&[uint(601), int(NOW - 1)]));
    let made_wait = hand().item(2, uint(602)).item(16, array(&[uint(602), int(1), int(60)]));
    let unchecked = hand().item(16, array(&[uint(2), uint(0)]));
    let code = picture_text(&parts(world, 8).code());
    let by_hand = |name: &str, comment: &str, wanted, hand: &Hand| {
        replay(name, comment, wanted, &code, &hand.receipt(), None)
    };
    let of_hash = |name: &str, comment: &str, hash: [u8; 32]| {
        let hand = Hand::new(world, document).item(6, bytes(&hash));
        by_hand(name, comment, problem("other_text"), &hand)
    };
    // After the lists have expired: 702 then, and now.
    let mut late = scanner(document);
    let expired = NOW + 5 * YEAR;
    let old = picture_text(&parts(world, 8).at(expired).code());
    let (_, over) = late.scan_with_receipt(&old, &context(OPEN, expired), &gate_key());
    let mut bare = Scanner::new(world.root.public_key(), Policy::default());
    bare.start_receipts(ScannerId::new(SCANNER).unwrap());
    let (_, unready) = bare.scan_with_receipt(&code, &context(OPEN, NOW), &gate_key());
    // Trust list and catalogue alone.
    let mut without = document["lists"].clone();
    without["status"] = json!([]);
    let mut without = |by_policy: bool| {
        without["without_status_lists"] = json!(by_policy);
        let mut scanner = super::vector_file::scanner(&without, Policy::default());
        scanner.start_receipts(ScannerId::new(SCANNER).unwrap());
        scanner.scan_with_receipt(&code, &context(OPEN, NOW), &gate_key()).1.unwrap()
    };
    let (never_given, by_policy) = (without(false), without(true));
    vec![
        good(0, "replay_accepted", "Accepted then, and now", ("verdict", json!("accepted"))),
        good(1, "replay_used", "The memory of then knew the code", number(601)),
        good(2, "replay_challenge", "The challenge was open then", ("verdict", json!("accepted"))),
        good(3, "replay_status", "Revoked by the list of then", number(401)),
        good(4, "replay_foreign", "A code of another system", number(110)),
        replay(
            "replay_never_given",
            "It was never given a status list",
            number(710),
            &code,
            &never_given,
            Some("no_status"),
        ),
        replay(
            "replay_never_given_with_lists",
            "No list shows that it never had one",
            number(710),
            &code,
            &never_given,
            None,
        ),
        replay(
            "replay_without_status_lists",
            "It was to work without, and looked at none",
            ("verdict", json!("accepted")),
            &code,
            &by_policy,
            Some("no_status"),
        ),
        replay(
            "replay_without_status_lists_that_are_there",
            "It looked at none, and there is one",
            problem("other_status_list"),
            &code,
            &by_policy,
            None,
        ),
        by_hand(
            "replay_by_hand",
            "A receipt put together by hand",
            ("verdict", json!("accepted")),
            &hand(),
        ),
        by_hand("other_card", "The pseudonym of another card", problem("other_card"), &of_another),
        by_hand(
            "no_card",
            "No pseudonym though a card was read",
            problem("other_card"),
            &of_nobody,
        ),
        by_hand(
            "used_where_that_is_allowed",
            "Refused as used before, by an application that allows it",
            problem("other_verdict"),
            &turned_away,
        ),
        by_hand(
            "wait_where_there_is_none",
            "Refused for a wait that the application does not ask for",
            problem("other_verdict"),
            &made_wait,
        ),
        by_hand(
            "unchecked_where_that_is_allowed",
            "Marked as not checked, by an application that checks nothing",
            problem("other_verdict"),
            &unchecked,
        ),
        replay("replay_expired", "Lists that had expired", number(702), &old, &over.unwrap(), None),
        replay(
            "replay_unready",
            "No lists then",
            number(701),
            &code,
            &unready.unwrap(),
            Some("nothing"),
        ),
        replay("replay_empty", "Nothing was read", number(101), "", &empty.unwrap(), None),
        replay("other_text", "Another text", problem("other_text"), &day[0].0, receipt, None),
        of_hash("other_text_plain", "The SHA-256 of the text alone", sha256(code.as_bytes())),
        of_hash(
            "other_text_application",
            "The hash of the text at another application",
            text_hash(&code, REFUSES, NOW),
        ),
        of_hash(
            "other_text_day",
            "The hash of the text on the next day",
            text_hash(&code, OPEN, MIDNIGHT),
        ),
        bad("other_trust_list", "The next trust list", "next_trust_list"),
        bad("other_catalogue", "The next catalogue", "next_catalogue"),
        bad("other_status_list", "A later status list", "later_status"),
        replay(
            "status_list_missing",
            "No status list",
            problem("other_status_list"),
            text,
            receipt,
            Some("no_status"),
        ),
        replay(
            "other_verdict",
            "A receipt that says what was not found",
            problem("other_verdict"),
            &code,
            &lying.receipt(),
            None,
        ),
        by_hand(
            "other_verdict_early",
            "Refused before the status was asked, of a code that is accepted",
            problem("other_verdict"),
            &refused_early,
        ),
        replay(
            "not_asked",
            "A receipt without an answer that it needs",
            problem("other_verdict"),
            &code,
            &unasked.receipt(),
            None,
        ),
    ]
}

/// The end of the day of `NOW`, which is midnight UTC.
const MIDNIGHT: i64 = NOW + 16 * 3_600;

fn pseudonyms(world: &World) -> Vec<ReceiptVector> {
    let parts = parts(world, 8);
    let high = {
        let (header, payload) = (parts.card_header_bytes(), parts.card_payload());
        let signature = super::parts::high_s(world.shanghai.raw(&signed_bytes(&header, &payload)));
        array(&[bytes(&header), map(&[]), bytes(&payload), bytes(&signature)])
    };
    let of = |credential: &[u8], application: u16, at: i64| {
        let application = ApplicationNumber::new(application).unwrap();
        let card = CardCredential::from_bytes(credential).unwrap();
        Pseudonym::of(&card, application, at).unwrap().to_string()
    };
    let credential = parts.credential();
    let first = of(&credential, OPEN, NOW);
    let vector = |name, comment, credential: &[u8], application: u16, at: i64, same: bool| {
        let found = of(credential, application, at);
        assert_eq!(found == first, same, "{name}");
        let members = json!({
            "credential": hex(credential), "application": application, "time_unix_s": at,
        });
        ReceiptVector::new("pseudonym", name, comment, ("card", json!(found)), members)
    };
    vec![
        vector("pseudonym", "A card at one application on one day", &credential, OPEN, NOW, true),
        vector(
            "pseudonym_last_second",
            "The day's last second: 15:59:59 UTC",
            &credential,
            OPEN,
            MIDNIGHT - 1,
            true,
        ),
        vector("pseudonym_next_day", "The next day", &credential, OPEN, MIDNIGHT, false),
        vector(
            "pseudonym_first_second",
            "The day's first second",
            &credential,
            OPEN,
            MIDNIGHT - DAY,
            true,
        ),
        vector("pseudonym_application", "Another application", &credential, REFUSES, NOW, false),
        vector("pseudonym_high_s", "The other s of the same signature", &high, OPEN, NOW, true),
    ]
}

fn text_hashes(world: &World) -> Vec<ReceiptVector> {
    let code = picture_text(&parts(world, 8).code());
    let vector = |name: &str, comment: &str, text: &str, application: u16, at: i64| {
        let wanted = ("text_hash", json!(hex(&text_hash(text, application, at))));
        let members = json!({ "text": text, "application": application, "time_unix_s": at });
        ReceiptVector::new("text_hash", name, comment, wanted, members)
    };
    vec![
        vector("text_hash", "A text at one application on one day", &code, OPEN, NOW),
        vector("text_hash_last_second", "The day's last second", &code, OPEN, MIDNIGHT - 1),
        vector("text_hash_next_day", "The next day", &code, OPEN, MIDNIGHT),
        vector("text_hash_application", "Another application", &code, REFUSES, NOW),
        vector("text_hash_empty", "Nothing, at the first second of all", "", OPEN, 0),
        vector("text_hash_utf8", "Text that is no ASCII", "随申码", OPEN, NOW),
    ]
}

/// What a phone makes of what it has scanned or what a person has typed.
pub fn challenge_texts() -> Vec<ReceiptVector> {
    let read = |name: &str, comment: &str, wanted, text: &str| {
        ReceiptVector::new("read_challenge", name, comment, wanted, json!({ "text": text }))
    };
    let good = |name, comment, challenge: &[u8], text: &str| {
        read(name, comment, ("challenge", json!(hex(challenge))), text)
    };
    let bad = |name, comment, problem: &str, text: &str| {
        read(name, comment, ("problem", json!(problem)), text)
    };
    let picture = |challenge: &[u8]| format!("OC1C:{}", base45::encode(challenge));
    let eight = [1, 2, 3, 4, 5, 6, 7, 8];
    let typed = [0x08, 0x86, 0x42, 0x98, 0xe8];
    vec![
        good("picture", "A picture's text", &eight, &picture(&eight)),
        good("picture_15", "The longest", &[0xff; 15], &picture(&[0xff; 15])),
        good("picture_9", "An odd number of bytes", &[9; 9], &picture(&[9; 9])),
        good("typed", "Eight characters in two groups", &typed, "1234-5678"),
        good("typed_plain", "Without the hyphen", &typed, "12345678"),
        good("typed_zeros", "All zeros", &[0; 5], "0000-0000"),
        good("typed_ones", "All ones", &[0xff; 5], "ZZZZ-ZZZZ"),
        good("typed_small", "Small letters", &[0xff; 5], "zzzz zzzz"),
        good("typed_o_i_l", "O is 0, I and L are 1", &[0, 0, 0x10, 0, 0x21], "0ooI-O0iL"),
        good("typed_spaces", "Spaces and hyphens anywhere", &typed, " 1-2 3-4 5-6 7-8- "),
        bad("empty", "Nothing", "length", ""),
        bad("typed_7", "One character too few", "length", "1234-567"),
        bad("typed_9", "One too many", "length", "1234-56789"),
        bad("typed_u", "U is not in the alphabet", "character", "1234-567U"),
        bad("typed_full_width", "A full-width hyphen", "character", "1234－5678"),
        bad(
            "picture_small",
            "The prefix in small letters",
            "character",
            &picture(&eight).to_lowercase(),
        ),
        bad("picture_7", "Seven bytes", "length", &picture(&[7; 7])),
        bad(
            "picture_16",
            "16 bytes: an answer to them would be a consent",
            "length",
            &picture(&[7; 16]),
        ),
        bad("picture_17", "17 bytes", "length", &picture(&[7; 17])),
        bad("picture_empty", "The prefix alone", "length", "OC1C:"),
        bad("picture_damaged", "A character that is not base45", "not_base45", "OC1C:8UA0ZCWEDKM?"),
        bad("a_code", "The beginning of a code", "character", "OC1:BB8"),
    ]
}
