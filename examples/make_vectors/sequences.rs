//! What a scanner makes of one scan after another: used codes, clocks, restarts, merges.

use onecode::*;
use serde_json::{json, Value};

use super::parts::{Card, Parts, NOW};
use super::vector_file::Scanners;
use super::world::{picture_text, World};

const ALLOW: u16 = 1;
const WARN: u16 = 2;
const REFUSE: u16 = 3;
const PASS_BACK: u16 = 4;
/// Seconds that a card waits at [`PASS_BACK`].
const WAIT_S: u32 = 300;

/// What the gates of the venue share.
pub const VENUE_KEY: [u8; 32] = *b"onecode vectors key of the gates";

/// The lists: one application for each rule about used codes.
pub fn lists(world: &World) -> Value {
    world.lists(&world.trust_list(), &catalogue(world))
}

fn catalogue(world: &World) -> Catalogue {
    let mut catalogue = world.catalogue();
    let open = catalogue.applications.remove(0);
    catalogue.applications = [
        (ALLOW, DuplicateRule::Allow),
        (WARN, DuplicateRule::Warn),
        (REFUSE, DuplicateRule::Refuse),
        (PASS_BACK, DuplicateRule::PassBack { seconds: WAIT_S }),
    ]
    .map(|(number, duplicates)| Application {
        number: ApplicationNumber::new(number).unwrap(),
        id: format!("open.{number}"),
        duplicates,
        ..open.clone()
    })
    .to_vec();
    catalogue
}

/// A vector: what is done, step by step, and what must come of each.
pub struct Sequence {
    name: &'static str,
    comment: &'static str,
    steps: Vec<(Value, Outcome)>,
}

