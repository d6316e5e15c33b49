//! How a vector file is read and run. Shared by the test that holds the committed vectors against
//! the library and by the program that writes them. `tests/vectors/README.md` describes the form.

pub mod evidence;
pub mod publishing;
pub mod receipts;
pub mod requests;

use std::collections::BTreeMap;
use std::sync::Arc;

use onecode::duplicates::{CodeUse, DuplicateStore, Earlier, StoreUnavailable, VenueKey};
use onecode::gate::{Fact, StatusAnswer};
use onecode::governance::{Roots, Sha256Hash};
use onecode::preflight::{Ending, Outlook, Preflight};
use onecode::{
    Advisory, ApplicationNumber, Challenge, Context, InstallError, Policy, PublicKey, Region,
    Scanner, Verdict,
};
use serde_json::{json, Map, Value};

/// Scans the text of one vector, in a scanner of its own.
pub fn run(document: &Value, vector: &Value) -> Verdict {
    let mut scanner = scanner(&lists_of(document, vector), policy(vector));
    scanner.scan(vector["text"].as_str().unwrap(), &context(vector))
}

/// The scanners of one vector that has steps, by name. Each begins with the lists of the vector.
pub struct Scanners {
    lists: Value,
    policy: Policy,
    venue_key: VenueKey,
    by_name: BTreeMap<String, Scanner>,
}

impl Scanners {
    pub fn new(document: &Value, vector: &Value) -> Self {
        let lists = lists_of(document, vector);
        let venue_key = unhex(document["venue_key"].as_str().unwrap());
        let venue_key = VenueKey::new(venue_key.try_into().unwrap());
        Scanners { lists, policy: policy(vector), venue_key, by_name: BTreeMap::new() }
    }

    fn named(&mut self, name: &Value) -> &mut Scanner {
        let fresh = || scanner(&self.lists, self.policy);
        self.by_name.entry(name.as_str().unwrap().to_owned()).or_insert_with(fresh)
    }

    /// Does one step and tells what came of it: what stands in its `expected`.
    pub fn step(&mut self, step: &Value) -> Value {
        let key = self.venue_key.clone();
        let summaries = match step["do"].as_str().unwrap() {
            "merge" => {
                self.named(&step["from"]).duplicates_summaries(&key, int(&step["now_unix_s"]))
            }
            "merge_summary" => vec![unhex(step["summary"].as_str().unwrap())],
            _ => vec![],
        };
        let lists = self.lists.clone();
        let policy = Policy { without_status_lists: without_status_lists(&lists), ..self.policy };
        let scanner = self.named(&step["scanner"]);
        match step["do"].as_str().unwrap() {
            "scan" => {
                let text = step["text"].as_str().unwrap();
                verdict_to_json(&scanner.scan(text, &context(step)))
            }
            "install" => {
                let now = int(&step["now_unix_s"]);
                let documents = ["roots", "trust_list", "catalogue", "withdrawal", "index"];
                let document =
                    documents.into_iter().find_map(|name| Some((name, step[name].as_str()?)));
                let installed = match document {
                    Some((kind, json)) => install_document(scanner, kind, json, now),
                    None => scanner.install_status(&unhex(step["status"].as_str().unwrap()), now),
                };
                json!({ "taken": installed.is_ok() })
            }
            "begin_anew" => {
                scanner.begin_anew(roots(step));
                Value::Null
            }
            "restart" => {
                *scanner = Scanner::restore(&scanner.snapshot(), policy).unwrap();
                if step["install_lists"].as_bool().unwrap() {
                    install(scanner, &lists);
                }
                Value::Null
            }
            "reinstall" => {
                let lists = step["status"].as_array().unwrap();
                let lists = lists.iter().map(|list| unhex(list.as_str().unwrap()));
                let installed = scanner.install_statuses(lists, int(&step["now_unix_s"]));
                json!({ "taken": installed.is_ok() })
            }
            "duplicate_capacity" => {
                scanner.set_duplicate_capacity(u32::try_from(int(&step["entries"])).unwrap());
                Value::Null
            }
            "failing_store" => {
                scanner.set_duplicate_store(Arc::new(FailingStore));
                Value::Null
            }
            "merge" | "merge_summary" => {
                let (mut new_codes, mut new_cards) = (0, 0);
                for summary in summaries {
                    match scanner.merge_duplicates(&summary, &key, int(&step["now_unix_s"])) {
                        Ok(merged) => {
                            new_codes += merged.new_codes;
                            new_cards += merged.new_cards;
                        }
                        Err(_) => return json!({ "taken": false }),
                    }
                }
                json!({ "taken": true, "new_codes": new_codes, "new_cards": new_cards })
            }
            "expect_challenge" => {
                let challenge = Challenge::new(&unhex(step["challenge"].as_str().unwrap()));
                let (until, now) = (int(&step["expires_unix_s"]), int(&step["now_unix_s"]));
                let opened = challenge.map(|it| scanner.expect_challenge(it, until, now));
                json!({ "open": opened.is_some_and(|it| it.is_ok()) })
            }
            "preflight" => outlooks(&scanner.preflight(int(&step["now_unix_s"]))),
            other => panic!("no step is called {other}"),
        }
    }
}

