//! Trust lists and catalogues, each with one thing about it changed and then properly signed.

use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use base64::Engine;
use serde_json::{json, Value};

use super::document_bounds::{catalogue_bounds, forms, trust_list_bounds};
use super::jws;
use super::parts::NOW;
use super::steps::Sequence;
use super::world::World;

/// A case: its name, what is said of it, whether the document is taken, and what is changed.
pub(super) type Case = (&'static str, &'static str, bool, Change);

pub(super) enum Change {
    TrustList(fn(&mut Value)),
    Catalogue(fn(&mut Value)),
    /// Of a trust list.
    Header(fn(&mut Value)),
    /// Something that nobody looks at, in a key of a trust list: the JSON of a member.
    Beside(fn() -> Vec<u8>),
    /// A trust list as it is transmitted.
    Text(fn(String) -> String),
}
use Change::{Beside, Catalogue, Header, Text, TrustList};

pub fn vectors(world: &World) -> Vec<Sequence> {
    let cases = signed().into_iter().chain(editions()).chain(forms()).chain(trust_lists());
    let cases = cases.chain(trust_list_bounds()).chain(catalogues()).chain(catalogue_bounds());
    let mut all: Vec<Sequence> = cases
        .map(|(name, comment, taken, change)| {
            let sequence = Sequence::new(name, comment);
            sequence.step(install(world, &change), json!({ "taken": taken }))
        })
        .collect();
    all.push(twice(world));
    all
}

/// The same bytes under their number, then others.
fn twice(world: &World) -> Sequence {
    let same = install(world, &TrustList(|_| {}));
    let other = install(world, &TrustList(|list| list["comment"] = json!("another")));
    Sequence::new("document_twice", "the same bytes are taken again, others of that number never")
        .step(same.clone(), json!({ "taken": true }))
        .step(same, json!({ "taken": true }))
        .step(other, json!({ "taken": false }))
}

fn install(world: &World, change: &Change) -> Value {
    let install = |member: &str, json: String| json!({ "do": "install", "scanner": "gate 1", "now_unix_s": NOW, member: json });
    let (mut list, mut catalogue) = (trust_list(world), self::catalogue(world));
    let mut header = jws::header("onecode-trust-list+jws", &world.root);
    let mut text: fn(String) -> String = |text| text;
    match change {
        TrustList(change) => change(&mut list),
        Header(change) => change(&mut header),
        Text(change) => text = *change,
        Catalogue(change) => {
            change(&mut catalogue);
            header["typ"] = json!("onecode-catalogue+jws");
            return install("catalogue", sign(world, &header, &json_of(&catalogue)));
        }
        Beside(member) => {
            let list = list.to_string();
            let (before, after) = list.split_once("\"jwk\"").unwrap();
            let payload = [before.as_bytes(), &member(), b",\"jwk\"", after.as_bytes()].concat();
            return install("trust_list", sign(world, &header, &payload));
        }
    }
    install("trust_list", text(sign(world, &header, &json_of(&list))))
}

fn json_of(payload: &Value) -> Vec<u8> {
    // A member that stands twice cannot be said in a `Value`.
    payload.to_string().replace("\"sequence2\"", "\"sequence\"").into()
}

fn sign(world: &World, header: &Value, payload: &[u8]) -> String {
    jws::document(payload, vec![jws::signature(header, payload, &world.root)])
}

/// Two issuers with a key each.
fn trust_list(world: &World) -> Value {
    let mut list = world.trust_list();
    list.edition.sequence = 9;
    list.issuers.truncate(2);
    list.issuers.iter_mut().for_each(|issuer| issuer.keys.truncate(1));
    serde_json::to_value(list).unwrap()
}

/// One application, one entitlement, one code of another system.
fn catalogue(world: &World) -> Value {
    let mut catalogue = world.catalogue();
    catalogue.edition.sequence = 9;
    catalogue.applications.truncate(1);
    let mut json = serde_json::to_value(catalogue).unwrap();
    let name = json!({ "zh": "名", "en": "Name" });
    json["entitlements"] = json!([{ "bit": 63, "id": "last", "name": name }]);
    json["applications"][0]["entitlements"] = json!(["last"]);
    let pattern = json!({ "begins_with": ["10"], "length": [18, 18] });
    json["foreign_codes"] =
        json!([{ "id": "pay", "name": name, "advice": name, "pattern": pattern }]);
    json
}

