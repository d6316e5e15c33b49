//! Publications that are visited: what a fetcher asks for, and what lies and gaps lead to.

mod lies;

use std::collections::{BTreeMap, BTreeSet};

use onecode::publication::{Anchor, IndexedAnchor, NextPublication, PublishedFile, StatusIndex};
use onecode::status::StatusIssuer;
use serde_json::{json, Map, Value};

use super::governance::{self as g, hash, sign, time, Governance, DAY, INDEX, WITHDRAWAL};
use super::parts::{self, FixedKey};
use super::vector_file::publishing::run;
use super::world::{hex, World};

/// Some minutes after the beginning of a day.
const NOW: i64 = parts::NOW + 660;
const ISSUER: &str = "cn-32";
const STATUS_INDEX: &str = "status/cn-32/index.json";

/// A publication: the file of the document that lies under each path.
pub type Files = BTreeMap<String, String>;

/// All files of all publications, by names.
pub struct Pool<'w> {
    g: Governance<'w>,
    files: Map<String, Value>,
    cases: Vec<Value>,
}

impl Pool<'_> {
    fn add(&mut self, name: &str, bytes: &[u8]) -> String {
        let text = match name.contains("cwt") {
            true => hex(bytes),
            false => String::from_utf8(bytes.to_vec()).unwrap(),
        };
        let before = self.files.insert(name.to_owned(), json!(text));
        assert!(before.is_none_or(|before| before == json!(text)), "two files are called {name}");
        name.to_owned()
    }

    fn text(&mut self, name: &str, text: &str) -> String {
        self.add(name, text.as_bytes())
    }

    /// What comes of these visits is told by the library, and read by whoever adds a case.
    fn case(&mut self, name: &str, comment: &str, purpose: &str, visits: Vec<Value>) {
        self.case_with(name, comment, json!({ "purpose": purpose, "visits": visits }));
    }

    fn case_with(&mut self, name: &str, comment: &str, members: Value) {
        let mut vector = json!({ "name": name, "comment": comment, "do": "fetch" });
        g::merge(&mut vector, members);
        let document = json!({ "files": self.files });
        vector["expected"] = run(&document, &vector);
        self.cases.push(vector);
    }

    /// Jiangsu alone.
    fn trust_list(&self, sequence: u64, keys: &[&FixedKey]) -> String {
        let mut list = self.g.trust_list(sequence, -10 * DAY + sequence as i64);
        let issuer = list["issuers"][1].clone();
        list["issuers"] = json!([issuer]);
        sign(g::TRUST_LIST, &list, keys)
    }

    fn index(&mut self, name: &str, index: &Value, key: &FixedKey) -> String {
        let signed = sign(INDEX, index, &[key]);
        self.text(name, &signed)
    }
}

/// An index of these documents, some seconds after [`NOW`].
fn index_of(roots: (u64, &str), trust_list: (u64, &str), catalogue: (u64, &str)) -> Value {
    let named = |(sequence, document): (u64, &str)| json!({ "sequence": sequence, "sha256": hash(document) });
    json!({
        "issued_at": time(NOW - 60),
        "expires": time(NOW + DAY - 60),
        "roots": named(roots),
        "trust_list": named(trust_list),
        "catalogue": named(catalogue),
        "withdrawals": [],
    })
}

fn visit(after_s: i64, files: &Files) -> Value {
    json!({ "now_unix_s": NOW + after_s, "files": files })
}

fn with(files: &Files, path: &str, name: String) -> Files {
    let mut files = files.clone();
    files.insert(path.to_owned(), name);
    files
}

fn without(files: &Files, path: &str) -> Files {
    let mut files = files.clone();
    files.remove(path).unwrap_or_else(|| panic!("{path}"));
    files
}

/// Jiangsu's lists as they are published one after the other.
struct Publisher<'k> {
    key: &'k FixedKey,
    name: &'static str,
    now: StatusIssuer,
    then: BTreeMap<i64, StatusIssuer>,
    index: Option<StatusIndex>,
}

impl<'k> Publisher<'k> {
    fn new(name: &'static str, key: &'k FixedKey) -> Self {
        let mut now = StatusIssuer::new(ISSUER, 4_000);
        // Lists of some size, so that deltas are smaller.
        (0..300).for_each(|card| now.suspend(1_000 + card * card * 31 % 3_000).unwrap());
        Publisher { key, name, now, then: BTreeMap::new(), index: None }
    }