/// A store of the host that is out of order.
#[derive(Debug)]
struct FailingStore;

impl DuplicateStore for FailingStore {
    fn record(&self, _: &CodeUse) -> Result<Earlier, StoreUnavailable> {
        Err(StoreUnavailable)
    }
}

/// A time that does not exist is null.
fn outlooks(preflight: &Preflight) -> Value {
    let ending = |ending: &Ending| {
        json!({
            "until_unix_s": ending.until.unix_s(),
            "reason": ending.reason.name(),
            "number": ending.reason.number(),
            "issuer": ending.reason.issuer(),
            "refuses": ending.refuses,
        })
    };
    let outlook = |outlook: &Outlook| {
        json!({
            "application": outlook.application.get(),
            "works_until_unix_s": outlook.works_until().unix_s(),
            "endings": outlook.endings.iter().map(ending).collect::<Vec<_>>(),
        })
    };
    json!({ "applications": preflight.applications.iter().map(outlook).collect::<Vec<_>>() })
}

fn context(step: &Value) -> Context {
    Context {
        application: ApplicationNumber::new(u16::try_from(int(&step["application"])).unwrap())
            .unwrap(),
        place: region(&step["place"]),
        now_unix_s: int(&step["now_unix_s"]),
        challenge: step["challenge"].as_str().map(|hex| Challenge::new(&unhex(hex)).unwrap()),
    }
}

fn policy(vector: &Value) -> Policy {
    Policy {
        tolerance_s: u16::try_from(int(&vector["tolerance_s"])).unwrap(),
        accept_specimens: vector["accept_specimens"].as_bool().unwrap(),
        ..Policy::default()
    }
}

/// The lists that a vector is scanned with: those of the document, and where the vector names one
/// of its `list_sets`, the members of that set in their place.
pub fn lists_of(document: &Value, vector: &Value) -> Value {
    let mut lists = document["lists"].clone();
    if let Some(name) = vector["lists"].as_str() {
        let set = document["list_sets"][name].as_object().unwrap();
        for (member, value) in set {
            lists[member] = value.clone();
        }
    }
    lists
}

/// A scanner with these lists. A list that is null is not installed; each of `status` must be
/// taken, and after them each of `damaged`, where there are any, must not be.
pub fn scanner(lists: &Value, policy: Policy) -> Scanner {
    let policy = Policy { without_status_lists: without_status_lists(lists), ..policy };
    let mut scanner = Scanner::new(roots(lists), policy);
    install(&mut scanner, lists);
    scanner
}

/// What scanners are set up with: an edition of the roots document, the hash of one, or a lone key.
pub fn roots(lists: &Value) -> Roots {
    if let Some(edition) = lists["roots"].as_str() {
        Roots::edition(edition.as_bytes()).unwrap()
    } else if let Some(hash) = lists["roots_hash"].as_str() {
        Roots::hash(Sha256Hash::from_base64url(hash).unwrap())
    } else {
        Roots::key(PublicKey::from_jwk(lists["root"].as_str().unwrap()).unwrap())
    }
}

