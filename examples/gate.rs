//! A gate: from one pinned key and three signed lists to a verdict, without a network.
//!
//! `cargo run --example gate`. The gate believes the operator's root key and what that has signed.
//! Operator, agency and phone are played at the end of this file, with keys in software.

use std::error::Error;
use std::time::{SystemTime, UNIX_EPOCH};

use onecode::catalogue::Catalogue;
use onecode::status::{StatusIssuer, StatusPublication};
use onecode::trust::TrustList;
use onecode::{
    Algorithm, ApplicationNumber, CardClaims, CardCredential, CodeSession, Context, Entitlements,
    InstallError, Language, Policy, PublicKey, Region, Scanner, SigningKey, SoftwareKey, Verdict,
};

fn main() -> Result<(), Box<dyn Error>> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs() as i64;
    let (root, lists, [good, lost]) = practice(now)?;

    // 1. What the gate serves, and where it stands (GB/T 2260): buses in Suzhou.
    let context = Context {
        application: ApplicationNumber::new(102).ok_or("0 is no application")?,
        place: Region::new(320_500)?,
        now_unix_s: now, // before each scan anew
        challenge: None,
    };

    // 2. A scanner knows nothing until it has its lists.
    let mut scanner = Scanner::new(root, Policy::default());
    install(&mut scanner, &lists, now)?;

    // 3. The loop: what the reader read goes in unchanged, not trimmed.
    let web = "https://example.cn/".to_owned();
    for (text, expected) in [(&good, None), (&lost, Some(402)), (&web, Some(110))] {
        assert_eq!(show(&scanner.scan(text, &context)), expected); // 402: reported lost
    }

    // 4. A restart: the snapshot holds what was used. The lists are installed again.
    let snapshot = scanner.snapshot();
    let mut scanner = Scanner::restore(&snapshot, Policy::default())?;
    install(&mut scanner, &lists, now)?;

    // 5. The same code again: refused, because a bus takes each code once.
    assert_eq!(show(&scanner.scan(&good, &context)), Some(601));
    Ok(())
}

fn install(scanner: &mut Scanner, lists: &Lists, now: i64) -> Result<(), InstallError> {
    scanner.install_trust_list(lists.0.as_bytes(), now)?; // who may issue cards
    scanner.install_catalogue(lists.1.as_bytes(), now)?; // which services, on which terms
    lists.2.iter().try_for_each(|list| scanner.install_status(list, now)) // which cards not
}

/// Tells the person and the staff, and returns the number of a refusal.
fn show(verdict: &Verdict) -> Option<u16> {
    match verdict {
        Verdict::Accepted(card) => {
            println!("✓ {} {}", card.issuer.name.zh, card.issuer.name.en);
            // For the staff: the status is not known, a list is due, the clock is off …
            card.advisories.iter().for_each(|advisory| println!("      ! {advisory:?}"));
        }
        Verdict::Refused(refusal) => {
            println!("✗ {} {}", refusal.number(), refusal.text(Language::Zh));
            println!("      {}", refusal.text(Language::En));
            println!("      {}", refusal.attendant(Language::En)); // what the staff does now
            return Some(refusal.number());
        }
        Verdict::HandedOver(code) => println!("→ {code:?}"), // only with a `ForeignCodeHandler`
    }
    None
}

/// What a gate downloads: trust list, catalogue, status lists. The examples `operator` and `issuer`
/// explain how they are made.
type Lists = (String, String, Vec<Vec<u8>>);

/// The root key, the lists, and the codes of two cards, of which the second was reported lost.
fn practice(now: i64) -> Result<(PublicKey, Lists, [String; 2]), Box<dyn Error>> {
    let key = || SoftwareKey::generate(Algorithm::Esp256).map(|generated| generated.key);
    let (root, agency, phone) = (key()?, key()?, key()?);
    let code = |status_index| -> Result<String, Box<dyn Error>> {
        let card = CardClaims {
            region: Region::JIANGSU,
            status_index,
            entitlements: Entitlements::of([0]), // transit
            max_window_s: 60,
            expires_unix_s: now + 30 * 86_400,
            confirmed_unix_s: None,
            specimen: false,
            delegate: false,
            holder_key: phone.public_key(),
        };
        let card = CardCredential::issue(card, &agency)?;
        Ok(CodeSession::new(card).code(&phone, now)?.text().to_owned())
    };
    let trust = TrustList::from_json(&format!(
        r#"{{
            "sequence": 1, "issued_at": "2026-01-01T00:00:00Z",
            "next_update": "2099-01-01T00:00:00Z", "expires": "2099-01-01T00:00:00Z",
            "issuers": [{{
                "id": "cn-32", "region": 320000, "name": {{ "zh": "江苏省", "en": "Jiangsu" }},
                "keys": [{{
                    "jwk": {}, "may_sign": {{ "credentials": [320000], "status_lists": true }},
                    "not_before": "2026-01-01T00:00:00Z", "not_after": "2099-01-01T00:00:00Z"
                }}]
            }}]
        }}"#,
        agency.public_key().to_jwk()
    ))?;
    let mut catalogue = Catalogue::from_json(include_str!("data/catalogue.json"))?;
    catalogue.edition = trust.edition.clone();
    let mut cards = StatusIssuer::new("cn-32", 1_000);
    cards.suspend(8)?;
    let day = StatusPublication { issued_at_unix_s: now, expires_unix_s: now + 86_400, ttl_s: 600 };
    let status = cards.publish(day, &agency)?;
    let lists = (trust.sign(&root)?, catalogue.sign(&root)?, status);
    Ok((root.public_key(), lists, [code(7)?, code(8)?]))
}
