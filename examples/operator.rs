//! The operator: four provinces and an escrow sign together who may issue cards and which services
//! exist. Then it looks at a gate before it opens, and checks in the evening what it decided.
//!
//! `cargo run --example operator`. The keys belong in HSMs, behind an implementation of
//! [`SigningKey`], or sign what [`SignedDocument::prepare`] gives; here they are keys in software.

use std::error::Error;
use std::time::{SystemTime, UNIX_EPOCH};

use onecode::catalogue::Catalogue;
use onecode::governance::{
    DocumentKind, Holder, HolderKey, Roots, RootsDocument, SignedDocument, Thresholds,
};
use onecode::jose::{Edition, Name};
use onecode::preflight::Until;
use onecode::receipt::{verify_chain, ChainLink, ReceiptKeys, ScannerId};
use onecode::trust::{Issuer, IssuerKey, MaySign, TrustList, TrustedIssuer};
use onecode::{Algorithm, Context, Policy, Region, Scanner, SigningKey, SoftwareKey, Verdict};

const DAY: i64 = 86_400;

fn main() -> Result<(), Box<dyn Error>> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs() as i64;
    // Of everybody else the operator knows the public key alone.
    let agency = SoftwareKey::generate(Algorithm::Esp256)?.key.public_key();
    let gate_key = SoftwareKey::generate(Algorithm::Esp256)?.key;

    // 1. The roots: five holders, any three of whom sign together. A scanner is set up with them.
    let edition = Edition {
        sequence: 1, // the next edition is 2: scanners never go back
        issued_at_unix_s: now,
        next_update_unix_s: now + 7 * DAY,
        expires_unix_s: now + 30 * DAY,
        previous: None,
        critical: vec![],
    };
    let mut keys = Vec::new();
    let mut holder =
        |id: &str, zh: &str, en: &str, issuers: &[&str]| -> Result<_, Box<dyn Error>> {
            use DocumentKind::{Catalogue, Roots, TrustList, Withdrawal};
            keys.push(SoftwareKey::generate(Algorithm::Esp256)?.key);
            let key = keys[keys.len() - 1].public_key();
            Ok(Holder {
                id: id.into(),
                name: Name { zh: zh.into(), en: en.into() },
                issuers: issuers.iter().map(|id| (*id).to_owned()).collect(),
                keys: vec![HolderKey { key, signs: vec![Roots, TrustList, Catalogue, Withdrawal] }],
            })
        };
    let roots = RootsDocument {
        edition: edition.clone(),
        thresholds: Thresholds { roots: 3, trust_list: 3, catalogue: 3 },
        holders: vec![
            holder("sh", "上海市", "Shanghai", &["cn-31"])?,
            holder("js", "江苏省", "Jiangsu", &["cn-32"])?,
            holder("zj", "浙江省", "Zhejiang", &["cn-33"])?,
            holder("ah", "安徽省", "Anhui", &["cn-34"])?,
            holder("escrow", "备份托管", "Escrow", &[])?,
        ],
    };
    // Each signs where it is, after comparing the hash; the order does not matter.
    let signed = |mut document: SignedDocument| -> Result<String, Box<dyn Error>> {
        for key in &keys[..3] {
            document.sign(key, now)?;
        }
        Ok(document.to_json())
    };
    let roots = signed(roots.draft()?)?;
    let roots = Roots::edition(roots.as_bytes())?;

    // 2. The trust list: whose keys may sign what, and how long.
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
        withdrawals: vec![], // no notice to deal with
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
    let trust_list = signed(trust_list.draft()?)?;

    // 3. The catalogue: the services of the region and their terms, written by hand as JSON.
    let mut catalogue = Catalogue::from_json(include_str!("data/catalogue.json"))?;
    catalogue.edition = edition;
    let catalogue = signed(catalogue.draft()?)?;
    println!("trust list: {} bytes, catalogue: {} bytes", trust_list.len(), catalogue.len());

    // 4. A gate takes them in, and says what it is ready for.
    let mut gate = Scanner::new(roots.clone(), Policy::default());
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

    // 5. In the evening: the gate has signed a receipt for each scan, each linked to the one before.
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
    let keys = ReceiptKeys::from_trust_list(trust_list.as_bytes(), &[roots], now)?;
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
