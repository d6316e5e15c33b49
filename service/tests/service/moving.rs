//! Two scans bring a card to a new phone, and everything that may go wrong with it.

use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use base64::Engine;
use onecode::request::{CardRequest, MoveQuestion, Reason, Replaces};
use serde_json::{json, Value};

use crate::harness::phone::replaces;
use crate::harness::{Answer, Phone, World};

const MOVE: Option<Replaces> = Some(Replaces { reason: Reason::Move, card: None });

/// The old phone's answer to the picture of the new one.
fn consent(old: &mut Phone, request: &CardRequest, now: i64) -> String {
    let card = old.credential().claims().clone();
    let agreed = MoveQuestion::read(&request.text(), &card, now).unwrap().agree();
    let session = old.session.as_mut().unwrap();
    agreed.code(session, &old.key, now).unwrap().text().to_owned()
}

fn body(request: &CardRequest, consent: &str) -> Value {
    json!({
        "proofs": { "onecode_card_request": [URL_SAFE_NO_PAD.encode(request.as_bytes())] },
        "consent": consent,
    })
}

pub(crate) fn move_card(world: &World, person: &str, old: &mut Phone, new: &mut Phone) -> Answer {
    let token = world.citizen(person);
    let request = new.request(&world.nonce(&token), MOVE, None, world.now());
    let answer = old_agrees(world, &token, old, &request);
    new.take(&answer.json);
    answer
}

fn old_agrees(world: &World, token: &str, old: &mut Phone, request: &CardRequest) -> Answer {
    let consent = consent(old, request, world.now());
    world.post("/move", Some(token), &body(request, &consent))
}

#[test]
fn a_card_moves_by_two_scans_and_keeps_its_position() {
    let world = World::new();
    world.grant("m-1");
    let mut old = world.enrol("m-1");
    let position = old.position();
    world.pass(100);
    let mut new = Phone::new();
    move_card(&world, "m-1", &mut old, &mut new).ok();
    assert_eq!(new.position(), position);
    world.publish();
    assert_eq!(world.scan(&mut new), None);
    // The old phone learns of it by its next renewal, and what it still has ends with its credential.
    world.renew(&mut old).is(921);
    world.renew(&mut new).ok();
    assert_eq!(new.position(), position);
}

#[test]
fn a_lost_answer_to_a_move_can_be_asked_for_again() {
    let world = World::new();
    world.grant("m-2");
    let (mut old, mut new) = (world.enrol("m-2"), Phone::new());
    let token = world.citizen("m-2");
    let request = new.request(&world.nonce(&token), MOVE, None, world.now());
    let consent = consent(&mut old, &request, world.now());
    let first = world.post("/move", Some(&token), &body(&request, &consent)).ok();
    let again = world.post("/move", Some(&token), &body(&request, &consent)).ok();
    assert_eq!(first["credentials"], again["credentials"]);
    new.take(&again);
    // A consent is for one key: another request of the same key is the same move.
    let anew = new.request(&world.nonce(&token), MOVE, None, world.now());
    world.post("/move", Some(&token), &body(&anew, &consent)).ok();
    let card = world.get("/cards", Some(&token)).ok();
    assert_eq!(card["cards"][0]["phones"].as_array().unwrap().len(), 1);
}

#[test]
fn a_move_by_a_stranger_is_refused() {
    let world = World::new();
    for person in ["m-3", "thief"] {
        world.grant(person);
    }
    let mut old = world.enrol("m-3");
    // Signed in as somebody else.
    let mut new = Phone::new();
    move_card(&world, "thief", &mut old, &mut new).is(922);
    // A consent to another phone.
    let token = world.citizen("m-3");
    let request = new.request(&world.nonce(&token), MOVE, None, world.now());
    let others = Phone::new().request(&world.nonce(&token), MOVE, None, world.now());
    let consent = consent(&mut old, &others, world.now());
    world.post("/move", Some(&token), &body(&request, &consent)).is(913);
    // No consent at all: an everyday code of the old phone.
    let code = old.code(world.now());
    world.post("/move", Some(&token), &body(&request, &code)).is(913);
    world.post("/move", Some(&token), &body(&request, "OC1:NO")).is(912);
    // A request that asks for something else.
    let plain = new.request(&world.nonce(&token), None, None, world.now());
    world.post("/move", Some(&token), &body(&plain, &code)).is(911);
    // And without a sign-in.
    world.post("/move", None, &body(&request, &code)).is(940);
}

