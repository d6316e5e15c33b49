//! How the vectors about receipts and challenges are run.

use onecode::governance::Roots;
use onecode::receipt::{
    text_hash, verify_chain, ChainLink, Pseudonym, Receipt, ReceiptKeys, ReplayLists, ScannerId,
};
use onecode::{ApplicationNumber, CardCredential, Challenge, PublicKey};
use serde_json::{json, Value};

use super::{int, lists_of, roots, unhex, verdict_to_json};

/// Does what one vector says and tells what came of it: what stands in its `expected`.
pub fn run(document: &Value, vector: &Value) -> Value {
    match vector["do"].as_str().unwrap() {
        "verify" => match Receipt::verify(&bytes(&vector["receipt"]), &keys(document, vector)) {
            Ok(receipt) => receipt_to_json(&receipt),
            Err(problem) => json!({ "problem": problem.name() }),
        },
        "chain" => chain(document, vector),
        "replay" => replay(document, vector),
        "pseudonym" => {
            let credential = CardCredential::from_bytes(&bytes(&vector["credential"])).unwrap();
            let application = u16::try_from(int(&vector["application"])).unwrap();
            let application = ApplicationNumber::new(application).unwrap();
            let card = Pseudonym::of(&credential, application, int(&vector["time_unix_s"]));
            json!({ "card": card.unwrap().to_string() })
        }
        "text_hash" => {
            let application = u16::try_from(int(&vector["application"])).unwrap();
            let application = ApplicationNumber::new(application).unwrap();
            let (text, time) = (vector["text"].as_str().unwrap(), int(&vector["time_unix_s"]));
            json!({ "text_hash": hex(&text_hash(text, application, time)) })
        }
        "read_challenge" => match Challenge::from_text(vector["text"].as_str().unwrap()) {
            Ok(challenge) => json!({ "challenge": hex(challenge.as_bytes()) }),
            Err(error) => json!({ "problem": error.name() }),
        },
        other => panic!("nothing is called {other}"),
    }
}

/// The roots of the lists, and each edition that they walk to.
fn editions(lists: &Value) -> Vec<Roots> {
    let mut editions = vec![roots(lists)];
    for next in lists["walked"].as_array().into_iter().flatten() {
        let mut roots = editions.last().unwrap().clone();
        roots.walk(next.as_str().unwrap().as_bytes()).unwrap();
        editions.push(roots);
    }
    editions
}

/// The keys that the trust list admits, at the time of the check.
fn keys(document: &Value, vector: &Value) -> ReceiptKeys {
    let lists = lists_of(document, vector);
    let json = lists["trust_list"].as_str().unwrap().as_bytes();
    ReceiptKeys::from_trust_list(json, &editions(&lists), int(&vector["now_unix_s"])).unwrap()
}

fn chain(document: &Value, vector: &Value) -> Value {
    let receipts: Vec<Vec<u8>> = vector["receipts"].as_array().unwrap().iter().map(bytes).collect();
    let link = |value: &Value| ChainLink {
        number: value["number"].as_u64().unwrap(),
        previous: bytes(&value["previous"]).try_into().unwrap(),
    };
    let end = Some(&vector["end"]).filter(|end| !end.is_null()).map(link);
    let scanner = ScannerId::new(vector["scanner"].as_str().unwrap()).unwrap();
    let receipts = receipts.iter().map(Vec::as_slice);
    let keys = keys(document, vector);
    match verify_chain(receipts, &scanner, &keys, link(&vector["start"]), end) {
        Ok(summary) => json!({
            "receipts": summary.receipts,
            "accepted": summary.accepted,
            "refused": summary.refused,
            "handed_over": summary.handed_over,
            "clock_went_back": summary.clock_went_back,
            "next": { "number": summary.next.number, "previous": hex(&summary.next.previous) },
        }),
        Err(error) => {
            json!({ "at": error.at, "number": error.number, "problem": error.problem.name() })
        }
    }
}

fn replay(document: &Value, vector: &Value) -> Value {
    let lists = lists_of(document, vector);
    let document_of = |name: &str| lists[name].as_str().map(str::as_bytes);
    let (trust, terms) = (document_of("trust_list"), document_of("catalogue"));
    let mut archive = ReplayLists::new(&editions(&lists), trust, terms).unwrap();
    for notice in lists["withdrawals"].as_array().into_iter().flatten() {
        archive.add_withdrawal(notice.as_str().unwrap().as_bytes()).unwrap();
    }
    if let Some(index) = document_of("index") {
        archive.add_index(index).unwrap();
    }
    for list in lists["status"].as_array().unwrap() {
        archive.add_status(&bytes(list)).unwrap();
    }
    // Whoever signed it: that is the matter of other vectors.
    let key = PublicKey::from_jwk(document["scanner_key"].as_str().unwrap()).unwrap();
    let keys = ReceiptKeys::new([key]);
    let receipt = Receipt::verify(&bytes(&vector["receipt"]), &keys).unwrap();
    match archive.replay(&receipt, vector["text"].as_str().unwrap()) {
        Ok(verdict) => verdict_to_json(&verdict),
        Err(error) => json!({ "problem": error.name() }),
    }
}

fn receipt_to_json(receipt: &Receipt) -> Value {
    json!({
        "scanner": receipt.scanner.as_str(),
        "time_unix_s": receipt.time_unix_s,
        "number": receipt.number,
        "previous": hex(&receipt.previous),
        "hash": hex(&receipt.hash),
        "verdict": receipt.verdict,
        "handed_over": receipt.handed_over,
        "application": receipt.application.get(),
        "place": receipt.place.code(),
        "text_hash": hex(&receipt.text_hash),
        "tolerance_s": receipt.tolerance_s,
        "specimens_accepted": receipt.specimens_accepted,
        "card": receipt.card.map(|card| card.to_string()),
        "trust_list": receipt.trust_list,
        "catalogue": receipt.catalogue,
        "status": receipt.status.map(|status| json!({
            "number": status.number,
            "issued_at_unix_s": status.issued_at_unix_s,
            "signed_by": status.signed_by.to_string(),
        })),
        "shown": receipt.shown.as_ref().map(|challenge| hex(challenge.as_bytes())),
    })
}

fn bytes(value: &Value) -> Vec<u8> {
    unhex(value.as_str().unwrap())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
