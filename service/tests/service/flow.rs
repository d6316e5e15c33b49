//! From a grant to a code at a gate, and back.

use onecode::request::{Reason, UnverifiedCardRequest};
use serde_json::json;

use crate::harness::phone::replaces;
use crate::harness::{proofs, Phone, World};

#[test]
fn a_card_is_enrolled_shown_reported_lost_refused_and_restored() {
    let world = World::new();
    world.grant("r-1");
    let mut phone = world.enrol("r-1");
    world.publish();
    assert_eq!(world.scan(&mut phone), None);

    let token = world.citizen("r-1");
    let lost = world.post("/cards/r-1/report-lost", Some(&token), &json!({})).ok();
    assert_eq!(lost["state"], "suspended");
    world.pass(60);
    assert_eq!(world.scan(&mut phone), None, "the gate has the lists of before");
    world.publish();
    assert_eq!(world.scan(&mut phone), Some(402));
    world.renew(&mut phone).is(918);

    world.as_staff("/staff/cards/r-1/restore", &json!({})).ok();
    world.pass(60);
    world.publish();
    assert_eq!(world.scan(&mut phone), None);
    world.renew(&mut phone).ok();
    assert_eq!(world.scan(&mut phone), None);
}

/// What is sent for a token, with the code that a counter has handed out.
fn token_form(granted: &serde_json::Value) -> String {
    let grants = &granted["credential_offer"]["grants"];
    let grant_type = "urn:ietf:params:oauth:grant-type:pre-authorized_code";
    let code = grants[grant_type]["pre-authorized_code"].as_str().unwrap();
    format!("grant_type={}&pre-authorized_code={code}", grant_type.replace(':', "%3A"))
}

#[test]
fn a_person_without_an_account_enrols_by_a_code_from_the_counter() {
    let world = World::new();
    let mut grant = crate::harness::grant("r-2");
    grant["subject"] = serde_json::Value::Null;
    let granted = world.as_staff("/staff/cards", &grant).ok();
    let form = token_form(&granted);
    let token = world.post_bytes("/token", None, form.as_bytes()).ok();
    let token = token["access_token"].as_str().unwrap();
    let mut phone = Phone::new();
    let request = phone.request(&world.nonce(token), None, None, world.now());
    let answer = world.post("/credential", Some(token), &proofs(&request));
    phone.take(&answer.json);
    assert_eq!(phone.credential().claims().entitlements.bits(), 3);

    // The answer was lost: the same request has the same answer, and no other has one.
    let again = world.post("/credential", Some(token), &proofs(&request));
    assert_eq!(again.json["credentials"], answer.json["credentials"]);
    let other = Phone::new().request(&world.nonce(token), None, None, world.now());
    world.post("/credential", Some(token), &proofs(&other)).is(946);
    world.post_bytes("/token", None, form.as_bytes()).is(946);
    // Whoever came by a code signs in for everything else.
    world.get("/cards", Some(token)).is(944);
}

/// A challenge that a counter carries with it.
fn counter_challenge(world: &World) -> String {
    let asked = json!({ "counter": 12, "count": 2 });
    let challenges = world.as_staff("/staff/challenges", &asked).ok();
    challenges["challenges"][0].as_str().unwrap().to_owned()
}

#[test]
fn a_counter_without_network_takes_a_request_and_the_phone_collects_later() {
    let world = World::new();
    world.grant("r-3");
    let challenge = &counter_challenge(&world);
    let mut phone = Phone::new();
    world.pass(3 * 86_400);
    let request = phone.request(challenge, None, None, world.now());
    let collect = |now| phone.collect(&request, now);
    world.post("/collect", None, &collect(world.now())).is(924);

    // The picture travels as its text.
    assert!(UnverifiedCardRequest::from_text(&request.text()).is_ok());
    world.pass(5 * 86_400);
    let brought = json!({ "reference": "r-3", "request": request.text() });
    let staff = world.staff();
    world.post("/staff/requests", Some(&staff), &brought).ok();
    world.post("/staff/requests", Some(&staff), &brought).ok();
    world.post("/collect", None, &collect(world.now() - 3_600)).is(906);
    let answer = world.post("/collect", None, &collect(world.now())).ok();
    phone.take(&answer);
    world.publish();
    assert_eq!(world.scan(&mut phone), None);
    // One that the counter lent to somebody else.
    let other = Phone::new().request(challenge, None, None, world.now() - 5 * 86_400);
    let other = json!({ "reference": "r-3", "request": other.text() });
    world.post("/staff/requests", Some(&staff), &other).is(905);
}

#[test]
fn a_renewal_is_one_round_trip_and_its_lost_answer_can_be_asked_for_again() {
    let world = World::new();
    world.grant("r-4");
    let mut phone = world.enrol("r-4");
    let position = phone.position();
    world.pass(86_400);
    let next = phone.next_challenge.clone().unwrap();
    let request = phone.request(&next, None, None, world.now());
    let first = world.post("/renewal", None, &proofs(&request)).ok();
    let second = world.post("/renewal", None, &proofs(&request)).ok();
    assert_eq!(first["credentials"], second["credentials"]);
    phone.take(&first);
    assert_eq!(phone.position(), position);
    assert_eq!(phone.credential().claims().expires_unix_s, world.now() - 60 + 30 * 86_400);
    assert!(phone.credential().verify(&world.keys[0]).is_ok());

    // After a later renewal the old request is nothing any more.
    world.pass(86_400);
    world.renew(&mut phone).ok();
    world.post("/renewal", None, &proofs(&request)).is(905);
}