#[test]
fn a_move_backwards_and_a_third_move_are_refused() {
    let world = World::new();
    world.grant("m-4");
    let (mut first, mut second) = (world.enrol("m-4"), Phone::new());
    move_card(&world, "m-4", &mut first, &mut second).ok();
    // The phone that gave it away agrees once more.
    world.pass(100);
    move_card(&world, "m-4", &mut first, &mut Phone::new()).is(921);
    // Back to the old key, which has been on the position.
    let mut back = Phone { key: first.key, session: None, next_challenge: None };
    move_card(&world, "m-4", &mut second, &mut back).is(910);
    world.pass(100);
    let mut third = Phone::new();
    move_card(&world, "m-4", &mut second, &mut third).ok();
    world.pass(100);
    move_card(&world, "m-4", &mut third, &mut Phone::new()).is(920);
    world.pass(30 * 86_400);
    world.renew(&mut third).ok();
    move_card(&world, "m-4", &mut third, &mut Phone::new()).ok();
}

#[test]
fn a_suspended_phone_moves_nothing() {
    let world = World::new();
    world.grant("m-5");
    let mut old = world.enrol("m-5");
    world.as_staff("/staff/cards/m-5/suspend", &json!({})).ok();
    move_card(&world, "m-5", &mut old, &mut Phone::new()).is(918);
    world.as_staff("/staff/cards/m-5/revoke", &json!({})).ok();
    world.pass(100);
    move_card(&world, "m-5", &mut old, &mut Phone::new()).is(919);
}

#[test]
fn an_old_consent_is_refused() {
    let world = World::new();
    world.grant("m-6");
    let (mut old, new) = (world.enrol("m-6"), Phone::new());
    let token = world.citizen("m-6");
    let request = new.request(&world.nonce(&token), MOVE, None, world.now());
    let consent = consent(&mut old, &request, world.now());
    world.pass(60 + 120 + 1);
    let token = world.citizen("m-6");
    world.post("/move", Some(&token), &body(&request, &consent)).is(916);
}

#[test]
fn a_move_that_was_not_wanted_is_undone_by_the_old_phone_and_the_persons_sign_in() {
    let world = World::new();
    world.grant("m-7");
    let (mut old, mut thief) = (world.enrol("m-7"), Phone::new());
    let stolen = old.position();
    move_card(&world, "m-7", &mut old, &mut thief).ok();
    world.renew(&mut old).is(921);
    // The old phone asks anew, with a new key and the person's sign-in.
    let mut again = Phone::new();
    world.try_replace("m-7", &mut again, Some(replaces(Reason::Lost, &old))).ok();
    assert_ne!(again.position(), stolen);
    world.publish();
    assert_eq!(world.scan(&mut thief), Some(401));
    assert_eq!(world.scan(&mut again), None);
    world.renew(&mut thief).is(919);
}

