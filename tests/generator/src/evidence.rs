//! Evidence bundles: what is in one, what it proves, and what is refused. Written by our own hand.

use serde_json::{json, Value};

use super::jws::base64url;
use super::parts::{int, sha256, uint, NOW};
use super::receipt_parts::{parts, Hand};
use super::receipts::day;
use super::vector_file::{evidence, unhex};
use super::world::{picture_text, World};

/// A bundle, and what is changed of it.
struct Bundle(Value);

impl Bundle {
    /// About one of some receipts, with the lists of the document.
    fn new(
        document: &Value,
        receipts: &[Vec<u8>],
        about: usize,
        text: Option<&str>,
        answers: Value,
    ) -> Self {
        let of = |name: &str| document["lists"][name].as_str().unwrap().as_bytes().to_vec();
        let status = unhex(document["lists"]["status"][0].as_str().unwrap());
        let mut bundle = json!({
            "onecode_evidence": 1,
            "made_at": "2026-11-23T08:00:00Z",
            "made_by": "by hand",
            "answers": answers,
            "receipts": receipts.iter().map(base64url).collect::<Vec<_>>(),
            "about": about,
            "lists": [
                list("trust_list", &of("trust_list")),
                list("catalogue", &of("catalogue")),
                list("status", &status),
            ],
        });
        if let Some(text) = text {
            bundle["text"] = text.into();
        }
        Bundle(bundle)
    }

    fn with(&self, change: impl FnOnce(&mut Value)) -> String {
        let mut changed = self.0.clone();
        change(&mut changed);
        changed.to_string()
    }

    fn text(&self) -> String {
        self.0.to_string()
    }
}

fn list(kind: &str, bytes: &[u8]) -> Value {
    json!({ "kind": kind, "sha256": base64url(sha256(bytes)), "content": base64url(bytes) })
}

fn replace(bundle: &mut Value, kind: &str, with: Option<Value>) {
    let lists = bundle["lists"].as_array_mut().unwrap();
    let at = lists.iter().position(|list| list["kind"] == kind).unwrap();
    lists.remove(at);
    lists.extend(with);
}

