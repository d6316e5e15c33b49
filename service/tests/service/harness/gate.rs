//! A gate that reads a folder.

use std::path::PathBuf;

use onecode::catalogue::Catalogue;
use onecode::fetching::{Answer, Fetch, Step};
use onecode::trust::TrustList;
use onecode::{
    Algorithm, ApplicationNumber, Context, Policy, PublicKey, Region, Scanner, SigningKey,
    SoftwareKey, Verdict,
};

use super::{ISSUER, REGION};

/// A gate with lists from a folder.
pub(crate) struct Gate {
    pub(crate) scanner: Scanner,
    published: PathBuf,
}

impl Gate {
    pub(crate) fn new(keys: [PublicKey; 2], published: PathBuf, now: i64) -> Self {
        let root = SoftwareKey::generate(Algorithm::Esp256).unwrap().key;
        let [cards, status] = keys.map(|key| key.to_jwk());
        let times = r#""not_before": "2026-01-01T00:00:00Z", "not_after": "2099-01-01T00:00:00Z""#;
        let trust = TrustList::from_json(&format!(
            r#"{{
                "sequence": 1, "issued_at": "2026-01-01T00:00:00Z",
                "next_update": "2099-01-01T00:00:00Z", "expires": "2099-01-01T00:00:00Z",
                "issuers": [{{
                    "id": "{ISSUER}", "region": {REGION}, "name": {{ "zh": "上海", "en": "SH" }},
                    "keys": [
                        {{ "jwk": {cards}, "may_sign": {{ "credentials": [{REGION}] }}, {times} }},
                        {{ "jwk": {status}, "may_sign": {{ "status_lists": true }}, {times} }}
                    ]
                }}]
            }}"#
        ))
        .unwrap();
        let json = include_str!("../../../../examples/data/catalogue.json");
        let mut catalogue = Catalogue::from_json(json).unwrap();
        catalogue.edition = trust.edition.clone();
        let mut scanner = Scanner::new(root.public_key(), Policy::default());
        scanner.install_trust_list(trust.sign(&root).unwrap().as_bytes(), now).unwrap();
        scanner.install_catalogue(catalogue.sign(&root).unwrap().as_bytes(), now).unwrap();
        Gate { scanner, published }
    }

    /// Takes the newest lists, as scanners of a folder do. Governments publish nothing here.
    pub(crate) fn fetch(&mut self, now: i64) {
        let mut fetch = Fetch::new(now);
        let read = |path: &str| std::fs::read(self.published.join(path));
        while let Some(step) = fetch.step(&self.scanner.held(now)) {
            match step {
                Step::Get(wanted) => match read(&wanted.file.path()) {
                    Ok(bytes) => fetch.answer(Answer::Fetched(&bytes)),
                    Err(_) => fetch.answer(Answer::Missing),
                },
                Step::Install(files) => {
                    let files = files.iter().map(|file| read(&file.path()).unwrap());
                    fetch.install(&mut self.scanner, files).unwrap();
                    true
                }
            };
        }
        let of_lists = fetch.problems().iter().find(|problem| problem.file.issuer().is_some());
        assert_eq!(of_lists, None);
    }

    /// The number of a refusal, or nothing.
    pub(crate) fn scan(&mut self, code: &str, now: i64) -> Option<u16> {
        let context = Context {
            application: ApplicationNumber::new(102).unwrap(),
            place: Region::new(REGION).unwrap(),
            now_unix_s: now,
            challenge: None,
        };
        match self.scanner.scan(code, &context) {
            Verdict::Accepted(_) => None,
            Verdict::Refused(refusal) => Some(refusal.number()),
            Verdict::HandedOver(_) => panic!("handed over"),
        }
    }
}
