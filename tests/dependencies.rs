//! docs/DEPENDENCIES.md names exactly the dependencies that the manifests have.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;
use std::{env, fs};

/// What is used, and what only tests use, for each package.
type Inventory = BTreeMap<String, [BTreeSet<String>; 2]>;

const KOTLIN: &str = "Kotlin (`bindings/kotlin/pom.xml`)";

#[test]
fn the_page_and_the_manifests_name_the_same_dependencies() {
    let mut manifests = cargo();
    // A package without any has no table.
    manifests.retain(|_, both| both.iter().any(|names| !names.is_empty()));
    manifests.insert(KOTLIN.to_owned(), maven(&read("bindings/kotlin/pom.xml")));
    assert_eq!(page(&read("docs/DEPENDENCIES.md")), manifests);
}

fn read(file: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file)).unwrap()
}

fn cargo() -> Inventory {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--no-deps", "--offline"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let mut inventory = Inventory::new();
    for package in metadata["packages"].as_array().unwrap() {
        let both = inventory.entry(package["name"].as_str().unwrap().to_owned()).or_default();
        for dependency in package["dependencies"].as_array().unwrap() {
            let name = dependency["name"].as_str().unwrap().to_owned();
            both[usize::from(dependency["kind"] == "dev")].insert(name);
        }
    }
    inventory
}

fn maven(pom: &str) -> [BTreeSet<String>; 2] {
    let mut both = [BTreeSet::new(), BTreeSet::new()];
    for dependency in pom.split("<dependency>").skip(1) {
        let (dependency, _) = dependency.split_once("</dependency>").unwrap();
        let (_, name) = dependency.split_once("<artifactId>").unwrap();
        let (name, _) = name.split_once("</artifactId>").unwrap();
        let only_in_tests = dependency.contains("<scope>test</scope>");
        both[usize::from(only_in_tests)].insert(name.to_owned());
    }
    both
}

/// The first column of the tables below each heading that has any.
fn page(text: &str) -> Inventory {
    let mut inventory = Inventory::new();
    let (mut package, mut only_in_tests) = ("", false);
    for line in text.lines() {
        if let Some(heading) = line.strip_prefix("## ") {
            (package, only_in_tests) = (heading, false);
        } else if line.starts_with("Only in its ") {
            only_in_tests = true;
        } else if let Some(row) = line.strip_prefix("| `") {
            let (name, rest) = row.split_once("` | ").unwrap();
            assert!(rest.split(" | ").count() == 2 && rest.len() > 5, "{line}");
            let both = inventory.entry(package.to_owned()).or_default();
            assert!(both[usize::from(only_in_tests)].insert(name.to_owned()), "twice: {line}");
        }
    }
    inventory
}
