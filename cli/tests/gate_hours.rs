//! Hours of gate time in minutes: a real gate, whose clock goes on by two seconds from one scan to the
//! next, fetches lists that change each hour, writes receipts into files that are rotated, keeps its
//! state and its figures. What it holds in memory and on the disk must not grow with the hours.
//!
//! `ONECODE_HOURS=24 cargo test --release -p onecode-cli --test gate_hours -- --nocapture` is a day.
#![cfg(target_os = "linux")]

#[macro_use]
#[path = "../../tests/say/mod.rs"]
mod say;

mod run;
#[allow(dead_code)] // This test has an honest server.
#[path = "run/server.rs"]
mod server;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread::sleep;
use std::time::{Duration, Instant};

use run::clock::Clock;
use run::gate::{Card, Gate, World};
use run::{good, onecode, COMMAND};
use server::Server;

/// 07:00 in China, an hour before the day's new anchor: days of UTC have one each.
const BEGINS: i64 = 1_795_647_600;

/// Seconds from one scan to the next.
const EVERY_S: i64 = 2;

const SCANS_AN_HOUR: usize = 1_800;

/// How many people come by turns.
const PEOPLE: usize = 1_500;

/// A new file of receipts begins before one is larger.
const ROTATE_BYTES: u64 = 1 << 20;

/// Hours until the gate has all that it will ever have: cards, used codes and an anchor.
const WARM_UP: usize = 1;

/// What may come besides, and what a remembered use may take: its name twice, its times.
const SLACK_KIB: u64 = 1_024;
const USE_BYTES: u64 = 200;

/// Positions that are revoked each hour, and the first of them.
const REVOKED: u32 = 40;
const FIRST_REVOKED: u32 = 5_000;

/// A card that is suspended in every other hour.
const MOODY: u32 = 9_000;

/// What the gate needed at the end of an hour.
#[derive(Debug)]
struct Hour {
    resident_kib: u64,
    /// Files but those of receipts, and their bytes.
    files: usize,
    bytes: u64,
    receipt_files: usize,
    receipt_bytes: u64,
    median: Duration,
    /// 99 of 100 verdicts took no longer.
    p99: Duration,
}

struct Day {
    world: World,
    clock: Clock,
    gate: Gate,
    people: Vec<Card>,
    moody: Card,
    last: String,
    scans: usize,
}

impl Day {
    fn begin(name: &str, hours: usize) -> Option<Self> {
        let world = World::new(name);
        let clock = Clock::going(&world.folder, BEGINS)?;
        let server = Server::of(Path::new(&world.world).join("published"));
        fs::create_dir(world.folder.join("gate")).unwrap();
        let at = |file: &str| world.folder.join("gate").join(file).to_str().unwrap().to_owned();
        let (keep, state, receipts) = (at("lists"), at("state"), at("receipts"));
        let (figures, rotate) = (at("figures"), ROTATE_BYTES.to_string());
        // The waits between fetches are those of this machine: about one each second.
        let lists = ["--lists", &server.url, "--keep", &keep, "--every", "1", "--timeout", "65535"];
        let memory = ["--state", &state, "--metrics", &figures];
        let receipts = ["--receipts", &receipts, "--scanner", "cn-32.gate-1"];
        let rotation = ["--rotate-daily", "--rotate-bytes", &rotate, "--keep-days", "1"];
        let more = [&lists[..], &memory, &receipts, &rotation].concat();
        let mut command = run::in_english(Command::new(COMMAND));
        command.args(world.arguments(&["--application", "transit.metro"])).args(more);
        publish(&world, &clock);
        let gate = Gate::run(clock.on(&mut command).env("TEST_DISK", "quick"));
        let ends = BEGINS + hours as i64 * 3_600;
        let people = (2_000..).take(PEOPLE).map(|index| world.card(index, ends)).collect();
        let (moody, last, scans) = (world.card(MOODY, ends), String::new(), 0);
        Some(Day { clock, gate, people, moody, last, scans, world })
    }

