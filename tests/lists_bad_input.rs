//! Documents that must not come into force; and after each of them, what was in force still is.

mod practice;

use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use base64::Engine;
use onecode::catalogue::Application;
use onecode::gate::{StatusAnswer, UnknownStatus};
use onecode::governance::Tally;
use onecode::jose::{DocumentError, Edition};
use onecode::keys::{EncodedSignature, ToBeSigned};
use onecode::status::{
    pack, DeltaError, PackedStatuses, Shard, Status, StatusIssuer, StatusListError,
    StatusPublication, MAX_ISSUED_AHEAD_S, SHARD_POSITIONS,
};
use onecode::trust::TrustedIssuer;
use onecode::{
    Algorithm, ApplicationNumber, Code, InstallError, Policy, Region, Scanner, SigningKey,
    SoftwareKey, Verdict,
};
use practice::{
    catalogue, context, issuer, issuer_key, key, number, open_application, trust_list, Practice,
    DAY, NOW,
};
use serde_json::{json, Value};

/// The last one of the year 9999.
const LAST_SECOND: i64 = 253_402_300_799;

/// A scanner with lists in force, and three codes that show which ones those are.
struct Gate {
    world: Practice,
    scanner: Scanner,
    codes: [Code; 3],
}

impl Gate {
    fn new() -> Self {
        let world = Practice::new(Algorithm::Esp256, Algorithm::Esp256, Algorithm::Esp256);
        let mut scanner = world.scanner(Policy::default());
        let list = world.trust_list(5).sign(&world.root).unwrap();
        scanner.install_trust_list(list.as_bytes(), NOW).unwrap();
        let list = catalogue(5, vec![open_application()]).sign(&world.root).unwrap();
        scanner.install_catalogue(list.as_bytes(), NOW).unwrap();
        for list in lists(&world, NOW - 60) {
            scanner.install_status(&list, NOW).unwrap();
        }
        let code = |index| world.code(&world.credential(|card| card.status_index = index), NOW);
        let codes = [code(7), code(8), code(9)];
        let gate = Gate { world, scanner, codes };
        gate.still_works("at the beginning");
        gate
    }

    fn still_works(&self, after: &str) {
        let ask = |code: &Code| self.scanner.clone().scan(code.text(), &context(NOW));
        let [valid, suspended, revoked] = [0, 1, 2].map(|n| ask(&self.codes[n]));
        let Verdict::Accepted(accepted) = &valid else { panic!("{after}: {valid:?}") };
        assert_eq!(accepted.status, StatusAnswer::Valid { as_of_unix_s: NOW - 60 }, "{after}");
        assert_eq!((number(&suspended), number(&revoked)), (Some(402), Some(401)), "{after}");
    }

    fn trust_list(&mut self, name: &str, jws: &str) -> InstallError {
        let error = self.scanner.install_trust_list(jws.as_bytes(), NOW).expect_err(name);
        self.still_works(name);
        error
    }

    fn catalogue(&mut self, name: &str, jws: &str) -> InstallError {
        let error = self.scanner.install_catalogue(jws.as_bytes(), NOW).expect_err(name);
        self.still_works(name);
        error
    }

    fn status(&mut self, name: &str, cwt: &[u8]) -> InstallError {
        let error = self.scanner.install_status(cwt, NOW).expect_err(name);
        self.still_works(name);
        error
    }
}

fn lists(world: &Practice, issued_at_unix_s: i64) -> Vec<Vec<u8>> {
    let mut agency = StatusIssuer::new("cn-31", 100);
    agency.suspend(8).unwrap();
    agency.revoke(9).unwrap();
    agency.publish(publication(issued_at_unix_s), &world.issuer).unwrap()
}

fn publication(issued_at_unix_s: i64) -> StatusPublication {
    StatusPublication { issued_at_unix_s, expires_unix_s: NOW + DAY, ttl_s: 3_600 }
}

/// Signs any header and any payload: what `TrustList::sign` would not.
fn jws(header: &Value, payload: &Value, key: &dyn SigningKey) -> String {
    document(payload, [signature(header, payload, key)])
}

fn document(payload: &Value, signatures: impl Into<Vec<Value>>) -> String {
    let payload = encode(&payload.to_string());
    json!({ "payload": payload, "signatures": signatures.into() }).to_string()
}

/// One member of `signatures`.
fn signature(header: &Value, payload: &Value, key: &dyn SigningKey) -> Value {
    let protected = encode(&header.to_string());
    let input = format!("{protected}.{}", encode(&payload.to_string()));
    let to_be_signed = ToBeSigned::new(key.public_key(), input.as_bytes());
    let EncodedSignature::Raw(raw) = key.sign(&to_be_signed).unwrap() else { panic!() };
    json!({ "protected": protected, "signature": URL_SAFE_NO_PAD.encode(raw) })
}

