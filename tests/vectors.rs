//! The committed vectors, held against the library. Some are signed with SM2.
#![cfg(feature = "sm2")]

#[macro_use]
mod say;

mod vector_file;

use std::collections::{BTreeSet, HashSet};

use serde_json::Value;

/// Scans every vector of a file; returns the numbers of its refusals, 0 for an acceptance.
fn hold(file: &str, at_least: usize) -> BTreeSet<u64> {
    let path = format!("{}/tests/vectors/{file}.json", env!("CARGO_MANIFEST_DIR"));
    let document: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let vectors = document["vectors"].as_array().unwrap();
    let (mut names, mut numbers) = (HashSet::new(), BTreeSet::new());
    for vector in vectors {
        let name = vector["name"].as_str().unwrap();
        let found = vector_file::verdict_to_json(&vector_file::run(&document, vector));
        assert_eq!(found, vector["expected"], "{name}: {}", vector["comment"]);
        assert!(names.insert(name), "two vectors are called {name}");
        numbers.insert(found["number"].as_u64().unwrap_or(0));
    }
    say!("{file}: {} vectors", vectors.len());
    assert!(vectors.len() >= at_least);
    numbers
}

#[test]
fn valid() {
    assert_eq!(hold("valid", 30), BTreeSet::from([0]));
}

#[test]
fn invalid() {
    assert!(!hold("invalid", 180).contains(&0));
}

#[test]
fn lists() {
    let numbers = hold("lists", 80);
    assert!(numbers.is_superset(&BTreeSet::from([0, 211, 401, 402, 403])));
    assert!(numbers.is_superset(&(701..=706).collect()));
    assert_eq!(causes("lists"), ["none", "old", "unreadable"].map(str::to_owned).into());
}

#[test]
fn matrix() {
    let numbers = hold("matrix", 340);
    assert!(numbers.is_superset(&BTreeSet::from([0, 401, 402, 403, 404])));
    assert!(numbers.is_superset(&(501..=510).collect()));
}

