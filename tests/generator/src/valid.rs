//! Codes that must be accepted.

use super::parts::*;
use super::world::{answer, Vector, World, YEAR};

pub fn vectors(world: &World) -> Vec<Vector> {
    [ordinary(world), chains(world)].into_iter().flatten().collect()
}

/// Each algorithm of issuers over each algorithm of phones, and an issuer with a signer ID.
fn chains(world: &World) -> Vec<Vector> {
    let phones = [&world.phone, &world.phone_ed25519, &world.phone_sm2];
    let issuers = [
        ("esp256", &world.anhui, 34),
        ("ed25519", &world.zhejiang, 33),
        ("sm2", &world.anhui_sm2, 34),
        ("sm2_with_id", &world.anhui_sm2_id, 34),
    ];
    let chain = |(issuer_name, issuer, region): (&str, &FixedKey, u64), phone: &FixedKey| {
        let code = Parts::new(issuer, phone, &Card { region, ..Card::default() }).code();
        let phone_name = phone.algorithm().name().to_lowercase();
        let name = format!("chain_{issuer_name}_over_{phone_name}");
        Vector::valid(name.leak(), "An issuer of one algorithm over a phone of another", &code)
    };
    issuers.into_iter().flat_map(|issuer| phones.map(|phone| chain(issuer, phone))).collect()
}

