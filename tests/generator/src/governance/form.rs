//! The outer form of a signed document: a trust list of three holders, changed.

use serde_json::{json, Value};

use super::{sign, Given, Governance, TRUST_LIST};
use crate::jws;
use crate::steps::Sequence;

pub fn vectors(g: &Governance<'_>) -> Vec<Sequence> {
    [members(g), signatures(g), encodings(g)].into_iter().flatten().collect()
}

/// A document changed as JSON.
fn changed(good: &str, change: impl Fn(&mut Value)) -> String {
    let mut document = serde_json::from_str(good).unwrap();
    change(&mut document);
    document.to_string()
}

fn taken(name: &'static str, comment: &'static str, document: String) -> Sequence {
    Sequence::new(name, comment).takes("trust_list", document)
}

fn refused(name: &'static str, comment: &'static str, document: String) -> Sequence {
    Sequence::new(name, comment).rejects("trust_list", document)
}

fn members(g: &Governance<'_>) -> Vec<Sequence> {
    let good = g.trust_list_signed(2, 0);
    let of = |change: fn(&mut Value)| changed(&good, change);
    let reversed = {
        let document: Value = serde_json::from_str(&good).unwrap();
        let one = |s: &Value| {
            format!(r#"{{"signature":{},"protected":{}}}"#, s["signature"], s["protected"])
        };
        let all: Vec<String> = document["signatures"].as_array().unwrap().iter().map(one).collect();
        format!(
            "{{ \"signatures\": [{}],\n  \"payload\": {} }}\n",
            all.join(", "),
            document["payload"]
        )
    };
    vec![
        taken("form", "nothing is changed", good.clone()),
        taken("form_order", "other order of members, with white space between tokens", reversed),
        refused("form_comment", "a member more", of(|d| d["comment"] = json!("x"))),
        refused(
            "form_no_payload",
            "no payload",
            of(|d| drop(d.as_object_mut().unwrap().remove("payload"))),
        ),
        refused(
            "form_no_signatures",
            "no signatures",
            of(|d| drop(d.as_object_mut().unwrap().remove("signatures"))),
        ),
        refused("form_none", "an array of none", of(|d| d["signatures"] = json!([]))),
        refused(
            "form_unprotected",
            "an unprotected header",
            of(|d| d["signatures"][0]["header"] = json!({})),
        ),
        refused(
            "form_no_protected",
            "an unprotected header in place of a protected one",
            of(|d| {
                let signature = d["signatures"][0]["signature"].clone();
                d["signatures"][0] = json!({ "header": {}, "signature": signature });
            }),
        ),
        refused(
            "form_flattened",
            "the flattened serialization",
            of(|d| {
                let first = d["signatures"][0].clone();
                d.as_object_mut().unwrap().remove("signatures");
                d["protected"] = first["protected"].clone();
                d["signature"] = first["signature"].clone();
            }),
        ),
        refused(
            "form_array",
            "the members as an array",
            of(|d| *d = json!([d["payload"], d["signatures"]])),
        ),
        refused(
            "form_signature_array",
            "the members of a signature as an array",
            of(|d| {
                let first = d["signatures"][0].clone();
                d["signatures"][0] = json!([first["protected"], first["signature"]]);
            }),
        ),
        refused("form_null", "a null", of(|d| d["signatures"][0]["signature"] = Value::Null)),
        refused("form_payload_twice", "the payload twice", {
            good.replacen('{', r#"{"payload":"e30","#, 1)
        }),
        refused("form_signatures_twice", "the signatures twice", {
            good.replacen('{', r#"{"signatures":[],"#, 1)
        }),
        refused("form_protected_twice", "a protected header twice", {
            good.replacen(r#"{"protected""#, r#"{"protected":"e30","protected""#, 1)
        }),
        refused("form_escape", "an escape in the payload", {
            good.replacen(r#""payload":"e"#, r#""payload":"\u0065"#, 1)
        }),
        refused("form_two_documents", "a second document behind it", format!("{good}{good}")),
    ]
}

fn signatures(g: &Governance<'_>) -> Vec<Sequence> {
    let list = g.trust_list(2, 0).to_string();
    let good = g.trust_list_signed(2, 0);
    let strangers = |count: u8| {
        let stranger = |n: u8| crate::parts::FixedKey::ed25519(&format!("signs as number {n}"));
        let keys: Vec<_> = (0..count).map(stranger).collect();
        let mut all: Vec<_> = keys.iter().collect();
        all.extend(g.three());
        jws::sign(TRUST_LIST, list.as_bytes(), &all)
    };
    let with = |change: &dyn Fn(&mut Value)| {
        let mut headers = g.three().map(|key| (jws::header(TRUST_LIST, key), key));
        change(&mut headers[0].0);
        let signed = headers.iter().map(|(h, key)| jws::signature(h, list.as_bytes(), key));
        jws::document(list.as_bytes(), signed.collect())
    };
    let one = |list: Value, typ: &str| {
        Sequence::new("form_kind", "each kind is taken as nothing else")
            .rejects("catalogue", sign(typ, &list, &g.three()))
    };
    let spaced = {
        let protected = format!("{}  ", jws::header(TRUST_LIST, &g.sh));
        let payload = list.as_bytes();
        let input = [jws::base64url(protected), jws::base64url(payload)];
        let signature = jws::base64url(g.sh.raw(input.join(".").as_bytes()));
        let mut all: Vec<Value> = vec![json!({ "protected": input[0], "signature": signature })];
        let [_, js, ah] = g.three();
        all.extend([js, ah].map(|k| jws::signature(&jws::header(TRUST_LIST, k), payload, k)));
        jws::document(payload, all)
    };
    vec![
        taken("form_16_signatures", "three holders among thirteen strangers", strangers(13)),
        refused("form_17_signatures", "one stranger more", strangers(14)),
        refused("form_signature_twice", "one signature twice", {
            changed(&good, |d| {
                let first = d["signatures"][0].clone();
                d["signatures"].as_array_mut().unwrap().push(first);
            })
        }),
        refused("form_kid_twice", "a good signature and a bad one of one key", {
            changed(&good, |d| {
                let mut first = d["signatures"][0].clone();
                first["signature"] = json!("A".repeat(86));
                d["signatures"].as_array_mut().unwrap().insert(0, first);
            })
        }),
        refused("form_two_kinds", "signatures for two kinds", {
            let catalogue = jws::header("onecode-catalogue+jws", &g.zj);
            changed(&good, |d| {
                let other = jws::signature(&catalogue, list.as_bytes(), &g.zj);
                d["signatures"].as_array_mut().unwrap().push(other);
            })
        }),
        refused("form_kind_unknown", "a kind that is none", with(&|h| h["typ"] = json!("JWT"))),
        refused("form_header_crit", "a header with crit", with(&|h| h["crit"] = json!(["b64"]))),
        refused("form_header_no_alg", "a header without alg", {
            with(&|h| drop(h.as_object_mut().unwrap().remove("alg")))
        }),
        refused("form_header_kid_padded", "a kid with padding", {
            with(&|h| h["kid"] = json!(format!("{}=", h["kid"].as_str().unwrap())))
        }),
        taken("form_header_spaces", "white space around a header", spaced),
        one(g.trust_list(2, 0), TRUST_LIST),
        Sequence::new("form_kind_of_another", "a catalogue that is signed as a trust list")
            .rejects("trust_list", sign(TRUST_LIST, &g.catalogue(2, 0), &g.three()))
            .rejects("catalogue", sign(TRUST_LIST, &g.catalogue(2, 0), &g.three())),
    ]
}

fn encodings(g: &Governance<'_>) -> Vec<Sequence> {
    let good = g.trust_list_signed(2, 0);
    // So that the last character of the payload has bits to spare.
    let list = {
        let list = g.trust_list(2, 0).to_string();
        list.clone() + &" ".repeat((4 - list.len() % 3) % 3)
    };
    assert_eq!(list.len() % 3, 1);
    let spare = jws::sign(TRUST_LIST, list.as_bytes(), &g.three());
    let stray = |text: &str| {
        let (rest, last) = text.split_at(text.len() - 1);
        let next = match last {
            "A" => "B",
            "Q" => "R",
            "g" => "h",
            "w" => "x",
            other => panic!("{other} has no bits to spare"),
        };
        json!(format!("{rest}{next}"))
    };
    let in_signature = |change: &dyn Fn(&str) -> Value| {
        changed(&good, |d| {
            let part = &mut d["signatures"][0]["signature"];
            *part = change(part.as_str().unwrap());
        })
    };
    let in_protected = |end: &str| {
        changed(&good, |d| {
            let part = &mut d["signatures"][0]["protected"];
            *part = json!(format!("{}{end}", part.as_str().unwrap()));
        })
    };
    let in_payload = |end: &str| {
        changed(&good, |d| d["payload"] = json!(format!("{}{end}", d["payload"].as_str().unwrap())))
    };
    vec![
        taken("encoding", "a payload with bits to spare", spare.clone()),
        refused("encoding_payload_bits", "stray bits in the payload", {
            changed(&spare, |d| d["payload"] = stray(d["payload"].as_str().unwrap()))
        }),
        refused("encoding_payload_padding", "padding behind it", {
            changed(&spare, |d| {
                d["payload"] = json!(format!("{}==", d["payload"].as_str().unwrap()))
            })
        }),
        refused("encoding_payload_line", "a line end behind it", in_payload("\n")),
        refused("encoding_signature_bits", "stray bits in a signature", in_signature(&stray)),
        refused("encoding_signature_padding", "padding behind it", {
            in_signature(&|text| json!(format!("{text}==")))
        }),
        refused("encoding_signature_standard", "the alphabet of standard base64", {
            let standard = in_signature(&|text| json!(text.replace('-', "+").replace('_', "/")));
            assert_ne!(standard, good);
            standard
        }),
        refused("encoding_header_padding", "padding behind a header", in_protected("=")),
        Sequence::new("encoding_signature_63", "a signature of 63 bytes counts as a bad one")
            .rejects("trust_list", in_signature(&|text| json!(&text[..84])))
            .takes("trust_list", good.clone()),
    ]
}
