//! What lists cost on their way: bytes of a day, a week and a month for 235 million cards, by how
//! often a gate fetches, and after a pause.
//!
//! `cargo run --release -p onecode-measure --bin publishing_scale`. One of four issuers is
//! simulated, with 58.75 million positions of which 1 % are not valid, and 32,000 changes a day,
//! half of them cards that are revoked and half positions that retire. It publishes each hour. All
//! is signed, and gates install what they fetch. Random from a fixed seed; figures are those of
//! four issuers.

use std::collections::{HashMap, VecDeque};
use std::error::Error;
use std::sync::Arc;

use onecode::fetching::{Answer, Fetch, Held, Purpose, Step};
use onecode::jose::{Edition, Name};
use onecode::publication::{erasable, Anchor, NextPublication, PublishedFile, StatusIndex};
use onecode::status::{pack, PackedStatuses, Shard, Status, StatusIssuer, SHARD_POSITIONS};
use onecode::trust::{Issuer, IssuerKey, MaySign, TrustList, TrustedIssuer};
use onecode::{Algorithm, Policy, Region, Scanner, SigningKey, SoftwareKey};

type Anything<T> = Result<T, Box<dyn Error>>;

const ISSUER: &str = "cn-31";
const ISSUERS: f64 = 4.0;
const CARDS: u32 = 58_750_000;
const CHANGES_A_DAY: u32 = 32_000;
const PER_SHARD: usize = SHARD_POSITIONS as usize;
const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;
const BEGAN: i64 = 20_780 * DAY;
/// Until then gates have found their rhythm.
const WARM_UP: i64 = 10;
const DAYS: i64 = WARM_UP + 31;

fn main() -> Anything<()> {
    let root = SoftwareKey::generate(Algorithm::Esp256)?.key;
    let mut publisher = Publisher::new()?;
    let mut gates: Vec<Gate> = Vec::new();
    for every_h in [1, 6, 24, 7 * 24] {
        gates.push(Gate::new(&root, &publisher.key, every_h)?);
    }
    // Gates that fetch each hour until day 10, and then are off.
    let mut pausing = Gate::new(&root, &publisher.key, 1)?;
    let mut paused: Vec<(i64, u64)> = Vec::new();
    let mut published = 0_u64;
    for hour in 0..DAYS * 24 {
        let now = BEGAN + hour * HOUR + 60;
        published += publisher.publish(now)?;
        for gate in &mut gates {
            if hour % gate.every_h == 0 {
                let bytes = gate.fetch(&publisher.files, now + 60)?;
                if hour >= WARM_UP * 24 {
                    gate.fetched.push((hour - WARM_UP * 24, bytes));
                }
            }
        }
        if hour < WARM_UP * 24 {
            pausing.fetch(&publisher.files, now + 60)?;
        }
        for pause in [1, 6, 12, 25] {
            if hour == (WARM_UP + pause) * 24 - 1 {
                let mut back = pausing.clone();
                back.needs_only = true;
                paused.push((pause, back.fetch(&publisher.files, now + 60)?));
            }
        }
    }
    let lists = publisher.index.as_ref().map_or(0, |index| index.anchors[0].size);
    println!("235 million cards, 1 % not valid, 128,000 changes a day, published each hour\n");
    println!("  whole lists                    {:>8.2} MB", of_four(lists));
    println!("  written by publishers, a day   {:>8.2} MB", of_four(published) / DAYS as f64);
    let kept: usize = publisher.files.values().map(|bytes| bytes.len()).sum();
    println!("  in the publications' folders   {:>8.2} MB", of_four(kept as u64));
    println!("\n  a gate that fetches each          day       week      month");
    for gate in &gates {
        let within = |days: i64| {
            let of = gate.fetched.iter().filter(|(hour, _)| *hour < days * 24);
            of_four(of.map(|(_, bytes)| bytes).sum())
        };
        println!(
            "  {:>4} h                      {:>8.2}   {:>8.2}   {:>8.2} MB",
            gate.every_h,
            within(31) / 31.0,
            within(28) / 4.0,
            within(31)
        );
    }
    println!("\n  after a pause of             needs");
    for (days, bytes) in paused {
        println!("  {days:>4} days                   {:>8.2} MB", of_four(bytes));
    }
    Ok(())
}

/// Megabytes of four issuers.
fn of_four(bytes: u64) -> f64 {
    ISSUERS * bytes as f64 / 1e6
}

type Files = HashMap<PublishedFile, Arc<Vec<u8>>>;

struct Publisher {
    key: SoftwareKey,
    now: StatusIssuer,
    then: HashMap<i64, StatusIssuer>,
    index: Option<StatusIndex>,
    files: Files,
    random: fastrand::Rng,
    /// They retire in this order.
    revoked: VecDeque<u32>,
}

impl Publisher {
    fn new() -> Anything<Self> {
        let mut random = fastrand::Rng::with_seed(1);
        let (mut shards, mut revoked) = (Vec::new(), Vec::new());
        let mut left = CARDS as usize;
        while left > 0 {
            let mut values = vec![0; PER_SHARD.min(left)];
            left -= values.len();
            for (at, value) in values.iter_mut().enumerate() {
                if random.u32(..100) == 0 {
                    *value = random.u8(1..=2);
                    if *value == 1 {
                        revoked.push(shards.len() as u32 * SHARD_POSITIONS + at as u32);
                    }
                }
            }
            let packed = PackedStatuses::inflate(2, &pack(2, &values)?, PER_SHARD / 4)?;
            shards.push(Shard::from_packed(&packed)?);
        }
        random.shuffle(&mut revoked);
        Ok(Publisher {
            key: SoftwareKey::generate(Algorithm::Esp256)?.key,
            now: StatusIssuer::from_shards(ISSUER, shards),
            then: HashMap::new(),
            index: None,
            files: HashMap::new(),
            random,
            revoked: revoked.into(),
        })
    }