/// What a step must lead to. Facts and the rest are taken down when the file is made.
enum Outcome {
    /// With these advisories, joined by `+`.
    Accepted(&'static str),
    /// With this number, and a fact among the others.
    Refused(u16, Option<(&'static str, Value)>),
    /// Whatever stands here.
    Is(Value),
}

/// Where and when a code is scanned, unless said otherwise: now, in Suzhou, at gate 1.
struct Scan {
    gate: &'static str,
    code: Vec<u8>,
    application: u16,
    place: u32,
    after_s: i64,
}

fn scan(code: &[u8], application: u16) -> Scan {
    Scan { gate: "gate 1", code: code.to_vec(), application, place: 320_500, after_s: 0 }
}

impl Scan {
    fn after(mut self, seconds: i64) -> Self {
        self.after_s = seconds;
        self
    }

    fn at_place(mut self, place: u32) -> Self {
        self.place = place;
        self
    }

    fn to_json(&self) -> Value {
        json!({
            "do": "scan",
            "scanner": self.gate,
            "text": picture_text(&self.code),
            "application": self.application,
            "place": self.place,
            "now_unix_s": NOW + self.after_s,
            "challenge": null,
        })
    }
}

impl Sequence {
    fn new(name: &'static str, comment: &'static str) -> Self {
        Sequence { name, comment, steps: Vec::new() }
    }

    fn accepted(self, scan: Scan) -> Self {
        self.accepted_with("status_unknown", scan)
    }

    fn accepted_with(mut self, advisories: &'static str, scan: Scan) -> Self {
        self.steps.push((scan.to_json(), Outcome::Accepted(advisories)));
        self
    }

    fn refused(mut self, number: u16, scan: Scan) -> Self {
        self.steps.push((scan.to_json(), Outcome::Refused(number, None)));
        self
    }

    fn refused_saying(
        mut self,
        number: u16,
        fact: &'static str,
        value: impl Into<Value>,
        scan: Scan,
    ) -> Self {
        let fact = Some((fact, value.into()));
        self.steps.push((scan.to_json(), Outcome::Refused(number, fact)));
        self
    }

    fn step(mut self, step: Value, expected: Value) -> Self {
        self.steps.push((step, Outcome::Is(expected)));
        self
    }

    /// Takes the steps, checks that each leads to what is demanded, and writes everything down.
    pub fn to_json(&self, document: &Value) -> Value {
        let mut vector = json!({
            "name": self.name,
            "comment": self.comment,
            "tolerance_s": 30,
            "accept_specimens": false,
        });
        let mut scanners = Scanners::new(document, &vector);
        let steps = self.steps.iter().enumerate().map(|(at, (step, outcome))| {
            let found = scanners.step(step);
            let right = match outcome {
                Outcome::Accepted(advisories) => {
                    let marks = found["advisories"].as_array().into_iter().flatten();
                    let marks: Vec<&str> = marks.map(|mark| mark.as_str().unwrap()).collect();
                    found["verdict"] == "accepted" && marks.join("+") == *advisories
                }
                Outcome::Refused(number, fact) => {
                    found["number"] == *number
                        && fact.as_ref().is_none_or(|(name, value)| found["facts"][name] == *value)
                }
                Outcome::Is(expected) => found == *expected,
            };
            assert!(right, "{}, step {at}: {found}", self.name);
            let mut step = step.clone();
            step["expected"] = found;
            step
        });
        vector["steps"] = steps.collect();
        vector
    }
}

/// The everyday code of a card of Jiangsu, made some seconds after [`NOW`].
fn code_of(world: &World, status_index: u64, made_after_s: i64) -> Vec<u8> {
    let card = Card { region: 32, status_index, ..Card::default() };
    Parts::new(&world.jiangsu, &world.phone, &card).at(NOW + made_after_s).code()
}

pub fn vectors(world: &World) -> Vec<Sequence> {
    let mut all = used_codes(world);
    all.extend(lists_in_order(world));
    all
}

fn used_codes(world: &World) -> Vec<Sequence> {
    let code = |made_after_s| code_of(world, 7, made_after_s);
    let (first, second) = (code(0), code(30));
    let other_card = code_of(world, 8, 0);
    let mut resigned = Parts::new(
        &world.jiangsu,
        &world.phone,
        &Card { region: 32, status_index: 7, ..Card::default() },
    );
    resigned = resigned.at(NOW);
    let other_signature = resigned.code_signed(super::parts::high_s);
    vec![
        Sequence::new("used_allow", "an application that allows it takes one code twice")
            .accepted(scan(&first, ALLOW))
            .accepted(scan(&first, ALLOW)),
        Sequence::new("used_warn", "accepted again, and marked")
            .accepted(scan(&first, WARN))
            .accepted_with("status_unknown+used_before", scan(&first, WARN).after(1)),
        Sequence::new("used_refuse", "the same code again")
            .accepted(scan(&first, REFUSE))
            .refused_saying(601, "first_unix_s", NOW, scan(&first, REFUSE).after(1)),
        Sequence::new("used_refuse_other_code", "the next code of the same card is another code")
            .accepted(scan(&first, REFUSE))
            .accepted(scan(&second, REFUSE).after(30)),
        Sequence::new("used_refuse_other_card", "a code of another card for the same second")
            .accepted(scan(&first, REFUSE))
            .accepted(scan(&other_card, REFUSE)),
        Sequence::new("used_other_signature", "the other s of an ECDSA signature is the same code")
            .accepted(scan(&first, REFUSE))
            .refused(601, scan(&other_signature, REFUSE)),
        Sequence::new("used_other_place", "a used code is used at every place")
            .accepted(scan(&first, REFUSE))
            .refused(601, scan(&first, REFUSE).at_place(310_000)),
        Sequence::new("used_other_application", "a code is used whatever it was used for")
            .accepted(scan(&first, WARN))
            .refused(601, scan(&first, REFUSE)),
        Sequence::new("used_allow_keeps_nothing", "an application that allows it records nothing")
            .accepted(scan(&first, ALLOW))
            .accepted(scan(&first, REFUSE)),
        Sequence::new("used_to_its_last_second", "remembered for as long as it can be accepted")
            .accepted(scan(&first, REFUSE))
            .refused(601, scan(&first, REFUSE).after(90))
            .refused(302, scan(&first, REFUSE).after(91)),
        Sequence::new("used_refused_is_not_used", "a refused scan records nothing")
            .refused(303, scan(&first, REFUSE).after(-31))
            .refused(501, scan(&first, REFUSE).at_place(110_000))
            .accepted(scan(&first, REFUSE)),
        Sequence::new("pass_back_code", "the same code again")
            .accepted(scan(&first, PASS_BACK))
            .refused(601, scan(&first, PASS_BACK).after(5)),
        Sequence::new("pass_back_card", "another code of the same card, too soon")
            .accepted(scan(&first, PASS_BACK))
            .refused_saying(602, "seconds", 30, scan(&second, PASS_BACK).after(30))
            .refused_saying(602, "seconds", 299, scan(&code(299), PASS_BACK).after(299)),
        Sequence::new("pass_back_over", "after the wait the card is good again, and waits again")
            .accepted(scan(&first, PASS_BACK))
            .accepted(scan(&code(300), PASS_BACK).after(300))
            .refused(602, scan(&code(301), PASS_BACK).after(301)),
        Sequence::new("pass_back_refused_starts_no_wait", "a refused scan records nothing")
            .accepted(scan(&first, PASS_BACK))
            .refused(602, scan(&code(200), PASS_BACK).after(200))
            .accepted(scan(&code(300), PASS_BACK).after(300)),
        Sequence::new("pass_back_other_place", "another place does not make a card wait")
            .accepted(scan(&first, PASS_BACK))
            .accepted(scan(&second, PASS_BACK).after(30).at_place(310_000)),
        Sequence::new("pass_back_other_card", "nor does another card")
            .accepted(scan(&first, PASS_BACK))
            .accepted(scan(&other_card, PASS_BACK)),
        Sequence::new("pass_back_other_application", "nor a use for another application")
            .accepted(scan(&first, REFUSE))
            .accepted(scan(&second, PASS_BACK).after(30)),
    ]
}

/// Lists that come in while a scanner is at work.
fn lists_in_order(world: &World) -> Vec<Sequence> {
    let code = code_of(world, 7, 0);
    let of_sequence = |sequence: u64, first: bool| {
        let mut catalogue = catalogue(world);
        catalogue.edition.sequence = sequence;
        if !first {
            catalogue.applications.truncate(1);
        }
        catalogue.sign(&world.root).unwrap()
    };
    let install = |jws: String| json!({ "do": "install", "scanner": "gate 1", "now_unix_s": NOW, "catalogue": jws });
    vec![Sequence::new("catalogue_in_order", "a newer catalogue counts at once, an older never")
        .accepted(scan(&code, REFUSE))
        .step(install(of_sequence(3, false)), json!({ "taken": true }))
        .refused(705, scan(&code, REFUSE))
        .step(install(of_sequence(2, true)), json!({ "taken": false }))
        .refused(705, scan(&code, REFUSE))]
}