fn signed() -> Vec<Case> {
    vec![
        ("jws", "nothing is changed", true, TrustList(|_| {})),
        ("jws_crit", "a header with crit", false, Header(|h| h["crit"] = json!([]))),
        ("jws_jwk", "a header that brings a key", false, Header(|h| h["jwk"] = json!({}))),
        (
            "jws_other_kind",
            "a header that says catalogue",
            false,
            Header(|h| h["typ"] = json!("onecode-catalogue+jws")),
        ),
        (
            "jws_other_algorithm",
            "a header with another algorithm than the key's",
            false,
            Header(|h| h["alg"] = json!("Ed25519")),
        ),
        (
            "jws_unknown_root",
            "a key that nobody knows",
            false,
            Header(|h| h["kid"] = json!(STRANGER)),
        ),
        ("jws_kid_short", "a kid that is no thumbprint", false, Header(|h| h["kid"] = json!("AA"))),
        (
            "jws_compact",
            "the compact form",
            false,
            Text(|text| {
                let jws: Value = serde_json::from_str(&text).unwrap();
                let signed = &jws["signatures"][0];
                let parts = [&signed["protected"], &jws["payload"], &signed["signature"]];
                parts.map(|part| part.as_str().unwrap()).join(".")
            }),
        ),
        (
            "jws_byte_order_mark",
            "a byte order mark before it",
            false,
            Text(|text| format!("\u{feff}{text}")),
        ),
        ("jws_line_end", "white space between the tokens of the outer object", true, {
            Text(|text| text.replacen(':', " :\r\n\t", 1) + "\n")
        }),
        ("jws_behind", "something behind it", false, Text(|text| text + "{}")),
        (
            "jws_changed",
            "the payload is not the one that was signed",
            false,
            Text(|text| text.replacen("\"payload\":\"ey", "\"payload\":\"ew", 1)),
        ),
    ]
}

/// The thumbprint of no key.
const STRANGER: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

fn editions() -> Vec<Case> {
    vec![
        ("edition_unknown_member", "is not looked at", true, TrustList(|l| l["new"] = json!(1))),
        (
            "edition_critical",
            "a critical feature",
            false,
            TrustList(|l| l["critical"] = json!(["x"])),
        ),
        ("edition_critical_none", "none of them", true, TrustList(|l| l["critical"] = json!([]))),
        ("edition_member_twice", "a number twice", false, TrustList(|l| l["sequence2"] = json!(9))),
        (
            "edition_number_text",
            "a number as text",
            false,
            TrustList(|l| l["sequence"] = json!("9")),
        ),
        (
            "edition_update_before_issue",
            "due before it was made",
            false,
            TrustList(|l| l["next_update"] = json!("2020-01-01T00:00:00Z")),
        ),
        (
            "edition_expires_before_update",
            "over before it is due",
            false,
            TrustList(|l| l["next_update"] = json!("2099-01-01T00:00:00Z")),
        ),
        ("edition_expires_now", "over this second", false, TrustList(|l| until(l, 0))),
        ("edition_expires_next_second", "over in a second", true, TrustList(|l| until(l, 1))),
    ]
}

/// Ends so many seconds after now: 2026-11-23T00:00:00Z.
fn until(list: &mut Value, seconds: u8) {
    let end = json!(format!("2026-11-23T00:00:0{seconds}Z"));
    list["issued_at"] = json!("2026-11-22T00:00:00Z");
    list["next_update"] = end.clone();
    list["expires"] = end;
}

