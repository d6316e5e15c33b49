//! A vector of several steps: what is done with which scanner, and what must come of it.

use serde_json::{json, Value};

use super::parts::NOW;
use super::vector_file::Scanners;
use super::world::{hex, picture_text};

/// A vector: what is done, step by step, and what must come of each.
pub struct Sequence {
    name: &'static str,
    comment: &'static str,
    lists: Option<&'static str>,
    steps: Vec<(Value, Outcome)>,
}

/// What a step must lead to. Facts and the rest are taken down when the file is made.
enum Outcome {
    /// With these advisories, joined by `+`.
    Accepted(&'static str),
    /// With this number, and a fact among the others.
    Refused(u16, Option<(&'static str, Value)>),
    /// With advisory `newer_exists`, which names these kinds.
    Missing(Value),
    /// A preflight in which an application ends for this reason, after this second.
    Told(&'static str, i64),
    /// Whatever stands here.
    Is(Value),
}

/// Where and when a code is scanned, unless said otherwise: now, in Suzhou, at gate 1.
pub struct Scan {
    gate: &'static str,
    code: Vec<u8>,
    application: u16,
    place: u32,
    after_s: i64,
}

pub fn scan(code: &[u8], application: u16) -> Scan {
    Scan { gate: "gate 1", code: code.to_vec(), application, place: 320_500, after_s: 0 }
}

impl Scan {
    pub fn after(mut self, seconds: i64) -> Self {
        self.after_s = seconds;
        self
    }

    pub fn at_place(mut self, place: u32) -> Self {
        self.place = place;
        self
    }

    pub fn at_gate_2(mut self) -> Self {
        self.gate = "gate 2";
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
    pub fn new(name: &'static str, comment: &'static str) -> Self {
        Sequence { name, comment, lists: None, steps: Vec::new() }
    }

    /// Its scanners begin with another one of the document's sets of lists.
    pub fn lists(mut self, set: &'static str) -> Self {
        self.lists = Some(set);
        self
    }

    pub fn accepted(self, scan: Scan) -> Self {
        self.accepted_with("status_unknown", scan)
    }

    pub fn accepted_with(mut self, advisories: &'static str, scan: Scan) -> Self {
        self.steps.push((scan.to_json(), Outcome::Accepted(advisories)));
        self
    }

    pub fn refused(mut self, number: u16, scan: Scan) -> Self {
        self.steps.push((scan.to_json(), Outcome::Refused(number, None)));
        self
    }

    pub fn refused_saying(
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

    /// Accepted, and there are newer documents of these kinds.
    pub fn missing(mut self, kinds: &[&str], scan: Scan) -> Self {
        self.steps.push((scan.to_json(), Outcome::Missing(json!(kinds))));
        self
    }

    /// A preflight that tells of this ending.
    pub fn told(mut self, preflight: Value, reason: &'static str, until_unix_s: i64) -> Self {
        self.steps.push((preflight, Outcome::Told(reason, until_unix_s)));
        self
    }

    pub fn restart(self, install_lists: bool) -> Self {
        let step = json!({ "do": "restart", "scanner": "gate 1", "install_lists": install_lists });
        self.step(step, Value::Null)
    }

    /// Gate 2 learns from gate 1.
    pub fn merge(self, after_s: i64, new_codes: usize, new_cards: usize) -> Self {
        let step = json!({
            "do": "merge", "scanner": "gate 2", "from": "gate 1", "now_unix_s": NOW + after_s,
        });
        let expected = json!({ "taken": true, "new_codes": new_codes, "new_cards": new_cards });
        self.step(step, expected)
    }

    /// Gate 1 is given a summary.
    pub fn summary(self, summary: &[u8], expected: Value) -> Self {
        let step = json!({
            "do": "merge_summary",
            "scanner": "gate 1",
            "summary": hex(summary),
            "now_unix_s": NOW,
        });
        self.step(step, expected)
    }

    pub fn step(mut self, step: Value, expected: Value) -> Self {
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
        if let Some(set) = self.lists {
            vector["lists"] = json!(set);
        }
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
                Outcome::Missing(kinds) => found["missing"] == *kinds,
                Outcome::Told(reason, until_unix_s) => {
                    let endings = found["applications"][0]["endings"].as_array();
                    endings.into_iter().flatten().any(|ending| {
                        ending["reason"] == *reason && ending["until_unix_s"] == *until_unix_s
                    })
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
