//! The operator: signs who may issue cards and which services exist, looks at a gate before it
//! opens, and checks in the evening what it decided.
//!
//! `cargo run --example operator`. The root key belongs in an HSM, behind an implementation of
//! [`SigningKey`]; here it is a key in software.

use std::error::Error;
use std::time::{SystemTime, UNIX_EPOCH};

use onecode::catalogue::Catalogue;
use onecode::jose::{Edition, Name};
use onecode::preflight::Until;
use onecode::receipt::{verify_chain, ChainLink, ReceiptKeys, ScannerId};
use onecode::trust::{Issuer, IssuerKey, MaySign, TrustList, TrustedIssuer};
use onecode::{Algorithm, Context, Policy, Region, Scanner, SigningKey, SoftwareKey, Verdict};

const DAY: i64 = 86_400;

fn main() -> Result<(), Box<dyn Error>> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs() as i64;
    let root = SoftwareKey::generate(Algorithm::Esp256)?.key;
    // Of everybody else the operator knows the public key alone.
    let agency = SoftwareKey::generate(Algorithm::Esp256)?.key.public_key();
    let gate_key = SoftwareKey::generate(Algorithm::Esp256)?.key;

    // 1. The trust list: whose keys may sign what, and how long.
    let edition = Edition {
        sequence: 1, // the next edition is 2: scanners never go back
        issued_at_unix_s: now,
        next_update_unix_s: now + 7 * DAY,
        expires_unix_s: now + 30 * DAY,
        previous: None,
        critical: vec![],
    };
    let key = |key, may_sign| IssuerKey {
        key,
        may_sign,
        not_before_unix_s: now,
        not_after_unix_s: now + 365 * DAY,
        withdrawn_from_unix_s: None,
    };
    let zhejiang = vec![Region::ZHEJIANG];
    let cards = MaySign { credentials: zhejiang, status_lists: true, receipts: vec![] };
    let receipts = MaySign { receipts: vec!["cn-33.bus.".into()], ..MaySign::default() };
    let trust_list = TrustList {
        edition: edition.clone(),
        withdrawals: vec![], // the pinned ones stay
        algorithms: vec![],  // all that the library knows
        issuers: vec![TrustedIssuer {
            issuer: Issuer {
                id: "cn-33".into(),
                name: Name { zh: "浙江省".into(), en: "Zhejiang".into() },
                region: Region::ZHEJIANG,
            },
            keys: vec![key(agency, cards), key(gate_key.public_key(), receipts)],
        }],
    };
    let trust_list = trust_list.sign(&root)?;

    // 2. The catalogue: the services of the region and their terms, written by hand as JSON.
    let mut catalogue = Catalogue::from_json(include_str!("data/catalogue.json"))?;
    catalogue.edition = edition;
    let catalogue = catalogue.sign(&root)?;
    println!("trust list: {} bytes, catalogue: {} bytes", trust_list.len(), catalogue.len());

    // 3. A gate takes them in, and says what it is ready for.
    let mut gate = Scanner::new(root.public_key(), Policy::default());
    gate.install_trust_list(trust_list.as_bytes(), now)?;
    gate.install_catalogue(catalogue.as_bytes(), now)?;
    let report = gate.preflight(now);
    for outlook in report.applications.iter().filter(|outlook| !outlook.endings.is_empty()) {
        let first = &outlook.endings[0];
        let then = if first.refuses { "then refused" } else { "then marked" };
        println!("{} {}: {}, {then}", outlook.application, outlook.name.zh, first.reason.name());
    }
    // No status list was ever handed in: this gate would let nobody in, and says so before the
    // doors open. The example `issuer` makes such lists.
    let find = |id: u16| report.applications.iter().find(|found| found.application.get() == id);
    let bus = find(102).ok_or("no buses")?;
    assert_eq!(bus.works_until(), Until::NeverBegan);
    let missing = bus.endings.iter().find(|ending| ending.refuses).ok_or("no ending")?;
    assert_eq!((missing.reason.number(), missing.reason.name()), (710, "no_status_lists"));

    // 4. In the evening: the gate has signed a receipt for each scan, each linked to the one before.
    let id = ScannerId::new("cn-33.bus.gate-1").ok_or("not a scanner's id")?;
    gate.start_receipts(id.clone());
    let mut day = Vec::new();
    for text in ["https://example.cn/", "OC1:", "OC1:NOT-A-CODE"] {
        let context = Context {
            application: bus.application,
            place: Region::new(330_100)?, // Hangzhou
            now_unix_s: now,
            challenge: None,
        };
        let (verdict, receipt) = gate.scan_with_receipt(text, &context, &gate_key);
        assert!(matches!(verdict, Verdict::Refused(_)));
        day.push(receipt?);
    }
    // The gate reports where its chain ended, so that nobody can cut off its end.
    let end = gate.receipt_head();
    let keys = ReceiptKeys::from_trust_list(trust_list.as_bytes(), &[root.public_key()], now)?;
    let check = |receipts: &[Vec<u8>]| {
        let receipts = receipts.iter().map(Vec::as_slice);
        verify_chain(receipts, &id, &keys, ChainLink::default(), end)
    };
    let summary = check(&day)?;
    println!("whole: {} receipts, {} refused", summary.receipts, summary.refused);
    assert_eq!((summary.receipts, summary.refused), (3, 3));
    // One taken out, one cut off: found, and where.
    let missing = check(&[day[0].clone(), day[2].clone()]).err().ok_or("not found")?;
    assert_eq!((missing.at, missing.problem.name()), (1, "missing"));
    let shortened = check(&day[..2]).err().ok_or("not found")?;
    assert_eq!((shortened.at, shortened.problem.name()), (2, "end"));
    println!("with one missing: {}", missing.problem);
    Ok(())
}
