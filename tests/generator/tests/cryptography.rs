//! The inventory of cryptography: committed as it is written, on the page, and without gaps.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use onecode::Language;
use onecode_vectors::cryptography::{inventory, primitives, tables};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

#[test]
fn the_committed_inventory_is_what_the_program_writes() {
    let committed = fs::read_to_string(root().join("docs/cryptography.cdx.json")).unwrap();
    assert!(committed == inventory(), "run `cargo run -p onecode-vectors --bin cryptography`");
}

#[test]
fn the_pages_have_its_tables() {
    for (page, language) in [("OPERATIONS.md", Language::En), ("OPERATIONS.zh-CN.md", Language::Zh)]
    {
        let text = fs::read_to_string(root().join("docs").join(page)).unwrap();
        for table in tables(language) {
            assert!(text.contains(&table), "{page} lacks\n{table}");
        }
    }
}

/// The Rust sources of what ships, without tests in files of their own.
fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        if path.is_dir() {
            sources(&path, found);
        } else if name.ends_with(".rs") && name != "tests.rs" {
            found.push(path);
        }
    }
}

/// What begins like this is a primitive of `ring`, or named after one.
const BEGINNINGS: [&str; 11] = [
    "SHA1", "SHA256", "SHA384", "SHA512", "HMAC_SHA", "HKDF_", "ECDSA_", "RSA_", "ED25519",
    "X25519", "ECDH_",
];
const CIPHERS: [&str; 4] = ["AES_", "CHACHA20", "Sm4", "Aes"];

#[test]
fn every_primitive_in_the_sources_is_in_the_inventory() {
    let primitives = primitives();
    let known: BTreeSet<&str> = primitives.iter().flat_map(|it| it.in_sources).copied().collect();
    let mut files = Vec::new();
    for folder in ["src", "cli/src", "keystore/src", "operations/src", "service/src", "uniffi/src"]
    {
        sources(&root().join(folder), &mut files);
    }
    assert!(files.len() > 100);
    let mut seen = BTreeSet::new();
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        let code = text.split("#[cfg(test)]\nmod ").next().unwrap();
        for line in code.lines().filter(|line| !line.trim_start().starts_with("//")) {
            for word in line.split(|c: char| !c.is_ascii_alphanumeric() && c != '_') {
                let begins = BEGINNINGS.iter().chain(&CIPHERS).any(|it| word.starts_with(it));
                if begins {
                    assert!(known.contains(word), "{word} of {} is in no row", file.display());
                    seen.insert(word.to_owned());
                }
            }
        }
    }
    let gone: Vec<_> =
        known.iter().filter(|word| **word != "RSA" && !seen.contains(**word)).collect();
    assert!(gone.is_empty(), "no source has {gone:?}");
}
