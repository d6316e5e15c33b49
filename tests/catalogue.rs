//! The catalogue of `examples/data`: whole, consistent, and fit to be signed and installed; and
//! `matrix.csv`, the table of what it makes of whom.

mod practice;

use std::collections::HashSet;

use onecode::catalogue::{Application, Beyond, Catalogue, Domain, DuplicateRule, EntitlementName};
use onecode::governance::SignedDocument;
use onecode::jose::MAX_DOCUMENT;
use onecode::{Algorithm, Policy, Region};
use practice::{key, scanner_of, DAY, NOW};
use serde_json::Value;

const CATALOGUE: &str = include_str!("../examples/data/catalogue.json");
const TABLE: &str = include_str!("matrix.csv");
const MATRIX: &str = include_str!("vectors/matrix.json");

fn catalogue() -> Catalogue {
    Catalogue::from_json(CATALOGUE).unwrap()
}

#[test]
fn it_serves_every_article_on_services() {
    let catalogue = catalogue();
    assert!(catalogue.applications.len() >= 20, "{}", catalogue.applications.len());
    let served: HashSet<_> =
        catalogue.applications.iter().filter_map(|application| application.article).collect();
    for article in 9..=14 {
        assert!(served.contains(&article), "nothing serves article {article}");
    }
    assert!(catalogue.applications.iter().all(|application| application.article.is_some()));
}

/// The hundreds of a number say the field: 7 is what holds in the demonstration zone alone.
#[test]
fn numbers_ids_and_fields_fit_together() {
    let zone = [310_118, 320_509, 330_421].map(|code| Region::new(code).unwrap());
    for application in catalogue().applications {
        let Application { number, id, domain, places, .. } = application;
        let (prefixes, wanted): (&[&str], _) = match number.get() / 100 {
            1 => (&["transit"], Some(Domain::Transit)),
            2 => (&["tourism"], Some(Domain::Tourism)),
            3 => (&["culture"], Some(Domain::Culture)),
            4 => (&["social", "hr", "identity"], Some(Domain::SocialSecurity)),
            5 => (&["medical", "health"], Some(Domain::Health)),
            6 => (&["finance"], Some(Domain::Finance)),
            7 => (&["pilot"], None),
            _ => panic!("{number} has no meaning"),
        };
        let prefix = id.split('.').next().unwrap();
        assert!(prefixes.contains(&prefix), "{number} is called {id}");
        assert!(wanted.is_none_or(|wanted| wanted == domain), "{number} is in {domain:?}");
        assert_eq!(places == zone, wanted.is_none(), "{number} is offered in {places:?}");
    }
}

#[test]
fn everything_has_names_and_places() {
    let catalogue = catalogue();
    let entitlements = catalogue.entitlements.iter().map(|entry| (&entry.id, &entry.name));
    let applications = catalogue.applications.iter().map(|entry| (&entry.id, &entry.name));
    for (id, name) in entitlements.chain(applications) {
        assert!(!name.zh.trim().is_empty() && !name.en.trim().is_empty(), "{id} has no name");
        assert!(name.en.is_ascii(), "{id}: {}", name.en);
        assert!(name.zh.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c)), "{id}");
    }
    let region = [Region::SHANGHAI, Region::JIANGSU, Region::ZHEJIANG, Region::ANHUI];
    for Application { id, places, .. } in &catalogue.applications {
        assert!(!places.is_empty(), "{id} is offered nowhere");
        let inside = |place: &Region| region.contains(&place.province());
        assert!(places.iter().all(inside), "{id} is offered outside of the four provinces");
    }
}

#[test]
fn every_entitlement_is_used() {
    let catalogue = catalogue();
    let used: HashSet<&String> = catalogue
        .applications
        .iter()
        .flat_map(|entry| entry.entitlements.iter().chain(&entry.entitlements_outside_home))
        .collect();
    for EntitlementName { id, .. } in &catalogue.entitlements {
        assert!(used.contains(id), "nothing needs {id}");
    }
}

/// Where money moves or a status counts at once, the code is made for it and shown at once.
#[test]
fn strict_applications_are_strict_throughout() {
    for entry in catalogue().applications {
        if entry.challenge {
            let refuses = entry.status.beyond == Beyond::Refuse;
            let at_once = entry.max_code_age_s.is_some_and(|age| age <= 60);
            assert!(entry.bound && refuses && at_once, "{}", entry.id);
            assert_eq!(entry.duplicates, DuplicateRule::Refuse, "{}", entry.id);
        }
    }
}

