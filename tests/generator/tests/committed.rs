//! What is committed is what this package writes.
#![allow(clippy::unwrap_used)]

use onecode_vectors::{vector_files, worked_example::worked_examples};

#[test]
fn the_committed_vectors_are_what_the_program_writes() {
    for file in vector_files() {
        let path = format!("{}/../vectors/{}.json", env!("CARGO_MANIFEST_DIR"), file.name);
        let committed = std::fs::read_to_string(&path).unwrap();
        // Not `assert_eq`: a difference would print both files whole.
        let differs = committed.lines().zip(file.text.lines()).position(|(old, new)| old != new);
        assert_eq!(differs, None, "{path}: the first line that differs, from 0");
        assert!(committed == file.text, "{path} is shorter or longer than what is written");
    }
}

#[test]
fn the_worked_examples_are_what_the_program_prints() {
    let spec = include_str!("../../../docs/SPEC.md");
    for example in worked_examples().unwrap() {
        assert!(spec.contains(&example), "docs/SPEC.md lacks\n{example}");
    }
}
