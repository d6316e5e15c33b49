//! Whether a scan costs the same however much a scanner holds: `--growth`.

use std::hint::black_box;
use std::time::Instant;

use onecode::catalogue::{Application, DuplicateRule};
use onecode::status::{StatusIssuer, StatusPublication, SHARD_POSITIONS};
use onecode::{Algorithm, ApplicationNumber, Code, Policy, Region, Scanner, SigningKey, Verdict};

use crate::gate::thousands;
use crate::measure::median;
use onecode_measure::practice::{self, context, Practice, DAY, NOW};

/// Scans of each scanner in a turn, and turns.
const SCANS: usize = 16;
const TURNS: usize = 60;

/// A scanner that holds so much of one thing.
struct Size {
    size: String,
    scanner: Scanner,
    /// The time it took to get there, where that is one step.
    taken_s: Option<f64>,
}

pub fn print() {
    println!(
        "| a scanner that holds | taking it in | a scan, card seen before | to the smallest |"
    );
    println!("| --- | ---: | ---: | ---: |");
    let world = Practice::new(Algorithm::Esp256, Algorithm::Esp256, Algorithm::Esp256);
    measure(&world, "issuer keys", [10, 1_000, 100_000].map(|n| keys(&world, n)).into());
    measure(&world, "applications", [20, 1_000, 20_000].map(|n| applications(&world, n)).into());
    let lists = [1, 10, 100, 225].map(|n| statuses(&world, n));
    measure(&world, "status positions", lists.into());
    measure(&world, "used codes", used(&world, &[1_000, 10_000, 100_000, 1_000_000]));
}

/// Scans with all scanners in turn, each time codes that none of them has seen.
fn measure(world: &Practice, what: &str, mut sizes: Vec<Size>) {
    let cards: Vec<_> =
        (0..SCANS as u32).map(|n| world.credential(|card| card.status_index = n)).collect();
    let mut times = vec![Vec::new(); sizes.len()];
    for turn in 0..=TURNS {
        // Later than everything that was filled in, and within one minute.
        let now = NOW + 2 * DAY + turn as i64;
        let codes: Vec<Code> = cards.iter().map(|card| world.code(card, now)).collect();
        for (at, size) in sizes.iter_mut().enumerate() {
            let started = Instant::now();
            for code in &codes {
                let verdict = size.scanner.scan(black_box(code.text()), &context(now));
                assert!(matches!(verdict, Verdict::Accepted(_)), "{what}: {verdict:?}");
            }
            // In the first turn the cards become known.
            if turn > 0 {
                times[at].push(started.elapsed().as_nanos() as f64 / SCANS as f64);
            }
        }
    }
    let ratios: Vec<f64> = times
        .iter()
        .map(|mine| median(mine.iter().zip(&times[0]).map(|(mine, smallest)| mine / smallest)))
        .collect();
    for ((size, times), ratio) in sizes.iter().zip(times).zip(ratios) {
        println!(
            "| {} {what} | {} | {} | {ratio:.2} |",
            size.size,
            size.taken_s.map_or(String::new(), |s| crate::time(s * 1e9)),
            crate::time(median(times.into_iter())),
        );
    }
}

/// A trust list of so many keys, of up to 310 issuers in 31 provinces; ours among them.
fn keys(world: &Practice, count: usize) -> Size {
    let ours = practice::issuer_key(world.issuer.public_key(), &[Region::SHANGHAI]);
    let mut issuers = vec![practice::issuer("cn-31", Region::SHANGHAI, vec![ours])];
    let regions: Vec<Region> = (11..=82)
        .filter(|province| *province != 31)
        .flat_map(|province| (1..=10).map(move |prefecture| province * 10_000 + prefecture * 100))
        .take(310.min(count - 1))
        .map(|code| Region::new(code).unwrap())
        .collect();
    for (at, region) in regions.iter().enumerate() {
        let keys = (at..count - 1).step_by(regions.len()).map(|_| {
            practice::issuer_key(practice::key(Algorithm::Esp256).public_key(), &[*region])
        });
        issuers.push(practice::issuer(&format!("cn-{region}"), *region, keys.collect()));
    }
    let list = practice::trust_list(2, issuers).sign(&world.root).unwrap();
    let mut scanner = world.scanner(Policy::default());
    let started = Instant::now();
    scanner.install_trust_list(list.as_bytes(), NOW).unwrap();
    let taken_s = Some(started.elapsed().as_secs_f64());
    Size { size: thousands(count as u64), scanner, taken_s }
}

