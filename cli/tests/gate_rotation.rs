//! A gate that begins new files of receipts by itself, and erases old ones.

#[macro_use]
#[path = "../../tests/say/mod.rs"]
mod say;

mod run;

use std::path::PathBuf;

use run::gate::{number, Gate, World, AT};
use run::{good, lines, onecode, with_input};

struct Rotating {
    world: World,
    state: String,
    receipts: String,
}

impl Rotating {
    fn new(name: &str) -> Self {
        let world = World::new(name);
        let receipts = world.folder.join("receipts.txt").to_str().unwrap().to_owned();
        Rotating { state: world.state(), receipts, world }
    }

    fn arguments<'a>(&'a self, at: &'a str, more: &[&'a str]) -> Vec<&'a str> {
        let scan = ["--application", "transit.bus", "--at", at, "--state", &self.state];
        let receipts = ["--receipts", &self.receipts, "--scanner", "cn-32.gate-1"];
        self.world.arguments(&[&scan[..], &receipts, more].concat())
    }

    /// Scans so many lines, and what the gate said on standard error.
    fn scan(&self, at: &str, more: &[&str], count: usize) -> String {
        let output = with_input(&self.arguments(at, more), "anything\n".repeat(count).as_bytes());
        assert_eq!(lines(&output).len(), count);
        String::from_utf8(output.stderr).unwrap()
    }

    /// The files that were rotated away, and the one in use, in the order of the chain.
    fn files(&self) -> Vec<String> {
        let entries = std::fs::read_dir(&self.world.folder).unwrap();
        let mut names: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
        names.retain(|path| path.to_str().unwrap().starts_with(&format!("{}.0", self.receipts)));
        names.sort();
        let mut files: Vec<String> =
            names.into_iter().map(|path| path.into_os_string().into_string().unwrap()).collect();
        files.push(self.receipts.clone());
        files
    }

    fn numbers(&self) -> Vec<u64> {
        let files = self.files();
        let rotated = &files[..files.len() - 1];
        rotated.iter().map(|file| file.rsplit('.').next().unwrap().parse().unwrap()).collect()
    }

    fn whole(&self, more: &[&str]) -> String {
        let verify = ["receipts", "verify", "--world", &self.world.world, "--at", AT];
        let state = ["--state", &self.state];
        let files = self.files();
        let files: Vec<&str> = files.iter().map(String::as_str).collect();
        good(&onecode(&[&verify[..], &state, more, &files].concat()))
    }
}

#[test]
fn a_new_file_begins_each_day_and_the_chain_goes_on() {
    let gate = Rotating::new("rotation_daily");
    let daily = ["--rotate-daily"];
    // Midnight in China is at 16:00 UTC.
    assert_eq!(gate.scan("2026-11-25T15:59:58Z", &daily, 3), "");
    assert_eq!(gate.scan("2026-11-25T15:59:59Z", &daily, 2), "");
    assert_eq!(gate.numbers(), [] as [u64; 0]);
    assert_eq!(gate.scan("2026-11-25T16:00:00Z", &daily, 4), "");
    gate.scan("2026-11-27T00:00:00Z", &daily, 1);
    assert_eq!(gate.numbers(), [0, 5]);
    assert!(gate.whole(&[]).contains("whole: 10 receipts"));
    // Without the options the file grows as ever.
    gate.scan("2026-11-29T00:00:00Z", &[], 1);
    assert_eq!(gate.numbers().len(), 2);
    // A name that is taken is not written over: a chain that was begun anew has the same numbers.
    for file in [&gate.state, &gate.receipts] {
        std::fs::remove_file(file).unwrap();
    }
    gate.scan("2026-11-25T00:00:00Z", &daily, 1);
    let before = std::fs::read(&gate.files()[0]).unwrap();
    gate.scan("2026-11-26T00:00:00Z", &daily, 1);
    assert_eq!(std::fs::read(&gate.files()[0]).unwrap(), before);
    assert!(gate.files()[1].ends_with(".000000000000-2"), "{:?}", gate.files());
}

