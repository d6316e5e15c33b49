//! A gate's ten thousand receipts: checked, tampered with, and every scan made again.
//!
//! `cargo run --release -p onecode-measure --bin receipts`

use onecode::catalogue::{Application, Beyond, Catalogue, Domain, DuplicateRule, StatusRule};
use onecode::challenge::ChallengeForm;
use onecode::jose::{Edition, Name};
use onecode::keys::{Signature, ToBeSigned};
use onecode::receipt::{
    verify_chain, ChainError, ChainLink, ChainSummary, Receipt, ReceiptKeys, ReplayLists, ScannerId,
};
use onecode::status::{StatusIssuer, StatusPublication};
use onecode::trust::{Issuer, IssuerKey, MaySign, TrustList, TrustedIssuer};
use onecode::{
    Algorithm, ApplicationNumber, CardClaims, CardCredential, Challenge, Code, CodeClaims, Context,
    Entitlements, Policy, PublicKey, Region, Scanner, SigningKey, SoftwareKey,
};
use std::error::Error;
use std::time::Instant;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

const NOW: i64 = 1_795_392_000;
const DAY: i64 = 86_400;
const SCANS: usize = 10_000;
const CARDS: usize = 500;

fn main() -> Result<()> {
    let key = || SoftwareKey::generate(Algorithm::Esp256).map(|generated| generated.key);
    let (root, issuer, phone, gate) = (key()?, key()?, key()?, key()?);
    let (trust, terms) = lists(&root, &issuer, &gate)?;
    let status = status(&issuer)?;
    let mut scanner = Scanner::new(root.public_key(), Policy::default());
    scanner.install_trust_list(trust.as_bytes(), NOW)?;
    scanner.install_catalogue(terms.as_bytes(), NOW)?;
    scanner.install_status(&status, NOW)?;
    let id = ScannerId::new("metro.31.gate-7").ok_or("no scanner id")?;
    scanner.start_receipts(id.clone());

    println!("{SCANS} scans of {CARDS} cards, each with its receipt");
    let cards: Vec<CardCredential> = (0..CARDS)
        .map(|n| CardCredential::issue(claims(n as u32, phone.public_key()), &issuer))
        .collect::<std::result::Result<_, _>>()?;
    let mut day = Vec::with_capacity(SCANS);
    let mut signing = 0.0;
    for n in 0..SCANS {
        let (text, context) = scan(&mut scanner, &cards[n * 7 % CARDS], &phone, n)?;
        let start = Instant::now();
        let (verdict, receipt) = scanner.scan_with_receipt(&text, &context, &gate);
        signing += start.elapsed().as_secs_f64();
        day.push((text, verdict, receipt?));
    }
    let head = scanner.receipt_head();
    let receipts: Vec<&[u8]> = day.iter().map(|(.., receipt)| receipt.as_slice()).collect();
    let bytes: usize = receipts.iter().map(|receipt| receipt.len()).sum();
    println!(
        "  {} bytes a receipt, {:.0} µs a scan with one",
        bytes / SCANS,
        signing * 1e6 / SCANS as f64
    );

    let keys = ReceiptKeys::from_trust_list(trust.as_bytes(), &[root.public_key().into()], NOW)?;
    let check = |receipts: &[&[u8]]| {
        verify_chain(receipts.iter().copied(), &id, &keys, ChainLink::default(), head)
    };
    let start = Instant::now();
    let summary = check(&receipts)?;
    let checked = start.elapsed().as_secs_f64();
    println!("  the chain is whole: {} accepted, {} refused", summary.accepted, summary.refused);
    let bare = bare_checks(&gate)?;
    let ratio = checked / bare;
    println!(
        "  {ratio:.2} × as many bare signature checks, {:.0} µs each",
        bare * 1e6 / SCANS as f64
    );

    let tried = tamper(&receipts, &gate, &mut scanner, check)?;
    println!("  {tried} ways to tamper with one receipt: each was found, where it was");

    let roots = [root.public_key().into()];
    let mut archive = ReplayLists::new(&roots, Some(trust.as_bytes()), Some(terms.as_bytes()))?;
    archive.add_status(&status)?;
    let start = Instant::now();
    let mut numbers = std::collections::BTreeMap::<u16, usize>::new();
    for (text, verdict, receipt) in &day {
        let receipt = Receipt::verify(receipt, &keys)?;
        if archive.replay(&receipt, text)? != *verdict {
            return Err(format!("receipt {} replays to another verdict", receipt.number).into());
        }
        *numbers.entry(receipt.verdict).or_default() += 1;
    }
    let replayed = start.elapsed().as_secs_f64();
    println!("  every scan made again comes to the same, bit for bit: {numbers:?}");
    println!("  {:.0} µs a scan, its receipt checked", replayed * 1e6 / SCANS as f64);
    Ok(())
}