#[test]
fn a_lost_phone_that_had_the_position_revokes_it_and_the_phone_in_use_gets_another() {
    let world = World::new();
    world.grant("m-8");
    let (mut old, mut new) = (world.enrol("m-8"), Phone::new());
    move_card(&world, "m-8", &mut old, &mut new).ok();
    let position = new.position();
    let lost = json!({ "phone": old.thumbprint() });
    let token = world.citizen("m-8");
    world.post("/cards/m-8/report-lost", Some(&token), &lost).ok();
    world.post("/cards/m-8/report-lost", Some(&token), &lost).ok();
    world.publish();
    assert_eq!([world.scan(&mut old), world.scan(&mut new)], [Some(401); 2]);
    world.pass(60);
    world.renew(&mut new).ok();
    assert_ne!(new.position(), position);
    assert_eq!(world.scan(&mut new), None);
    // Of another person's card nothing is said.
    let stranger = world.citizen("stranger");
    world.post("/cards/m-8/report-lost", Some(&stranger), &lost).is(955);
    let unknown = json!({ "phone": Phone::new().thumbprint() });
    world.post("/cards/m-8/report-lost", Some(&token), &unknown).is(958);
}

#[test]
fn a_challenge_that_was_answered_at_one_position_is_not_good_at_the_next() {
    let world = World::new();
    world.grant("m-9");
    let (mut old, mut new) = (world.enrol("m-9"), Phone::new());
    move_card(&world, "m-9", &mut old, &mut new).ok();
    world.pass(100);
    let challenge = world.key_nonce(&new);
    let request = |ago| new.request(&challenge, None, None, world.now() - ago);
    let renew = |request: &_| world.post("/renewal", None, &crate::harness::proofs(request));
    renew(&request(0)).ok();
    let lost = json!({ "phone": old.thumbprint() });
    world.post("/cards/m-9/report-lost", Some(&world.citizen("m-9")), &lost).ok();
    renew(&request(0)).is(905);
    renew(&request(1)).is(905);
    let position = new.position();
    world.renew(&mut new).ok();
    assert!(new.position() > position);
}

/// A phone that has another position since somebody reported the one before it lost, and does not
/// know of it yet.
fn displaced(world: &World, person: &str) -> (Phone, u32) {
    world.grant(person);
    let (mut old, mut new) = (world.enrol(person), Phone::new());
    move_card(world, person, &mut old, &mut new).ok();
    let lost = json!({ "phone": old.thumbprint() });
    let path = format!("/cards/{person}/report-lost");
    let answer = world.post(&path, Some(&world.citizen(person)), &lost).ok();
    let position = answer["phones"][1]["position"].as_u64().unwrap() as u32;
    assert_ne!(position, new.position());
    (new, position)
}

fn states(world: &World, person: &str) -> Vec<String> {
    let cards = world.get("/cards", Some(&world.citizen(person))).ok();
    let phones = cards["cards"][0]["phones"].as_array().unwrap().clone();
    phones.iter().map(|phone| phone["state"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_phone_that_is_lost_loses_every_position_that_it_has() {
    let world = World::new();
    let (phone, _) = displaced(&world, "m-10");
    let mut another = Phone::new();
    let lost = Some(replaces(Reason::Lost, &phone));
    world.try_replace("m-10", &mut another, lost).ok();
    assert_eq!(states(&world, "m-10"), ["revoked", "revoked", "valid"]);

    let (phone, _) = displaced(&world, "m-11");
    let lost = json!({ "phone": phone.thumbprint() });
    world.post("/cards/m-11/report-lost", Some(&world.citizen("m-11")), &lost).ok();
    assert_eq!(states(&world, "m-11"), ["revoked", "revoked"]);
}

#[test]
fn a_phone_that_does_not_know_its_position_yet_moves_the_card_all_the_same() {
    let world = World::new();
    let (mut old, position) = displaced(&world, "m-12");
    let mut new = Phone::new();
    move_card(&world, "m-12", &mut old, &mut new).ok();
    assert_eq!(new.position(), position);
    // The answer was lost.
    move_card(&world, "m-12", &mut old, &mut new).ok();
    assert_eq!(new.position(), position);
    world.renew(&mut old).is(921);
    // Lost after the move, it takes the position that it gave away with it.
    let lost = json!({ "phone": old.thumbprint() });
    world.post("/cards/m-12/report-lost", Some(&world.citizen("m-12")), &lost).ok();
    assert_eq!(states(&world, "m-12"), ["revoked", "revoked", "valid"]);
}