/// Whether scanners with these lists work without ever having been given a status list.
fn without_status_lists(lists: &Value) -> bool {
    lists["without_status_lists"].as_bool().unwrap_or(false)
}

fn install(scanner: &mut Scanner, lists: &Value) {
    let now = int(&lists["installed_at_unix_s"]);
    for edition in lists["walked"].as_array().into_iter().flatten() {
        install_document(scanner, "roots", edition.as_str().unwrap(), now).unwrap();
    }
    for kind in ["trust_list", "catalogue", "index"] {
        if let Some(json) = lists[kind].as_str() {
            install_document(scanner, kind, json, now).unwrap();
        }
    }
    for list in lists["status"].as_array().unwrap() {
        scanner.install_status(&unhex(list.as_str().unwrap()), now).unwrap();
    }
    for list in lists["damaged"].as_array().into_iter().flatten() {
        let installed = scanner.install_status(&unhex(list.as_str().unwrap()), now);
        assert!(installed.is_err(), "a damaged list was taken");
    }
    // After the lists: a status list by a key that they withdraw is in force already.
    for notice in lists["withdrawals"].as_array().into_iter().flatten() {
        install_document(scanner, "withdrawal", notice.as_str().unwrap(), now).unwrap();
    }
}

fn install_document(
    scanner: &mut Scanner,
    kind: &str,
    json: &str,
    now: i64,
) -> Result<(), InstallError> {
    let json = json.as_bytes();
    match kind {
        "roots" => scanner.install_roots(json),
        "trust_list" => scanner.install_trust_list(json, now),
        "catalogue" => scanner.install_catalogue(json, now),
        "withdrawal" => scanner.install_withdrawal(json, now),
        "index" => scanner.install_index(json, now),
        other => panic!("no document is called {other}"),
    }
}

/// A verdict in the form in which vectors expect it.
pub fn verdict_to_json(verdict: &Verdict) -> Value {
    match verdict {
        Verdict::Accepted(accepted) => {
            let mut told = json!({
            "verdict": "accepted",
            "issuer": accepted.issuer.id,
            "region": accepted.region.code(),
            "card": accepted.card.to_string(),
            "entitlements": format!("{:#x}", accepted.entitlements.bits()),
            "age_s": accepted.age_s,
            "delegate": accepted.delegate,
            "specimen": accepted.specimen,
            "status": match &accepted.status {
                StatusAnswer::Valid { as_of_unix_s } => json!({ "valid_as_of_unix_s": as_of_unix_s }),
                StatusAnswer::Unknown(why) => json!({ "unknown": why.name(), "since_unix_s": why.since_unix_s() }),
            },
            "advisories": accepted.advisories.iter().map(Advisory::name).collect::<Vec<_>>(),
            });
            let why = accepted
                .advisories
                .iter()
                .filter_map(|advisory| Some((advisory.name().to_owned(), json!(advisory.why()?))));
            let why: Map<String, Value> = why.collect();
            if !why.is_empty() {
                told["why"] = why.into();
            }
            for advisory in &accepted.advisories {
                if let Advisory::NewerExists { missing } = advisory {
                    told["missing"] = missing.iter().map(|kind| kind.name()).collect();
                }
            }
            told
        }
        Verdict::Refused(refusal) => {
            let facts: Map<String, Value> = refusal
                .facts()
                .into_iter()
                .map(|(name, fact)| {
                    let value = match fact {
                        Fact::Number(number) => json!(number),
                        Fact::Text(text) => json!(text),
                    };
                    (name.to_owned(), value)
                })
                .collect();
            json!({ "verdict": "refused", "number": refusal.number(), "facts": facts })
        }
        Verdict::HandedOver(code) => json!({ "verdict": "handed_over", "id": code.id }),
    }
}

fn int(value: &Value) -> i64 {
    value.as_i64().unwrap()
}

fn region(value: &Value) -> Region {
    Region::new(u32::try_from(int(value)).unwrap()).unwrap()
}

pub fn unhex(hex: &str) -> Vec<u8> {
    (0..hex.len() / 2).map(|at| u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).unwrap()).collect()
}