/// A catalogue of so many applications, the one we ask for in the middle.
fn applications(world: &Practice, count: u16) -> Size {
    let first = practice::application_number().get() - count.min(200) / 2;
    let applications = (first..first + count).map(|number| Application {
        number: ApplicationNumber::new(number).unwrap(),
        id: format!("some.{number}"),
        ..practice::open_application()
    });
    let catalogue = practice::catalogue(2, applications.collect()).sign(&world.root).unwrap();
    let mut scanner = world.scanner(Policy::default());
    let started = Instant::now();
    scanner.install_catalogue(catalogue.as_bytes(), NOW).unwrap();
    let taken_s = Some(started.elapsed().as_secs_f64());
    Size { size: thousands(count.into()), scanner, taken_s }
}

/// Status lists of so many shards, 1 % of whose positions are not valid.
fn statuses(world: &Practice, shards: usize) -> Size {
    let mut issuer = StatusIssuer::new("cn-31", SHARD_POSITIONS);
    let mut random = fastrand::Rng::with_seed(2);
    for _ in 0..SHARD_POSITIONS / 100 {
        let index = random.u32(1_000..SHARD_POSITIONS);
        let _ = if random.bool() { issuer.revoke(index) } else { issuer.suspend(index) };
    }
    let shard = issuer.shards().unwrap().swap_remove(0);
    let issuer = StatusIssuer::from_shards("cn-31", vec![shard; shards]);
    let publication =
        StatusPublication { issued_at_unix_s: NOW, expires_unix_s: NOW + 9 * DAY, ttl_s: 3_600 };
    let lists = issuer.publish(publication, &world.issuer).unwrap();
    let mut scanner = world.scanner(Policy::default());
    let started = Instant::now();
    for list in &lists {
        scanner.install_status(list, NOW).unwrap();
    }
    let taken_s = Some(started.elapsed().as_secs_f64());
    let positions = shards as u64 * u64::from(SHARD_POSITIONS);
    Size { size: thousands(positions), scanner, taken_s }
}

/// Memories of so many used codes, each filled by as many scans.
fn used(world: &Practice, counts: &[u32]) -> Vec<Size> {
    let mut once = practice::open_application();
    once.duplicates = DuplicateRule::Refuse;
    let catalogue = practice::catalogue(2, vec![once]).sign(&world.root).unwrap();
    let mut scanner = world.scanner(Policy::default());
    scanner.install_catalogue(catalogue.as_bytes(), NOW).unwrap();
    scanner.set_duplicate_capacity(2_000_000);
    let cards: Vec<_> =
        (0..1_000).map(|n| world.credential(|card| card.status_index = n)).collect();
    let mut filled = 0;
    let size = |count: &u32| {
        while filled < *count {
            let (card, now) = (filled as usize % cards.len(), NOW + i64::from(filled / 1_000));
            let verdict = scanner.scan(world.code(&cards[card], now).text(), &context(now));
            assert!(matches!(verdict, Verdict::Accepted(_)), "{verdict:?}");
            filled += 1;
        }
        assert_eq!(scanner.duplicate_fill(NOW).entries, *count as usize);
        Size { size: thousands((*count).into()), scanner: scanner.clone(), taken_s: None }
    };
    counts.iter().map(size).collect()
}
