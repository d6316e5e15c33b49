//! Receipts that name roots, notices and indexes, and their scans made again.

use onecode::receipt::ScannerId;
use onecode::status::{StatusIssuer, StatusPublication};
use onecode::{ApplicationNumber, Context, Policy, Region};
use serde_json::{json, Map, Value};

use super::governance::{hash, kid, sign, time, Governance, ACCEPTS, DAY, INDEX, WITHDRAWAL};
use super::jws;
use super::parts::{array, bytes, int, uint, Card, Parts, NOW};
use super::receipt_parts::{gate_key, Hand, ReceiptVector, SCANNER};
use super::world::{hex, picture_text, World};

const VALID: u64 = 8;
const SUSPENDED: u64 = 9;

/// Roots with two editions, all lists, a notice against Jiangsu's key for cards and one against its
/// key for status lists, and an index that names a newer trust list.
fn governed(g: &Governance<'_>) -> Value {
    let against = |key| {
        let notice = json!({
            "issued_at": time(NOW - DAY), "expires": time(NOW + DAY), "issuer": "cn-32",
            "keys": [kid(key)],
        });
        sign(WITHDRAWAL, &notice, &[&g.js])
    };
    let of =
        |sequence: u64, document: &str| json!({ "sequence": sequence, "sha256": hash(document) });
    let (roots, list, terms) = (
        g.second_roots_signed(),
        g.trust_list_signed(2, -10 * DAY),
        g.catalogue_signed(1, -10 * DAY),
    );
    let index = json!({
        "issued_at": time(NOW - 60), "expires": time(NOW + DAY - 60), "withdrawals": [],
        "roots": of(2, &roots), "trust_list": of(3, &list), "catalogue": of(1, &terms),
    });
    let mut agency = StatusIssuer::new("cn-32", 64);
    agency.suspend(SUSPENDED as u32).unwrap();
    let publication =
        StatusPublication { issued_at_unix_s: NOW - 600, expires_unix_s: NOW + DAY, ttl_s: 3_600 };
    let status = agency.publish(publication, &g.status).unwrap();
    json!({
        "roots": g.first_roots_signed(),
        "walked": [roots],
        "trust_list": list,
        "catalogue": terms,
        "status": [hex(&status[0])],
        "withdrawals": [against(&g.world.jiangsu), against(&g.status)],
        "index": sign(INDEX, &index, &[&g.sh_index]),
    })
}

/// The set with some members changed.
fn changed(set: &Value, members: Value) -> Value {
    let mut set = set.clone();
    super::governance::merge(&mut set, members);
    set
}

pub fn sets(world: &World) -> Map<String, Value> {
    let all = governed(&Governance::new(world));
    let [cards, lists] = [&all["withdrawals"][0], &all["withdrawals"][1]];
    let none = json!({ "withdrawals": [], "index": null });
    let sets = [
        ("governed", all.clone()),
        ("governed_only", changed(&all, none)),
        ("governed_first_roots", changed(&all, json!({ "walked": [] }))),
        ("governed_index", changed(&all, json!({ "withdrawals": [] }))),
        ("governed_cards", changed(&all, json!({ "withdrawals": [cards], "index": null }))),
        ("governed_lists", changed(&all, json!({ "withdrawals": [lists], "index": null }))),
    ];
    sets.map(|(name, set)| (name.to_owned(), set)).into_iter().collect()
}

pub fn vectors(world: &World, document: &Value) -> Vec<ReceiptVector> {
    forms(world, document).into_iter().chain(replays(world, document)).collect()
}

