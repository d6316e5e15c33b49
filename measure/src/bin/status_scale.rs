//! What the status of 235 million cards costs a scanner: fetching, memory, load, look-up, a day's
//! changes. Every list is signed by the issuer and installed the way a scanner installs it.
//!
//! `cargo run --release -p onecode-measure --bin status_scale`. Random from a fixed seed: 1 % of the positions are
//! not valid, and 0.01 % change in the day. Exits with an error if a bound on size is
//! missed; times are only printed as missed.

use std::alloc::{GlobalAlloc, Layout, System};
use std::error::Error;
use std::hint::black_box;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Instant;

use onecode::catalogue::{Application, Beyond, Catalogue, Domain, DuplicateRule, StatusRule};
use onecode::gate::StatusAnswer;
use onecode::jose::{Edition, Name};
use onecode::status::{
    pack, PackedStatuses, Shard, Status, StatusIssuer, StatusPublication, SHARD_POSITIONS,
};
use onecode::trust::{Issuer, IssuerKey, MaySign, TrustList, TrustedIssuer};
use onecode::{
    Algorithm, ApplicationNumber, CardClaims, CardCredential, Code, CodeClaims, Context,
    Entitlements, Policy, Region, Scanner, SigningKey, SoftwareKey, Verdict,
};

const CARDS: u32 = 235_000_000;
const PER_SHARD: usize = SHARD_POSITIONS as usize;
const LOOKUPS: usize = 10_000_000;
const SCANS: usize = 2_000;
const APPLICATION: u16 = 101;
const NOW: i64 = 1_795_392_000;
const DAY: i64 = 86_400;

/// The system's allocator, counting what is alive.
struct Counting;

static ALIVE: AtomicUsize = AtomicUsize::new(0);

// SAFETY: every call goes to the system's allocator unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALIVE.fetch_add(layout.size(), Relaxed);
        System.alloc(layout)
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        ALIVE.fetch_sub(layout.size(), Relaxed);
        System.dealloc(pointer, layout)
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn main() -> Result<(), Box<dyn Error>> {
    let mut table = Table { missed: false };
    let root = SoftwareKey::generate(Algorithm::Esp256)?.key;
    let key = SoftwareKey::generate(Algorithm::Esp256)?.key;
    let phone = SoftwareKey::generate(Algorithm::Esp256)?.key;

    // The issuer's side.
    let today = issuer()?;
    let started = Instant::now();
    let lists = today.publish(publication(NOW), &key)?;
    let published = started.elapsed();
    println!("{CARDS} cards in {} signed lists, 1 % not valid, scattered\n", lists.len());
    table.fact("publish: compress and sign", published.as_secs_f64(), "s");
    table.fact("to fetch, compressed", megabytes(lists.iter().map(Vec::len).sum()), "MB");

    // A scanner takes them one after the other, as they are fetched.
    let mut scanner = scanner(&root, &key)?;
    let before = ALIVE.load(Relaxed);
    let started = Instant::now();
    for list in &lists {
        scanner.install_status(list, NOW)?;
    }
    let loading = started.elapsed();
    let resident = ALIVE.load(Relaxed) - before;
    table.row("load, one core, signatures too", loading.as_secs_f64(), "s", 1.0);
    table.row("resident, by the allocator", megabytes(resident), "MB", 8.0);
    table.fact("resident, by the library", megabytes(scanner.status_bytes()), "MB");
    table.fact("whole process (RSS)", megabytes(rss_bytes()), "MB");

    let shards = today.shards()?;
    let mut random = fastrand::Rng::with_seed(3);
    let positions: Vec<u32> = (0..LOOKUPS).map(|_| random.u32(..CARDS)).collect();
    let started = Instant::now();
    let not_valid = positions
        .iter()
        .filter(|at| {
            let shard = &shards[(*at / SHARD_POSITIONS) as usize];
            shard.status(black_box(*at % SHARD_POSITIONS)) != Some(Status::Valid)
        })
        .count();
    let each = started.elapsed().as_nanos() as f64 / LOOKUPS as f64;
    table.row("look-up, random", each, "ns", 1_000.0);
    table.fact("found not valid", 100.0 * not_valid as f64 / LOOKUPS as f64, "%");

    // A day later.
    let mut tomorrow = today.clone();
    let mut asked: Vec<u32> = Vec::new();
    for _ in 0..CARDS / 10_000 {
        let index = random.u32(..CARDS);
        asked.push(index);
        match tomorrow.status(index) {
            Some(Status::Valid) if random.bool() => tomorrow.revoke(index)?,
            Some(Status::Valid) => tomorrow.suspend(index)?,
            Some(Status::Suspended) => tomorrow.restore(index)?,
            _ => {}
        }
    }
    let delta = tomorrow.publish_delta(&today, NOW, publication(NOW + DAY), &key)?;
    println!("\na day later, {} changes\n", CARDS / 10_000);
    table.row("to fetch, signed delta", delta.len() as f64 / 1e3, "kB", 1_000.0);
    let started = Instant::now();
    scanner.install_status(&delta, NOW + DAY)?;
    table.row("apply", started.elapsed().as_secs_f64(), "s", 1.0);

    // The gate now says what the issuer knows, of cards that have changed and of others.
    asked.truncate(SCANS / 2);
    asked.extend((asked.len()..SCANS).map(|_| random.u32(..CARDS)));
    for index in asked {
        let expected = match tomorrow.status(index) {
            Some(Status::Valid) => None,
            Some(Status::Revoked) => Some(401),
            _ => Some(402),
        };
        let found = ask(&mut scanner, index, &key, &phone)?;
        if found != expected {
            return Err(format!("card {index}: {found:?} and not {expected:?}").into());
        }
    }
    println!("\n{SCANS} cards scanned, half of them changed: all as the issuer says");
    if table.missed {
        return Err("a bound was missed".into());
    }
    Ok(())
}