fn trust_lists() -> Vec<Case> {
    fn key(list: &mut Value) -> &mut Value {
        &mut list["issuers"][0]["keys"][0]
    }
    fn add_key_of_first(list: &mut Value, change: fn(&mut Value)) {
        let mut again = list["issuers"][0]["keys"][0].clone();
        again["may_sign"] = json!({});
        change(&mut again);
        list["issuers"][1]["keys"].as_array_mut().unwrap().push(again);
    }
    vec![
        (
            "trust_no_issuers",
            "a required member is missing",
            false,
            TrustList(|l| drop(l.as_object_mut().unwrap().remove("issuers"))),
        ),
        (
            "trust_issuer_twice",
            "two issuers of one id",
            false,
            TrustList(|l| l["issuers"][1]["id"] = l["issuers"][0]["id"].clone()),
        ),
        (
            "trust_issuer_capital",
            "an id with a capital",
            false,
            TrustList(|l| l["issuers"][0]["id"] = json!("CN-31")),
        ),
        (
            "trust_issuer_33",
            "an id of 33 characters",
            false,
            TrustList(|l| l["issuers"][0]["id"] = json!("a".repeat(33))),
        ),
        ("trust_key_twice", "one key twice", false, TrustList(|l| add_key_of_first(l, |_| {}))),
        (
            "trust_key_other_id",
            "an SM2 key, and the same point with another ID: two keys",
            true,
            TrustList(|l| {
                let sm2 = json!({
                    "kty": "EC", "crv": "SM2",
                    "x": "CfnfMR5UIaFQ3X0WHkvFxnIXn60YM_wHa7CP81bzUCA",
                    "y": "zOpJDOJndaUtxupxjMGqYArtBfvzXghKZjL2By2prRM",
                });
                key(l)["jwk"] = sm2;
                add_key_of_first(l, |key| key["jwk"]["signer_id"] = json!("AA"));
            }),
        ),
        (
            "trust_region_of_two",
            "one region for two issuers",
            false,
            TrustList(|l| {
                l["issuers"][1]["keys"][0]["may_sign"] = key(l)["may_sign"].clone();
            }),
        ),
        (
            "trust_region_within",
            "a city within the province of another",
            true,
            TrustList(|l| key(l)["may_sign"]["credentials"] = json!([320_500])),
        ),
        (
            "trust_region_not_formed",
            "a county without a prefecture",
            false,
            TrustList(|l| key(l)["may_sign"]["credentials"] = json!([310_001])),
        ),
        (
            "trust_key_p384",
            "a key on a curve that is not known",
            false,
            TrustList(|l| key(l)["jwk"]["crv"] = json!("P-384")),
        ),
        (
            "trust_key_off_curve",
            "a point that is not on the curve",
            false,
            TrustList(|l| key(l)["jwk"]["y"] = key(l)["jwk"]["x"].clone()),
        ),
        (
            "trust_key_small_order",
            "an Ed25519 key under which anybody can sign",
            false,
            TrustList(|l| {
                let x = URL_SAFE_NO_PAD.encode([&[1_u8][..], &[0; 31]].concat());
                key(l)["jwk"] = json!({ "kty": "OKP", "crv": "Ed25519", "x": x });
            }),
        ),
        (
            "trust_array_for_object",
            "the members of an object as an array",
            false,
            TrustList(|l| key(l)["may_sign"] = json!([[310_000], false, []])),
        ),
        (
            "trust_algorithm_unknown",
            "a rule may name algorithms that are not known",
            true,
            TrustList(|l| {
                let from = "2026-01-01T00:00:00Z";
                l["algorithms"] =
                    json!([{ "from": from, "issuers": ["ML-DSA-44"], "phones": ["ES256"] }]);
            }),
        ),
    ]
}

