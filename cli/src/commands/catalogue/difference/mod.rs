//! What changed between two editions of a catalogue, in words and as JSON.
//!
//! Uses `words`, `rules` and `document`. The members are compared as they stand in the two
//! documents, so that none is left out; `said` finds the words for those that this version knows.

mod change;
mod pairs;
mod said;

use std::collections::{BTreeSet, HashMap};

use onecode::catalogue::{Application, Catalogue};
use onecode::jose::Name;
use onecode::Language;
use serde_json::{json, Value};

use self::change::{shown, About, Change};
use self::pairs::{different, entries, pairs, Pair};
use self::said::{document_member, entitlement_member, foreign_code_member, Rules};
use super::document::Document;
use super::page::called;
use super::rules::{self, Names};
use super::words::{Foreign, Time, Words};

/// In which order the two documents were named.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Order {
    Forwards,
    /// The later one was named first.
    Backwards,
    /// Two documents have one number.
    SameNumber,
}

pub(super) struct Difference<'a> {
    documents: [&'a Document; 2],
    order: Order,
    changes: Vec<Change>,
}

impl<'a> Difference<'a> {
    pub(super) fn between(
        before: &'a Document,
        after: &'a Document,
        issuers: &HashMap<String, Name>,
    ) -> Self {
        let (a, b) = (&before.catalogue, &after.catalogue);
        let order = match a.edition.sequence.cmp(&b.edition.sequence) {
            std::cmp::Ordering::Less => Order::Forwards,
            std::cmp::Ordering::Greater => Order::Backwards,
            std::cmp::Ordering::Equal => Order::SameNumber,
        };
        let mut changes = Vec::new();

        const ARRAYS: [&str; 3] = ["applications", "entitlements", "foreign_codes"];
        for (member, x, y) in different(&before.json, &after.json) {
            if !ARRAYS.contains(&member.as_str()) {
                let says = document_member(&member, a, b);
                changes.push(Change::of(&About::Document, member, x, y, says));
            }
        }
        changes.extend(applications(before, after, issuers));
        let entitlements = pairs(
            entries(&a.entitlements, &before.json, "entitlements"),
            entries(&b.entitlements, &after.json, "entitlements"),
            &[&|entry| entry.id.clone(), &|entry| entry.bit.to_string()],
        );
        for pair in entitlements {
            compare(
                &mut changes,
                pair,
                |entry| About::Entitlement {
                    id: entry.id.clone(),
                    called: words!("{name}", "{name}", name = &entry.name),
                },
                entitlement_member,
            );
        }
        let foreign_codes = pairs(
            entries(&a.foreign_codes, &before.json, "foreign_codes"),
            entries(&b.foreign_codes, &after.json, "foreign_codes"),
            &[&|entry| entry.code.id.clone()],
        );
        for pair in foreign_codes {
            compare(
                &mut changes,
                pair,
                |entry| About::ForeignCode {
                    id: entry.code.id.clone(),
                    called: words!("{name}", "{name}", name = &entry.code.name),
                },
                foreign_code_member,
            );
        }
        changes.extend(orders(a, b));
        Difference { documents: [before, after], order, changes }
    }

    fn same(&self) -> bool {
        let [before, after] = self.documents;
        before.sha256 == after.sha256
    }

    /// For people: the editions, then every change, in the language of whoever reads it.
    pub(super) fn text(&self, language: Language) -> String {
        let mut text = String::new();
        let mut line = |words: Words| {
            text += &words.plain(language);
            text.push('\n');
        };
        let [before, after] = self.documents;
        let edition = |document: &Document| {
            words!(
                "第 {number} 版（{issued}签发）",
                "edition {number} (issued {issued})",
                number = document.catalogue.edition.sequence,
                issued = Time(document.catalogue.edition.issued_at_unix_s)
            )
        };
        line(words!("应用项目清单的变更", "Changes of the catalogue"));
        for (which, document) in
            [(words!("之前：", "Before:"), before), (words!("之后：", "After: "), after)]
        {
            line(words!(
                "{which}{edition}，{trust}，SHA-256 {hash}",
                "{which} {edition}, {trust}, SHA-256 {hash}",
                which = which,
                edition = edition(document),
                trust = document.trust.said(),
                hash = Foreign(&document.sha256)
            ));
        }
        match self.order {
            Order::Backwards => line(words!(
                "注意：先给出的是较新的版本，以下变更的方向是从新到旧。",
                "Note: the later edition was named first. The changes below lead from the later to \
                 the earlier one."
            )),
            Order::SameNumber if !self.same() => line(words!(
                "注意：两份不同的清单用了同一个版本号。装了其中一份的扫码设备不会接受另一份。",
                "Note: two different catalogues have one number. A scanner that has one of them \
                 does not take the other."
            )),
            _ => {}
        }
        if self.changes.is_empty() {
            line(match self.same() {
                true => words!("没有差异。", "No difference."),
                false => words!(
                    "内容没有差异，只是写法不同（次序、空白）。",
                    "No difference in what they say; only the writing differs (order, white space)."
                ),
            });
            return text;
        }
        let mut told: Option<&About> = None;
        for change in &self.changes {
            if told != Some(&change.about) {
                text.push('\n');
                text += &change.about.heading().plain(language);
                text.push('\n');
                told = Some(&change.about);
            }
            let says = change.says.plain(language).replace('\n', "\n    ");
            text += &format!("  - {says}\n");
        }
        text
    }

