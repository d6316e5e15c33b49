use super::*;
use crate::keys::SoftwareKey;
use crate::spec::{assert_says, number};

#[test]
fn the_specification_states_what_is_here() {
    assert_says([
        &format!("| `withdrawals` | {} hashes |", number(MAX_WITHDRAWALS)),
        &format!(
            "{MAX_RULES} rules, each with {MAX_ALGORITHMS} names for issuers and \
             {MAX_ALGORITHMS} for phones, of {MAX_ALGORITHM} bytes each"
        ),
        &format!("| `issuers` | {} |", number(MAX_ISSUERS)),
        &format!(
            "{} of an issuer, {} in all, {MAX_KEYS_OF_ID} with one key id",
            number(MAX_KEYS_OF_ISSUER),
            number(MAX_KEYS)
        ),
        &format!("{MAX_REGIONS} regions"),
        &format!("{MAX_BEGINNINGS} beginnings of {MAX_BEGINNING} bytes each"),
    ]);
}

fn read(json: &serde_json::Value) -> Result<Trust, DocumentError> {
    Trust::index(jose::read(json.to_string().as_bytes())?)
}

/// A list of one issuer with one key.
fn list() -> serde_json::Value {
    let key = SoftwareKey::generate(Algorithm::Esp256).unwrap().key.public_key().to_jwk();
    serde_json::json!({
        "sequence": 1, "issued_at": "2026-11-23T00:00:00Z",
        "next_update": "2026-11-24T00:00:00Z", "expires": "2026-11-25T00:00:00Z",
        "issuers": [{
            "id": "cn-32", "name": { "zh": "某", "en": "one" }, "region": 320_000,
            "keys": [{
                "jwk": serde_json::from_str::<serde_json::Value>(&key).unwrap(),
                "may_sign": { "credentials": [320_000] },
                "not_before": "2026-01-01T00:00:00Z", "not_after": "2027-01-01T00:00:00Z",
            }],
        }],
    })
}

#[test]
fn what_a_scan_walks_over_has_bounds() {
    use serde_json::{json, Value};
    type Put = fn(&mut Value, usize);
    let cases: [(&str, usize, Put); 8] = [
        ("rules", MAX_RULES, |list, count| {
            let rule = json!({ "from": "2026-01-01T00:00:00Z", "issuers": [], "phones": [] });
            list["algorithms"] = json!(vec![rule; count]);
        }),
        ("algorithms", MAX_ALGORITHMS, |list, count| {
            list["algorithms"] = json!([{ "from": "2026-01-01T00:00:00Z",
                "issuers": vec!["ES256"; count], "phones": vec!["ES256"; count] }]);
        }),
        ("algorithm", MAX_ALGORITHM, |list, count| {
            list["algorithms"] = json!([{ "from": "2026-01-01T00:00:00Z",
                "issuers": ["A".repeat(count)], "phones": [] }]);
        }),
        ("issuers", MAX_ISSUERS, |list, count| {
            let issuer = |at| {
                json!({ "id": format!("i{at}"), "name": { "zh": "", "en": "" },
                    "region": 320_000, "keys": [] })
            };
            list["issuers"] = (0..count).map(issuer).collect();
        }),
        ("regions", MAX_REGIONS, |list, count| {
            list["issuers"][0]["keys"][0]["may_sign"]["credentials"] =
                (0..count).map(|at| 320_101 + at % 90 + at / 90 * 100).collect();
        }),
        ("beginnings", MAX_BEGINNINGS, |list, count| {
            list["issuers"][0]["keys"][0]["may_sign"]["receipts"] = json!(vec!["a."; count]);
        }),
        ("beginning", MAX_BEGINNING, |list, count| {
            list["issuers"][0]["keys"][0]["may_sign"]["receipts"] = json!(["a".repeat(count)]);
        }),
        ("name", 512, |list, count| {
            list["issuers"][0]["name"]["en"] = json!("a".repeat(count));
        }),
    ];
    for (what, most, put) in cases {
        for (count, taken) in [(most, true), (most + 1, false)] {
            let mut list = list();
            put(&mut list, count);
            assert_eq!(read(&list).is_ok(), taken, "{count} {what}: {:?}", read(&list).err());
        }
    }
}

#[test]
fn few_notices_are_named() {
    let mut list: TrustList = serde_json::from_value(list()).unwrap();
    list.withdrawals = (0..=MAX_WITHDRAWALS).map(|at| Sha256Hash::of(&at.to_be_bytes())).collect();
    let json = serde_json::to_vec(&list).unwrap();
    assert!(jose::read::<TrustList>(&json).is_err(), "one notice too many");
    let last = list.withdrawals.pop().unwrap();
    let trust = Trust::index(list.clone()).unwrap();
    assert!(trust.deals_with(&list.withdrawals[0]) && !trust.deals_with(&last));
}

