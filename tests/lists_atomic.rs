//! Whatever is handed to a scanner in whatever order: it does what a simple model of it does, and
//! what is refused changes nothing.

mod practice;

use std::sync::LazyLock;

use onecode::gate::StatusAnswer;
use onecode::status::{StatusIssuer, StatusPublication};
use onecode::trust::TrustList;
use onecode::{Algorithm, InstallError, Policy, Region, Scanner, SigningKey, SoftwareKey, Verdict};
use practice::{catalogue, context, issuer_key, key, open_application, Practice, DAY, NOW};
use proptest::prelude::*;

static WORLD: LazyLock<Practice> =
    LazyLock::new(|| Practice::new(Algorithm::Ed25519, Algorithm::Ed25519, Algorithm::Ed25519));

/// The issuer's two keys for status lists, and for nothing else.
static STATUS_KEYS: LazyLock<[SoftwareKey; 2]> =
    LazyLock::new(|| [Algorithm::Ed25519, Algorithm::Ed25519].map(key));

/// What an operator or an issuer may hand in. `variant` tells two editions of one number apart;
/// `by` is the status key that signs.
#[derive(Clone, Debug)]
enum Step {
    TrustList { sequence: u64, variant: Variant, damage: bool },
    Catalogue { sequence: u64, variant: bool, damage: bool },
    Status { hour: i64, state: u8, by: usize, damage: bool },
    Delta { from: i64, to: i64, before: u8, after: u8, by: usize, damage: bool },
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Variant {
    Usual,
    /// The key for cards may sign no cards of Shanghai.
    OtherRegion,
    /// The first status key is withdrawn.
    Withdrawn,
}

/// What a scanner should have in force.
#[derive(Clone, Debug, PartialEq)]
struct Model {
    trust: (u64, Variant),
    catalogue: (u64, bool),
    status: Option<Held>,
}

/// The status list in force, if its key still counts.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Held {
    hour: i64,
    state: u8,
    by: usize,
}

impl Model {
    fn admits(&self, by: usize) -> bool {
        self.trust.1 != Variant::Withdrawn || by != 0
    }

    fn counting(&self) -> Option<Held> {
        self.status.filter(|held| self.admits(held.by))
    }
}

fn trust_list(sequence: u64, variant: Variant) -> TrustList {
    let mut list = WORLD.trust_list(sequence);
    let keys = &mut list.issuers[0].keys;
    keys[0].may_sign.status_lists = false;
    keys.extend(STATUS_KEYS.each_ref().map(|key| issuer_key(key.public_key(), &[])));
    match variant {
        Variant::Usual => {}
        Variant::OtherRegion => keys[0].may_sign.credentials = vec![Region::ANHUI],
        Variant::Withdrawn => keys[1].withdrawn_from_unix_s = Some(NOW),
    }
    list
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let damage = || prop::bool::weighted(0.2);
    let variant =
        prop::sample::select(vec![Variant::Usual, Variant::OtherRegion, Variant::Withdrawn]);
    let step = prop_oneof![
        2 => (1u64..8, variant, damage())
            .prop_map(|(sequence, variant, damage)| Step::TrustList { sequence, variant, damage }),
        2 => (1u64..6, any::<bool>(), damage())
            .prop_map(|(sequence, variant, damage)| Step::Catalogue { sequence, variant, damage }),
        3 => (0i64..5, 0u8..3, 0usize..2, damage())
            .prop_map(|(hour, state, by, damage)| Step::Status { hour, state, by, damage }),
        3 => (0i64..5, 0i64..5, 0u8..3, 0u8..3, 0usize..2, damage()).prop_map(
            |(from, to, before, after, by, damage)| {
                Step::Delta { from, to, before, after, by, damage }
            }
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

/// One bit of what is signed. With a damaged signature a document that is in force is still the same
/// document.
fn altered(mut json: Vec<u8>, damage: bool) -> Vec<u8> {
    if damage {
        json[100] ^= 1;
    }
    json
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
    fn newer<T: PartialEq>(held: (u64, T), offered: (u64, T)) -> bool {
        offered.0 > held.0 || offered == held
    }
    match *step {
        Step::TrustList { sequence, variant, damage } => {
            let list = trust_list(sequence, variant);
            let list = altered(list.sign(&WORLD.root).unwrap().into_bytes(), damage);
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
            let list = altered(list.into_bytes(), damage);
            let expected = (!damage && newer(model.catalogue, (sequence, variant)))
                .then(|| Model { catalogue: (sequence, variant), ..model.clone() });
            (scanner.install_catalogue(&list, NOW), expected)
        }
        Step::Status { hour, state, by, damage } => {
            let key = &STATUS_KEYS[by];
            let list = agency(state).publish(publication(hour), key).unwrap().remove(0);
            let not_older = model.counting().is_none_or(|held| hour >= held.hour);
            let expected = (!damage && model.admits(by) && not_older)
                .then(|| Model { status: Some(Held { hour, state, by }), ..model.clone() });
            (scanner.install_status(&damaged(list, damage), NOW), expected)
        }
        Step::Delta { from, to, before, after, by, damage } => {
            let base = publication(from).issued_at_unix_s;
            let delta = agency(after)
                .publish_delta(&agency(before), base, publication(to), &STATUS_KEYS[by])
                .unwrap();
            // A delta that changes nothing fits every state of its base; one that changes
            // something fits only where it is a change.
            let fits = model.status.filter(|held| {
                let continues = held.hour == from && held.by == by && to >= from;
                continues && (before == after || held.state != after)
            });
            let expected = fits.filter(|_| !damage && model.admits(by)).map(|held| {
                let state = if before == after { held.state } else { after };
                Model { status: Some(Held { hour: to, state, by }), ..model.clone() }
            });
            (scanner.install_status(&damaged(delta, damage), NOW), expected)
        }
    }
}

/// What a code is answered, by the model.
fn answer(model: &Model) -> Result<Option<i64>, u16> {
    if model.trust.1 == Variant::OtherRegion {
        return Err(202);
    }
    let held = model.counting();
    match held.map(|held| held.state) {
        Some(1) => return Err(402),
        Some(2) => return Err(401),
        _ => {}
    }
    if model.catalogue.1 {
        return Err(501);
    }
    Ok(held.map(|held| publication(held.hour).issued_at_unix_s))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn a_scanner_is_its_model(steps in steps()) {
        let mut scanner = WORLD.scanner(Policy::default());
        // The practice scanner begins with edition 1 of both; ours come after it.
        let mut model =
            Model { trust: (2, Variant::Usual), catalogue: (2, true), status: None };
        let first = trust_list(2, Variant::Usual).sign(&WORLD.root).unwrap();
        scanner.install_trust_list(first.as_bytes(), NOW).unwrap();
        let mut application = open_application();
        application.places = vec![Region::ANHUI];
        let first = catalogue(2, vec![application]).sign(&WORLD.root).unwrap();
        scanner.install_catalogue(first.as_bytes(), NOW).unwrap();
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
                Verdict::HandedOver(code) => panic!("handed over: {code:?}"),
            };
            prop_assert_eq!(found, answer(&model), "{:?} after {:?}", model, step);
        }
    }
}
