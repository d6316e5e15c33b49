//! The catalogue of `examples/data`: whole, consistent, and fit to be signed and installed.

mod practice;

use std::collections::HashSet;

use onecode::*;
use practice::{key, scanner_of, NOW};

fn catalogue() -> Catalogue {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/data/catalogue.json");
    Catalogue::from_json(&std::fs::read_to_string(path).unwrap()).unwrap()
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

#[test]
fn it_is_the_same_after_a_round_trip() {
    let catalogue = catalogue();
    let json = serde_json::to_string(&catalogue).unwrap();
    assert_eq!(Catalogue::from_json(&json), Ok(catalogue));
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