#[test]
fn old_files_are_erased_by_what_is_in_them() {
    let gate = Rotating::new("rotation_erased");
    // The lists of this region are of 25 November.
    for day in ["2026-10-01", "2026-10-02", "2026-11-20", "2026-11-24"] {
        gate.scan(&format!("{day}T00:00:00Z"), &["--rotate-daily"], 2);
    }
    assert_eq!(gate.numbers(), [0, 2, 4]);
    // By the time of the files all of them are of today.
    let told = gate.scan(AT, &["--keep-days", "30"], 1);
    assert!(told.contains("erased 2 files of receipts older than 30 days"), "{told}");
    assert!(told.contains("from number 0 to before 4"), "{told}");
    assert_eq!(gate.numbers(), [4, 6]);
    assert!(gate
        .whole(&["--from", "4"])
        .contains("whole: 5 receipts of cn-32.gate-1 from number 4"));
    assert_eq!(gate.scan(AT, &["--keep-days", "30"], 1), "");
    // The last file that was rotated away stays, however old, and so does the one in use.
    let told = gate.scan(AT, &["--keep-days", "1"], 1);
    assert!(told.contains("erased 1 files"), "{told}");
    assert_eq!(gate.numbers(), [6]);
}

#[test]
fn a_clock_that_is_wrong_erases_nothing() {
    let gate = Rotating::new("rotation_clock");
    for day in ["2026-11-20", "2026-11-22", "2026-11-24"] {
        gate.scan(&format!("{day}T00:00:00Z"), &["--rotate-daily"], 2);
    }
    assert_eq!(gate.numbers(), [0, 2]);
    // 2040 and 1971: no list was signed then, and none of the files is 30 days older than the lists.
    for wrong in ["2040-01-01T00:00:00Z", "1971-01-01T00:00:00Z"] {
        let told = gate.scan(wrong, &["--keep-days", "30"], 1);
        assert!(!told.contains("erased"), "{wrong}: {told}");
    }
    assert_eq!(gate.numbers(), [0, 2, 4, 6]);
    // What was made in 1971 by that clock is behind young receipts: it is young.
    let told = gate.scan(AT, &["--keep-days", "30"], 1);
    assert!(!told.contains("erased"), "{told}");
    assert_eq!(gate.numbers(), [0, 2, 4, 6, 7]);
}

/// Killed at any moment, also between an old file and a new one.
#[test]
fn a_killed_gate_that_rotates_goes_on_with_its_chain() {
    let gate = Rotating::new("rotation_killed");
    let rotate = ["--rotate-bytes", "65536"];
    let mut told = 0;
    for round in 0..12_u64 {
        let mut running = Gate::open(&gate.arguments(AT, &rotate));
        let mut input = running.child.stdin.take().unwrap();
        let feeder = std::thread::spawn(move || {
            for _ in 0..60 {
                use std::io::Write;
                if writeln!(input, "{}", ["anything"; 40].join("\n")).is_err() {
                    return;
                }
            }
        });
        running.read();
        std::thread::sleep(std::time::Duration::from_millis(round * 9));
        running.child.kill().unwrap();
        let mut printed = Vec::new();
        std::io::Read::read_to_end(&mut running.output, &mut printed).unwrap();
        running.child.wait().unwrap();
        feeder.join().unwrap();
        told += 1 + printed.iter().filter(|byte| **byte == b'\n').count();
    }
    let codes = gate.world.codes(1);
    let output = with_input(&gate.arguments(AT, &rotate), codes[0].as_bytes());
    assert_eq!(number(&lines(&output)[0]), 0);
    // What was used is known after rotation, too.
    gate.scan(AT, &rotate, 300);
    let output = with_input(&gate.arguments(AT, &rotate), codes[0].as_bytes());
    assert_eq!(number(&lines(&output)[0]), 601);
    let whole = gate.whole(&[]);
    let receipts: usize = whole.split(' ').nth(1).unwrap().parse().unwrap();
    assert!(receipts >= told + 302, "{receipts} receipts of {told} verdicts: {whole}");
    let files = gate.files();
    assert!(files.len() > 3, "{files:?}");
    for file in &files {
        // A batch goes into one file; it is what one write takes.
        let size = std::fs::metadata(file).unwrap().len();
        assert!(size > 0, "{file}");
    }
    say!(
        "{told} verdicts from 12 killed gates are in one chain of {receipts}, in {} files",
        files.len()
    );
}