pub fn vectors(world: &World, document: &Value) -> Vec<Value> {
    let day = day(world, document, super::receipt_parts::SCANNER);
    let (texts, receipts): (Vec<String>, Vec<Vec<u8>>) = day.into_iter().unzip();
    let operator = || json!({ "who": "operator", "province": 310_000 });
    let issuer = || json!({ "who": "card_issuer", "province": 310_000 });
    let revoked = Bundle::new(document, &receipts[2..], 1, Some(&texts[3]), issuer());
    let used = Bundle::new(document, &receipts[..3], 1, Some(&texts[1]), operator());
    let lone = |hand: Hand| {
        let code = picture_text(&parts(world, 8).code());
        Bundle::new(document, &[hand.receipt()], 0, Some(&code), operator())
    };
    let set = |name: &str, member: &str| {
        document["list_sets"][name][member].as_str().unwrap().as_bytes().to_vec()
    };
    let whole = revoked.text();
    let judged = |name: &'static str| ("judged", json!(name));
    let problem = |name: &'static str| ("problem", json!(name));
    let mut vectors = vec![
        (
            "revoked",
            "Refused for its status, between two others",
            judged("rightly"),
            revoked.text(),
        ),
        ("used", "Refused for an earlier use: the gate remembered", judged("rightly"), used.text()),
        (
            "first",
            "The first of a chain",
            judged("rightly"),
            Bundle::new(document, &receipts[..2], 0, Some(&texts[0]), operator()).text(),
        ),
        (
            "last",
            "Nothing behind it",
            ("after", json!(0)),
            Bundle::new(document, &receipts[4..], 0, Some(&texts[4]), operator()).text(),
        ),
        (
            "without_text",
            "Without the text of the code",
            judged("without_text"),
            revoked.with(|it| drop(it.as_object_mut().unwrap().remove("text"))),
        ),
        (
            "other_text",
            "The text of another code",
            judged("other_text"),
            revoked.with(|it| it["text"] = json!(texts[0])),
        ),
        (
            "wrongly",
            "The gate says expired, and it was not",
            judged("wrongly"),
            lone(Hand::new(world, document).item(2, uint(302))).text(),
        ),
        (
            "no_status_list",
            "The list that was looked at is not there",
            judged("other_status_list"),
            revoked.with(|it| replace(it, "status", None)),
        ),
        (
            "later_trust_list",
            "A later trust list, for the keys",
            judged("rightly"),
            revoked.with(|it| {
                let later = list("later_trust_list", &set("next_trust_list", "trust_list"));
                it["lists"].as_array_mut().unwrap().push(later);
            }),
        ),
        (
            "key_withdrawn_since",
            "The later trust list has withdrawn the key",
            problem("key_withdrawn"),
            revoked.with(|it| {
                let later = list("later_trust_list", &set("withdrawn", "trust_list"));
                it["lists"].as_array_mut().unwrap().push(later);
            }),
        ),
        ("newer_version", "A later form", problem("newer_version"), {
            revoked.with(|it| it["onecode_evidence"] = json!(2))
        }),
        ("cut_short", "Cut short", problem("form"), whole[..whole.len() / 2].to_owned()),
        ("behind", "Something behind it", problem("form"), whole.clone() + "{}"),
        ("member", "A member that is none", problem("form"), {
            revoked.with(|it| it["file"] = json!("../../roots.json"))
        }),
        ("name_of_a_file", "A list with the name of a file", problem("form"), {
            revoked.with(|it| it["lists"][0]["name"] = json!("../../roots.json"))
        }),
        ("kind", "A kind that is none", problem("form"), {
            revoked.with(|it| it["lists"][0]["kind"] = json!("pass"))
        }),
        ("padded", "Padding", problem("form"), {
            revoked.with(|it| {
                let text = it["receipts"][0].as_str().unwrap().to_owned() + "=";
                it["receipts"][0] = json!(text);
            })
        }),
        ("about_3", "About a receipt that is not there", problem("no_receipt"), {
            revoked.with(|it| it["about"] = json!(3))
        }),
        ("no_receipts", "No receipts", problem("no_receipt"), {
            revoked.with(|it| it["receipts"] = json!([]))
        }),
        ("other_hash", "The hash of another list", problem("other_hash"), {
            revoked.with(|it| it["lists"][0]["sha256"] = it["lists"][1]["sha256"].clone())
        }),
        ("twice", "Two catalogues", problem("twice"), {
            revoked.with(|it| it["lists"][2] = it["lists"][1].clone())
        }),
        ("no_trust_list", "No trust list", problem("list_missing"), {
            revoked.with(|it| replace(it, "trust_list", None))
        }),
        ("no_catalogue", "No catalogue", problem("list_missing"), {
            revoked.with(|it| replace(it, "catalogue", None))
        }),
        ("other_catalogue", "Another edition of the catalogue", problem("other_list"), {
            let next = list("catalogue", &set("next_catalogue", "catalogue"));
            revoked.with(|it| replace(it, "catalogue", Some(next)))
        }),
        ("forged_list", "A catalogue that nobody has signed", problem("list"), {
            let forged = document["lists"]["catalogue"].as_str().unwrap();
            let signature = forged.rfind("\"signature\"").unwrap() + 13;
            let mut forged = forged.as_bytes().to_vec();
            forged[signature] = if forged[signature] == b'A' { b'B' } else { b'A' };
            revoked.with(|it| replace(it, "catalogue", Some(list("catalogue", &forged))))
        }),
        ("a_hole", "A receipt is missing between", problem("missing"), {
            revoked.with(|it| drop(it["receipts"].as_array_mut().unwrap().remove(1)))
        }),
        ("forged_receipt", "A receipt of no key", problem("bad_signature"), {
            let mut forged = receipts[3].clone();
            *forged.last_mut().unwrap() ^= 1;
            revoked.with(|it| it["receipts"][1] = json!(base64url(forged)))
        }),
        ("other_who", "The operator is to answer for a status", problem("other_answer"), {
            revoked.with(|it| it["answers"] = operator())
        }),
        ("other_province", "Another province is to answer", problem("other_answer"), {
            revoked.with(|it| it["answers"]["province"] = json!(320_000))
        }),
    ];
    let mut early = Hand::new(world, document);
    early.time = int(NOW - 20 * 86_400);
    vectors.push((
        "key_not_in_time",
        "Made before its key counted",
        problem("key_not_in_time"),
        lone(early).text(),
    ));
    let mut written: Vec<Value> = vectors
        .into_iter()
        .map(|(name, comment, wanted, bundle)| {
            vector(document, name, comment, wanted, bundle, true)
        })
        .collect();
    written.push(vector(
        document,
        "no_roots",
        "Nobody trusts anything, and the bundle has no roots",
        problem("list_missing"),
        revoked.text(),
        false,
    ));
    written
}

fn vector(
    document: &Value,
    name: &str,
    comment: &str,
    (member, value): (&str, Value),
    bundle: String,
    trusted: bool,
) -> Value {
    let later = if name == "key_withdrawn_since" { 20 * 86_400 } else { 0 };
    let mut vector = json!({
        "name": name,
        "comment": comment,
        "bundle": bundle,
        "trusted": trusted,
        "now_unix_s": NOW + later,
    });
    let found = evidence::run(document, &vector);
    assert_eq!(found[member], value, "{name}: {found}");
    vector["expected"] = found;
    vector
}