fn forms(world: &World, document: &Value) -> Vec<ReceiptVector> {
    let with = |at: usize, value: Vec<u8>| Hand::new(world, document).item(at, value).receipt();
    let hashes = |count: u8| array(&(0..count).map(|n| bytes(&[n; 32])).collect::<Vec<_>>());
    let vector = |name: &str, comment: &str, wanted, receipt: Vec<u8>| {
        let members = json!({ "receipt": hex(&receipt), "now_unix_s": NOW });
        ReceiptVector::new("verify", name, comment, wanted, members)
    };
    let good = |name, comment, receipt| vector(name, comment, ("verdict", json!(0)), receipt);
    let form = |name, comment, receipt| vector(name, comment, ("problem", json!("form")), receipt);
    vec![
        good("roots_5", "Edition 5 of the roots", with(9, uint(5))),
        form("roots_negative", "A negative edition", with(9, int(-1))),
        good("applied_64", "As many notices and indexes as there may be", with(12, hashes(64))),
        form("applied_65", "One more", with(12, hashes(65))),
        form("applied_31_bytes", "A hash of 31 bytes", with(12, array(&[bytes(&[0; 31])]))),
    ]
}

fn replays(world: &World, document: &Value) -> Vec<ReceiptVector> {
    let text = |position| {
        let card = Card { region: 32, status_index: position, ..Card::default() };
        picture_text(&Parts::new(&world.jiangsu, &world.phone, &card).code())
    };
    let context = Context {
        application: ApplicationNumber::new(ACCEPTS).unwrap(),
        place: Region::new(310_104).unwrap(),
        now_unix_s: NOW,
        challenge: None,
    };
    let made = |set: &str, position: u64| {
        let lists = super::vector_file::lists_of(document, &json!({ "lists": set }));
        let mut scanner = super::vector_file::scanner(&lists, Policy::default());
        scanner.start_receipts(ScannerId::new(SCANNER).unwrap());
        scanner.scan_with_receipt(&text(position), &context, &gate_key()).1.unwrap()
    };
    let again = |name: &str, comment: &str, wanted, made_with: &str, position: u64, set: &str| {
        let members = json!({
            "receipt": hex(&made(made_with, position)), "text": text(position), "lists": set,
        });
        ReceiptVector::new("replay", name, comment, wanted, members)
    };
    let problem = |name: &str| ("problem", json!(name));
    let number = |number: u16| ("number", json!(number));
    let accepted = || ("verdict", json!("accepted"));
    // Named by hand, in a scan that no notice had to do with.
    let beside = {
        let notice = document["list_sets"]["governed"]["withdrawals"][0].as_str().unwrap();
        let named = array(&[bytes(&jws::hash(notice))]);
        let hand = Hand::new(world, document).item(12, named);
        let members = json!({
            "receipt": hex(&hand.receipt()),
            "text": picture_text(&super::receipt_parts::parts(world, VALID).code()),
        });
        ReceiptVector::new(
            "replay",
            "other_notice_by_hand",
            "It names a notice that nobody had",
            problem("other_notice"),
            members,
        )
    };
    vec![
        again(
            "replay_roots",
            "By edition 2 of the roots",
            accepted(),
            "governed_only",
            VALID,
            "governed_only",
        ),
        again(
            "other_roots",
            "That edition is not there",
            problem("other_roots"),
            "governed_only",
            VALID,
            "governed_first_roots",
        ),
        again(
            "replay_first_roots",
            "By edition 1, and there are both",
            number(205),
            "governed_first_roots",
            VALID,
            "governed",
        ),
        again(
            "replay_notice",
            "Refused by a notice",
            number(205),
            "governed_cards",
            VALID,
            "governed",
        ),
        again(
            "other_notice",
            "The notice is not there",
            problem("other_notice"),
            "governed_cards",
            VALID,
            "governed_only",
        ),
        again(
            "replay_notice_since",
            "Accepted before the notice came",
            accepted(),
            "governed_only",
            VALID,
            "governed",
        ),
        again(
            "replay_status_notice",
            "A notice against the key of the status list: not known",
            ("why", json!({ "status_unknown": "withdrawn" })),
            "governed_lists",
            VALID,
            "governed",
        ),
        again(
            "replay_status_notice_suspended",
            "And suspended all the same",
            number(402),
            "governed_lists",
            SUSPENDED,
            "governed",
        ),
        again(
            "replay_index",
            "An index named a newer trust list",
            ("missing", json!(["trust_list"])),
            "governed_index",
            VALID,
            "governed_index",
        ),
        again(
            "other_index",
            "The index is not there",
            problem("other_notice"),
            "governed_index",
            VALID,
            "governed_only",
        ),
        beside,
    ]
}