    fn file(&self, name: &str) -> PathBuf {
        self.world.folder.join("gate").join(name)
    }

    /// The issuer publishes, and the gate has fetched it.
    fn publish(&self, hour: usize) {
        let books = Path::new(&self.world.world).join("issuers/cn-31/issuer.json");
        let text = fs::read_to_string(&books).unwrap();
        let mut json: serde_json::Value = serde_json::from_str(&text).unwrap();
        let revoked = FIRST_REVOKED..FIRST_REVOKED + REVOKED * (hour as u32 + 1);
        json["revoked"] = revoked.collect();
        json["suspended"] = (MOODY..).take(hour % 2).collect();
        fs::write(&books, json.to_string()).unwrap();
        let index = self.file("lists/status/cn-31/index.json");
        let before = fs::read(&index).ok();
        publish(&self.world, &self.clock);
        let began = Instant::now();
        while fs::read(&index).ok() == before {
            assert!(began.elapsed() < Duration::from_secs(60), "nothing is fetched");
            sleep(Duration::from_millis(20));
        }
    }

    /// How long each verdict of an hour took.
    fn hour(&mut self, hour: usize) -> Vec<Duration> {
        if hour > 0 {
            self.publish(hour);
        }
        let mut took = Vec::with_capacity(SCANS_AN_HOUR);
        for number in 0..SCANS_AN_HOUR {
            self.clock.pass(EVERY_S);
            let card = &self.people[self.scans % PEOPLE];
            let (code, expected) = match number {
                // By then the gate has looked for lists, which it does every five seconds.
                20 => (self.moody.code(self.clock.now()), 402 * (hour as u64 % 2)),
                number if number % 50 == 49 => ("no code".to_owned(), 103),
                number if number % 10 == 9 => (self.last.clone(), 601),
                _ => (card.code(self.clock.now()), 0),
            };
            let began = Instant::now();
            let verdict = self.gate.scan(&code);
            took.push(began.elapsed());
            assert_eq!(run::gate::number(&verdict), expected, "{hour} {number}: {verdict}");
            self.last = code;
            self.scans += 1;
        }
        took
    }

    fn needs(&self, mut took: Vec<Duration>) -> Hour {
        took.sort_unstable();
        let status = fs::read_to_string(format!("/proc/{}/status", self.gate.child.id())).unwrap();
        let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        let resident = resident.trim().trim_end_matches(" kB").parse().unwrap();
        let (receipts, others): (Vec<_>, Vec<_>) = tree(&self.file(""))
            .into_iter()
            .partition(|(file, _)| file.to_str().unwrap().contains("/gate/receipts"));
        let bytes = |files: &[(PathBuf, u64)]| files.iter().map(|(_, bytes)| bytes).sum();
        Hour {
            resident_kib: resident,
            files: others.len(),
            bytes: bytes(&others),
            receipt_files: receipts.len(),
            receipt_bytes: bytes(&receipts),
            median: took[took.len() / 2],
            p99: took[took.len() * 99 / 100],
        }
    }
}

fn publish(world: &World, clock: &Clock) {
    let at = clock.now().to_string();
    good(&onecode(&["publish", "--world", &world.world, "--at", &at]));
}

/// Every file below a folder, and its length.
fn tree(folder: &Path) -> Vec<(PathBuf, u64)> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        // Some are there for a moment.
        match entry.metadata() {
            Ok(found) if found.is_dir() => files.extend(tree(&entry.path())),
            Ok(found) => files.push((entry.path(), found.len())),
            Err(_) => {}
        }
    }
    files.sort();
    files
}

/// The figures that the gate wrote last.
fn figure(text: &str, name: &str) -> f64 {
    let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    line.unwrap_or_else(|| panic!("no {name} in\n{text}")).parse().unwrap()
}

