//! The bindings, built and tested by the real toolchain of each language: `bindings/build.sh`.
//!
//! Where a toolchain or a network that it needs is missing, its test does nothing and says so; with
//! `ONECODE_REQUIRE_TOOLS=1` it fails instead.

#[path = "../../tests/say/mod.rs"]
#[macro_use]
mod say;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

/// `swift` on the path, or the one that `bindings/swift/toolchain.sh install` has provided.
#[test]
fn swift() {
    hold("Swift", &["bash", "bindings/swift/toolchain.sh", "find"]);
}

/// On the JVM, by Maven.
#[test]
fn kotlin() {
    hold("Kotlin", &["mvn", "--version"]);
}

#[test]
fn python() {
    hold("Python", &["python3", "--version"]);
}

/// Runs the tests of a language if `find` succeeds. They print lines that begin with its name, and
/// one of these says how many vectors were held.
fn hold(language: &str, find: &[&str]) {
    if run(find).0 != Some(0) {
        skip(language, &format!("{find:?} finds no toolchain"));
        return;
    }
    let (status, said) = run(&["bash", "bindings/build.sh", &language.to_lowercase(), "--test"]);
    if status == Some(NOT_REACHED) {
        skip(language, &format!("what it needs cannot be fetched here:\n{said}"));
        return;
    }
    assert_eq!(status, Some(0), "{said}");
    let vectors = format!("{language}: {} vectors", vectors());
    assert!(said.lines().any(|line| line == vectors), "not {vectors:?}:\n{said}");
    for line in said.lines().filter(|line| line.starts_with(language)) {
        say!("{line}");
    }
}

/// What the script says where packages can neither be found on this machine nor be fetched.
const NOT_REACHED: i32 = 69;

fn skip(language: &str, why: &str) {
    let required = env::var_os("ONECODE_REQUIRE_TOOLS").is_some_and(|it| it == "1");
    assert!(!required, "{language} is required, and {why}");
    let first = why.lines().next().unwrap_or_default();
    say!("SKIPPED: {language}: {}", first.trim_end_matches(':'));
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The exit status of the command, if it could be started and was not killed, and what it says.
fn run(command: &[&str]) -> (Option<i32>, String) {
    // Without Cargo's path to libraries: what lies there would be loaded in place of what is built.
    let mut process = Command::new(command[0]);
    process.env_remove("LD_LIBRARY_PATH").env_remove("DYLD_FALLBACK_LIBRARY_PATH");
    let Ok(output) = process.args(&command[1..]).current_dir(root()).output() else {
        return (None, String::new());
    };
    let said = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8_lossy(&said).into_owned())
}

/// How many vectors there are, so that none is passed over.
fn vectors() -> usize {
    let files =
        fs::read_dir(root().join("tests/vectors")).unwrap().map(|file| file.unwrap().path());
    let documents = files.filter(|path| path.extension().is_some_and(|it| it == "json"));
    let vectors = documents.map(|path| {
        let document = fs::read_to_string(path).unwrap();
        let document: serde_json::Value = serde_json::from_str(&document).unwrap();
        document["vectors"].as_array().map_or(0, Vec::len)
    });
    vectors.sum()
}
