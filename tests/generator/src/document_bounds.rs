//! Documents whose form is another one, and documents at a bound and one beyond it.

use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use base64::Engine;
use serde_json::{json, Value};

use super::documents::Case;
use super::documents::Change::{Beside, Catalogue, TrustList};

/// What nobody looks at has the form of everything else.
pub(super) fn forms() -> Vec<Case> {
    fn case(name: &'static str, comment: &'static str, taken: bool, json: fn() -> Vec<u8>) -> Case {
        (name, comment, taken, Beside(json))
    }
    fn nested(depth: usize) -> Vec<u8> {
        format!(r#""new":{}{}"#, "[".repeat(depth), "]".repeat(depth)).into()
    }
    fn members(count: usize) -> Vec<u8> {
        let members: Vec<_> = (0..count).map(|name| format!("\"{name}\":0")).collect();
        format!(r#""new":{{{}}}"#, members.join(",")).into()
    }
    vec![
        case("form_text", "any character, a pair of surrogates as escapes too", true, || {
            "\"new\":\"码 😀 \u{ffff} \\ud83d\\ude00 \\u0000\"".into()
        }),
        case("form_no_utf8", "bytes that are no UTF-8", false, || b"\"new\":\"\xff\"".to_vec()),
        case("form_no_utf8_name", "in the name of a member", false, || b"\"\xff\":0".to_vec()),
        case("form_surrogate_bytes", "half of a pair in three bytes", false, || {
            b"\"new\":\"\xed\xa0\x80\"".to_vec()
        }),
        case("form_surrogate", "half of a pair as an escape", false, || {
            br#""new":"\ud83d""#.to_vec()
        }),
        case("form_control", "a line end within a text", false, || b"\"new\":\"\n\"".to_vec()),
        case("form_twice", "a member twice", false, || br#""new":0,"new":0"#.to_vec()),
        case("form_twice_inside", "a member twice, deeper", false, || {
            br#""new":[{"a":{"b":0,"c":0,"b":0}}]"#.to_vec()
        }),
        case("form_twice_escaped", "a member twice, once with an escape", false, || {
            br#""new":{"a":0,"\u0061":0}"#.to_vec()
        }),
        case("form_same_name", "one name in several objects", true, || {
            br#""new":[{"a":{"a":0}},{"a":0}]"#.to_vec()
        }),
        case("form_1024_members", "as many members as an object may have", true, || members(1_024)),
        case("form_1025_members", "one more", false, || members(1_025)),
        case("form_depth_64", "as deep as it may be: the five around it count", true, || {
            nested(59)
        }),
        case("form_depth_65", "one deeper", false, || nested(60)),
        case("form_null", "a null", false, || br#""new":null"#.to_vec()),
        case("form_integers", "the least and the greatest number", true, || {
            br#""new":[-9223372036854775808,18446744073709551615]"#.to_vec()
        }),
        case("form_below", "one less", false, || br#""new":-9223372036854775809"#.to_vec()),
        case("form_above", "one more", false, || br#""new":18446744073709551616"#.to_vec()),
        case("form_fraction", "a fraction", false, || br#""new":1.0"#.to_vec()),
        case("form_exponent", "an exponent", false, || br#""new":1e2"#.to_vec()),
        case("form_minus_zero", "a zero with a sign", false, || br#""new":-0"#.to_vec()),
    ]
}

/// Each bound that takes few bytes, and one beyond it.
pub(super) fn trust_list_bounds() -> Vec<Case> {
    fn withdrawals(list: &mut Value, count: usize) {
        let hash = |at: usize| URL_SAFE_NO_PAD.encode([&at.to_be_bytes()[..], &[7; 24]].concat());
        list["withdrawals"] = (0..count).map(hash).collect();
    }
    fn rules(list: &mut Value, count: usize) {
        let rule =
            json!({ "from": "2020-01-01T00:00:00Z", "issuers": ["ES256"], "phones": ["ES256"] });
        list["algorithms"] = json!(vec![rule; count]);
    }
    fn regions(list: &mut Value, count: u32) {
        let region = |at| 310_101 + at % 90 + at / 90 * 100;
        list["issuers"][0]["keys"][0]["may_sign"]["credentials"] = (0..count).map(region).collect();
    }
    // One SM2 point under many signer IDs: they all have one key id.
    fn keys_of_id(list: &mut Value, count: u8) {
        let key = |id: u8| {
            let mut key = list["issuers"][0]["keys"][0].clone();
            key["may_sign"] = json!({});
            key["jwk"] = json!({
                "kty": "EC", "crv": "SM2",
                "x": "CfnfMR5UIaFQ3X0WHkvFxnIXn60YM_wHa7CP81bzUCA",
                "y": "zOpJDOJndaUtxupxjMGqYArtBfvzXghKZjL2By2prRM",
                "signer_id": URL_SAFE_NO_PAD.encode([id]),
            });
            key
        };
        list["issuers"][0]["keys"] = (0..count).map(key).collect();
    }
    fn name(list: &mut Value, bytes: usize) {
        list["issuers"][0]["name"]["zh"] = json!("a".repeat(bytes));
    }
    vec![
        (
            "trust_1024_withdrawals",
            "as many notices as may be named as dealt with",
            true,
            TrustList(|l| withdrawals(l, 1_024)),
        ),
        ("trust_1025_withdrawals", "one more", false, TrustList(|l| withdrawals(l, 1_025))),
        (
            "trust_withdrawal_short",
            "a hash of 31 bytes",
            false,
            TrustList(|l| l["withdrawals"] = json!([URL_SAFE_NO_PAD.encode([7; 31])])),
        ),
        ("trust_64_rules", "as many rules as there may be", true, TrustList(|l| rules(l, 64))),
        ("trust_65_rules", "one more", false, TrustList(|l| rules(l, 65))),
        ("trust_256_regions", "as many as a key may have", true, TrustList(|l| regions(l, 256))),
        ("trust_257_regions", "one more", false, TrustList(|l| regions(l, 257))),
        (
            "trust_16_keys_of_id",
            "as many keys with one key id",
            true,
            TrustList(|l| keys_of_id(l, 16)),
        ),
        ("trust_17_keys_of_id", "one more", false, TrustList(|l| keys_of_id(l, 17))),
        ("trust_name_512", "a name as long as may be", true, TrustList(|l| name(l, 512))),
        ("trust_name_513", "one byte more", false, TrustList(|l| name(l, 513))),
    ]
}

pub(super) fn catalogue_bounds() -> Vec<Case> {
    fn put(catalogue: &mut Value, member: &str, value: Value) {
        catalogue["applications"][0][member] = value;
    }
    vec![
        (
            "catalogue_1024_places",
            "as many places as an application may have",
            true,
            Catalogue(|c| put(c, "places", json!(vec![310_000; 1_024]))),
        ),
        (
            "catalogue_1025_places",
            "one more",
            false,
            Catalogue(|c| put(c, "places", json!(vec![310_000; 1_025]))),
        ),
        (
            "catalogue_4096_issuers",
            "as many issuers as an application may name",
            true,
            Catalogue(|c| put(c, "issuers", json!(vec!["a"; 4_096]))),
        ),
        (
            "catalogue_4097_issuers",
            "one more",
            false,
            Catalogue(|c| put(c, "issuers", json!(vec!["a"; 4_097]))),
        ),
        (
            "catalogue_id_64",
            "an id as long as may be",
            true,
            Catalogue(|c| put(c, "id", json!("a".repeat(64)))),
        ),
        (
            "catalogue_id_65",
            "one byte more",
            false,
            Catalogue(|c| put(c, "id", json!("a".repeat(65)))),
        ),
        (
            "catalogue_seconds_text",
            "a rule that needs no seconds, with seconds that are none",
            false,
            Catalogue(|c| put(c, "duplicates", json!({ "rule": "warn", "seconds": "30" }))),
        ),
    ]
}