fn catalogues() -> Vec<Case> {
    fn application(catalogue: &mut Value) -> &mut Value {
        &mut catalogue["applications"][0]
    }
    fn pattern(catalogue: &mut Value) -> &mut Value {
        &mut catalogue["foreign_codes"][0]["pattern"]
    }
    fn twice(catalogue: &mut Value, member: &str, change: fn(&mut Value)) {
        let mut again = catalogue[member][0].clone();
        change(&mut again);
        catalogue[member].as_array_mut().unwrap().push(again);
    }
    vec![
        ("catalogue", "nothing is changed", true, Catalogue(|_| {})),
        (
            "catalogue_bit_64",
            "a bit above 63",
            false,
            Catalogue(|c| c["entitlements"][0]["bit"] = json!(64)),
        ),
        (
            "catalogue_bit_twice",
            "one bit with two ids",
            false,
            Catalogue(|c| twice(c, "entitlements", |e| e["id"] = json!("other"))),
        ),
        (
            "catalogue_entitlement_twice",
            "one id for two bits",
            false,
            Catalogue(|c| twice(c, "entitlements", |e| e["bit"] = json!(1))),
        ),
        (
            "catalogue_entitlement_unknown",
            "an application asks for what the catalogue does not have",
            false,
            Catalogue(|c| application(c)["entitlements_outside_home"] = json!(["first"])),
        ),
        (
            "catalogue_number_twice",
            "one number with two ids",
            false,
            Catalogue(|c| twice(c, "applications", |a| a["id"] = json!("other"))),
        ),
        (
            "catalogue_id_twice",
            "one id for two numbers",
            false,
            Catalogue(|c| twice(c, "applications", |a| a["number"] = json!(7))),
        ),
        (
            "catalogue_number_0",
            "application 0",
            false,
            Catalogue(|c| application(c)["number"] = json!(0)),
        ),
        (
            "catalogue_number_65534",
            "the largest number of an application",
            true,
            Catalogue(|c| application(c)["number"] = json!(65_534)),
        ),
        (
            "catalogue_number_65535",
            "the number that moves a card",
            false,
            Catalogue(|c| application(c)["number"] = json!(65_535)),
        ),
        (
            "catalogue_domain",
            "a domain that is not known",
            false,
            Catalogue(|c| application(c)["domain"] = json!("sport")),
        ),
        (
            "catalogue_beyond",
            "another word for beyond",
            false,
            Catalogue(|c| application(c)["status"]["beyond"] = json!("ask")),
        ),
        (
            "catalogue_word_object",
            "an object in place of a word",
            false,
            Catalogue(|c| application(c)["status"]["beyond"] = json!({ "refuse": null })),
        ),
        (
            "catalogue_rule",
            "another rule about used codes",
            false,
            Catalogue(|c| application(c)["duplicates"] = json!({ "rule": "twice" })),
        ),
        (
            "catalogue_array_for_object",
            "the members of an object as an array",
            false,
            Catalogue(|c| application(c)["duplicates"] = json!(["pass_back", 30])),
        ),
        (
            "catalogue_name_array",
            "names as an array",
            false,
            Catalogue(|c| application(c)["name"] = json!(["zh", "en"])),
        ),
        (
            "catalogue_waits_a_day",
            "cards wait for a day",
            true,
            Catalogue(|c| {
                application(c)["duplicates"] = json!({ "rule": "pass_back", "seconds": 86_400 });
            }),
        ),
        (
            "catalogue_waits_longer",
            "and for a second more",
            false,
            Catalogue(|c| {
                application(c)["duplicates"] = json!({ "rule": "pass_back", "seconds": 86_401 });
            }),
        ),
        (
            "catalogue_ends_before",
            "an entry that ends before it begins",
            false,
            Catalogue(|c| application(c)["until"] = json!("2020-01-01T00:00:00Z")),
        ),
        (
            "catalogue_nowhere",
            "an entry for nowhere",
            true,
            Catalogue(|c| application(c)["places"] = json!([])),
        ),
        (
            "foreign_id_twice",
            "one id for two kinds of code",
            false,
            Catalogue(|c| twice(c, "foreign_codes", |_| {})),
        ),
        (
            "foreign_no_pattern",
            "a pattern that says nothing",
            false,
            Catalogue(|c| *pattern(c) = json!({})),
        ),
        (
            "foreign_16_beginnings",
            "as many beginnings as there may be",
            true,
            Catalogue(|c| pattern(c)["begins_with"] = json!(vec!["1"; 16])),
        ),
        (
            "foreign_17_beginnings",
            "one more",
            false,
            Catalogue(|c| pattern(c)["begins_with"] = json!(vec!["1"; 17])),
        ),
        (
            "foreign_129_bytes",
            "a string of 129 bytes",
            false,
            Catalogue(|c| pattern(c)["contains"] = json!("a".repeat(129))),
        ),
        (
            "foreign_no_text",
            "a string of no bytes",
            false,
            Catalogue(|c| pattern(c)["ends_with"] = json!("")),
        ),
        (
            "foreign_characters",
            "a class of characters that is not known",
            false,
            Catalogue(|c| pattern(c)["characters"] = json!("letters")),
        ),
        (
            "foreign_length",
            "a least length above the greatest",
            false,
            Catalogue(|c| pattern(c)["length"] = json!([19, 18])),
        ),
    ]
}
