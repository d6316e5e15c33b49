//! A practice region in which something goes wrong, and what one asks and does in it.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::run::gate::{number, World};
use crate::run::{good, lines, onecode, with_input};

/// Minutes after the practice region is there.
pub fn minute(minute: u32) -> String {
    format!("2026-11-25T{:02}:{:02}:00+08:00", 8 + minute / 60, minute % 60)
}

/// A region in which something goes wrong.
pub struct Night(pub World);

impl Night {
    pub fn new(name: &str) -> Self {
        Night(World::new(&format!("playbook_{name}")))
    }

    pub fn path(&self, name: &str) -> String {
        self.0.folder.join(name).to_str().unwrap().to_owned()
    }

    /// A gate for this application that begins now: its verdict, and what it said.
    pub fn gate(&self, application: &str, card: &str, at: &str) -> (u64, String) {
        let code = self.0.text(card, at);
        self.gate_for(&code, application, at)
    }

    pub fn gate_for(&self, code: &str, application: &str, at: &str) -> (u64, String) {
        let metrics = self.path("gate.prom");
        let gate = ["--application", application, "--at", at, "--metrics", &metrics];
        let output = with_input(&self.0.arguments(&gate), code.as_bytes());
        let told = String::from_utf8(output.stderr.clone()).unwrap();
        (number(&lines(&output)[0]), told)
    }

    pub fn metro(&self, card: &str, at: &str) -> u64 {
        self.gate("101", card, at).0
    }

    /// The same of a gate at the metro that has a state.
    pub fn keeps(&self, card: &str, at: &str) -> u64 {
        let (code, state) = (self.0.text(card, at), self.path("metro.state"));
        let gate = ["--application", "101", "--at", at, "--state", &state];
        number(&lines(&with_input(&self.0.arguments(&gate), code.as_bytes()))[0])
    }

    /// A figure of the gate that was asked last.
    pub fn figure(&self, name: &str) -> Option<i64> {
        let text = fs::read_to_string(self.path("gate.prom")).unwrap();
        let value = text.lines().find_map(|line| line.strip_prefix(&format!("{name} ")))?;
        Some(value.parse().unwrap())
    }

    pub fn refusals(&self, number: u16) -> Option<i64> {
        let labels = format!("application=\"101\",verdict=\"refused\",number=\"{number}\"");
        self.figure(&format!("onecode_gate_scans_total{{{labels}}}"))
    }

    /// The command in this region: what it printed.
    pub fn does(&self, command: &[&str], at: &str) -> String {
        good(&onecode(&[command, &["--world", &self.0.world, "--at", at]].concat()))
    }

    /// As many holders sign the next edition as it takes.
    pub fn sign(&self, document: &str, holders: [&str; 3], at: &str) {
        for holder in holders {
            self.does(&["sign", document, "--holder", holder], at);
        }
    }

    pub fn publish(&self, at: &str) -> String {
        self.does(&["publish"], at)
    }

    pub fn preflight(&self, at: &str) -> String {
        let preflight = ["preflight", "--world", &self.0.world, "--at", at];
        String::from_utf8(onecode(&preflight).stdout).unwrap()
    }

    /// Changes the content of the next edition.
    pub fn change(&self, file: &str, change: impl FnOnce(&mut Value)) {
        let file = Path::new(&self.0.world).join("operator").join(file);
        let mut content = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
        change(&mut content);
        fs::write(&file, content.to_string()).unwrap();
    }

    pub fn private(&self, path: &str) -> String {
        format!("{}/{path}.pem", self.0.world)
    }

    /// A new key in the place of this one: the old one and the new one, as `onecode key` tells them.
    pub fn new_key(&self, path: &str) -> [Key; 2] {
        let (file, stolen) = (self.private(path), self.private(&format!("{path}.stolen")));
        let before = Key::of(&file);
        fs::rename(&file, stolen).unwrap();
        good(&onecode(&["keygen", "--alg", "es256", "--out", &file]));
        [before, Key::of(&file)]
    }
}

pub struct Key {
    pub jwk: Value,
    pub thumbprint: String,
    pub pem: String,
}

impl Key {
    pub fn of(file: &str) -> Self {
        let told = good(&onecode(&["key", file]));
        let line = |name: &str| told.lines().find_map(|line| line.strip_prefix(name)).unwrap();
        Key {
            jwk: serde_json::from_str(line("jwk ").trim()).unwrap(),
            thumbprint: line("thumbprint ").trim().to_owned(),
            pem: told[told.find("-----BEGIN").unwrap()..].to_owned(),
        }
    }
}