    /// Publishes some seconds after [`NOW`], with one more card suspended.
    fn publish(&mut self, pool: &mut Pool<'_>, files: &Files, after_s: i64) -> Files {
        let next =
            (0..1_000).find(|card| self.now.status(*card) == Some(onecode::status::Status::Valid));
        self.now.suspend(next.unwrap()).unwrap();
        let at = NOW + after_s;
        let next = NextPublication::after(self.index.as_ref(), ISSUER, at, 86_400).unwrap();
        let entries = next.anchors();
        let there = |entry: &IndexedAnchor| {
            let statuses = self.then.get(&entry.issued_at_unix_s)?;
            Some(Anchor { entry: *entry, statuses })
        };
        let anchors: Vec<_> = entries.iter().filter_map(there).collect();
        let made = next.sign(&self.now, &anchors, at + 2 * DAY, 3_600, self.key).unwrap();
        let mut files = files.clone();
        for (file, bytes) in &made.files {
            // The status index is written again and again.
            let name = match file {
                PublishedFile::StatusIndex { .. } => format!("{} {}", self.name, at),
                file => format!("{} {file}", self.name),
            };
            files.insert(file.path(), pool.add(&name, bytes));
        }
        if made.index.anchor(at).is_some() {
            self.then.insert(at, self.now.clone());
        }
        // What no index names is erased.
        for path in files.keys().cloned().collect::<Vec<_>>() {
            let is_left = match PublishedFile::from_path(&path).unwrap() {
                PublishedFile::AnchorIndex { issued_at_unix_s, .. }
                | PublishedFile::StatusList { issued_at_unix_s, .. } => {
                    made.index.anchor(issued_at_unix_s).is_none()
                }
                PublishedFile::StatusDelta { issued_at_unix_s, .. } => issued_at_unix_s != at,
                _ => false,
            };
            if is_left {
                files.remove(&path);
            }
        }
        self.index = Some(made.index);
        files
    }
}

