//! What the status of 235 million cards costs a scanner: fetching, memory, load, look-up, a day's
//! changes. Every list is signed by the issuer and installed the way a scanner installs it.
//!
//! `cargo run --release --example status_scale`. Random from a fixed seed: 1 % of the positions are
//! not valid, and 0.01 % change in the day. Exits with an error if a bound on size is
//! missed; times are only printed as missed.

use std::alloc::{GlobalAlloc, Layout, System};
use std::error::Error;
use std::hint::black_box;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Instant;

use onecode::*;

const CARDS: u32 = 235_000_000;
const PER_SHARD: usize = SHARD_POSITIONS as usize;
const LOOKUPS: usize = 10_000_000;
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

    // The issuer's side.
    let started = Instant::now();
    let today = issuer()?;
    let lists = today.publish(publication(NOW), &key)?;
    let published = started.elapsed();
    println!("{CARDS} cards in {} signed lists, 1 % not valid, scattered\n", lists.len());
    table.fact("generate, pack and sign", published.as_secs_f64(), "s");
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
    for _ in 0..CARDS / 10_000 {
        let index = random.u32(..CARDS);
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

    // The delta has led where the issuer is.
    let mut whole = self::scanner(&root, &key)?;
    for list in tomorrow.publish(publication(NOW + DAY), &key)? {
        whole.install_status(&list, NOW + DAY)?;
    }
    let same = scanner.status_bytes() == whole.status_bytes();
    println!("\nthe delta leads to the lists of that day: {same}");
    if table.missed || !same {
        return Err("a bound was missed".into());
    }
    Ok(())
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

/// A scanner that trusts one status key.
fn scanner(root: &SoftwareKey, key: &SoftwareKey) -> Result<Scanner, Box<dyn Error>> {
    let name = Name { zh: "上海".into(), en: "Shanghai".into() };
    let issuer = Issuer { id: "cn-31".into(), name, region: Region::SHANGHAI };
    let key = IssuerKey {
        key: key.public_key(),
        may_sign: MaySign { status_lists: true, ..MaySign::default() },
        not_before_unix_s: NOW - DAY,
        not_after_unix_s: NOW + 30 * DAY,
        withdrawn_from_unix_s: None,
    };
    let list = TrustList {
        edition: Edition {
            sequence: 1,
            issued_at_unix_s: NOW - DAY,
            next_update_unix_s: NOW + 7 * DAY,
            expires_unix_s: NOW + 30 * DAY,
            critical: vec![],
        },
        roots: vec![],
        algorithms: vec![],
        issuers: vec![TrustedIssuer { issuer, keys: vec![key] }],
    };
    let mut scanner = Scanner::new([root.public_key()], Policy::default());
    scanner.install_trust_list(list.sign(root)?.as_bytes(), NOW)?;
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