/// Checking Ed25519 keys costs nothing here, however many: their `y` is hashed, not used.
#[test]
fn keys_have_bounds_of_an_issuer_and_in_all() {
    let template: TrustList = serde_json::from_value(list()).unwrap();
    let key = |seed: u32| {
        let mut bytes = [0; 32];
        bytes[..4].copy_from_slice(&seed.to_le_bytes());
        bytes[8] = 1;
        PublicKey::from_bytes(Algorithm::Ed25519, &bytes).unwrap()
    };
    let with = |keys: Vec<PublicKey>| {
        let mut list = template.clone();
        let entry = IssuerKey { may_sign: MaySign::default(), ..list.issuers[0].keys[0].clone() };
        let entries = |keys: &[PublicKey]| {
            keys.iter().map(|key| IssuerKey { key: *key, ..entry.clone() }).collect()
        };
        list.issuers = (keys.chunks(MAX_KEYS_OF_ISSUER).enumerate())
            .map(|(at, keys)| {
                let issuer = Issuer { id: format!("i{at}"), ..template.issuers[0].issuer.clone() };
                TrustedIssuer { issuer, keys: entries(keys) }
            })
            .collect();
        list
    };
    let keys: Vec<_> = (0..MAX_KEYS as u32 + 1).map(key).collect();
    assert!(Trust::index(with(keys.clone())).is_err(), "a key too many in all");
    assert!(Trust::index(with(keys[1..].to_vec())).is_ok());

    let mut of_issuer = with(keys[..=MAX_KEYS_OF_ISSUER].to_vec());
    let more = of_issuer.issuers.pop().unwrap();
    let reads =
        |list: &TrustList| jose::read::<TrustList>(&serde_json::to_vec(list).unwrap()).is_ok();
    assert!(reads(&of_issuer));
    of_issuer.issuers[0].keys.extend(more.keys);
    assert!(!reads(&of_issuer), "a key too many of an issuer");
}

#[test]
fn a_status_key_is_that_key_and_may_sign_lists() {
    let mut list: TrustList = serde_json::from_value(list()).unwrap();
    list.issuers[0].keys[0].may_sign.status_lists = true;
    let other = SoftwareKey::generate(Algorithm::Esp256).unwrap().key.public_key();
    let entry = IssuerKey { key: other, ..list.issuers[0].keys[0].clone() };
    list.issuers[0].keys.push(IssuerKey { may_sign: MaySign::default(), ..entry });
    let key = list.issuers[0].keys[0].key;
    let mut trust = Trust::index(list).unwrap();
    assert_eq!(trust.status_key("cn-32", &key).map(|listed| listed.key), Some(key));
    assert_eq!(trust.status_key("cn-32", &other), None, "it may not");
    assert_eq!(trust.status_key("cn-31", &key), None, "another issuer's");
    // Two keys with one key id, as chance produces now and then.
    let both = trust.by_key_id.remove(&key.key_id()).unwrap();
    trust.by_key_id.entry(other.key_id()).or_default().extend(both);
    assert_eq!(trust.status_key("cn-32", &other), None, "the other one may, this one not");
}

/// An SM2 point has one key id under each signer ID.
#[cfg(feature = "sm2")]
#[test]
fn few_keys_have_one_key_id() {
    let point = SoftwareKey::generate(Algorithm::Sm2).unwrap().key.public_key().to_bytes();
    let list = |count: u8| {
        let mut list: TrustList = serde_json::from_value(list()).unwrap();
        let entry = IssuerKey { may_sign: MaySign::default(), ..list.issuers[0].keys[0].clone() };
        let under = |id: u8| {
            let key = PublicKey::sm2_with_id(&point, crate::keys::SignerId::new(&[id]).unwrap());
            IssuerKey { key: key.unwrap(), ..entry.clone() }
        };
        list.issuers[0].keys = (0..count).map(under).collect();
        list
    };
    assert!(Trust::index(list(MAX_KEYS_OF_ID as u8)).is_ok());
    assert!(Trust::index(list(MAX_KEYS_OF_ID as u8 + 1)).is_err());
}

#[test]
fn the_rule_in_force_began_last_and_stands_furthest_down() {
    let rule = |from_unix_s, phones: &[&str]| AlgorithmRule {
        from_unix_s,
        issuers: vec![],
        phones: phones.iter().map(|name| (*name).to_owned()).collect(),
    };
    let rules = AlgorithmRules::of(&[
        rule(30, &["Ed25519"]),
        rule(10, &["Ed25519"]),
        rule(10, &["ES256", "ML-DSA-44"]),
        rule(20, &["ML-DSA-44"]),
    ]);
    let phones = |now| rules.at(now).map(|rule| rule.phones.clone());
    assert_eq!(phones(9), None);
    assert_eq!(phones(10), Some(vec![Algorithm::Esp256]));
    assert_eq!(phones(19), Some(vec![Algorithm::Esp256]));
    assert_eq!(phones(20), Some(vec![]));
    assert_eq!(phones(i64::MAX), Some(vec![Algorithm::Ed25519]));
}

#[test]
fn the_id_of_an_issuer_has_1_to_32_plain_characters() {
    assert_says(["(1 to 32 of `a` to `z`, `0` to `9`, `-` and `.`)"]);
    let indexed = |id: &str| {
        let list = format!(
            r#"{{"sequence":1,"issued_at":"2026-11-23T00:00:00Z",
            "next_update":"2026-11-24T00:00:00Z","expires":"2026-11-25T00:00:00Z","issuers":[
            {{"id":"{id}","name":{{"zh":"某","en":"one"}},"region":320000,"keys":[]}}]}}"#
        );
        Trust::index(serde_json::from_str(&list).unwrap()).is_ok()
    };
    for (id, good) in [
        ("a", true),
        ("az09-.", true),
        (&*"a".repeat(32), true),
        (&*"a".repeat(33), false),
        ("", false),
        ("CN-32", false),
        ("cn_32", false),
    ] {
        assert_eq!(indexed(id), good, "{id}");
    }
}