/// Seconds for as many signature checks and nothing else.
fn bare_checks(gate: &SoftwareKey) -> Result<f64> {
    let message = [7; 329];
    let key = gate.public_key();
    let signed = gate.sign(&ToBeSigned::new(key, &message))?;
    let signature = Signature::decode(Algorithm::Esp256, &signed)?;
    let start = Instant::now();
    for _ in 0..SCANS {
        key.verify(&message, &signature).map_err(|_| "a signature that does not hold")?;
    }
    Ok(start.elapsed().as_secs_f64())
}

/// One scan of the day: most are good, some late, some ahead, some lost, some something else.
fn scan(
    scanner: &mut Scanner,
    card: &CardCredential,
    phone: &SoftwareKey,
    n: usize,
) -> Result<(String, Context)> {
    let at = NOW + n as i64;
    let number = [101, 102, 103][n % 3];
    let mut context = Context {
        application: ApplicationNumber::new(number).ok_or("no application number")?,
        place: Region::SHANGHAI,
        now_unix_s: at,
        challenge: None,
    };
    let mut claims = CodeClaims::at(at);
    match n % 50 {
        7 => claims.issued_at_unix_s -= 200,
        13 => claims.issued_at_unix_s += 60,
        21 => context.place = Region::new(110_000)?,
        34 => return Ok((format!("https://example.cn/{n}"), context)),
        _ if number == 103 => {
            let shown = scanner.issue_challenge(ChallengeForm::Picture, at)?;
            claims.answers = Some(Challenge::from_text(&shown.text())?.into());
        }
        _ => {}
    }
    Ok((Code::make(card, phone, &claims)?.text().to_owned(), context))
}

/// Tampers with one receipt in every way, at places all over the chain, and looks whether that is
/// found and where.
fn tamper(
    receipts: &[&[u8]],
    gate: &SoftwareKey,
    scanner: &mut Scanner,
    check: impl Fn(&[&[u8]]) -> std::result::Result<ChainSummary, ChainError>,
) -> Result<usize> {
    let last = receipts.len() - 1;
    let mut tried = 0;
    let mut found = |what: &str, tampered: &[&[u8]], at: usize, name: &str| -> Result<()> {
        tried += 1;
        match check(tampered) {
            Err(error) if error.at == at && error.problem.name() == name => Ok(()),
            other => Err(format!("{what} at {at}: {other:?}").into()),
        }
    };
    // Another scanner's receipt by the same key, and one that this key makes anew.
    scanner.start_receipts(ScannerId::new("metro.31.gate-8").ok_or("no scanner id")?);
    let context = Context {
        application: ApplicationNumber::new(101).ok_or("no application number")?,
        place: Region::SHANGHAI,
        now_unix_s: NOW,
        challenge: None,
    };
    let foreign = scanner.scan_with_receipt("", &context, gate).1?;
    scanner.start_receipts(ScannerId::new("metro.31.gate-7").ok_or("no scanner id")?);
    let anew = scanner.scan_with_receipt("", &context, gate).1?;
    for n in [0, 1, 2, 4_999, 5_000, last - 1, last] {
        let mut removed = receipts.to_vec();
        removed.remove(n);
        found("removed", &removed, n, if n == last { "end" } else { "missing" })?;

        let mut twice = receipts.to_vec();
        twice.insert(n, receipts[n]);
        found("twice", &twice, n + 1, "repeated")?;

        let mut moved = receipts.to_vec();
        let receipt = moved.remove(n);
        moved.insert(last - n, receipt);
        found("moved", &moved, n.min(last - n), "missing")?;

        let mut altered = receipts[n].to_vec();
        let middle = altered.len() / 2;
        altered[middle] ^= 1;
        let mut changed = receipts.to_vec();
        changed[n] = &altered;
        tried_altered(&mut found, &changed, n)?;

        changed[n] = &foreign;
        found("another scanner's", &changed, n, "other_scanner")?;
    }
    // Number 0 by the right key, for another scan: the next one was not made after it.
    let mut changed = receipts.to_vec();
    changed[0] = &anew;
    found("made anew", &changed, 1, "other_previous")?;
    Ok(tried)
}