#[test]
fn a_challenge_renews_once_and_another_of_the_same_second_renews_as_well() {
    let world = World::new();
    world.grant("r-13");
    let phone = world.enrol("r-13");
    world.pass(86_400);
    let (one, other) = (world.key_nonce(&phone), world.key_nonce(&phone));
    let request = |challenge: &str, ago| phone.request(challenge, None, None, world.now() - ago);
    let renew = |request: &_| world.post("/renewal", None, &proofs(request));
    let first = request(&one, 0);
    let answer = renew(&first).ok();
    // The clock stands still: another request with the same challenge is refused, and the same one is
    // answered.
    renew(&request(&one, 1)).is(905);
    assert_eq!(renew(&first).ok()["credentials"], answer["credentials"]);
    let second = request(&other, 0);
    renew(&second).ok();
    // What was answered before the last is remembered, too.
    for used in [first, second].iter().rev().skip(1) {
        renew(used).is(905);
    }
    renew(&request(&one, 1)).is(905);
    renew(&request(&other, 1)).is(905);
    renew(&request(&world.key_nonce(&phone), 0)).ok();
}

#[test]
fn one_renewal_sent_many_times_at_once_has_one_answer_and_one_challenge_one_renewal() {
    let world = World::new();
    world.grant("r-14");
    let phone = world.enrol("r-14");
    world.pass(86_400);
    let at_once = |requests: Vec<_>| -> Vec<crate::harness::Answer> {
        std::thread::scope(|scope| {
            let world = &world;
            let ask = |request| move || world.post("/renewal", None, &proofs(request));
            let threads: Vec<_> = requests.iter().map(|it| scope.spawn(ask(it))).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        })
    };
    let challenge = world.key_nonce(&phone);
    let request = phone.request(&challenge, None, None, world.now());
    let answers = at_once(vec![request; 8]);
    let credentials: Vec<_> =
        answers.into_iter().map(|answer| answer.ok()["credentials"].clone()).collect();
    assert!(credentials.iter().all(|it| *it == credentials[0]), "{credentials:?}");

    let challenge = world.key_nonce(&phone);
    let different = (0..8).map(|ago| phone.request(&challenge, None, None, world.now() - ago));
    let mut numbers: Vec<u64> =
        at_once(different.collect()).iter().map(crate::harness::Answer::number).collect();
    numbers.sort_unstable();
    assert_eq!(numbers, [0, 905, 905, 905, 905, 905, 905, 905]);
}

#[test]
fn several_cards_are_renewed_at_once_and_one_that_fails_holds_up_none() {
    let world = World::new();
    let phones: Vec<Phone> = ["r-5", "r-6"]
        .map(|reference| {
            world.grant(reference);
            world.enrol(reference)
        })
        .into();
    world.as_staff("/staff/cards/r-5/revoke", &json!({})).ok();
    world.pass(86_400);
    let requests: Vec<String> = phones
        .iter()
        .map(|phone| {
            let next = phone.next_challenge.clone().unwrap();
            phone.request(&next, None, None, world.now()).text()
        })
        .collect();
    let asked = json!({ "proofs": { "onecode_card_request": requests } });
    let answer = world.post("/renewal", None, &asked).ok();
    assert_eq!(answer["renewals"][0]["problem"]["number"], 919);
    assert!(answer["renewals"][1]["credentials"][0]["credential"].is_string());
}

#[test]
fn a_second_phone_and_a_phone_after_a_loss_get_positions_of_their_own() {
    let world = World::new();
    world.grant("r-7");
    let (mut first, second) = (world.enrol("r-7"), world.enrol("r-7"));
    assert_ne!(first.position(), second.position());
    world.try_enrol("r-7", &mut Phone::new()).is(956);

    let mut third = Phone::new();
    let lost = Some(replaces(Reason::Lost, &first));
    world.try_replace("r-7", &mut third, lost).ok();
    assert!(third.position() > second.position());
    world.publish();
    assert_eq!(world.scan(&mut first), Some(401));
    assert_eq!(world.scan(&mut third), None);
    world.renew(&mut first).is(919);
    // Whose position is revoked does not come back with the same key.
    world.try_enrol("r-7", &mut first).is(910);
}

#[test]
fn a_suspension_with_an_end_is_ended_by_the_books_and_the_next_list() {
    let world = World::new();
    world.grant("r-8");
    let mut phone = world.enrol("r-8");
    let until = world.now() + 7 * 86_400;
    world.as_staff("/staff/cards/r-8/suspend", &json!({ "until": until })).ok();
    world.publish();
    assert_eq!(world.scan(&mut phone), Some(402));
    world.pass(7 * 86_400);
    world.renew(&mut phone).is(918);
    world.publish();
    world.renew(&mut phone).ok();
    assert_eq!(world.scan(&mut phone), None);
    let wrong = json!({ "until": world.now() });
    world.as_staff("/staff/cards/r-8/suspend", &wrong).is(931);
}

