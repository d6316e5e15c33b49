//! How the vectors about publishing are run: what a fetcher asks a publication for, and what its
//! scanner then has.

use std::collections::{BTreeMap, BTreeSet};

use onecode::fetching::{Answer, Fetch, Held, Purpose, Step};
use onecode::governance::{Roots, Sha256Hash};
use onecode::preflight::DocumentState;
use onecode::{Policy, Scanner};
use serde_json::{json, Value};

use super::{int, unhex};

/// Visits publications one after the other with one scanner: what stands in `expected`.
pub fn run(document: &Value, vector: &Value) -> Value {
    let roots = match vector["roots_hash"].as_str() {
        Some(hash) => Roots::hash(Sha256Hash::from_base64url(hash).unwrap()),
        None => Roots::edition(&file(document, "roots 1")).unwrap(),
    };
    let purpose = match vector["purpose"].as_str().unwrap() {
        "now" => Purpose::Now,
        "keep" => Purpose::Keep,
        "mirror" => Purpose::Mirror,
        other => panic!("{other}"),
    };
    let mut fetcher = Fetcher {
        scanner: Scanner::new(roots, Policy::default()),
        purpose,
        store: BTreeMap::new(),
        anchors: BTreeMap::new(),
    };
    let visits = vector["visits"].as_array().unwrap().iter();
    visits.map(|visit| fetcher.visit(document, visit)).collect()
}

/// A file of the vectors: bytes in hex, or a text.
fn file(document: &Value, name: &str) -> Vec<u8> {
    let file = document["files"][name].as_str().unwrap_or_else(|| panic!("{name}"));
    match name.contains("cwt") {
        true => unhex(file),
        false => file.as_bytes().to_vec(),
    }
}

struct Fetcher {
    scanner: Scanner,
    purpose: Purpose,
    store: BTreeMap<String, Vec<u8>>,
    anchors: BTreeMap<String, Vec<i64>>,
}

impl Fetcher {
    fn held(&self, now: i64) -> Held {
        let mut held = self.scanner.held(now);
        for (issuer, held) in &mut held.issuers {
            held.anchors = self.anchors.get(issuer).cloned().unwrap_or_default();
        }
        held
    }

    fn visit(&mut self, document: &Value, visit: &Value) -> Value {
        let now = int(&visit["now_unix_s"]);
        let served = |path: &str| Some(file(document, visit["files"][path].as_str()?));
        for path in visit["damaged"].as_array().unwrap_or(&vec![]) {
            *self.store.get_mut(path.as_str().unwrap()).unwrap() = b"damaged".to_vec();
        }
        let mut fetch = Fetch::with(self.purpose, now);
        let (mut asked, mut later) = (Vec::new(), BTreeSet::new());
        while let Some(step) = fetch.step(&self.held(now)) {
            match step {
                Step::Get(wanted) => {
                    let path = wanted.file.path();
                    let is_kept = wanted.may_be_kept && !wanted.file.is_rewritten();
                    if let Some(kept) = self.store.get(&path).filter(|_| is_kept) {
                        fetch.answer(Answer::Kept(kept));
                        continue;
                    }
                    asked.push(path.clone());
                    if wanted.later {
                        later.insert(path.clone());
                    }
                    let Some(bytes) = served(&path) else {
                        fetch.answer(Answer::Missing);
                        continue;
                    };
                    if fetch.answer(Answer::Fetched(&bytes)) {
                        self.store.insert(path, bytes);
                    }
                }
                Step::Install(files) => {
                    let bytes: Vec<_> = files.iter().map(|it| &self.store[&it.path()]).collect();
                    let _ = fetch.install(&mut self.scanner, bytes);
                }
            }
        }
        let held = self.held(now);
        let mut kept = BTreeMap::new();
        for issuer in held.issuers.keys().filter(|_| self.purpose != Purpose::Now) {
            let Some(index) = fetch.index_to_keep(issuer, &held) else { continue };
            kept.insert(issuer.clone(), index.anchor_times());
            self.anchors.insert(issuer.clone(), index.anchor_times());
        }
        let problems = fetch.problems().iter();
        let problems: Vec<_> =
            problems.map(|it| json!([it.file.path(), it.fault.name()])).collect();
        let ready = self.scanner.preflight(now);
        let number = |state: Option<DocumentState>| state.map(|state| state.sequence);
        let status: BTreeMap<_, _> =
            ready.status.iter().map(|it| (it.issuer.clone(), it.oldest_unix_s)).collect();
        json!({
            "asked": asked,
            "later": later,
            "problems": problems,
            "roots": number(ready.roots),
            "trust_list": number(ready.trust_list),
            "catalogue": number(ready.catalogue),
            "status": status,
            "kept": kept,
        })
    }
}