/// What the vectors with steps of a file lead to.
#[derive(Default)]
struct Steps {
    /// The families of their names: what stands before the first `_`.
    families: BTreeSet<String>,
    numbers: BTreeSet<u64>,
    advisories: BTreeSet<String>,
    missing: BTreeSet<String>,
    /// What an application ends with, in a preflight.
    endings: BTreeSet<String>,
    /// Each kind of document that was installed, and whether it was taken.
    installed: BTreeSet<(&'static str, bool)>,
    /// Why it was not checked whether a code had been used.
    unchecked: BTreeSet<(String, String)>,
}

/// Takes all steps of all vectors of a file.
fn hold_steps(file: &str, at_least: usize) -> Steps {
    let path = format!("{}/tests/vectors/{file}.json", env!("CARGO_MANIFEST_DIR"));
    let document: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let vectors = document["vectors"].as_array().unwrap();
    let (mut names, mut steps) = (HashSet::new(), 0);
    let mut held = Steps::default();
    let texts = |value: &Value| -> Vec<String> {
        let texts = value.as_array().into_iter().flatten();
        texts.map(|text| text.as_str().unwrap().to_owned()).collect()
    };
    for vector in vectors {
        let name = vector["name"].as_str().unwrap();
        assert!(names.insert(name), "two vectors are called {name}");
        held.families.extend(name.split('_').next().map(str::to_owned));
        let mut scanners = vector_file::Scanners::new(&document, vector);
        for (at, step) in vector["steps"].as_array().unwrap().iter().enumerate() {
            let found = scanners.step(step);
            assert_eq!(found, step["expected"], "{name}, step {at}: {}", vector["comment"]);
            held.numbers.extend(found["number"].as_u64());
            held.advisories.extend(texts(&found["advisories"]));
            held.missing.extend(texts(&found["missing"]));
            let applications = found["applications"].as_array().into_iter().flatten();
            let endings = applications.flat_map(|it| it["endings"].as_array().unwrap());
            held.endings.extend(endings.map(|it| it["reason"].as_str().unwrap().to_owned()));
            let kinds = ["roots", "trust_list", "catalogue", "withdrawal", "index", "status"];
            if let Some(taken) = found["taken"].as_bool().filter(|_| step["do"] == "install") {
                let kind = kinds.into_iter().find(|kind| step.get(kind).is_some());
                held.installed.extend(kind.map(|kind| (kind, taken)));
            }
            let why = found["why"]["duplicates_unchecked"].as_str();
            held.unchecked.extend(why.map(|why| (name.to_owned(), why.to_owned())));
            steps += 1;
        }
    }
    say!("{file}: {} vectors, {steps} steps", vectors.len());
    assert!(vectors.len() >= at_least);
    held
}

fn set<const N: usize>(texts: [&str; N]) -> BTreeSet<String> {
    texts.map(str::to_owned).into()
}

#[test]
fn sequences() {
    let held = hold_steps("sequences", 230);
    for number in [205, 301, 302, 303, 402, 507, 508, 511, 601, 602, 701, 702, 703, 705, 706, 707] {
        assert!(held.numbers.contains(&number), "{number}");
    }
    assert!(held.numbers.contains(&708) && held.numbers.contains(&709));
    assert!(held.advisories.is_superset(&set([
        "used_before",
        "duplicates_unchecked",
        "clock_off"
    ])));
    let causes = [
        ("memory_full_warned", "full"),
        ("set_back_warned", "clock_went_back"),
        ("store_fails", "store"),
        ("summary_cards_make_way", "incomplete"),
        ("summary_full", "incomplete"),
    ];
    let causes = causes.map(|(name, why)| (name.to_owned(), why.to_owned()));
    assert_eq!(held.unchecked, causes.into());
}

#[test]
fn governance() {
    let held = hold_steps("governance", 230);
    assert_eq!(held.numbers, [205, 402, 403, 601, 701, 702, 703, 704, 705, 706, 711].into());
    assert_eq!(held.advisories, set(["newer_exists", "roots_due", "status_unknown"]));
    assert_eq!(held.missing, set(["roots", "trust_list", "catalogue", "withdrawal"]));
    assert!(held.endings.is_superset(&set(["roots_expire", "newer_exists"])));
    for kind in ["roots", "trust_list", "catalogue", "withdrawal", "index", "status"] {
        for taken in [true, false] {
            assert!(held.installed.contains(&(kind, taken)), "{kind} {taken}");
        }
    }
    let families = [
        "ahead",
        "begin",
        "change",
        "encoding",
        "fork",
        "form",
        "index",
        "not",
        "notice",
        "number",
        "order",
        "preflight",
        "previous",
        "replaced",
        "roots",
        "set",
        "tally",
        "walk",
    ];
    assert_eq!(held.families, set(families));
}

/// Why a card was accepted without knowing its status, in the vectors of a file.
fn causes(file: &str) -> BTreeSet<String> {
    let path = format!("{}/tests/vectors/{file}.json", env!("CARGO_MANIFEST_DIR"));
    let document: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let vectors = document["vectors"].as_array().unwrap().iter();
    let causes = vectors.filter_map(|it| it["expected"]["why"]["status_unknown"].as_str());
    causes.map(str::to_owned).collect()
}

#[test]
fn requests() {
    let path = format!("{}/tests/vectors/requests.json", env!("CARGO_MANIFEST_DIR"));
    let document: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let vectors = document["vectors"].as_array().unwrap();
    let (mut names, mut numbers) = (HashSet::new(), BTreeSet::new());
    for vector in vectors {
        let name = vector["name"].as_str().unwrap();
        assert!(names.insert(name), "two vectors are called {name}");
        let found = vector_file::requests::run(vector);
        assert_eq!(found, vector["expected"], "{name}: {}", vector["comment"]);
        numbers.extend(found["number"].as_u64());
    }
    say!("requests: {} vectors", vectors.len());
    // All but those that only a service can say: a challenge or key used before, and what it has not.
    let said = (801..=809).chain(901..=923).filter(|number| ![905, 910].contains(number));
    assert_eq!(numbers, said.collect());
}

#[test]
fn publishing() {
    let path = format!("{}/tests/vectors/publishing.json", env!("CARGO_MANIFEST_DIR"));
    let document: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let vectors = document["vectors"].as_array().unwrap();
    let (mut names, mut problems) = (HashSet::new(), BTreeSet::new());
    for vector in vectors {
        let name = vector["name"].as_str().unwrap();
        assert!(names.insert(name), "two vectors are called {name}");
        let found = vector_file::publishing::run(&document, vector);
        assert_eq!(found, vector["expected"], "{name}: {}", vector["comment"]);
        let told = found.as_array().unwrap().iter().flat_map(|it| it["problems"].as_array());
        problems.extend(told.flatten().map(|it| it[1].as_str().unwrap().to_owned()));
        let visits = found.as_array().unwrap();
        let last = visits.last().unwrap();
        let needed =
            last["asked"].as_array().unwrap().len() - last["later"].as_array().unwrap().len();
        match name {
            // The next roots, the index, the status index, and one delta.
            "fetch_after_1_day" | "fetch_after_6_days" | "fetch_after_25_days" => {
                assert_eq!(needed, 4, "{name}")
            }
            // An anchor's index and its list in its place.
            "fetch_after_100_days" => assert_eq!(needed, 5),
            _ => {}
        }
    }
    say!("publishing: {} vectors", vectors.len());
    // All but what a host alone knows, and what is too large for a vector.
    let expected = [
        "ahead",
        "behind",
        "document",
        "index",
        "missing",
        "no_folder",
        "not_taken",
        "other_content",
        "other_edition",
        "other_size",
    ];
    assert_eq!(problems.iter().map(String::as_str).collect::<Vec<_>>(), expected);
}

/// Runs every vector of a file about receipts or challenges; returns what was answered.
fn hold_receipts(file: &str, at_least: usize) -> BTreeSet<String> {
    let path = format!("{}/tests/vectors/{file}.json", env!("CARGO_MANIFEST_DIR"));
    let document: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let vectors = document["vectors"].as_array().unwrap();
    let (mut names, mut problems) = (HashSet::new(), BTreeSet::new());
    for vector in vectors {
        let name = vector["name"].as_str().unwrap();
        assert!(names.insert(name), "two vectors are called {name}");
        let found = vector_file::receipts::run(&document, vector);
        assert_eq!(found, vector["expected"], "{name}: {}", vector["comment"]);
        problems.extend(found["problem"].as_str().map(str::to_owned));
    }
    say!("{file}: {} vectors", vectors.len());
    assert!(vectors.len() >= at_least);
    problems
}

#[test]
fn receipts() {
    let problems = hold_receipts("receipts", 100);
    for problem in [
        "form",
        "unknown_key",
        "not_admitted",
        "key_not_in_time",
        "key_withdrawn",
        "bad_signature",
        "other_scanner",
        "missing",
        "repeated",
        "other_previous",
        "end",
        "other_text",
        "other_trust_list",
        "other_catalogue",
        "other_roots",
        "other_notice",
        "other_status_list",
        "other_verdict",
        "other_card",
    ] {
        assert!(problems.contains(problem), "no vector ends in {problem}");
    }
}

#[test]
fn evidence() {
    let file = "backend/evidence";
    let path = format!("{}/tests/vectors/{file}.json", env!("CARGO_MANIFEST_DIR"));
    let document: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let mut ended = BTreeSet::new();
    let vectors = document["vectors"].as_array().unwrap();
    for vector in vectors {
        let found = vector_file::evidence::run(&document, vector);
        assert_eq!(found, vector["expected"], "{}: {}", vector["name"], vector["comment"]);
        let name = found["problem"].as_str().or(found["judged"].as_str()).unwrap();
        ended.insert(name.to_owned());
    }
    say!("{file}: {} vectors", vectors.len());
    for name in [
        "rightly",
        "wrongly",
        "without_text",
        "other_text",
        "newer_version",
        "form",
        "no_receipt",
        "other_hash",
        "twice",
        "list_missing",
        "list",
        "other_list",
        "other_answer",
        "missing",
        "bad_signature",
        "key_withdrawn",
    ] {
        assert!(ended.contains(name), "no vector ends in {name}");
    }
}

#[test]
fn challenges() {
    let problems = hold_receipts("challenges", 20);
    assert_eq!(
        problems.iter().map(String::as_str).collect::<Vec<_>>(),
        ["character", "length", "not_base45"]
    );
}
