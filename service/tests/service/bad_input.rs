//! Requests that are not good, or not now, or not theirs.

use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use base64::Engine;
use onecode::request::{Reason, Replaces};
use serde_json::json;

use crate::harness::{proofs, Phone, Setup, World};

#[test]
fn a_challenge_is_good_for_whom_it_was_given_to_once_and_for_a_while() {
    let world = World::new();
    for person in ["b-1", "b-2"] {
        world.grant(person);
    }
    let (mine, others) = (world.citizen("b-1"), world.citizen("b-2"));
    let phone = Phone::new();
    let foreign = phone.request(&world.nonce(&others), None, None, world.now());
    world.post("/credential", Some(&mine), &proofs(&foreign)).is(903);
    // A challenge for the key's renewal is none for a card.
    let renewal = phone.request(&world.key_nonce(&phone), None, None, world.now());
    world.post("/credential", Some(&mine), &proofs(&renewal)).is(903);
    let invented = URL_SAFE_NO_PAD.encode([7; 64]);
    let invented = phone.request(&invented, None, None, world.now());
    world.post("/credential", Some(&mine), &proofs(&invented)).is(903);

    let nonce = world.nonce(&mine);
    let request = phone.request(&nonce, None, None, world.now());
    world.post("/credential", Some(&mine), &proofs(&request)).ok();
    let twice = Phone::new().request(&nonce, None, None, world.now());
    world.post("/credential", Some(&mine), &proofs(&twice)).is(905);

    let nonce = world.nonce(&others);
    world.pass(601);
    let late = Phone::new().request(&nonce, None, None, world.now());
    world.post("/credential", Some(&others), &proofs(&late)).is(904);
}

#[test]
fn a_request_whose_time_or_signature_is_wrong_is_refused() {
    let world = World::new();
    world.grant("b-3");
    let token = world.citizen("b-3");
    let phone = Phone::new();
    for off in [-200, 200] {
        let request = phone.request(&world.nonce(&token), None, None, world.now() + off);
        world.post("/credential", Some(&token), &proofs(&request)).is(906);
    }
    let good = phone.request(&world.nonce(&token), None, None, world.now());
    let mut bytes = good.as_bytes().to_vec();
    *bytes.last_mut().unwrap() ^= 1;
    let forged = json!({ "proofs": { "onecode_card_request": [URL_SAFE_NO_PAD.encode(&bytes)] } });
    world.post("/credential", Some(&token), &forged).is(902);
    for cut in [0, 1, 40, bytes.len() - 1] {
        let cut = URL_SAFE_NO_PAD.encode(&bytes[..cut]);
        let cut = json!({ "proofs": { "onecode_card_request": [cut] } });
        world.post("/credential", Some(&token), &cut).is(901);
    }
    world.post("/credential", Some(&token), &proofs(&good)).ok();
}

#[test]
fn an_attestation_is_the_one_that_the_request_names_and_never_large() {
    let world = World::new();
    world.grant("b-4");
    let token = world.citizen("b-4");
    let phone = Phone::new();
    let with = |named: Option<&[u8]>, sent: Option<&[u8]>| {
        let request = phone.request(&world.nonce(&token), None, named, world.now());
        let mut body = proofs(&request);
        if let Some(sent) = sent {
            body["attestation"] = URL_SAFE_NO_PAD.encode(sent).into();
        }
        world.post("/credential", Some(&token), &body)
    };
    with(Some(b"evidence"), None).is(907);
    with(Some(b"evidence"), Some(b"other")).is(908);
    with(None, Some(b"evidence")).is(908);
    with(Some(&[1; 16_385]), Some(&[1; 16_385])).is(909);
    with(Some(b"evidence"), Some(b"evidence")).ok();
}

#[test]
fn cards_of_others_and_unknown_cards_are_the_same_to_who_asks() {
    let world = World::new();
    for person in ["b-6", "b-7"] {
        world.grant(person);
    }
    let token = world.citizen("b-6");
    let ask = |identifier: &str| {
        let request = Phone::new().request(&world.nonce(&token), None, None, world.now());
        let mut body = proofs(&request);
        body["credential_identifier"] = identifier.into();
        world.post("/credential", Some(&token), &body)
    };
    let (others, unknown) = (ask("b-7"), ask("nobody"));
    others.is(955);
    assert_eq!(others, unknown);
    ask("b-6").ok();
    world.try_enrol("nobody", &mut Phone::new()).is(955);
}

#[test]
fn a_phone_without_a_card_renews_nothing_and_a_key_of_another_card_gets_none() {
    let world = World::new();
    for person in ["b-8", "b-9"] {
        world.grant(person);
    }
    world.renew(&mut Phone::new()).is(958);
    let mut phone = world.enrol("b-8");
    world.try_enrol("b-9", &mut phone).is(910);
    // The same card again for the same key is the position that it has.
    let position = phone.position();
    world.try_enrol("b-8", &mut phone).ok();
    assert_eq!(phone.position(), position);
    let replaces = Some(Replaces { reason: Reason::Lost, card: None });
    let request = phone.request(&world.key_nonce(&phone), replaces, None, world.now());
    world.post("/renewal", None, &proofs(&request)).is(931);
}

#[test]
fn a_request_that_replaces_another_persons_card_is_refused() {
    let world = World::new();
    for person in ["b-10", "b-11"] {
        world.grant(person);
    }
    let mut mine = world.enrol("b-10");
    let others = world.enrol("b-11");
    let replaces = crate::harness::phone::replaces(Reason::Lost, &others);
    world.try_replace("b-10", &mut Phone::new(), Some(replaces)).is(923);
    world.publish();
    assert_eq!(world.scan(&mut mine), None);
    let statuses = crate::publishing::newest(&world);
    assert_eq!(statuses.status(others.position()), Some(onecode::status::Status::Valid));
}

#[test]
fn who_asks_too_often_is_told_when_to_come_back() {
    let limits = "per_minute = 5".to_owned();
    let world = World::with(Setup { limits, ..Setup::default() });
    let token = world.citizen("b-12");
    let answers: Vec<_> = (0..6).map(|_| world.get("/cards", Some(&token))).collect();
    assert!(answers[..5].iter().all(|answer| answer.status == 200));
    answers[5].is(960);
    let wait = answers[5].retry_after_s.unwrap();
    assert!((12..=24).contains(&wait), "{wait}");
    world.get("/cards", Some(&world.citizen("b-13"))).ok();
    world.pass(12);
    world.get("/cards", Some(&token)).ok();
}
