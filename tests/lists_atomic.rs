//! Whatever is handed to a scanner in whatever order: it does what a simple model of it does, and
//! what is refused changes nothing.

mod practice;

use std::sync::LazyLock;

use onecode::*;
use practice::{catalogue, context, open_application, Practice, DAY, NOW};
use proptest::prelude::*;

static WORLD: LazyLock<Practice> =
    LazyLock::new(|| Practice::new(Algorithm::Ed25519, Algorithm::Ed25519, Algorithm::Ed25519));

/// What an operator or an issuer may hand in. `variant` tells two editions of one number apart.
#[derive(Clone, Debug)]
enum Step {
    TrustList { sequence: u64, variant: bool, damage: bool },
    Catalogue { sequence: u64, variant: bool, damage: bool },
    Status { hour: i64, state: u8, damage: bool },
    Delta { from: i64, to: i64, before: u8, after: u8, damage: bool },
}

/// What a scanner should have in force.
#[derive(Clone, Debug, PartialEq)]
struct Model {
    trust: (u64, bool),
    catalogue: (u64, bool),
    status: Option<(i64, u8)>,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let damage = || prop::bool::weighted(0.2);
    let step = prop_oneof![
        (1u64..6, any::<bool>(), damage())
            .prop_map(|(sequence, variant, damage)| Step::TrustList { sequence, variant, damage }),
        (1u64..6, any::<bool>(), damage())
            .prop_map(|(sequence, variant, damage)| Step::Catalogue { sequence, variant, damage }),
        (0i64..5, 0u8..3, damage()).prop_map(|(hour, state, damage)| Step::Status {
            hour,
            state,
            damage
        }),
        (0i64..5, 0i64..5, 0u8..3, 0u8..3, damage()).prop_map(
            |(from, to, before, after, damage)| { Step::Delta { from, to, before, after, damage } }
        ),
    ];
    prop::collection::vec(step, 1..25)
}

/// Position 7 is valid, suspended or revoked.
fn agency(state: u8) -> StatusIssuer {
    let mut agency = StatusIssuer::new("cn-31", 16);
    match state {
        0 => {}
        1 => agency.suspend(7).unwrap(),
        _ => agency.revoke(7).unwrap(),
    }
    agency
}

fn publication(hour: i64) -> StatusPublication {
    StatusPublication {
        issued_at_unix_s: NOW - 10 * 3_600 + hour * 3_600,
        expires_unix_s: NOW + DAY,
        ttl_s: 3_600,
    }
}

/// One bit of the last quarter, where the signature lies.
fn damaged(mut bytes: Vec<u8>, damage: bool) -> Vec<u8> {
    if damage {
        let at = bytes.len() - 20;
        bytes[at] ^= 1;
    }
    bytes
}

/// Makes the document of a step and hands it in; says what the model does with it.
fn take(
    scanner: &mut Scanner,
    model: &Model,
    step: &Step,
) -> (Result<(), InstallError>, Option<Model>) {
    let newer = |held: (u64, bool), offered: (u64, bool)| offered.0 > held.0 || offered == held;
    match *step {
        Step::TrustList { sequence, variant, damage } => {
            let mut list = WORLD.trust_list(sequence);
            // The variant's key may sign no cards of Shanghai.
            if variant {
                list.issuers[0].keys[0].may_sign.credentials = vec![Region::ANHUI];
            }
            let list = damaged(list.sign(&WORLD.root).unwrap().into_bytes(), damage);
            let expected = (!damage && newer(model.trust, (sequence, variant)))
                .then(|| Model { trust: (sequence, variant), ..model.clone() });
            (scanner.install_trust_list(&list, NOW), expected)
        }
        Step::Catalogue { sequence, variant, damage } => {
            let mut application = open_application();
            if variant {
                application.places = vec![Region::ANHUI];
            }
            let list = catalogue(sequence, vec![application]).sign(&WORLD.root).unwrap();
            let list = damaged(list.into_bytes(), damage);
            let expected = (!damage && newer(model.catalogue, (sequence, variant)))
                .then(|| Model { catalogue: (sequence, variant), ..model.clone() });
            (scanner.install_catalogue(&list, NOW), expected)
        }
        Step::Status { hour, state, damage } => {
            let list = agency(state).publish(publication(hour), &WORLD.issuer).unwrap().remove(0);
            let not_older = model.status.is_none_or(|(held, _)| hour >= held);
            let expected = (!damage && not_older)
                .then(|| Model { status: Some((hour, state)), ..model.clone() });
            (scanner.install_status(&damaged(list, damage), NOW), expected)
        }
        Step::Delta { from, to, before, after, damage } => {
            let base = publication(from).issued_at_unix_s;
            let delta = agency(after)
                .publish_delta(&agency(before), base, publication(to), &WORLD.issuer)
                .unwrap();
            // A delta that changes nothing fits every state of its base; one that changes
            // something fits only where it is a change.
            let fits = model.status.is_some_and(|(held, state)| {
                held == from && to >= from && (before == after || state != after)
            });
            let becomes =
                model.status.map(|(_, state)| if before == after { state } else { after });
            let expected = (!damage && fits)
                .then(|| Model { status: becomes.map(|state| (to, state)), ..model.clone() });
            (scanner.install_status(&damaged(delta, damage), NOW), expected)
        }
    }
}

/// What a code is answered, by the model.
fn answer(model: &Model) -> Result<Option<i64>, u16> {
    if model.trust.1 {
        return Err(202);
    }
    match model.status {
        Some((_, 1)) => return Err(402),
        Some((_, 2)) => return Err(401),
        _ => {}
    }
    if model.catalogue.1 {
        return Err(501);
    }
    Ok(model.status.map(|(hour, _)| publication(hour).issued_at_unix_s))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn a_scanner_is_its_model(steps in steps()) {
        let mut scanner = WORLD.scanner(Policy::default());
        let mut model = Model { trust: (1, false), catalogue: (1, true), status: None };
        // The practice scanner begins with edition 1 of both; a catalogue of our own after it.
        let mut application = open_application();
        application.places = vec![Region::ANHUI];
        let first = catalogue(2, vec![application]).sign(&WORLD.root).unwrap();
        scanner.install_catalogue(first.as_bytes(), NOW).unwrap();
        model.catalogue = (2, true);
        let code = WORLD.code(&WORLD.credential(|_| ()), NOW);

        for step in &steps {
            let (result, expected) = take(&mut scanner, &model, step);
            prop_assert_eq!(result.is_ok(), expected.is_some(), "{:?} on {:?}: {:?}", step, model, result);
            if let Some(next) = expected {
                model = next;
            }
            let verdict = scanner.clone().scan(code.text(), &context(NOW));
            let found = match verdict {
                Verdict::Refused(refusal) => Err(refusal.number()),
                Verdict::Accepted(accepted) => Ok(match accepted.status {
                    StatusAnswer::Valid { as_of_unix_s } => Some(as_of_unix_s),
                    _ => None,
                }),
            };
            prop_assert_eq!(found, answer(&model), "{:?} after {:?}", model, step);
        }
    }
}