/// The document with its files, and the vectors.
pub fn vectors(world: &World) -> (Value, Vec<Value>) {
    let mut pool = Pool { g: Governance::new(world), files: Map::new(), cases: vec![] };
    let status = FixedKey::esp256("status lists of Jiangsu");
    let status_new = FixedKey::ed25519("new status lists of Jiangsu");
    let roots =
        [pool.g.first_roots_signed(), pool.g.second_roots_signed(), pool.g.third_roots_signed()];
    let names: Vec<String> = (1..=3)
        .zip(&roots)
        .map(|(number, roots)| pool.text(&format!("roots {number}"), roots))
        .collect();
    let three = [pool.g.sh.clone(), pool.g.js.clone(), pool.g.ah.clone()];
    let three: Vec<&FixedKey> = three.iter().collect();
    let (first, second) = (pool.trust_list(1, &three), pool.trust_list(2, &three));
    let catalogue = pool.g.catalogue_signed(1, -10 * DAY);
    let documents = Files::from([
        ("trust-list/1.json".to_owned(), pool.text("trust list 1", &first)),
        ("catalogue/1.json".to_owned(), pool.text("catalogue 1", &catalogue)),
    ]);
    let sh_index = pool.g.sh_index.clone();
    let index = index_of((1, &roots[0]), (1, &first), (1, &catalogue));
    let plain = with(&documents, "index.json", pool.index("index", &index, &sh_index));
    let mut publisher = Publisher::new("js", &status);
    let today = publisher.publish(&mut pool, &plain, -60);

    pool.case(
        "fetch_first",
        "a gate that has its roots and nothing else",
        "now",
        vec![visit(0, &today)],
    );
    pool.case(
        "fetch_unchanged",
        "the indexes tell that nothing is new; the next roots are always asked for",
        "now",
        vec![visit(0, &today), visit(60, &today)],
    );
    let hour = publisher.publish(&mut pool, &today, 3_540);
    pool.case(
        "fetch_delta",
        "a gate with a store has the anchor, and needs the delta from it",
        "keep",
        vec![visit(0, &today), visit(3_600, &hour)],
    );
    pool.case(
        "fetch_delta_without_store",
        "one without needs the anchor again: both are taken in one step",
        "now",
        vec![visit(0, &today), visit(3_600, &hour)],
    );
    pool.case(
        "fetch_damaged_copy",
        "a list in the store is damaged: it is got anew",
        "keep",
        vec![visit(0, &today), {
            let list = format!("status/{ISSUER}/{}/0.cwt", NOW - 60);
            let mut visit = visit(3_600, &hour);
            visit["damaged"] = json!([list]);
            visit
        }],
    );

    let walk = with(&today, "roots/2.json", names[1].clone());
    let walk = with(&walk, "roots/3.json", names[2].clone());
    pool.case(
        "fetch_roots",
        "all editions in their order, though the index names none of them",
        "now",
        vec![visit(0, &walk)],
    );
    let walk = with(&walk, "roots/1.json", names[0].clone());
    pool.case_with(
        "fetch_roots_by_hash",
        "an edition of which only the hash is known is looked for from the first one on",
        json!({ "purpose": "now", "roots_hash": hash(&roots[1]), "visits": [visit(0, &walk)] }),
    );

    let newer = index_of((1, &roots[0]), (2, &second), (1, &catalogue));
    let newer = with(&today, "index.json", pool.index("index of trust list 2", &newer, &sh_index));
    let newer = with(&newer, "trust-list/2.json", pool.text("trust list 2", &second));
    pool.case(
        "fetch_newer",
        "the edition that the index names",
        "now",
        vec![visit(0, &today), visit(60, &newer)],
    );
    let notice = json!({
        "issued_at": time(NOW - 60),
        "expires": time(NOW + 7 * DAY),
        "issuer": ISSUER,
        "keys": [g::kid(&status_new)],
    });
    let notice = sign(WITHDRAWAL, &notice, &[&pool.g.js]);
    let mut named = index.clone();
    named["withdrawals"] = json!([hash(&notice)]);
    let noticed = with(&today, "index.json", pool.index("index of a notice", &named, &sh_index));
    let path = format!("withdrawal/{}.json", hash(&notice));
    let with_notice = with(&noticed, &path, pool.text("notice", &notice));
    pool.case("fetch_notice", "once", "now", vec![visit(0, &with_notice), visit(60, &with_notice)]);
    pool.case("fetch_notice_dropped", "the index shows it", "now", vec![visit(0, &noticed)]);

    days(&mut pool, &plain, &status, &status_new);
    lies::cases(&mut pool, &today, &hour, [&roots[0], &first, &catalogue]);
    // Most publications are visited by nobody.
    let visits = pool.cases.iter().flat_map(|case| case["visits"].as_array().unwrap());
    let files = visits.flat_map(|visit| visit["files"].as_object().unwrap().values());
    let used: BTreeSet<&str> = files.filter_map(Value::as_str).chain(["roots 1"]).collect();
    pool.files.retain(|name, _| used.contains(name.as_str()));
    let document = json!({
        "about": "What a fetcher asks publications for that it visits one after the other, and what its scanner has then",
        "files": pool.files,
    });
    (document, pool.cases)
}

/// A hundred days of publications, and gates that were off for some of them.
fn days(pool: &mut Pool<'_>, plain: &Files, status: &FixedKey, status_new: &FixedKey) {
    let mut publisher = Publisher::new("days", status);
    let mut by_day = Vec::new();
    let mut files = plain.clone();
    // The index of the documents ends with the first day.
    for day in 0..=110 {
        files = publisher.publish(pool, &files, day * DAY - 60);
        by_day.push(without(&files, "index.json"));
    }
    let off = |from: usize, days: usize| {
        let at = |day: usize| visit(day as i64 * DAY, &by_day[day]);
        let first = visit(0, &with(&by_day[0], "index.json", plain["index.json"].clone()));
        let mut visits = vec![first];
        visits.extend((1..=from).map(at));
        visits.push(at(from + days));
        visits
    };
    for (name, from, days) in [
        ("fetch_after_1_day", 3, 1),
        ("fetch_after_6_days", 3, 6),
        ("fetch_after_25_days", 9, 25),
        ("fetch_after_100_days", 9, 100),
    ] {
        let comment = "a gate that fetched each day, and then was off";
        pool.case(name, comment, "keep", off(from, days));
    }
    let third = with(&by_day[12], "index.json", plain["index.json"].clone());
    pool.case("fetch_mirror", "all anchors and deltas", "mirror", vec![visit(12 * DAY, &third)]);

    let mut publisher = Publisher::new("old key", status);
    let before = publisher.publish(pool, plain, -60);
    let mut new = Publisher::new("new key", status_new);
    new.index = publisher.index.clone();
    let after = new.publish(pool, &before, 3_540);
    pool.case(
        "fetch_after_a_change_of_the_key",
        "new lists at once: no delta leads from the old key to the new one",
        "keep",
        vec![visit(0, &before), visit(3_600, &after)],
    );
}