/// A changed bit is a signature that does not hold, or no receipt at all.
fn tried_altered(
    found: &mut impl FnMut(&str, &[&[u8]], usize, &str) -> Result<()>,
    changed: &[&[u8]],
    n: usize,
) -> Result<()> {
    found("altered", changed, n, "bad_signature").or_else(|_| found("altered", changed, n, "form"))
}

fn name(zh: &str, en: &str) -> Name {
    Name { zh: zh.into(), en: en.into() }
}

fn claims(status_index: u32, holder_key: PublicKey) -> CardClaims {
    CardClaims {
        region: Region::SHANGHAI,
        status_index,
        entitlements: Entitlements::of([0]),
        max_window_s: 60,
        expires_unix_s: NOW + DAY,
        confirmed_unix_s: None,
        specimen: false,
        delegate: false,
        holder_key,
    }
}

fn lists(root: &SoftwareKey, issuer: &SoftwareKey, gate: &SoftwareKey) -> Result<(String, String)> {
    let edition = Edition {
        sequence: 1,
        issued_at_unix_s: NOW - DAY,
        next_update_unix_s: NOW + DAY,
        expires_unix_s: NOW + 7 * DAY,
        previous: None,
        critical: vec![],
    };
    let key = |key: PublicKey, may_sign| IssuerKey {
        key,
        may_sign,
        not_before_unix_s: NOW - DAY,
        not_after_unix_s: NOW + 7 * DAY,
        withdrawn_from_unix_s: None,
    };
    let cards =
        MaySign { credentials: vec![Region::SHANGHAI], status_lists: true, receipts: vec![] };
    let receipts = MaySign { receipts: vec!["metro.31.".into()], ..MaySign::default() };
    let trust = TrustList {
        edition: edition.clone(),
        withdrawals: vec![],
        algorithms: vec![],
        issuers: vec![TrustedIssuer {
            issuer: Issuer {
                id: "cn-31".into(),
                name: name("上海市", "Shanghai"),
                region: Region::SHANGHAI,
            },
            keys: vec![key(issuer.public_key(), cards), key(gate.public_key(), receipts)],
        }],
    };
    let application = |number: u16, duplicates, challenge| -> Result<Application> {
        Ok(Application {
            number: ApplicationNumber::new(number).ok_or("no application number")?,
            id: format!("open.{number}"),
            domain: Domain::Transit,
            name: name("开放", "Open"),
            article: None,
            places: vec![Region::SHANGHAI],
            issuers: None,
            entitlements: vec![],
            entitlements_outside_home: vec![],
            max_code_age_s: None,
            status: StatusRule { max_age_s: DAY as u32, beyond: Beyond::Refuse },
            bound: false,
            challenge,
            delegate: true,
            duplicates,
            from_unix_s: 0,
            until_unix_s: None,
        })
    };
    let terms = Catalogue {
        edition,
        entitlements: vec![],
        applications: vec![
            application(101, DuplicateRule::PassBack { seconds: 600 }, false)?,
            application(102, DuplicateRule::Refuse, false)?,
            application(103, DuplicateRule::Warn, true)?,
        ],
        foreign_codes: vec![],
    };
    Ok((trust.sign(root)?, terms.sign(root)?))
}

fn status(issuer: &SoftwareKey) -> Result<Vec<u8>> {
    let mut agency = StatusIssuer::new("cn-31", CARDS as u32);
    for index in (0..CARDS as u32).step_by(40) {
        agency.suspend(index)?;
    }
    let publication = StatusPublication {
        issued_at_unix_s: NOW - 3_600,
        expires_unix_s: NOW + DAY,
        ttl_s: 3_600,
    };
    agency.publish(publication, issuer)?.pop().ok_or_else(|| "no status list".into())
}