#[test]
fn hours_of_gate_time_leave_memory_files_and_latency_as_they_were() {
    let hours = std::env::var("ONECODE_HOURS").map_or(2, |hours| hours.parse().unwrap());
    let Some(mut day) = Day::begin("gate_hours", hours) else { return };
    let began = Instant::now();
    let mut all = Vec::new();
    say!("hour    resident   files      bytes    of receipts        median      99 of 100");
    for hour in 0..hours {
        let took = day.hour(hour);
        let it = day.needs(took);
        say!(
            "{:>4} {:>7} KiB {:>7} {:>10} {:>4} {:>12} {:>10.2?} {:>12.2?}",
            hour + 1,
            it.resident_kib,
            it.files,
            it.bytes,
            it.receipt_files,
            it.receipt_bytes,
            it.median,
            it.p99
        );
        all.push(it);
    }
    say!("{} scans in {:.0?}", day.scans, began.elapsed());
    let (last, warm) = (&all[hours - 1], &all[WARM_UP - 1]);
    // Machines are busy at times, so this is a figure and no check.
    let ratio = last.median.as_secs_f64() / warm.median.as_secs_f64();
    say!("the median of the last hour is {ratio:.2} of that of hour {WARM_UP}");

    // A use is remembered until its place is needed, and there are 65,536 places.
    let uses = ((hours - WARM_UP) * SCANS_AN_HOUR * 2).min(65_536) as u64;
    let most = warm.resident_kib + SLACK_KIB + uses * USE_BYTES / 1_024;
    assert!(last.resident_kib <= most, "{} KiB, at most {most}", last.resident_kib);
    for (hour, it) in all.iter().enumerate() {
        // Lists of two anchors, and what is being written.
        assert!(it.files <= 60 && it.bytes <= 200_000, "{hour}: {it:?}");
        // A new file a mebibyte and a day; the oldest go after a day, the file of an hour at a time.
        let files = it.receipt_bytes / (ROTATE_BYTES - 1_024) + 2 + hour as u64 / 24 + 1;
        assert!(it.receipt_files as u64 <= files, "{hour}: {it:?}");
        assert!(it.receipt_bytes <= 52 * SCANS_AN_HOUR as u64 * 512, "{hour}: {it:?}");
    }
    let said = day.gate.close();
    assert!(
        said.lines().all(|line| line.contains(": fetched ") || line.contains("erased")),
        "{said}"
    );
    let text = fs::read_to_string(day.world.folder.join("gate/figures")).unwrap();
    let is = |name: &str| figure(&text, &format!("onecode_gate_{name}"));
    assert_eq!(is("receipts_total"), day.scans as f64);
    assert_eq!(is("scans_without_receipt_total"), 0.0);
    assert_eq!((is("failed_fetches_total"), is("lists_not_taken_total")), (0.0, 0.0));
    // An issuer's lists each hour, of four issuers, and the index.
    assert!(is("lists_taken_total") >= 5.0 * hours as f64, "{text}");
    // Those of the last minutes count.
    assert!(is("used_codes") < 400.0, "{text}");
    // One chain, from the oldest file that is kept.
    let kept = tree(&day.world.folder.join("gate")).into_iter();
    let kept = kept.map(|(file, _)| file.into_os_string().into_string().unwrap());
    let (current, mut receipts): (Vec<_>, Vec<_>) = kept
        .filter(|file| file.contains("/gate/receipts"))
        .partition(|it| it.ends_with("receipts"));
    let first: usize =
        receipts.first().map_or(0, |it| it.rsplit('.').next().unwrap().parse().unwrap());
    receipts.extend(current);
    let (at, first_number) = ((BEGINS + hours as i64 * 3_600 + 600).to_string(), first.to_string());
    let verify = ["receipts", "verify", "--world", &day.world.world, "--at", &at];
    let receipts: Vec<&str> = receipts.iter().map(String::as_str).collect();
    let whole = good(&onecode(&[&verify[..], &["--from", &first_number], &receipts].concat()));
    assert!(whole.contains(&format!("whole: {} receipts", day.scans - first)), "{whole}");
}