fn encode(text: &str) -> String {
    URL_SAFE_NO_PAD.encode(text)
}

fn header(typ: &str, root: &SoftwareKey) -> Value {
    json!({ "alg": "ES256", "kid": root.public_key().jwk_thumbprint(), "typ": typ })
}

/// Nobody of the one holder has signed it.
fn not_enough(error: InstallError) -> Tally {
    match error {
        InstallError::Document(DocumentError::NotEnough(tally)) if tally.holders.is_empty() => {
            tally
        }
        other => panic!("not about signatures: {other:?}"),
    }
}

const TRUST: &str = "onecode-trust-list+jws";
const CATALOGUE: &str = "onecode-catalogue+jws";

fn content(error: InstallError) -> String {
    match error {
        InstallError::Document(DocumentError::Content { detail }) => detail,
        other => panic!("not about content: {other:?}"),
    }
}

#[test]
fn who_signed_a_list_and_when() {
    let mut gate = Gate::new();
    let good = gate.world.trust_list(6);
    let signed = good.sign(&gate.world.root).unwrap();

    let foreign = good.sign(&key(Algorithm::Esp256)).unwrap();
    let unknown = Tally { needed: 1, unknown: 1, ..Tally::default() };
    assert_eq!(not_enough(gate.trust_list("a foreign key", &foreign)), unknown);
    let by_issuer = good.sign(&gate.world.issuer).unwrap();
    assert_eq!(not_enough(gate.trust_list("signed by an issuer", &by_issuer)), unknown);

    let bad = Tally { needed: 1, bad: 1, ..Tally::default() };
    let mut changed: Value = serde_json::from_str(&signed).unwrap();
    let signature = &mut changed["signatures"][0]["signature"];
    let mut raw = URL_SAFE_NO_PAD.decode(signature.as_str().unwrap()).unwrap();
    raw[5] ^= 1;
    *signature = json!(URL_SAFE_NO_PAD.encode(raw));
    let error = gate.trust_list("a changed signature", &changed.to_string());
    assert_eq!(not_enough(error), bad);
    let other = gate.world.trust_list(7).sign(&gate.world.root).unwrap();
    let mut spliced: Value = serde_json::from_str(&other).unwrap();
    spliced["payload"] = changed["payload"].clone();
    let error = gate.trust_list("another list's signature", &spliced.to_string());
    assert_eq!(not_enough(error), bad);

    let older = gate.world.trust_list(4).sign(&gate.world.root).unwrap();
    let error = gate.trust_list("an older edition", &older);
    assert_eq!(error, InstallError::Rollback { in_force: 5, offered: 4 });
    let mut same = gate.world.trust_list(5);
    same.issuers.clear();
    let same = same.sign(&gate.world.root).unwrap();
    let error = gate.trust_list("the same number, another content", &same);
    assert_eq!(error, InstallError::SameSequence { sequence: 5 });
    let mut expired = gate.world.trust_list(6);
    expired.edition.expires_unix_s = NOW;
    expired.edition.next_update_unix_s = NOW;
    let expired = expired.sign(&gate.world.root).unwrap();
    let error = gate.trust_list("an expired list", &expired);
    assert_eq!(error, InstallError::Expired { expired_unix_s: NOW });

    let ahead = |issued_at_unix_s: i64| InstallError::IssuedAhead {
        issued_at_unix_s,
        ahead_s: issued_at_unix_s - NOW,
        limit_s: MAX_ISSUED_AHEAD_S,
    };
    for issued_at_unix_s in [NOW + DAY + 1, NOW + 365 * DAY, LAST_SECOND] {
        let times = |edition: &mut Edition| {
            edition.issued_at_unix_s = issued_at_unix_s;
            edition.next_update_unix_s = LAST_SECOND;
            edition.expires_unix_s = LAST_SECOND;
        };
        let mut list = gate.world.trust_list(6);
        times(&mut list.edition);
        let list = list.sign(&gate.world.root).unwrap();
        let error = gate.trust_list("issued by a clock that is ahead", &list);
        assert_eq!(error, ahead(issued_at_unix_s));
        let mut list = catalogue(6, vec![open_application()]);
        times(&mut list.edition);
        let list = list.sign(&gate.world.root).unwrap();
        let error = gate.catalogue("issued by a clock that is ahead", &list);
        assert_eq!(error, ahead(issued_at_unix_s));
    }

    let catalogue = catalogue(6, vec![open_application()]).sign(&gate.world.root).unwrap();
    let error = gate.trust_list("a catalogue", &catalogue);
    assert!(matches!(error, InstallError::Document(DocumentError::WrongKind { .. })));
    let error = gate.catalogue("a trust list", &signed);
    assert!(matches!(error, InstallError::Document(DocumentError::WrongKind { .. })));

    // And after all that the good one is taken.
    gate.scanner.install_trust_list(signed.as_bytes(), NOW).unwrap();
    gate.still_works("the good list");
}

