//! Keys that are stolen.

use std::fs;
use std::path::Path;

use crate::night::{minute, Night};
use crate::run::gate::AT;
use crate::run::{good, onecode};

#[test]
fn the_key_of_a_holder_is_stolen() {
    let night = Night::new("holder_key");
    assert_eq!(night.metro("lin-yue", &minute(1)), 0);
    // Without it: the others sign the next roots, with the new key in its place.
    let [stolen, new] = night.new_key("holders/sh/signing");
    let (public, content) = (night.path("sh-new.pub"), night.path("roots-2.json"));
    fs::write(&public, new.pem).unwrap();
    let first = night.0.published("roots/1.json");
    let replace = format!("{}={public}", stolen.thumbprint);
    let next = ["roots", "next", "--from", first.to_str().unwrap(), "--replace-key", &replace];
    good(&onecode(&[&next[..], &["--out", &content, "--at", &minute(2)]].concat()));
    for holder in ["js", "zj", "ah"] {
        night.does(&["sign", "roots", "--json", &content, "--holder", holder], &minute(2));
    }
    let second = night.0.published("roots/2.json");
    good(&onecode(&["roots", "walk", first.to_str().unwrap(), second.to_str().unwrap()]));
    // What the stolen key helped to sign no longer suffices, as the page warns.
    assert_eq!(night.metro("lin-yue", &minute(3)), 701);
    assert_eq!(night.refusals(701), Some(1));
    night.sign("trust-list", ["js", "zj", "ah"], &minute(3));
    night.sign("catalogue", ["js", "zj", "ah"], &minute(3));
    night.publish(&minute(3));
    assert_eq!(night.metro("lin-yue", &minute(4)), 0);
    assert_eq!(night.figure("onecode_gate_list_number{list=\"roots\"}"), Some(2));
    // Nobody takes what the thief signs, and the new key signs.
    let thief = night.private("holders/sh/signing.stolen");
    let forged = night.path("forged.json");
    let sign = ["sign", "catalogue", "--world", &night.0.world, "--key", &thief];
    let output = onecode(&[&sign[..], &["--out", &forged, "--at", &minute(4)]].concat());
    assert_eq!(output.status.code(), Some(2));
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(told.contains("no holder has the key"), "{told}");
    night.sign("catalogue", ["sh", "js", "zj"], &minute(5));
    assert!(night.publish(&minute(5)).contains("catalogue 3"));
}

#[test]
fn the_keys_of_an_issuer_are_stolen() {
    let night = Night::new("issuer_key");
    night.does(&["card", "suspend", "--card", "lin-yue"], AT);
    assert_eq!(night.keeps("lin-yue", &minute(1)), 402);
    // One holder, within minutes. What was refused goes on being refused, what was good is unknown.
    let withdraw = |key: &str, at: &str| {
        let notice = ["withdraw", "--issuer", "cn-31", "--withdrawn", key, "--holder", "sh"];
        let told = night.does(&notice, at);
        let file = Path::new(told.lines().next().unwrap());
        file.file_stem().unwrap().to_str().unwrap().to_owned()
    };
    let notice = withdraw("status", &minute(1));
    assert_eq!(night.keeps("lin-yue", &minute(2)), 402);
    let other = withdraw("cards", &minute(2));
    assert!(night.publish(&minute(2)).contains("notices: 2"));
    assert_eq!(night.metro("lin-yue", &minute(3)), 205);
    assert_eq!(night.refusals(205), Some(1));
    assert!(night.preflight(&minute(3)).contains("205 key_withdrawn, cards of cn-31"));
    // A trust list with new keys, that names the notices.
    let keys = [night.new_key("issuers/cn-31/cards"), night.new_key("issuers/cn-31/status")];
    night.change("trust-list.json", |list| {
        list["withdrawals"] = serde_json::json!([notice, other]);
        for issuer in list["issuers"].as_array_mut().unwrap() {
            let entries = issuer["keys"].as_array_mut().unwrap();
            for entry in entries.clone() {
                let found = keys.iter().find(|[old, _]| old.jwk == entry["jwk"]);
                let Some([old, new]) = found else { continue };
                let place = entries.iter_mut().find(|other| other["jwk"] == old.jwk).unwrap();
                place["withdrawn_from"] = "2026-11-25T00:01:00Z".into();
                let mut entry = entry;
                entry["jwk"] = new.jwk.clone();
                entries.push(entry);
            }
        }
    });
    night.sign("trust-list", ["sh", "js", "zj"], &minute(4));
    // New lists by the new key, which say the same of the card that was lost.
    assert!(night.publish(&minute(4)).contains("cn-31: status lists of"));
    night.does(&["card", "issue", "--issuer", "cn-31", "--name", "new"], &minute(4));
    assert_eq!(night.metro("new", &minute(5)), 0);
    assert!(!night.preflight(&minute(5)).contains("205 key_withdrawn"));
    // Cards by the stolen key stay refused until their phones have renewed them.
    assert_eq!(night.metro("lin-yue", &minute(5)), 205);
}