/// Scans a code of the card at this position a day later: the number of the refusal, if any.
fn ask(
    scanner: &mut Scanner,
    status_index: u32,
    issuer: &SoftwareKey,
    phone: &SoftwareKey,
) -> Result<Option<u16>, Box<dyn Error>> {
    let card = CardClaims {
        region: Region::SHANGHAI,
        status_index,
        entitlements: Entitlements::default(),
        max_window_s: 60,
        expires_unix_s: NOW + 30 * DAY,
        confirmed_unix_s: None,
        specimen: false,
        delegate: false,
        holder_key: phone.public_key(),
    };
    let card = CardCredential::issue(card, issuer)?;
    let code = Code::make(&card, phone, &CodeClaims::at(NOW + DAY))?;
    let context = Context {
        application: ApplicationNumber::new(APPLICATION).ok_or("no application number")?,
        place: Region::SHANGHAI,
        now_unix_s: NOW + DAY,
        challenge: None,
    };
    Ok(match scanner.scan(code.text(), &context) {
        Verdict::Accepted(accepted) => match accepted.status {
            StatusAnswer::Valid { .. } => None,
            unknown => return Err(format!("{unknown:?}").into()),
        },
        Verdict::Refused(refusal) => Some(refusal.number()),
        Verdict::HandedOver(code) => return Err(format!("handed over: {code:?}").into()),
    })
}

/// An issuer 1 % of whose cards are not valid.
fn issuer() -> Result<StatusIssuer, Box<dyn Error>> {
    let mut random = fastrand::Rng::with_seed(1);
    let mut shards = Vec::new();
    let mut left = CARDS as usize;
    while left > 0 {
        let mut values = vec![0; PER_SHARD.min(left)];
        left -= values.len();
        for value in &mut values {
            if random.u32(..100) == 0 {
                *value = random.u8(1..=2);
            }
        }
        let packed = PackedStatuses::inflate(2, &pack(2, &values)?, PER_SHARD / 4)?;
        shards.push(Shard::from_packed(&packed)?);
    }
    Ok(StatusIssuer::from_shards("cn-31", shards))
}

fn publication(issued_at_unix_s: i64) -> StatusPublication {
    StatusPublication {
        issued_at_unix_s,
        expires_unix_s: issued_at_unix_s + 7 * DAY,
        ttl_s: DAY as u32,
    }
}

/// A scanner that trusts one issuer with one key, and serves one application without terms.
fn scanner(root: &SoftwareKey, key: &SoftwareKey) -> Result<Scanner, Box<dyn Error>> {
    let name = Name { zh: "上海".into(), en: "Shanghai".into() };
    let issuer = Issuer { id: "cn-31".into(), name, region: Region::SHANGHAI };
    let key = IssuerKey {
        key: key.public_key(),
        may_sign: MaySign {
            credentials: vec![Region::SHANGHAI],
            status_lists: true,
            ..MaySign::default()
        },
        not_before_unix_s: NOW - DAY,
        not_after_unix_s: NOW + 30 * DAY,
        withdrawn_from_unix_s: None,
    };
    let edition = Edition {
        sequence: 1,
        issued_at_unix_s: NOW - DAY,
        next_update_unix_s: NOW + 7 * DAY,
        expires_unix_s: NOW + 30 * DAY,
        previous: None,
        critical: vec![],
    };
    let application = Application {
        number: ApplicationNumber::new(APPLICATION).ok_or("no application number")?,
        id: "transit.metro".into(),
        domain: Domain::Transit,
        name: Name { zh: "地铁".into(), en: "Metro".into() },
        article: None,
        places: vec![Region::SHANGHAI],
        issuers: None,
        entitlements: vec![],
        entitlements_outside_home: vec![],
        max_code_age_s: None,
        status: StatusRule { max_age_s: DAY as u32, beyond: Beyond::Refuse },
        bound: false,
        challenge: false,
        delegate: false,
        duplicates: DuplicateRule::Allow,
        from_unix_s: 0,
        until_unix_s: None,
    };
    let catalogue = Catalogue {
        edition: edition.clone(),
        entitlements: vec![],
        applications: vec![application],
        foreign_codes: vec![],
    };
    let list = TrustList {
        edition,
        withdrawals: vec![],
        algorithms: vec![],
        issuers: vec![TrustedIssuer { issuer, keys: vec![key] }],
    };
    let mut scanner = Scanner::new(root.public_key(), Policy::default());
    scanner.install_trust_list(list.sign(root)?.as_bytes(), NOW)?;
    scanner.install_catalogue(catalogue.sign(root)?.as_bytes(), NOW)?;
    Ok(scanner)
}

/// Prints figures beside their bounds.
struct Table {
    missed: bool,
}

impl Table {
    fn fact(&self, name: &str, value: f64, unit: &str) {
        println!("  {name:<32}{value:>10.3} {unit}");
    }

    fn row(&mut self, name: &str, value: f64, unit: &str, bound: f64) {
        let pass = value <= bound;
        // A busy machine misses a time now and then; it never takes more memory.
        self.missed |= !pass && !matches!(unit, "s" | "ns");
        let verdict = if pass { "pass" } else { "MISS" };
        println!("  {name:<32}{value:>10.3} {unit:<3} at most {bound} {unit}: {verdict}");
    }
}

fn megabytes(bytes: usize) -> f64 {
    bytes as f64 / 1e6
}

/// The memory that the process holds; 0 where there is no `/proc`.
fn rss_bytes() -> usize {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages = statm.split(' ').nth(1).and_then(|pages| pages.parse::<usize>().ok());
    pages.unwrap_or(0) * 4_096
}
