//! A card that moves to a new phone by two scans.

use onecode::SigningKey;
use serde_json::{json, Value};

use super::{picture, with, Case, Pieces, DAY, KEPT, LOST, MOVE};
use crate::parts::{bytes, high_s, int, text, Card, FixedKey, Parts, NOW};
use crate::world::{hex, World};

/// The first 16 bytes of the COSE Key Thumbprint of a key on P-256.
fn consent(key: &FixedKey) -> [u8; 16] {
    let key = key.public_key();
    let (x, y) = key.coordinates();
    let mut entries = crate::parts::key_entries(&key);
    entries[2].1 = bytes(x);
    entries[3].1 = bytes(y.unwrap());
    crate::parts::sha256(&crate::parts::map(&entries))[..16].try_into().unwrap()
}

fn card() -> Card {
    Card {
        expires: (NOW + 20 * DAY) as u64,
        confirmed: Some(NOW as u64 - 3_600),
        ..Card::default()
    }
}

/// The old phone's answer: a code bound to the reserved application.
fn answer(world: &World, application: &str, consent: &[u8]) -> Parts {
    let mut parts = Parts::new(&world.shanghai, &world.phone, &card());
    parts.code_claims =
        vec![(int(3), text(application)), (int(6), int(NOW)), (int(39), bytes(consent))];
    parts
}

fn code(bytes: &[u8]) -> String {
    format!("OC1:{}", base45::encode(bytes))
}

pub fn cases(world: &World, new: &FixedKey) -> Vec<Case> {
    let request = Pieces::card(new, &KEPT).replaces(&[MOVE]);
    let mut cases = questions(world, new, &request);
    cases.extend(answers(world, new, &request));
    cases.extend(decisions(world, new, &request));
    cases
}

/// What the old phone makes of a request.
fn questions(world: &World, new: &FixedKey, request: &Pieces) -> Vec<Case> {
    let credential = Parts::new(&world.shanghai, &world.phone, &card()).credential();
    let ask = |text: String, now: i64| {
        json!({
            "do": "move_question",
            "text": text,
            "credential": hex(&credential),
            "now_unix_s": now,
        })
    };
    let asked = |name: &str, comment: &str, pieces: &Pieces, now: i64, number: Option<u16>| {
        let good = json!({ "consent": hex(&consent(new)) });
        let expected = number.map_or(good, |number| json!({ "number": number }));
        Case::new(name, comment, ask(picture(&pieces.request()), now), expected)
    };
    let named = |index: u64| request.clone().replaces(&[MOVE, 31, index]);
    let own = Pieces::card(&world.phone, &KEPT).replaces(&[MOVE]);
    let forged = Pieces { key: FixedKey::esp256("no phone"), ..request.clone() };
    let expires = NOW + 20 * DAY;
    let good = picture(&request.request());
    vec![
        asked("question", "of a new phone", request, NOW, None),
        asked("question_named", "it names the card", &named(200_000_007), NOW, None),
        asked("question_other_card", "it names another", &named(200_000_008), NOW, Some(805)),
        asked("question_oldest", "600 s old", request, NOW + 600, None),
        asked("question_old", "601 s old", request, NOW + 601, Some(804)),
        asked("question_ahead", "120 s ahead", request, NOW - 120, None),
        asked("question_too_far_ahead", "121 s ahead", request, NOW - 121, Some(804)),
        asked("question_first_card", "no move", &Pieces::card(new, &KEPT), NOW, Some(803)),
        asked(
            "question_lost",
            "for a phone that is said to be lost",
            &request.clone().replaces(&[LOST]),
            NOW,
            Some(803),
        ),
        asked("question_own", "by this phone's own key", &own, NOW, Some(806)),
        asked("question_forged", "not signed by the key it names", &forged, NOW, Some(802)),
        asked(
            "question_last_second",
            "the old credential's last second",
            &request.clone().at(expires - 1),
            expires - 1,
            None,
        ),
        asked(
            "question_expired",
            "the old credential has expired",
            &request.clone().at(expires),
            expires,
            Some(807),
        ),
        Case::new(
            "question_code",
            "not a request",
            ask(good.replace("OC1Q:", "OC1:"), NOW),
            json!({ "number": 801, "problem": "other_text" }),
        ),
    ]
}

/// What the new phone makes of a code.
fn answers(world: &World, new: &FixedKey, request: &Pieces) -> Vec<Case> {
    let good = answer(world, "65535", &consent(new));
    let case = |name: &str, comment: &str, text: String, expected: Value| {
        let request = hex(&request.request());
        let what = json!({ "do": "move_answer", "text": text, "request": request });
        Case::new(name, comment, what, expected)
    };
    let other = consent(&FixedKey::esp256("another new phone"));
    let everyday = Parts::new(&world.shanghai, &world.phone, &card());
    let refused = |number: u16| json!({ "number": number });
    vec![
        case(
            "answer",
            "to this request",
            code(&good.code()),
            json!({ "card": "310000-200000007" }),
        ),
        case(
            "answer_to_another",
            "to another key",
            code(&answer(world, "65535", &other).code()),
            refused(809),
        ),
        case("answer_everyday", "an everyday code", code(&everyday.code()), refused(809)),
        case(
            "answer_application",
            "bound to an application",
            code(&answer(world, "101", &consent(new)).code()),
            refused(809),
        ),
        case("answer_text", "no code", picture(&request.request()), refused(808)),
        case("answer_cut", "cut off", code(&good.code()[..200]), refused(808)),
    ]
}

