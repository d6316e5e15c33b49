//! The committed vectors, held against the library.

mod vector_file;

use serde_json::Value;

fn hold(file: &str, expected_verdict: &str, at_least: usize) {
    let path = format!("{}/tests/vectors/{file}.json", env!("CARGO_MANIFEST_DIR"));
    let document: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let vectors = document["vectors"].as_array().unwrap();
    let mut names = std::collections::HashSet::new();
    for vector in vectors {
        let name = vector["name"].as_str().unwrap();
        let found = vector_file::verdict_to_json(&vector_file::run(&document["lists"], vector));
        assert_eq!(found, vector["expected"], "{name}: {}", vector["comment"]);
        assert_eq!(found["verdict"], expected_verdict, "{name}");
        assert!(names.insert(name), "two vectors are called {name}");
    }
    println!("{file}: {} vectors", vectors.len());
    assert!(vectors.len() >= at_least);
}

#[test]
fn valid() {
    hold("valid", "accepted", 15);
}

#[test]
fn invalid() {
    hold("invalid", "refused", 60);
}