fn ordinary(world: &World) -> Vec<Vector> {
    let card = Card::default;
    let everyday = Parts::new(&world.shanghai, &world.phone, &card());
    let of = |card: &Card| Parts::new(&world.shanghai, &world.phone, card).code();
    let bound = |application: &str| {
        let mut parts = everyday.clone();
        parts.code_claims.insert(0, (int(3), text(application)));
        parts
    };
    let answering = |mut parts: Parts, challenge: &[u8]| {
        parts.code_claims.push(answer(challenge));
        parts.code()
    };
    let huangpu = Card { region: 310_101, ..card() };
    let twin = |at: usize| Parts::new(&world.twins[at], &world.phone, &huangpu).code();

    vec![
        Vector::valid("everyday", "ESP256 issuer and phone, shown at once", &everyday.code()),
        Vector::valid(
            "phone_ed25519",
            "ESP256 issuer, Ed25519 phone",
            &Parts::new(&world.shanghai, &world.phone_ed25519, &card()).code(),
        ),
        Vector::valid(
            "issuer_ed25519",
            "Ed25519 issuer, ESP256 phone",
            &Parts::new(&world.zhejiang, &world.phone, &Card { region: 33, ..card() }).code(),
        ),
        Vector::valid(
            "both_ed25519",
            "Ed25519 throughout",
            &Parts::new(&world.zhejiang, &world.phone_ed25519, &Card { region: 33, ..card() })
                .code(),
        ),
        Vector::valid(
            "last_second",
            "Window of 60 s and tolerance of 30 s, both used up",
            &everyday.code(),
        )
        .after(90),
        Vector::valid(
            "phone_ahead",
            "The phone's clock is ahead by the whole tolerance",
            &everyday.code(),
        )
        .after(-30),
        Vector::valid(
            "no_tolerance",
            "A scanner without tolerance, at the window's last second",
            &everyday.code(),
        )
        .tolerance(0)
        .after(60),
        Vector::valid("widest_tolerance", "A scanner with 120 s of tolerance", &everyday.code())
            .tolerance(120)
            .after(180),
        Vector::valid(
            "window_shortest",
            "A window of 1 s, at its last second",
            &of(&Card { window_s: 1, ..card() }),
        )
        .after(31),
        Vector::valid(
            "window_longest",
            "A window of 300 s, at its last second",
            &of(&Card { window_s: 300, ..card() }),
        )
        .after(330),
        Vector::valid("bound", "Bound to the application that scans it", &bound("101").code()),
        Vector::valid(
            "bound_largest",
            "Bound to the largest application number",
            &bound("65534").code(),
        )
        .at_application(65_534),
        Vector::valid(
            "bound_smallest",
            "Bound to the smallest application number",
            &bound("1").code(),
        )
        .at_application(1),
        Vector::valid(
            "challenge_shortest",
            "Answers a challenge of 5 bytes",
            &answering(everyday.clone(), &[7; 5]),
        )
        .challenge(&[7; 5]),
        Vector::valid(
            "challenge_longest",
            "Answers a challenge of 15 bytes",
            &answering(everyday.clone(), &[7; 15]),
        )
        .challenge(&[7; 15]),
        Vector::valid(
            "bound_and_challenge",
            "Bound, and answers a challenge of 8 bytes",
            &answering(bound("101"), &[9; 8]),
        )
        .challenge(&[9; 8]),
        Vector::valid(
            "region_prefecture",
            "A card of Suzhou",
            &Parts::new(&world.jiangsu, &world.phone, &Card { region: 3_205, ..card() }).code(),
        ),
        Vector::valid(
            "region_county",
            "A card of Qingpu",
            &of(&Card { region: 310_118, ..card() }),
        ),
        Vector::valid(
            "delegate",
            "Shown by a relative, and marked so",
            &of(&Card { flags: 2, ..card() }),
        ),
        Vector::valid(
            "specimen_in_practice",
            "A practice card at a practice scanner",
            &of(&Card { flags: 1, ..card() }),
        )
        .accept_specimens(),
        Vector::valid(
            "entitlements_none",
            "No function loaded",
            &of(&Card { entitlements: 0, ..card() }),
        ),
        Vector::valid(
            "entitlements_all",
            "All 64 bits",
            &of(&Card { entitlements: u64::MAX, ..card() }),
        ),
        Vector::valid(
            "status_first",
            "The first status position",
            &of(&Card { status_index: 0, ..card() }),
        ),
        Vector::valid(
            "status_last",
            "The last status position",
            &of(&Card { status_index: u32::MAX.into(), ..card() }),
        ),
        Vector::valid(
            "confirmed",
            "The issuer states when it last knew the card to be valid",
            &of(&Card { confirmed: Some(NOW as u64 - 3_600), ..card() }),
        ),
        Vector::valid(
            "card_expires_next_second",
            "The card's last second",
            &of(&Card { expires: NOW as u64 + 1, ..card() }),
        ),
        Vector::valid(
            "code_high_s",
            "The other signature that holds for the same code",
            &everyday.code_signed(high_s),
        ),
        Vector::valid(
            "card_high_s",
            "The other signature that holds for the same card",
            &everyday.card_signed(high_s),
        ),
        Vector::valid(
            "key_id_shared_first",
            "Two issuers' keys share a key id; the first one signed",
            &twin(0),
        ),
        Vector::valid(
            "key_id_shared_second",
            "Two issuers' keys share a key id; the second one signed",
            &twin(1),
        ),
        Vector::valid(
            "key_last_second",
            "The last second of an issuer's key",
            &Parts::new(&world.early, &world.phone, &Card { region: 33, ..card() }).code(),
        )
        .after(-1),
        Vector::valid(
            "key_first_second",
            "The first second of an issuer's key",
            &Parts::new(&world.late, &world.phone, &Card { region: 33, ..card() }).code(),
        )
        .after(1),
        Vector::valid(
            "key_before_withdrawal",
            "A second before an issuer's key is withdrawn",
            &Parts::new(&world.withdrawn, &world.phone, &Card { region: 33, ..card() }).code(),
        )
        .after(-1),
        Vector::valid(
            "far_in_the_future",
            "In three years, with times of five bytes still",
            &Parts::new(
                &world.shanghai,
                &world.phone,
                &Card { expires: (NOW + 4 * YEAR) as u64, ..card() },
            )
            .at(NOW + 3 * YEAR)
            .code(),
        )
        .after(3 * YEAR),
        Vector::valid("largest", "Everything at its largest that still fits", &{
            let largest = Card {
                region: 310_118,
                status_index: u32::MAX.into(),
                entitlements: u64::MAX,
                window_s: 300,
                flags: 2,
                confirmed: Some(NOW as u64),
                ..card()
            };
            let mut parts = Parts::new(&world.shanghai, &world.phone, &largest);
            parts.code_claims.insert(0, (int(3), text("65534")));
            answering(parts, &[5; 15])
        })
        .at_application(65_534)
        .challenge(&[5; 15]),
    ]
}