    /// An hour's changes, published: the bytes that were written.
    fn publish(&mut self, now: i64) -> Anything<u64> {
        for _ in 0..CHANGES_A_DAY / 24 / 2 {
            let card = self.random.u32(..CARDS);
            if self.now.status(card) == Some(Status::Valid) {
                self.now.revoke(card)?;
                self.revoked.push_back(card);
            }
            if let Some(retired) = self.revoked.pop_front() {
                self.now.retire(retired, 0, now)?;
            }
        }
        self.now = StatusIssuer::from_shards(ISSUER, self.now.shards()?);
        let next = NextPublication::after(self.index.as_ref(), ISSUER, now, DAY as u32)?;
        let there = next.anchors();
        let anchors: Vec<_> = there
            .iter()
            .filter_map(|entry| {
                let statuses = self.then.get(&entry.issued_at_unix_s)?;
                Some(Anchor { entry: *entry, statuses })
            })
            .collect();
        let made = next.sign(&self.now, &anchors, now + 7 * DAY, HOUR as u32, &self.key)?;
        if made.index.anchor(now).is_some() {
            self.then.insert(now, self.now.clone());
        }
        self.then.retain(|time, _| made.index.anchor(*time).is_some());
        let written = made.files.iter().map(|(_, bytes)| bytes.len() as u64).sum();
        for (file, bytes) in made.files {
            self.files.insert(file, Arc::new(bytes));
        }
        let all: Vec<PublishedFile> = self.files.keys().cloned().collect();
        for file in erasable(&all, &made.index, now) {
            self.files.remove(file);
        }
        self.index = Some(made.index);
        Ok(written)
    }
}

#[derive(Clone)]
struct Gate {
    scanner: Scanner,
    every_h: i64,
    store: Files,
    anchors: Vec<i64>,
    fetched: Vec<(i64, u64)>,
    /// Counts only what lists in force wait for.
    needs_only: bool,
}

impl Gate {
    fn new(root: &SoftwareKey, key: &SoftwareKey, every_h: i64) -> Anything<Self> {
        let name = Name { zh: "上海".into(), en: "Shanghai".into() };
        let key = IssuerKey {
            key: key.public_key(),
            may_sign: MaySign {
                credentials: vec![Region::SHANGHAI],
                status_lists: true,
                ..MaySign::default()
            },
            not_before_unix_s: BEGAN - DAY,
            not_after_unix_s: BEGAN + 999 * DAY,
            withdrawn_from_unix_s: None,
        };
        let issuer = Issuer { id: ISSUER.into(), name, region: Region::SHANGHAI };
        let list = TrustList {
            edition: Edition {
                sequence: 1,
                issued_at_unix_s: BEGAN - DAY,
                next_update_unix_s: BEGAN + 999 * DAY,
                expires_unix_s: BEGAN + 999 * DAY,
                previous: None,
                critical: vec![],
            },
            withdrawals: vec![],
            algorithms: vec![],
            issuers: vec![TrustedIssuer { issuer, keys: vec![key] }],
        };
        let mut scanner = Scanner::new(root.public_key(), Policy::default());
        scanner.install_trust_list(list.sign(root)?.as_bytes(), BEGAN)?;
        let (store, anchors, fetched) = (HashMap::new(), vec![], vec![]);
        Ok(Gate { scanner, every_h, store, anchors, fetched, needs_only: false })
    }

    fn held(&self, now: i64) -> Held {
        let mut held = self.scanner.held(now);
        if let Some(held) = held.issuers.get_mut(ISSUER) {
            held.anchors.clone_from(&self.anchors);
        }
        held
    }

    /// Bytes of bodies.
    fn fetch(&mut self, files: &Files, now: i64) -> Anything<u64> {
        let (mut fetch, mut bytes) = (Fetch::with(Purpose::Keep, now), 0);
        while let Some(step) = fetch.step(&self.held(now)) {
            match step {
                Step::Get(wanted) => {
                    let is_kept = wanted.may_be_kept && !wanted.file.is_rewritten();
                    if let Some(kept) = self.store.get(&wanted.file).filter(|_| is_kept) {
                        fetch.answer(Answer::Kept(kept));
                        continue;
                    }
                    let Some(file) = files.get(&wanted.file) else {
                        fetch.answer(Answer::Missing);
                        continue;
                    };
                    if !(wanted.later && self.needs_only) {
                        bytes += file.len() as u64;
                    }
                    if fetch.answer(Answer::Fetched(file)) {
                        self.store.insert(wanted.file, Arc::clone(file));
                    }
                }
                Step::Install(wanted) => {
                    let bytes: Vec<_> = wanted.iter().map(|file| &**self.store[file]).collect();
                    fetch.install(&mut self.scanner, bytes)?;
                }
            }
        }
        let held = self.held(now);
        if let Some(index) = fetch.index_to_keep(ISSUER, &held) {
            self.anchors = index.anchor_times();
            let anchors = self.anchors.clone();
            self.store.retain(|file, _| match file {
                PublishedFile::StatusList { issued_at_unix_s, .. }
                | PublishedFile::AnchorIndex { issued_at_unix_s, .. } => {
                    anchors.contains(issued_at_unix_s)
                }
                PublishedFile::StatusDelta { issued_at_unix_s, .. } => {
                    *issued_at_unix_s == index.issued_at_unix_s
                }
                _ => true,
            });
        }
        Ok(bytes)
    }
}