#[test]
fn a_suspended_card_comes_onto_no_phone_whoever_asks_and_however() {
    let world = World::new();
    let granted = world.grant("r-13");
    let counters = counter_challenge(&world);
    let mut first = world.enrol("r-13");
    let token = world.citizen("r-13");
    let waiting = Phone::new();
    let before = proofs(&waiting.request(&world.nonce(&token), None, None, world.now()));
    world.as_staff("/staff/cards/r-13/suspend", &json!({})).ok();

    // A second phone: with a request of before, by a code of before, from a counter, for a loss.
    world.post("/credential", Some(&token), &before).is(918);
    let at_counter = world.post_bytes("/token", None, token_form(&granted).as_bytes()).ok();
    let at_counter = at_counter["access_token"].as_str().unwrap();
    let request = Phone::new().request(&world.nonce(at_counter), None, None, world.now());
    world.post("/credential", Some(at_counter), &proofs(&request)).is(918);
    let request_there = waiting.request(&counters, None, None, world.now()).text();
    let brought = json!({ "reference": "r-13", "request": request_there });
    world.as_staff("/staff/requests", &brought).is(918);
    let lost = Some(replaces(Reason::Lost, &first));
    world.try_replace("r-13", &mut Phone::new(), lost).is(918);
    // The first one gets nothing either.
    world.try_enrol("r-13", &mut first).is(918);
    world.renew(&mut first).is(918);

    // What was refused has used nothing up: neither a position, nor the code, nor the request.
    world.as_staff("/staff/cards/r-13/restore", &json!({})).ok();
    let given = world.post("/credential", Some(at_counter), &proofs(&request)).ok();
    assert!(given["credentials"].is_array());
    world.as_staff("/staff/cards/r-13/revoke", &json!({})).ok();
    world.grant("r-14");
    assert_eq!(world.enrol("r-14").position(), first.position() + 2);
}

#[test]
fn a_phone_that_is_suspended_alone_keeps_the_card_off_no_other() {
    let world = World::new();
    world.grant("r-15");
    let mut first = world.enrol("r-15");
    let alone = json!({ "position": first.position() });
    world.as_staff("/staff/cards/r-15/suspend", &alone).ok();
    let mut second = world.enrol("r-15");
    world.publish();
    assert_eq!([world.scan(&mut first), world.scan(&mut second)], [Some(402), None]);
}

#[test]
fn a_replaced_card_goes_on_with_a_new_phone() {
    let world = World::new();
    world.grant("r-9");
    let mut old = world.enrol("r-9");
    world.post("/cards/r-9/report-lost", Some(&world.citizen("r-9")), &json!({})).ok();
    world.try_enrol("r-9", &mut Phone::new()).is(918);
    let replaced = world.as_staff("/staff/cards/r-9/replace", &json!({})).ok();
    assert!(replaced["credential_offer"]["grants"].is_object());
    let mut new = world.enrol("r-9");
    world.publish();
    assert_eq!([world.scan(&mut old), world.scan(&mut new)], [Some(401), None]);
}

#[test]
fn a_revoked_position_is_published_as_free_two_days_after_its_last_credential() {
    let world = World::new();
    world.grant("r-10");
    let phone = world.enrol("r-10");
    world.as_staff("/staff/cards/r-10/revoke", &json!({})).ok();
    let last = phone.credential().claims().expires_unix_s + 60;
    world.pass(last + 2 * 86_400 - 100 - world.now());
    world.publish();
    assert_eq!(crate::publishing::newest(&world).status(phone.position()), Some(REVOKED));
    world.pass(100);
    world.publish();
    assert_eq!(crate::publishing::newest(&world).status(phone.position()), Some(VALID));
    // It is never given again.
    world.grant("r-11");
    assert_eq!(world.enrol("r-11").position(), phone.position() + 1);
}

const REVOKED: onecode::status::Status = onecode::status::Status::Revoked;
const VALID: onecode::status::Status = onecode::status::Status::Valid;

#[test]
fn staff_finds_a_card_by_its_reference_and_grants_it_once() {
    let world = World::new();
    world.grant("r%_12");
    world.grant("r%_12");
    let mut other = crate::harness::grant("r%_12");
    other["entitlements"] = json!([5]);
    world.as_staff("/staff/cards", &other).is(970);
    world.grant("rx12");
    let staff = world.staff();
    let found = world.get("/staff/cards?reference=r%25_", Some(&staff)).ok();
    assert_eq!(found["cards"].as_array().unwrap().len(), 1, "{found}");
    assert_eq!(found["cards"][0]["credential_identifier"], "r%_12");
    world.get("/staff/cards/nobody", Some(&staff)).is(955);
    world.as_staff("/staff/cards/nobody/suspend", &json!({})).is(955);
    let own = world.get("/cards", Some(&world.citizen("rx12"))).ok();
    assert_eq!(own["cards"][0]["state"], "valid");
}