/// What the issuer decides.
fn decisions(world: &World, new: &FixedKey, request: &Pieces) -> Vec<Case> {
    let position = json!({
        "region": 310_000,
        "status_index": 200_000_007,
        "status": "valid",
        "key": world.phone.public_key().to_jwk(),
        "moved_unix_s": [],
        "same_person": true,
    });
    let good = answer(world, "65535", &consent(new));
    let what = |request: &Pieces, code_bytes: &[u8]| {
        json!({
            "do": "move",
            "request": hex(&request.request()),
            "text": code(code_bytes),
            "issuer_keys": [world.jiangsu.public_key().to_jwk(), world.shanghai.public_key().to_jwk()],
            "position": position,
            "now_unix_s": NOW,
        })
    };
    let books = |changes: Value| {
        with(what(request, &good.code()), json!({ "position": with(position.clone(), changes) }))
    };
    let at = |now: i64| with(what(request, &good.code()), json!({ "now_unix_s": NOW + now }));
    let case = |name: &str, comment: &str, what: Value, number: Option<u16>| {
        let good = json!({ "step": "move" });
        Case::new(name, comment, what, number.map_or(good, |number| json!({ "number": number })))
    };
    let of = |parts: &Parts| what(request, &parts.code());
    let other = consent(&FixedKey::esp256("another new phone"));
    let stranger = FixedKey::esp256("no issuer");
    let named = |index: u64| request.clone().replaces(&[MOVE, 31, index]);
    let moved = |times: &[i64]| {
        let times: Vec<_> = times.iter().map(|time| NOW + time).collect();
        books(json!({ "moved_unix_s": times }))
    };
    let from_stranger = Parts { issuer: stranger.clone(), ..good.clone() };
    let of_no_key = json!({ "issuer_keys": [] });
    let new_jwk = new.public_key().to_jwk();
    let mut cases = vec![
        case("move", "both phones agree, and the books", what(request, &good.code()), None),
        case(
            "move_named",
            "the request names the card",
            what(&named(200_000_007), &good.code()),
            None,
        ),
        case("move_other_named", "it names another", what(&named(8), &good.code()), Some(923)),
        case(
            "move_high_s",
            "the other signature of the old phone",
            what(request, &good.code_signed(high_s)),
            None,
        ),
        case(
            "move_not_asked",
            "the request is for a second phone",
            what(&Pieces::card(new, &KEPT), &good.code()),
            Some(911),
        ),
        case(
            "move_no_code",
            "the request in place of a code",
            with(what(request, &[]), json!({ "text": picture(&request.request()) })),
            Some(912),
        ),
        case(
            "move_to_another",
            "the old phone agreed to another key",
            of(&answer(world, "65535", &other)),
            Some(913),
        ),
        case(
            "move_of_a_code",
            "an everyday code of the old phone",
            of(&Parts::new(&world.shanghai, &world.phone, &card())),
            Some(913),
        ),
        case(
            "move_application",
            "a code bound to an application, with those bytes",
            of(&answer(world, "101", &consent(new))),
            Some(913),
        ),
        case(
            "move_challenge",
            "15 of those bytes, as a challenge",
            of(&answer(world, "65535", &consent(new)[..15])),
            Some(913),
        ),
        case("move_stranger", "a card by no issuer", of(&from_stranger), Some(914)),
        case(
            "move_other_issuer",
            "a card of another issuer, whose keys are not given",
            with(what(request, &good.code()), of_no_key),
            Some(914),
        ),
        case(
            "move_issuer_forged",
            "the issuer's signature is another's",
            what(request, &good.card_signed(|_| stranger.raw(b"x"))),
            Some(914),
        ),
        case(
            "move_forged",
            "the old phone's signature is another's",
            what(request, &good.code_signed(|_| stranger.raw(b"x"))),
            Some(915),
        ),
        case(
            "move_by_the_new_phone",
            "the new phone signed for the old one",
            of(&Parts { phone: new.clone(), ..good.clone() }),
            Some(915),
        ),
        case("move_oldest", "W + 120 s old", at(180), None),
        case("move_old", "a second older", at(181), Some(916)),
        case("move_ahead", "120 s ahead", at(-120), None),
        case("move_too_far_ahead", "121 s ahead", at(-121), Some(916)),
        case("move_expired", "the old credential has expired", at(20 * DAY), Some(917)),
        case(
            "move_suspended",
            "by a suspended phone",
            books(json!({ "status": "suspended" })),
            Some(918),
        ),
        case("move_revoked", "by a revoked one", books(json!({ "status": "revoked" })), Some(919)),
        case("move_third", "the third within 30 days", moved(&[-DAY, -30 * DAY + 1]), Some(920)),
        case("move_third_later", "30 days after the first", moved(&[-DAY, -30 * DAY]), None),
        case(
            "move_backwards",
            "the old phone moved away before",
            books(json!({ "key": FixedKey::esp256("third phone").public_key().to_jwk() })),
            Some(921),
        ),
        case(
            "move_other_person",
            "signed in as somebody else",
            books(json!({ "same_person": false })),
            Some(922),
        ),
        case(
            "move_other_position",
            "the books were asked for another card",
            books(json!({ "status_index": 7 })),
            Some(923),
        ),
    ];
    cases.push(Case::new(
        "move_twice",
        "the position is at the new key already",
        books(json!({ "key": new_jwk })),
        json!({ "step": "already_moved" }),
    ));
    cases
}