/// The well-known attacks on JWS.
#[test]
fn a_document_does_not_choose_how_it_is_checked() {
    let mut gate = Gate::new();
    let payload = serde_json::to_value(gate.world.trust_list(6)).unwrap();
    let thief = key(Algorithm::Esp256);
    let public = gate.world.root.public_key();
    let good = header(TRUST, &gate.world.root);
    let with = |name: &str, value: Value| {
        let mut header = good.clone();
        header[name] = value;
        header
    };

    let none = document(
        &payload,
        [json!({ "protected": encode(&with("alg", json!("none")).to_string()), "signature": "" })],
    );
    assert_eq!(not_enough(gate.trust_list("alg none", &none)).bad, 1);

    // The public key, which everybody knows, as the secret of a MAC.
    let protected = encode(&with("alg", json!("HS256")).to_string());
    let input = format!("{protected}.{}", encode(&payload.to_string()));
    for secret in [public.to_jwk().into_bytes(), public.to_bytes()] {
        let secret = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, &secret);
        let tag = URL_SAFE_NO_PAD.encode(ring::hmac::sign(&secret, input.as_bytes()));
        let forged = document(&payload, [json!({ "protected": protected, "signature": tag })]);
        assert_eq!(not_enough(gate.trust_list("a MAC", &forged)).bad, 1);
    }
    for alg in ["Ed25519", "ES384", "es256", "ESP256", ""] {
        // A good signature under another name does not count either.
        for key in [&thief, &gate.world.root] {
            let document = jws(&with("alg", json!(alg)), &payload, key);
            let error = gate.scanner.install_trust_list(document.as_bytes(), NOW).unwrap_err();
            assert_eq!(not_enough(error).bad, 1, "{alg}");
        }
        gate.still_works(alg);
    }
    let jwk: Value = serde_json::from_str(&thief.public_key().to_jwk()).unwrap();
    for (name, value) in [
        ("jwk", jwk),
        ("jku", json!("https://example.cn/keys")),
        ("x5c", json!(["AA"])),
        ("x5u", json!("https://example.cn/chain")),
        ("crit", json!(["b64"])),
        ("b64", json!(false)),
        ("zip", json!("DEF")),
    ] {
        let error = gate.trust_list(name, &jws(&with(name, value), &payload, &thief));
        assert_eq!(error, InstallError::Document(DocumentError::Header), "{name}");
    }
    let error =
        gate.trust_list("no kid", &jws(&json!({ "alg": "ES256", "typ": TRUST }), &payload, &thief));
    assert_eq!(error, InstallError::Document(DocumentError::Header));
}

