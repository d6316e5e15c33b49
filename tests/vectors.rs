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

#[test]
fn sequences() {
    let path = format!("{}/tests/vectors/sequences.json", env!("CARGO_MANIFEST_DIR"));
    let document: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let vectors = document["vectors"].as_array().unwrap();
    let (mut names, mut steps) = (HashSet::new(), 0);
    let (mut numbers, mut advisories) = (BTreeSet::new(), BTreeSet::new());
    let mut unchecked = BTreeSet::new();
    for vector in vectors {
        let name = vector["name"].as_str().unwrap();
        assert!(names.insert(name), "two vectors are called {name}");
        let mut scanners = vector_file::Scanners::new(&document, vector);
        for (at, step) in vector["steps"].as_array().unwrap().iter().enumerate() {
            let found = scanners.step(step);
            assert_eq!(found, step["expected"], "{name}, step {at}: {}", vector["comment"]);
            numbers.extend(found["number"].as_u64());
            let marks = found["advisories"].as_array().into_iter().flatten();
            advisories.extend(marks.map(|mark| mark.as_str().unwrap().to_owned()));
            unchecked.extend(
                found["why"]["duplicates_unchecked"].as_str().map(|why| (name, why.to_owned())),
            );
            steps += 1;
        }
    }
    say!("sequences: {} vectors, {steps} steps", vectors.len());
    assert!(numbers.is_superset(&BTreeSet::from([205, 507, 508, 511, 601, 602, 702, 708])));
    assert!(
        numbers.is_superset(&BTreeSet::from([301, 302, 303, 402, 701, 703, 705, 706, 707, 709]))
    );
    for advisory in ["used_before", "duplicates_unchecked", "clock_off"] {
        assert!(advisories.contains(advisory), "{advisory}");
    }
    let causes = [
        ("memory_full_warned", "full"),
        ("set_back_warned", "clock_went_back"),
        ("store_fails", "store"),
        ("summary_cards_make_way", "incomplete"),
        ("summary_full", "incomplete"),
    ];
    assert_eq!(unchecked, causes.map(|(name, why)| (name, why.to_owned())).into());
}

/// Why a card was accepted without knowing its status, in the vectors of a file.
fn causes(file: &str) -> BTreeSet<String> {
    let path = format!("{}/tests/vectors/{file}.json", env!("CARGO_MANIFEST_DIR"));
    let document: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let vectors = document["vectors"].as_array().unwrap().iter();
    let causes = vectors.filter_map(|it| it["expected"]["why"]["status_unknown"].as_str());
    causes.map(str::to_owned).collect()
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
        "other_status_list",
        "other_verdict",
        "other_card",
    ] {
        assert!(problems.contains(problem), "no vector ends in {problem}");
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
