//! How a vector file is read and run. Shared by the test that holds the committed vectors against
//! the library and by the program that writes them.

use onecode::*;
use serde_json::{json, Map, Value};

/// Scans the text of one vector, in a scanner of its own.
pub fn run(issuers: &Value, vector: &Value) -> Verdict {
    let policy = Policy {
        tolerance_s: u16::try_from(int(&vector["tolerance_s"])).unwrap(),
        accept_specimens: vector["accept_specimens"].as_bool().unwrap(),
    };
    let context = Context {
        application: ApplicationNumber::new(u16::try_from(int(&vector["application"])).unwrap())
            .unwrap(),
        place: region(&vector["place"]),
        now_unix_s: int(&vector["now_unix_s"]),
        challenge: vector["challenge"]
            .as_str()
            .map(|hex| Challenge::new(&unhex(hex)).unwrap()),
    };
    Scanner::new(read_issuers(issuers), policy).scan(vector["text"].as_str().unwrap(), &context)
}

/// The issuers that a file gives.
fn read_issuers(list: &Value) -> Issuers {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let mut issuers = Issuers::new();
    for issuer in list.as_array().unwrap() {
        let keys = issuer["keys"]
            .as_array()
            .unwrap()
            .iter()
            .map(|key| IssuerKey {
                key: PublicKey::from_bytes(
                    *Algorithm::ALL
                        .iter()
                        .find(|algorithm| algorithm.name() == key["algorithm"])
                        .unwrap(),
                    &unhex(key["public_key"].as_str().unwrap()),
                )
                .unwrap(),
                credential_regions: key["credential_regions"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(region)
                    .collect(),
                not_before_unix_s: int(&key["not_before_unix_s"]),
                not_after_unix_s: int(&key["not_after_unix_s"]),
                withdrawn_from_unix_s: key["withdrawn_from_unix_s"].as_i64(),
            });
        let who = Issuer {
            id: text(&issuer["id"]),
            name_zh: text(&issuer["name_zh"]),
            name_en: text(&issuer["name_en"]),
            region: region(&issuer["region"]),
        };
        issuers.add(who, keys);
    }
    issuers
}

/// A verdict in the form in which vectors expect it.
pub fn verdict_to_json(verdict: &Verdict) -> Value {
    match verdict {
        Verdict::Accepted(accepted) => json!({
            "verdict": "accepted",
            "issuer": accepted.issuer.id,
            "region": accepted.region.code(),
            "card": accepted.card.to_string(),
            "entitlements": format!("{:#x}", accepted.entitlements.bits()),
            "age_s": accepted.age_s,
            "delegate": accepted.delegate,
            "specimen": accepted.specimen,
            "status": match &accepted.status {
                StatusAnswer::Valid { as_of_unix_s } => json!({ "valid_as_of_unix_s": as_of_unix_s }),
                StatusAnswer::Unknown(why) => json!({ "unknown": why.name(), "since_unix_s": why.since_unix_s() }),
                other => panic!("{other:?}"),
            },
            "advisories": accepted.advisories.iter().map(|advisory| match advisory {
                Advisory::StatusUnknown(_) => "status_unknown",
                other => panic!("{other:?}"),
            }).collect::<Vec<_>>(),
        }),
        Verdict::Refused(refusal) => {
            let facts: Map<String, Value> = refusal
                .facts()
                .into_iter()
                .map(|(name, fact)| {
                    let value = match fact {
                        Fact::Number(number) => json!(number),
                        Fact::Text(text) => json!(text),
                    };
                    (name.to_owned(), value)
                })
                .collect();
            json!({ "verdict": "refused", "number": refusal.number(), "facts": facts })
        }
    }
}

fn int(value: &Value) -> i64 {
    value.as_i64().unwrap()
}

fn region(value: &Value) -> Region {
    Region::new(u32::try_from(int(value)).unwrap()).unwrap()
}

fn unhex(hex: &str) -> Vec<u8> {
    (0..hex.len() / 2)
        .map(|at| u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).unwrap())
        .collect()
}