#[test]
fn a_signed_document_has_one_form() {
    let mut gate = Gate::new();
    let text = gate.world.trust_list(6).sign(&gate.world.root).unwrap();
    let good: Value = serde_json::from_str(&text).unwrap();
    let change = |change: &dyn Fn(&mut Value)| {
        let mut document = good.clone();
        change(&mut document);
        document.to_string()
    };
    let appended = |pointer: &str, end: &str| {
        change(&|document| {
            let part = document.pointer_mut(pointer).unwrap();
            *part = json!(format!("{}{end}", part.as_str().unwrap()));
        })
    };
    let [protected, signature] = ["protected", "signature"].map(|m| format!("/signatures/0/{m}"));
    let signed = good["signatures"][0].clone();
    let part = |member: &str| signed[member].as_str().unwrap().to_owned();
    let compact = [part("protected"), good["payload"].as_str().unwrap().into(), part("signature")];
    let mut cases: Vec<(String, String)> = vec![
        ("nothing".into(), String::new()),
        ("compact".into(), compact.join(".")),
        ("no object".into(), "[]".into()),
        ("the members as an array".into(), json!([good["payload"], [signed]]).to_string()),
        ("a byte order mark".into(), format!("\u{feff}{text}")),
        ("something behind it".into(), format!("{text}0")),
        ("no payload".into(), change(&|d| drop(d.as_object_mut().unwrap().remove("payload")))),
        (
            "no signatures".into(),
            change(&|d| drop(d.as_object_mut().unwrap().remove("signatures"))),
        ),
        ("no signature".into(), change(&|d| d["signatures"] = json!([]))),
        ("a member more".into(), change(&|d| d["comment"] = json!("x"))),
        ("the flattened form".into(), {
            let (payload, protected) = (good["payload"].clone(), part("protected"));
            json!({ "payload": payload, "protected": protected, "signature": part("signature") })
                .to_string()
        }),
        ("a null".into(), change(&|d| d["signatures"][0]["signature"] = Value::Null)),
        ("an unprotected header".into(), change(&|d| d["signatures"][0]["header"] = json!({}))),
        ("a payload twice".into(), text.replacen('{', r#"{"payload":"","#, 1)),
        (
            "a signature's member twice".into(),
            text.replacen(r#"{"protected""#, r#"{"signature":"","protected""#, 1),
        ),
        ("an escape".into(), text.replacen("\"payload\":\"e", "\"payload\":\"\\u0065", 1)),
        ("an endless header".into(), appended(&protected, &"A".repeat(1 << 20))),
        ("an endless signature".into(), appended(&signature, &"A".repeat(1 << 20))),
        ("no UTF-8".into(), appended(&signature, "\u{fffd}")),
    ];
    for pointer in ["/payload", &protected, &signature] {
        for end in ["=", " ", "\n", "+", "/"] {
            cases.push((format!("{end:?} behind {pointer}"), appended(pointer, end)));
        }
    }
    // 64 bytes leave four bits of the last character unused; they must be zero.
    let encoded = part("signature");
    let last = encoded.chars().last().unwrap();
    let alphabet: Vec<char> =
        ('A'..='Z').chain('a'..='z').chain('0'..='9').chain(['-', '_']).collect();
    let at = alphabet.iter().position(|c| *c == last).unwrap();
    let other = format!("{}{}", &encoded[..encoded.len() - 1], alphabet[at | 1]);
    cases.push(("bits that are not used".into(), text.replace(&encoded, &other)));
    for (name, document) in cases {
        let error = gate.trust_list(&name, &document);
        let of_form = matches!(
            error,
            InstallError::Document(DocumentError::Form { .. } | DocumentError::NotBase64Url { .. })
        );
        assert!(of_form, "{name}: {error:?}");
    }
    for end in (0..text.len()).step_by(7) {
        gate.trust_list(&format!("cut at {end}"), &text[..end]);
    }
    // White space between the tokens, and the order of members, are no form.
    let pretty = serde_json::to_string_pretty(&good).unwrap() + "\n";
    gate.scanner.install_trust_list(pretty.as_bytes(), NOW).unwrap();
    gate.still_works("with white space");
}

/// However many signatures are sent, sixteen are read, and each is checked once at most.
#[test]
fn signatures_by_many_keys() {
    let mut gate = Gate::new();
    let payload = serde_json::to_value(gate.world.trust_list(6)).unwrap();
    let good = signature(&header(TRUST, &gate.world.root), &payload, &gate.world.root);
    // Each by a key of its own that nobody knows.
    let stranger = |number: u64| {
        let kid = [&number.to_be_bytes()[..], &[9; 24]].concat();
        let header = json!({ "alg": "ES256", "kid": URL_SAFE_NO_PAD.encode(kid), "typ": TRUST });
        json!({ "protected": encode(&header.to_string()), "signature": "A".repeat(86) })
    };
    let many = |count: u64| document(&payload, (0..count).map(stranger).collect::<Vec<_>>());
    let error = gate.trust_list("sixteen strangers", &many(16));
    assert_eq!(not_enough(error), Tally { needed: 1, unknown: 16, ..Tally::default() });
    for count in [17, 10_000] {
        let mut signatures = vec![good.clone()];
        signatures.extend((1..count).map(stranger));
        let error = gate.trust_list("too many", &document(&payload, signatures));
        assert!(matches!(error, InstallError::Document(DocumentError::Form { .. })), "{error:?}");
    }
    let twice = document(&payload, [good.clone(), good.clone()]);
    let key = gate.world.root.public_key().kid();
    let error = gate.trust_list("one key twice", &twice);
    assert_eq!(error, InstallError::Document(DocumentError::SignedTwice { key }));
    let of_two_kinds =
        signature(&header(CATALOGUE, &gate.world.issuer), &payload, &gate.world.issuer);
    let error = gate.trust_list("two kinds", &document(&payload, [good.clone(), of_two_kinds]));
    assert!(matches!(error, InstallError::Document(DocumentError::WrongKind { .. })), "{error:?}");

    // Fifteen strangers do no harm to a good signature.
    let mut signatures: Vec<Value> = (0..15).map(stranger).collect();
    signatures.push(good);
    gate.scanner.install_trust_list(document(&payload, signatures).as_bytes(), NOW).unwrap();
    gate.still_works("fifteen strangers");
}

#[test]
fn what_a_trust_list_may_say() {
    let mut gate = Gate::new();
    let root = header(TRUST, &gate.world.root);
    let shanghai = issuer_key(gate.world.issuer.public_key(), &[Region::SHANGHAI]);
    let other = || issuer_key(key(Algorithm::Esp256).public_key(), &[Region::ANHUI]);
    let issuers = |second: TrustedIssuer| {
        let first = issuer("cn-31", Region::SHANGHAI, vec![shanghai.clone()]);
        serde_json::to_value(trust_list(6, vec![first, second])).unwrap()
    };
    let cases = [
        (
            "two issuers of one name",
            issuers(issuer("cn-31", Region::ANHUI, vec![other()])),
            "are called",
        ),
        (
            "one key twice",
            issuers(issuer("cn-34", Region::ANHUI, vec![shanghai.clone()])),
            "listed twice",
        ),
        (
            "two issuers of one region",
            issuers(issuer(
                "cn-34",
                Region::ANHUI,
                vec![issuer_key(key(Algorithm::Ed25519).public_key(), &[Region::SHANGHAI])],
            )),
            "both issue",
        ),
        (
            "an id with a space",
            issuers(issuer("cn 34", Region::ANHUI, vec![other()])),
            "no issuer id",
        ),
        ("an empty id", issuers(issuer("", Region::ANHUI, vec![other()])), "no issuer id"),
    ];
    for (name, payload, expected) in cases {
        let list = jws(&root, &payload, &gate.world.root);
        let detail = content(gate.trust_list(name, &list));
        assert!(detail.contains(expected), "{name}: {detail}");
    }
    let good = serde_json::to_value(gate.world.trust_list(6)).unwrap();
    let change = |pointer: &str, value: Value| {
        let mut list = good.clone();
        match list.pointer_mut(pointer) {
            Some(place) => *place = value,
            None => list[&pointer[1..]] = value,
        }
        list
    };
    for (name, payload) in [
        ("a feature we do not know", change("/critical", json!(["face-recognition"]))),
        ("times out of order", change("/next_update", json!("2020-01-01T00:00:00Z"))),
        ("a time with an offset", change("/expires", json!("2026-12-24T00:00:00+08:00"))),
        ("a time in milliseconds", change("/expires", json!(1_800_000_000_000_i64))),
        ("a fraction of a second", change("/expires", json!("2026-12-24T00:00:00.5Z"))),
        ("a time before 1970", change("/issued_at", json!("1969-12-31T23:59:59Z"))),
        ("a negative sequence", change("/sequence", json!(-1))),
        ("a region of three digits", change("/issuers/0/region", json!(310))),
        ("a private key", change("/issuers/0/keys/0/jwk", json!({ "kty": "oct", "k": "AA" }))),
        ("a key off the curve", change("/issuers/0/keys/0/jwk/y", json!("A".repeat(43)))),
        ("no issuers member", json!({ "sequence": 6 })),
        ("an array", json!([])),
    ] {
        let list = jws(&root, &payload, &gate.world.root);
        content(gate.trust_list(name, &list));
    }
    // What may be ignored is: the next version's additions.
    let mut additive = good.clone();
    additive["published_by"] = json!("an office");
    additive["issuers"][0]["hotline"] = json!("12345");
    let list = jws(&root, &additive, &gate.world.root);
    gate.scanner.install_trust_list(list.as_bytes(), NOW).unwrap();
    gate.still_works("additions");
}

#[test]
fn what_a_catalogue_may_say() {
    let mut gate = Gate::new();
    let root = header(CATALOGUE, &gate.world.root);
    let entry = open_application();
    let twice = |change: &dyn Fn(&mut Application)| {
        let mut second = entry.clone();
        change(&mut second);
        serde_json::to_value(catalogue(6, vec![entry.clone(), second])).unwrap()
    };
    let named =
        |bit: u8, id: &str| json!({ "bit": bit, "id": id, "name": { "zh": "一", "en": "one" } });
    let one = serde_json::to_value(catalogue(6, vec![entry.clone()])).unwrap();
    let change = |member: &str, value: Value| {
        let mut list = one.clone();
        list[member] = value;
        list
    };
    for (name, payload) in [
        ("one number twice", twice(&|second| second.id = "other".into())),
        ("one id twice", twice(&|second| second.number = ApplicationNumber::new(102).unwrap())),
        ("an entitlement nobody named", {
            let mut list = one.clone();
            list["applications"][0]["entitlements"] = json!(["flying"]);
            list
        }),
        ("it ends before it begins", {
            let mut list = one.clone();
            list["applications"][0]["until"] = json!("1969-12-31T23:59:59Z");
            list
        }),
        ("application 0", {
            let mut list = one.clone();
            list["applications"][0]["number"] = json!(0);
            list
        }),
        ("a domain nobody knows", {
            let mut list = one.clone();
            list["applications"][0]["domain"] = json!("sports");
            list
        }),
        ("a rule nobody knows", {
            let mut list = one.clone();
            list["applications"][0]["duplicates"] = json!({ "rule": "ask" });
            list
        }),
        ("bit 64", change("entitlements", json!([named(64, "a")]))),
        ("a bit twice", change("entitlements", json!([named(1, "a"), named(1, "b")]))),
        ("an entitlement twice", change("entitlements", json!([named(1, "a"), named(2, "a")]))),
        ("a feature we do not know", change("critical", json!(["priority"]))),
    ] {
        let list = jws(&root, &payload, &gate.world.root);
        content(gate.catalogue(name, &list));
    }
    let older = catalogue(4, vec![entry.clone()]).sign(&gate.world.root).unwrap();
    assert!(matches!(gate.catalogue("older", &older), InstallError::Rollback { .. }));
}

/// A status list by hand, so that it can be wrong.
fn list(
    key: &SoftwareKey,
    typ: &str,
    sub: &str,
    iat: i64,
    exp: i64,
    bits: u64,
    lst: &[u8],
) -> Vec<u8> {
    let public = key.public_key();
    let mut header = minicbor::Encoder::new(Vec::new());
    header.map(3).unwrap().i64(1).unwrap().i64(public.algorithm().cose_id()).unwrap();
    header.i64(4).unwrap().bytes(&public.key_id().0).unwrap().i64(16).unwrap().str(typ).unwrap();
    let mut payload = minicbor::Encoder::new(Vec::new());
    payload.map(5).unwrap().i64(2).unwrap().str(sub).unwrap().i64(4).unwrap().i64(exp).unwrap();
    payload.i64(6).unwrap().i64(iat).unwrap().i64(65_533).unwrap().map(2).unwrap();
    payload.str("lst").unwrap().bytes(lst).unwrap().str("bits").unwrap().u64(bits).unwrap();
    payload.i64(65_534).unwrap().u64(60).unwrap();
    sign1(key, header.writer(), payload.writer())
}

fn sign1(key: &SoftwareKey, header: &[u8], payload: &[u8]) -> Vec<u8> {
    let mut signed = minicbor::Encoder::new(Vec::new());
    signed.array(4).unwrap().str("Signature1").unwrap().bytes(header).unwrap();
    signed.bytes(&[]).unwrap().bytes(payload).unwrap();
    let to_be_signed = ToBeSigned::new(key.public_key(), signed.writer());
    let EncodedSignature::Raw(raw) = key.sign(&to_be_signed).unwrap() else { panic!() };
    let mut out = minicbor::Encoder::new(Vec::new());
    out.array(4).unwrap().bytes(header).unwrap().map(0).unwrap();
    out.bytes(payload).unwrap().bytes(&raw).unwrap();
    out.into_writer()
}

#[test]
fn status_lists() {
    const TYP: &str = "application/statuslist+cwt";
    const SUB: &str = "urn:onecode:status:cn-31:0";
    let mut gate = Gate::new();
    let good = lists(&gate.world, NOW).remove(0);
    let lst = pack(2, &[0; 100]).unwrap();
    let by = |key: &SoftwareKey, sub: &str| list(key, TYP, sub, NOW, NOW + DAY, 2, &lst);
    let own = SoftwareKey::generate(Algorithm::Esp256).unwrap().key;
    let bomb = pack(8, &vec![0; 32 << 20]).unwrap();
    let issuer_key = &gate.world.issuer;
    let cases: Vec<(&str, Vec<u8>)> = vec![
        ("a stranger's", by(&own, SUB)),
        ("of another issuer", by(issuer_key, "urn:onecode:status:cn-32:0")),
        ("no subject of ours", by(issuer_key, "https://example.cn/statuslists/1")),
        ("shard 4096", by(issuer_key, "urn:onecode:status:cn-31:4096")),
        ("shard 00", by(issuer_key, "urn:onecode:status:cn-31:00")),
        ("no shard", by(issuer_key, "urn:onecode:status:cn-31")),
        ("another typ", list(issuer_key, "application/kb+cwt", SUB, NOW, NOW + DAY, 2, &lst)),
        ("expired", list(issuer_key, TYP, SUB, NOW, NOW, 2, &lst)),
        ("older than what is in force", list(issuer_key, TYP, SUB, NOW - 61, NOW + DAY, 2, &lst)),
        (
            "issued by a clock that is ahead",
            list(issuer_key, TYP, SUB, NOW + DAY + 1, NOW + 2 * DAY, 2, &lst),
        ),
        ("milliseconds", list(issuer_key, TYP, SUB, NOW * 1_000, NOW * 1_001, 2, &lst)),
        ("one bit each", list(issuer_key, TYP, SUB, NOW, NOW + DAY, 1, &lst)),
        ("no zlib", list(issuer_key, TYP, SUB, NOW, NOW + DAY, 2, &[1, 2, 3])),
        ("a decompression bomb", list(issuer_key, TYP, SUB, NOW, NOW + DAY, 2, &bomb)),
        (
            "a status that is none",
            list(issuer_key, TYP, SUB, NOW, NOW + DAY, 2, &pack(2, &[3]).unwrap()),
        ),
        ("a credential", gate.world.credential(|_| ()).as_bytes().to_vec()),
        ("tagged", [&[0xd2], &good[..]].concat()),
        ("trailing byte", [&good[..], &[0]].concat()),
        ("five megabytes", vec![0; 5 << 20]),
    ];
    for (name, bytes) in cases {
        gate.status(name, &bytes);
    }
    for end in 0..good.len() {
        gate.status(&format!("cut at {end}"), &good[..end]);
    }
    for bit in (0..good.len() * 8).step_by(5) {
        let mut flipped = good.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        gate.status(&format!("bit {bit}"), &flipped);
    }
    // A list where a code belongs is no code.
    let text = format!("OC1:{}", base45::encode(&good));
    let verdict = gate.scanner.scan(&text, &context(NOW));
    assert_eq!(number(&verdict), Some(208), "{verdict:?}");

    gate.scanner.install_status(&good, NOW).unwrap();
}

#[test]
fn a_key_signs_lists_only_if_it_may() {
    let mut gate = Gate::new();
    let mut list = gate.world.trust_list(6);
    list.issuers[0].keys[0].may_sign.status_lists = false;
    let mut scanner = gate.scanner.clone();
    scanner.install_trust_list(list.sign(&gate.world.root).unwrap().as_bytes(), NOW).unwrap();
    let lists = lists(&gate.world, NOW);
    let issuer = "cn-31".to_owned();
    assert_eq!(scanner.install_status(&lists[0], NOW), Err(InstallError::NoStatusKey { issuer }));
    // Nor does what it signed before count any longer; and unknown is not revoked.
    let verdict = scanner.scan(gate.codes[2].text(), &context(NOW));
    assert!(matches!(verdict, Verdict::Accepted(_)), "{verdict:?}");

    let mut empty = Scanner::new(gate.world.root.public_key(), Policy::default());
    assert_eq!(empty.install_status(&lists[0], NOW), Err(InstallError::NoTrustList));
    gate.status("by nobody", b"");
}

#[test]
fn deltas() {
    let mut gate = Gate::new();
    let publish = |change: &dyn Fn(&mut StatusIssuer), from: i64, to: i64| {
        let mut before = StatusIssuer::new("cn-31", 100);
        before.suspend(8).unwrap();
        before.revoke(9).unwrap();
        let mut after = before.clone();
        change(&mut after);
        after.publish_delta(&before, from, publication(to), &gate.world.issuer).unwrap()
    };
    let suspend = |agency: &mut StatusIssuer| agency.suspend(7).unwrap();
    let other_base = publish(&suspend, NOW - 61, NOW);
    let backwards = publish(&suspend, NOW - 60, NOW - 61);
    let good = publish(&suspend, NOW - 60, NOW);
    // Made by somebody who believes that position 8 is valid.
    let mut wrong = StatusIssuer::new("cn-31", 100);
    wrong.revoke(9).unwrap();
    let mut after = wrong.clone();
    after.suspend(8).unwrap();
    let wrong =
        after.publish_delta(&wrong, NOW - 60, publication(NOW), &gate.world.issuer).unwrap();
    // Of an issuer with more cards than we have lists of.
    let mut large = StatusIssuer::new("cn-31", 2 * SHARD_POSITIONS);
    large.suspend(8).unwrap();
    large.revoke(9).unwrap();
    let mut after = large.clone();
    after.suspend(7).unwrap();
    after.revoke(SHARD_POSITIONS + 1).unwrap();
    let large =
        after.publish_delta(&large, NOW - 60, publication(NOW), &gate.world.issuer).unwrap();

    assert_eq!(
        gate.status("another base", &other_base),
        InstallError::NoBase { from_unix_s: NOW - 61 }
    );
    assert!(matches!(gate.status("backwards", &backwards), InstallError::Rollback { .. }));
    assert!(matches!(
        gate.status("a change that is none", &wrong),
        InstallError::Status(StatusListError::Delta(_))
    ));
    assert!(matches!(
        gate.status("a list we lack", &large),
        InstallError::Status(StatusListError::Delta(_))
    ));
    for end in 0..good.len() {
        gate.status(&format!("cut at {end}"), &good[..end]);
    }
    gate.scanner.install_status(&good, NOW).unwrap();
    let verdict = gate.scanner.scan(gate.codes[0].text(), &context(NOW));
    assert_eq!(number(&verdict), Some(402));
}

/// A delta that a scanner has no use for, and one that says nothing.
#[test]
fn deltas_need_their_base_and_may_be_empty() {
    let mut gate = Gate::new();
    let agency = StatusIssuer::new("cn-31", 100);
    let key = &gate.world.issuer;
    let empty = |from, to| agency.publish_delta(&agency, from, publication(to), key).unwrap();
    let (good, of_old_time) = (empty(NOW - 60, NOW - 60), empty(NOW - 120, NOW));
    assert_eq!(
        gate.status("of an older time", &of_old_time),
        InstallError::NoBase { from_unix_s: NOW - 120 }
    );
    // Nothing has changed, and that is news: the lists are as of a later time.
    gate.scanner.install_status(&good, NOW).unwrap();
    gate.still_works("an empty delta");

    // Lists that the scanner never had, of an issuer that it knows.
    let mut scanner = gate.world.scanner(Policy::default());
    let missing = scanner.install_status(&good, NOW);
    assert_eq!(missing, Err(InstallError::NoBase { from_unix_s: NOW - 60 }));

    // The second of two lists alone: a delta needs them all.
    let mut large = StatusIssuer::new("cn-31", 2 * SHARD_POSITIONS);
    large.suspend(SHARD_POSITIONS).unwrap();
    let lists = large.publish(publication(NOW - 60), &gate.world.issuer).unwrap();
    scanner.install_status(&lists[1], NOW).unwrap();
    let gap = scanner.install_status(&good, NOW);
    assert_eq!(gap, Err(InstallError::Status(DeltaError::OtherPositions.into())));
}

/// What no scanner would take is not published either.
#[test]
fn an_issuer_is_told_first() {
    let key = key(Algorithm::Ed25519);
    let shards = vec![Shard::all_valid(4); 4_097];
    let too_many = StatusIssuer::from_shards("cn-31", shards);
    assert_eq!(
        too_many.publish(publication(NOW), &key),
        Err(StatusListError::TooManyShards { shards: 4_097 })
    );
    assert_eq!(
        too_many.publish_delta(&too_many, NOW, publication(NOW), &key),
        Err(DeltaError::OtherPositions.into())
    );
    let most = StatusIssuer::from_shards("cn-31", vec![Shard::all_valid(4); 4_096]);
    assert_eq!(most.publish(publication(NOW), &key).unwrap().len(), 4_096);

    let len = SHARD_POSITIONS + 4;
    let all = |status: Status| {
        let of = |len: u32| {
            let zlib = pack(2, &vec![status.value(); len as usize]).unwrap();
            let packed = PackedStatuses::inflate(2, &zlib, len as usize / 4).unwrap();
            Shard::from_packed(&packed).unwrap()
        };
        StatusIssuer::from_shards("cn-31", vec![of(SHARD_POSITIONS), of(len - SHARD_POSITIONS)])
    };
    let delta =
        all(Status::Suspended).publish_delta(&all(Status::Valid), NOW - 60, publication(NOW), &key);
    let (changes, max_changes) = (len as usize, 1 << 20);
    assert_eq!(delta, Err(DeltaError::TooManyChanges { changes, max_changes }.into()));
}

/// What is not known is one of three things, and none of them is "revoked".
#[test]
fn three_kinds_of_unknown() {
    let gate = Gate::new();
    let mut scanner = gate.world.scanner(Policy::default());
    let code = &gate.codes[2];
    let why = |scanner: &mut Scanner, now| match scanner.scan(code.text(), &context(now)) {
        Verdict::Accepted(accepted) => accepted.status,
        refused => panic!("{refused:?}"),
    };
    assert_eq!(why(&mut scanner, NOW), StatusAnswer::Unknown(UnknownStatus::NoList));
    assert!(scanner.install_status(b"download failed", NOW + 5).is_err());
    let unreadable = UnknownStatus::Unreadable { since_unix_s: NOW + 5 };
    assert_eq!(why(&mut scanner, NOW + 6), StatusAnswer::Unknown(unreadable));
    let lists = StatusIssuer::new("cn-31", 100)
        .publish(publication(NOW - 2 * DAY), &gate.world.issuer)
        .unwrap();
    scanner.install_status(&lists[0], NOW).unwrap();
    let old = UnknownStatus::OldList { as_of_unix_s: NOW - 2 * DAY };
    assert_eq!(why(&mut scanner, NOW), StatusAnswer::Unknown(old));
}