    /// For programs: the same in both languages, with the members before and after.
    pub(super) fn to_json(&self) -> Value {
        let edition = |document: &Document| {
            json!({
                "sequence": document.catalogue.edition.sequence,
                "sha256": document.sha256,
                "trust": document.trust.name(),
            })
        };
        let [before, after] = self.documents;
        json!({
            "before": edition(before),
            "after": edition(after),
            "order": match self.order {
                Order::Forwards => "forwards",
                Order::Backwards => "backwards",
                Order::SameNumber => "same_number",
            },
            "same": self.same(),
            "changes": self.changes.iter().map(Change::to_json).collect::<Vec<_>>(),
        })
    }
}

/// Tells of an entry that came, went or changed.
fn compare<T>(
    changes: &mut Vec<Change>,
    (before, after): Pair<T>,
    about: impl Fn(&T) -> About,
    said: impl Fn(&str, &T, &T) -> Option<Words>,
) {
    match (before, after) {
        (None, None) => {}
        (Some((entry, json)), None) => changes.push(Change {
            about: about(entry),
            member: None,
            before: json.clone(),
            after: Value::Null,
            says: words!("取消。", "Removed."),
        }),
        (None, Some((entry, json))) => changes.push(Change {
            about: about(entry),
            member: None,
            before: Value::Null,
            after: json.clone(),
            says: words!("新增：{entry}", "New: {entry}", entry = shown(json)),
        }),
        (Some((a, before)), Some((b, after))) => {
            let about = about(b);
            let members = different(before, after).into_iter();
            changes.extend(members.map(|(member, before, after)| {
                let says = said(&member, a, b);
                Change::of(&about, member, before, after, says)
            }));
        }
    }
}

/// The applications by their numbers: those that came, those that went, those that changed.
fn applications(
    before: &Document,
    after: &Document,
    issuers: &HashMap<String, Name>,
) -> Vec<Change> {
    let (a, b) = (&before.catalogue, &after.catalogue);
    let names = [Names::of(a, issuers), Names::of(b, issuers)];
    let mut pairs = pairs(
        entries(&a.applications, &before.json, "applications"),
        entries(&b.applications, &after.json, "applications"),
        &[&|entry| entry.number.to_string(), &|entry| entry.id.clone()],
    );
    let number =
        |entry: &Option<(&Application, &Value)>| entry.map(|(entry, _)| entry.number.get());
    let rank = |(before, after): &Pair<Application>| match (before, after) {
        (None, _) => 0,
        (_, None) => 1,
        _ => 2,
    };
    pairs.sort_by_key(|pair| (rank(pair), number(&pair.1).or(number(&pair.0))));
    let about = |entry: &Application| About::Application {
        number: entry.number.get(),
        id: entry.id.clone(),
        called: called(entry),
    };
    let mut changes = Vec::new();
    for pair in pairs {
        match pair {
            (None, Some((entry, json))) => {
                let mut says = words!(
                    "新增（{domain}）。",
                    "New ({domain}).",
                    domain = rules::domain(entry.domain)
                );
                for rule in rules::rules(entry, &names[1]) {
                    // A line each. No text of a catalogue has a line end: it is made visible.
                    let line = words!(
                        "\n{about}：{says}",
                        "\n{about}: {says}",
                        about = rule.about,
                        says = rule.says
                    );
                    says.zh += &line.zh;
                    says.en += &line.en;
                }
                let (before, after) = (Value::Null, json.clone());
                changes.push(Change { about: about(entry), member: None, before, after, says });
            }
            (Some((entry, json)), None) => changes.push(Change {
                about: about(entry),
                member: None,
                before: json.clone(),
                after: Value::Null,
                says: words!(
                    "取消。装入第 {number} 版的设备不再受理这一项（705），涉及所有使用它的人。",
                    "Ended. Scanners with edition {number} refuse it (705). This concerns everybody \
                     who used it.",
                    number = b.edition.sequence
                ),
            }),
            pair => {
                let rules = Rules { names: &names };
                compare(&mut changes, pair, about, |member, a, b| rules.member(member, a, b));
            }
        }
    }
    changes
}

/// Entries that are in both and in another order.
fn orders(a: &Catalogue, b: &Catalogue) -> Vec<Change> {
    let mut changes = Vec::new();
    let mut tell = |member: &str, before: Vec<String>, after: Vec<String>, says: Words| {
        let common = |of: &[String], other: &[String]| -> Vec<String> {
            let other: BTreeSet<&String> = other.iter().collect();
            of.iter().filter(|id| other.contains(id)).cloned().collect()
        };
        let (x, y) = (common(&before, &after), common(&after, &before));
        if x != y {
            let member = Some(member.to_owned());
            changes.push(Change {
                about: About::Document,
                member,
                before: x.into(),
                after: y.into(),
                says,
            });
        }
    };
    let ids = |catalogue: &Catalogue| -> Vec<String> {
        catalogue.applications.iter().map(|entry| entry.id.clone()).collect()
    };
    tell(
        "applications",
        ids(a),
        ids(b),
        words!(
            "服务项目的排列次序变了，规则不变。",
            "The applications stand in another order. No rule changes by that."
        ),
    );
    let ids = |catalogue: &Catalogue| -> Vec<String> {
        catalogue.entitlements.iter().map(|entry| entry.id.clone()).collect()
    };
    tell(
        "entitlements",
        ids(a),
        ids(b),
        words!(
            "卡的功能的排列次序变了；缺少功能的提示按此次序列出。",
            "The entitlements stand in another order, in which a refusal names those that a card \
             lacks."
        ),
    );
    let ids = |catalogue: &Catalogue| -> Vec<String> {
        catalogue.foreign_codes.iter().map(|entry| entry.code.id.clone()).collect()
    };
    tell(
        "foreign_codes",
        ids(a),
        ids(b),
        words!(
            "其他系统的码的排列次序变了：按次序第一个符合的为准，提示可能因此不同。",
            "The codes of other systems stand in another order. The first that fits is the answer, \
             so that a code may be named otherwise."
        ),
    );
    changes
}
