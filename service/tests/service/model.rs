//! Whatever happens in whatever order: the gate says what a simple model says.

use std::collections::BTreeMap;

use onecode::request::{MoveQuestion, Reason, Replaces};
use proptest::prelude::*;
use serde_json::json;

use crate::harness::{proofs, Gate, Phone, World};

#[derive(Clone, Copy, Debug)]
enum Step {
    Enrol(usize),
    Renew(usize),
    Suspend(usize),
    SuspendUntil(usize),
    Restore(usize),
    Revoke(usize),
    ReplaceCard(usize),
    LosePhone(usize),
    Move(usize),
    ReportMoved(usize),
    Publish,
    Wait,
}

const CARDS: usize = 3;

fn step() -> impl Strategy<Value = Step> {
    let card = 0..CARDS;
    prop_oneof![
        4 => card.clone().prop_map(Step::Enrol),
        3 => card.clone().prop_map(Step::Renew),
        2 => card.clone().prop_map(Step::Suspend),
        1 => card.clone().prop_map(Step::SuspendUntil),
        2 => card.clone().prop_map(Step::Restore),
        1 => card.clone().prop_map(Step::Revoke),
        1 => card.clone().prop_map(Step::ReplaceCard),
        2 => card.clone().prop_map(Step::LosePhone),
        2 => card.clone().prop_map(Step::Move),
        1 => card.prop_map(Step::ReportMoved),
        3 => Just(Step::Publish),
        2 => Just(Step::Wait),
    ]
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Status {
    Valid,
    Suspended,
    Revoked,
}

/// The books, as one writes them on a page.
#[derive(Default)]
struct Model {
    cards: BTreeMap<usize, ModelCard>,
    positions: BTreeMap<u32, Status>,
    published: BTreeMap<u32, Status>,
    published_at: i64,
}

#[derive(Clone)]
struct ModelCard {
    status: Status,
    until: Option<i64>,
    /// Phones by number, each with its position: those in use.
    phones: Vec<(usize, u32)>,
    /// Phones that gave their position away, and to whom.
    moved: Vec<(usize, u32)>,
    moves: BTreeMap<u32, usize>,
}

impl Model {
    fn set(&mut self, card: usize, status: Status) {
        let positions: Vec<u32> =
            self.cards[&card].phones.iter().map(|(_, position)| *position).collect();
        for position in positions {
            self.set_position(position, status);
        }
    }

    fn set_position(&mut self, position: u32, status: Status) {
        let here = self.positions.get_mut(&position).unwrap();
        if *here != Status::Revoked {
            *here = status;
        }
    }

    /// The phones of a card whose position is not revoked.
    fn in_use(&self, card: usize) -> Vec<(usize, u32)> {
        let phones = self.cards.get(&card).map(|card| card.phones.clone()).unwrap_or_default();
        let not_revoked =
            |(_, position): &(usize, u32)| self.positions[position] != Status::Revoked;
        phones.into_iter().filter(not_revoked).collect()
    }
}

fn name(card: usize) -> String {
    format!("card-{card}")
}

/// Takes a step at the service and in the model, and compares the answers.
#[allow(clippy::too_many_lines)]
fn take(world: &World, model: &mut Model, phones: &mut Vec<Phone>, step: Step) {
    let now = world.now();
    let staff = |path: String, body| world.as_staff(&path, &body);
    let act = |card: usize, action: &str| {
        staff(format!("/staff/cards/{}/{action}", name(card)), json!({})).number()
    };
    let status = |model: &Model, card: usize| model.cards.get(&card).map(|card| card.status);
    // The number for a card that cannot be worked with.
    let refused = |status: Option<Status>| match status {
        None => 955,
        Some(Status::Valid) => 0,
        Some(Status::Suspended) => 918,
        Some(Status::Revoked) => 919,
    };
    match step {
        Step::Enrol(card) => {
            model.cards.entry(card).or_insert_with(|| {
                world.grant(&name(card));
                ModelCard {
                    status: Status::Valid,
                    until: None,
                    phones: vec![],
                    moved: vec![],
                    moves: BTreeMap::new(),
                }
            });
            let mut phone = Phone::new();
            let answer = world.try_enrol(&name(card), &mut phone);
            let expected = match refused(status(model, card)) {
                0 if model.in_use(card).len() >= 2 => 956,
                number => number,
            };
            assert_eq!(answer.number(), expected, "{answer:?}");
            if expected == 0 {
                let position = phone.position();
                assert!(model.positions.insert(position, Status::Valid).is_none(), "given twice");
                model.cards.get_mut(&card).unwrap().phones.push((phones.len(), position));
                phones.push(phone);
            }
        }
        Step::Renew(card) => {
            let Some(one) = model.cards.get(&card) else { return };
            for (phone, position) in one.phones.clone() {
                let expected = refused(Some(model.positions[&position]));
                assert_eq!(world.renew(&mut phones[phone]).number(), expected);
            }
            for (phone, _) in one.moved.clone() {
                assert_eq!(world.renew(&mut phones[phone]).number(), 921);
            }
        }
        Step::Suspend(card) | Step::SuspendUntil(card) => {
            let until = matches!(step, Step::SuspendUntil(_)).then_some(now + 5_000);
            let body = until.map_or(json!({}), |until| json!({ "until": until }));
            let answer = staff(format!("/staff/cards/{}/suspend", name(card)), body);
            let expected = match status(model, card) {
                Some(Status::Suspended) => 0,
                status => refused(status),
            };
            assert_eq!(answer.number(), expected);
            if expected == 0 {
                let one = model.cards.get_mut(&card).unwrap();
                (one.status, one.until) = (Status::Suspended, until);
                model.set(card, Status::Suspended);
            }
        }
        Step::Restore(card) => {
            let expected = match status(model, card) {
                Some(Status::Suspended) => 0,
                status => refused(status),
            };
            assert_eq!(act(card, "restore"), expected);
            if expected == 0 {
                let one = model.cards.get_mut(&card).unwrap();
                (one.status, one.until) = (Status::Valid, None);
                model.set(card, Status::Valid);
            }
        }
        Step::Revoke(card) => {
            let expected = if model.cards.contains_key(&card) { 0 } else { 955 };
            assert_eq!(act(card, "revoke"), expected);
            if expected == 0 {
                model.cards.get_mut(&card).unwrap().status = Status::Revoked;
                model.set(card, Status::Revoked);
            }
        }
        Step::ReplaceCard(card) => {
            let expected = match status(model, card) {
                Some(Status::Suspended) => 0,
                status => refused(status),
            };
            assert_eq!(act(card, "replace"), expected);
            if expected == 0 {
                let one = model.cards.get_mut(&card).unwrap();
                (one.status, one.until) = (Status::Valid, None);
                model.set(card, Status::Revoked);
            }
        }
        Step::LosePhone(card) => {
            let Some((old, position)) = model.in_use(card).first().copied() else { return };
            let replaces = crate::harness::phone::replaces(Reason::Lost, &phones[old]);
            let mut phone = Phone::new();
            let answer = world.try_replace(&name(card), &mut phone, Some(replaces));
            let expected = refused(status(model, card));
            assert_eq!(answer.number(), expected, "{answer:?}");
            if expected == 0 {
                model.set_position(position, Status::Revoked);
                let new = phone.position();
                assert!(model.positions.insert(new, Status::Valid).is_none(), "given twice");
                model.cards.get_mut(&card).unwrap().phones.push((phones.len(), new));
                phones.push(phone);
            }
        }
        Step::Move(card) => {
            let Some((old, position)) = model.in_use(card).first().copied() else { return };
            let token = world.citizen(&name(card));
            let mut phone = Phone::new();
            let replaces = Some(Replaces { reason: Reason::Move, card: None });
            let request = phone.request(&world.nonce(&token), replaces, None, now);
            let card_of_old = phones[old].credential().claims().clone();
            let question = MoveQuestion::read(&request.text(), &card_of_old, now).unwrap();
            let Phone { key, session, .. } = &mut phones[old];
            let code = question.agree().code(session.as_mut().unwrap(), key, now).unwrap();
            let mut body = proofs(&request);
            body["consent"] = code.text().into();
            let answer = world.post("/move", Some(&token), &body);
            phone.take(&answer.json);
            let moves = model.cards[&card].moves.get(&position).copied().unwrap_or(0);
            let expected = match refused(Some(model.positions[&position])) {
                0 if moves >= 2 => 920,
                number => number,
            };
            assert_eq!(answer.number(), expected, "{answer:?}");
            if expected == 0 {
                assert_eq!(phone.position(), position);
                let one = model.cards.get_mut(&card).unwrap();
                one.phones.retain(|(phone, _)| *phone != old);
                one.moved.push((old, position));
                one.phones.push((phones.len(), position));
                one.phones.sort_by_key(|(_, position)| *position);
                *one.moves.entry(position).or_default() += 1;
                phones.push(phone);
            }
        }
        Step::ReportMoved(card) => {
            let Some((old, position)) =
                model.cards.get(&card).and_then(|card| card.moved.last().copied())
            else {
                return;
            };
            let token = world.citizen(&name(card));
            let body = json!({ "phone": phones[old].thumbprint() });
            let path = format!("/cards/{}/report-lost", name(card));
            let answer = world.post(&path, Some(&token), &body).ok();
            if model.positions[&position] == Status::Revoked {
                return;
            }
            let before = model.positions[&position];
            model.set_position(position, Status::Revoked);
            let listed = answer["phones"].as_array().unwrap();
            let new = listed.last().unwrap()["position"].as_u64().unwrap() as u32;
            assert!(model.positions.insert(new, before).is_none(), "given twice");
            let one = model.cards.get_mut(&card).unwrap();
            for (_, here) in one.phones.iter_mut().filter(|(_, here)| *here == position) {
                *here = new;
            }
        }
        Step::Publish => {
            model.published_at = world.publish();
            let now = model.published_at;
            for one in model.cards.values_mut() {
                if one.until.is_some_and(|until| until <= now) && one.status == Status::Suspended {
                    (one.status, one.until) = (Status::Valid, None);
                    for (_, position) in &one.phones {
                        let here = model.positions.get_mut(position).unwrap();
                        if *here == Status::Suspended {
                            *here = Status::Valid;
                        }
                    }
                }
            }
            model.published = model.positions.clone();
        }
        Step::Wait => world.pass(3_000),
    }
}

/// What the gate should say of each phone that has a credential.
fn compare(world: &World, model: &Model, phones: &mut [Phone], gate: &mut Gate) {
    gate.fetch(world.now());
    for phone in phones.iter_mut() {
        // Old and new phone of a move have one position, and a gate takes each of its codes once.
        world.pass(61);
        let position = phone.position();
        let confirmed = phone.credential().claims().confirmed_unix_s.unwrap();
        let expected = match model.published.get(&position) {
            Some(Status::Revoked) => Some(401),
            // A credential that is later than the list speaks for itself.
            Some(Status::Suspended) if confirmed <= model.published_at => Some(402),
            _ => None,
        };
        let said = gate.scan(&phone.code(world.now()), world.now());
        assert_eq!(said, expected, "position {position}, {:?}", model.published.get(&position));
    }
}

fn cases() -> u32 {
    std::env::var("ONECODE_MODEL_CASES").ok().and_then(|count| count.parse().ok()).unwrap_or(24)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_sequence_of_events_gives_the_answers_of_the_model(
        steps in proptest::collection::vec(step(), 1..40),
    ) {
        let world = World::new();
        let mut model = Model { published_at: world.publish(), ..Model::default() };
        let mut phones = Vec::new();
        let mut gate = world.gate();
        for step in steps {
            // Codes of one second are the same code.
            world.pass(61);
            take(&world, &mut model, &mut phones, step);
            if matches!(step, Step::Publish) {
                world.pass(1);
                compare(&world, &model, &mut phones, &mut gate);
            }
        }
        world.pass(61);
        take(&world, &mut model, &mut phones, Step::Publish);
        world.pass(1);
        compare(&world, &model, &mut phones, &mut gate);
    }
}
