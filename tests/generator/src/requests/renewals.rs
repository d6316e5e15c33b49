//! When a phone renews, tries again, and what a loss does.

use onecode::SigningKey;
use serde_json::json;

use super::{Case, DAY};
use crate::parts::{sha256, Card, FixedKey, Parts, NOW};
use crate::world::{hex, World};

const HOUR: i64 = 3_600;

/// A card's own part of the 8 hours.
fn spread(region: u32, index: u32) -> i64 {
    let input = [b"onecode renewal\0", &region.to_be_bytes()[..], &index.to_be_bytes()].concat();
    let first: [u8; 8] = sha256(&input)[..8].try_into().unwrap();
    (u64::from_be_bytes(first) % 28_800) as i64
}

pub fn cases(world: &World) -> Vec<Case> {
    let mut cases = due(world);
    cases.extend(retries());
    cases.extend(books(world));
    cases
}

fn due(world: &World) -> Vec<Case> {
    let case = |name: &str, comment: &str, index: u32, iat: Option<i64>, exp: i64, due: i64| {
        let card = Card {
            status_index: index.into(),
            confirmed: iat.map(|iat| (NOW + iat) as u64),
            expires: (NOW + exp) as u64,
            ..Card::default()
        };
        let credential = Parts::new(&world.shanghai, &world.phone, &card).credential();
        let what = json!({ "do": "renewal_due", "credential": hex(&credential) });
        Case::new(name, comment, what, json!({ "due_unix_s": NOW + due }))
    };
    let of = |index| 16 * HOUR + spread(310_000, index);
    vec![
        case("due", "16 hours and the card's own part of 8", 7, Some(0), 30 * DAY, of(7)),
        case("due_other_card", "another card, another part", 8, Some(0), 30 * DAY, of(8)),
        case("due_longer", "a credential of a year", 7, Some(-HOUR), 365 * DAY, of(7) - HOUR),
        case("due_short", "one of two hours: at half its life", 7, Some(0), 2 * HOUR, HOUR),
        case("due_unconfirmed", "without iat, 15 days before exp", 7, None, 30 * DAY, 15 * DAY),
        case("due_backwards", "exp before iat: at once", 7, Some(0), -HOUR, 0),
    ]
}

fn retries() -> Vec<Case> {
    let case =
        |name: &str, comment: &str, failed: u64, random: u64, after: Option<u64>, wait: u64| {
            let what = json!({
                "do": "retry",
                "failed": failed,
                "random": random,
                "retry_after_s": after,
            });
            Case::new(name, comment, what, json!({ "wait_s": wait }))
        };
    let largest = i64::MAX as u64;
    vec![
        case("retry_first", "between 7.5 and 15 minutes: the least", 1, 0, None, 450),
        case("retry_first_most", "the most", 1, 450, None, 900),
        case("retry_first_again", "the random number goes round", 1, 451, None, 450),
        case("retry_none", "called too early", 0, 0, None, 450),
        case("retry_second", "between 5 and 10 hours, from now on", 2, 0, None, 18_000),
        case("retry_many", "as long after many failures", 2_147_483_647, 18_000, None, 36_000),
        case("retry_large_random", "any random number", 9, largest, None, {
            18_000 + largest % 18_001
        }),
        case("retry_after", "at least what the server says", 9, 0, Some(600), 600),
        case("retry_after_most", "and at most half as long again", 9, 300, Some(600), 900),
        case("retry_after_0", "a server that says at once", 1, 0, Some(0), 1),
        case("retry_after_a_day", "the longest that is obeyed", 1, 0, Some(86_400), 86_400),
        case("retry_after_more", "a server that says more", 1, 0, Some(86_401), 86_400),
    ]
}

fn books(world: &World) -> Vec<Case> {
    let jwk = world.phone.public_key().to_jwk();
    let renewal = |name: &str, comment: &str, status: &str, key: &FixedKey, number: Option<u16>| {
        let what = json!({
            "do": "check_renewal",
            "position": {
                "region": 310_000,
                "status_index": 7,
                "status": status,
                "key": jwk,
                "moved_unix_s": [],
                "same_person": true,
            },
            "key": key.public_key().to_jwk(),
        });
        Case::new(
            name,
            comment,
            what,
            number.map_or(json!({}), |number| json!({ "number": number })),
        )
    };
    let loss = |name: &str, comment: &str, moved: Option<i64>, effect: &str| {
        let what = json!({
            "do": "loss",
            "moved_away_unix_s": moved.map(|moved| NOW + moved),
            "now_unix_s": NOW,
        });
        Case::new(name, comment, what, json!({ "effect": effect }))
    };
    let other = FixedKey::esp256("no phone");
    vec![
        renewal("renewal", "by the phone in use", "valid", &world.phone, None),
        renewal("renewal_suspended", "of a suspended card", "suspended", &world.phone, Some(918)),
        renewal("renewal_revoked", "of a revoked card", "revoked", &world.phone, Some(919)),
        renewal("renewal_moved_away", "by a phone that is not in use", "valid", &other, Some(921)),
        loss("loss", "of the phone in use", None, "revoke"),
        loss("loss_of_the_old", "of one it moved away from", Some(-30 * DAY + 1), {
            "revoke_and_place_anew"
        }),
        loss("loss_long_after", "whose credential has expired", Some(-30 * DAY), "nothing"),
    ]
}