/// What holds for whole groups of applications.
#[test]
fn the_terms_are_consistent() {
    for entry in catalogue().applications {
        let Application { id, status, .. } = &entry;
        // What is bound matters, and what matters needs to know the card's status.
        if entry.bound {
            assert_eq!(status.beyond, Beyond::Refuse, "{id}");
        }
        if entry.domain == Domain::Finance || id.starts_with("medical") || id.starts_with("social")
        {
            assert!(entry.bound && i64::from(status.max_age_s) <= DAY, "{id}");
        }
        if entry.domain == Domain::Finance {
            assert!(entry.challenge && !entry.delegate, "{id}");
        }
        if entry.domain == Domain::Transit {
            assert_eq!(status.beyond, Beyond::Accept, "{id} leaves people standing");
        }
        if entry.article == Some(13) {
            assert_eq!(entry.entitlements, ["medical_insurance"], "{id}");
        }
        assert_eq!(entry.article == Some(16), id.starts_with("pilot."), "{id}");
    }
}

/// A code is on screen for half its window, 30 s as a rule, and two clocks may differ by the
/// tolerance: a lower cap would refuse people who did nothing wrong.
#[test]
fn no_cap_makes_a_dead_moment() {
    let least = 30 + u32::from(Policy::default().tolerance_s);
    for Application { id, max_code_age_s, .. } in catalogue().applications {
        assert!(max_code_age_s.is_none_or(|cap| cap >= least), "{id}");
    }
}

#[test]
fn days_begin_at_midnight_in_beijing() {
    let midnight_s = 16 * 3_600;
    for Application { id, from_unix_s, until_unix_s, .. } in catalogue().applications {
        assert_eq!(from_unix_s % DAY, midnight_s, "{id}");
        assert!(until_unix_s.is_none_or(|last| (last + 1) % DAY == midnight_s), "{id}");
    }
}

/// Compared as JSON too, so that a misspelt member, which a reader ignores, is found.
#[test]
fn it_is_the_same_after_a_round_trip() {
    let json = serde_json::to_string(&catalogue()).unwrap();
    assert_eq!(Catalogue::from_json(&json), Ok(catalogue()));
    let value = |json: &str| serde_json::from_str::<Value>(json).unwrap();
    assert_eq!(value(&json), value(CATALOGUE));
}

#[test]
fn it_can_be_signed_and_installed() {
    let root = key(Algorithm::Esp256);
    let mut scanner = scanner_of(&root, vec![], Policy::default());
    let mut catalogue = catalogue();
    // The scanner has another one with number 1 already.
    catalogue.edition.sequence = 2;
    let signed = catalogue.sign(&root).unwrap();
    scanner.install_catalogue(signed.as_bytes(), NOW).unwrap();
    assert!(signed.len() < MAX_DOCUMENT, "{} bytes", signed.len());
}

/// The rows of the table without its head: 13 cells each, the expectation in the eleventh.
fn rows() -> Vec<Vec<&'static str>> {
    let lines = TABLE.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.skip(1).map(|line| line.splitn(13, ',').map(str::trim).collect()).collect()
}

/// A row that differs in one column, so that the refusal has that one reason.
#[test]
fn every_refusal_in_the_table_has_an_accepted_neighbour() {
    let rows = rows();
    let accepted: Vec<_> = rows.iter().filter(|row| row[10] == "accepted").collect();
    let refused = rows.iter().filter(|row| row[10] != "accepted");
    for row in refused.filter(|row| !row[0].starts_with("order_")) {
        let differing = |other: &[&str]| (1..10).filter(|at| other[*at] != row[*at]).count();
        assert!(accepted.iter().any(|other| differing(other) == 1), "{} has none", row[0]);
    }
}

#[test]
fn every_application_is_in_the_table() {
    let rows = rows();
    for Application { id, .. } in catalogue().applications {
        assert!(rows.iter().any(|row| row[2] == id && row[10] == "accepted"), "{id}");
    }
}

/// They are those of this table and this catalogue: run `cargo run -p onecode-vectors` after a change.
#[test]
fn the_matrix_vectors_are_up_to_date() {
    let matrix: Value = serde_json::from_str(MATRIX).unwrap();
    let vectors = matrix["vectors"].as_array().unwrap();
    assert_eq!(vectors.len(), rows().len());
    for (vector, row) in vectors.iter().zip(rows()) {
        let expected = match &vector["expected"]["number"] {
            Value::Null => "accepted".to_owned(),
            number => number.to_string(),
        };
        assert_eq!((vector["name"].as_str().unwrap(), &*expected), (row[0], row[10]));
    }
    let document = matrix["lists"]["catalogue"].as_str().unwrap();
    let document = SignedDocument::from_json(document.as_bytes()).unwrap();
    let signed = Catalogue::from_json(std::str::from_utf8(document.payload()).unwrap()).unwrap();
    assert_eq!(signed, catalogue());
}
