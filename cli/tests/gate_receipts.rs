//! The receipts of a gate: written with its state, and checked by somebody else.

#[macro_use]
#[path = "../../tests/say/mod.rs"]
mod say;

mod run;

use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::Output;

use run::gate::{number, Gate, World, AT};
use run::{bad, good, lines, onecode, with_input};
use serde_json::Value;

struct Audited {
    world: World,
    state: String,
    receipts: String,
}

impl Audited {
    fn new(name: &str) -> Self {
        let world = World::new(name);
        let receipts = world.folder.join("receipts.txt").to_str().unwrap().to_owned();
        Audited { state: world.state(), receipts, world }
    }

    fn arguments(&self) -> Vec<&str> {
        let receipts = ["--receipts", &self.receipts, "--scanner", "cn-32.gate-1"];
        [&self.world.bus(&self.state)[..], &receipts].concat()
    }

    fn scan(&self, codes: &[String]) -> Vec<Value> {
        lines(&with_input(&self.arguments(), codes.join("\n").as_bytes()))
    }

    fn verify(&self, more: &[&str]) -> Output {
        let verify = ["receipts", "verify", "--world", &self.world.world, "--at", AT];
        onecode(&[&verify[..], more, &[&self.receipts]].concat())
    }

    fn whole(&self) -> String {
        good(&self.verify(&["--state", &self.state]))
    }

    fn broken(&self, more: &[&str]) -> String {
        let output = self.verify(more);
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    fn lines(&self) -> Vec<String> {
        let text = std::fs::read_to_string(&self.receipts).unwrap();
        text.lines().map(str::to_owned).collect()
    }

    fn write(&self, lines: &[String]) {
        std::fs::write(&self.receipts, lines.join("\n") + "\n").unwrap();
    }
}

#[test]
fn a_day_of_receipts_is_whole_or_says_where_not() {
    let audited = Audited::new("receipts");
    let codes = audited.world.codes(6);
    assert!(audited.scan(&codes[..3]).iter().all(|line| number(line) == 0));
    // Another day: the chain goes on.
    let second = [codes[0].clone(), "https://example.cn".into(), codes[3].clone()];
    let verdicts: Vec<u64> = audited.scan(&second).iter().map(number).collect();
    assert_eq!(verdicts, [601, 110, 0]);
    let told = audited.whole();
    assert!(told.contains("6 receipts of cn-32.gate-1: 4 accepted, 2 refused"), "{told}");
    assert!(!told.contains("--state"), "{told}");

    let listed = lines(&audited.verify(&["--list"]));
    let verdicts: Vec<_> = listed.iter().map(|line| line["verdict"].as_u64().unwrap()).collect();
    assert_eq!(verdicts, [0, 0, 0, 601, 110, 0]);
    assert_eq!((&listed[3]["number"], &listed[3]["catalogue"]), (&3.into(), &1.into()));
    // The same card as in the first scan, under its name of the day; and no card in an address.
    assert_eq!(listed[3]["card"], listed[0]["card"]);
    assert_eq!(listed[4]["card"], Value::Null);

    let whole = audited.lines();
    let change = |change: &dyn Fn(&mut Vec<String>)| {
        let mut lines = whole.clone();
        change(&mut lines);
        audited.write(&lines);
    };
    type Change<'c> = &'c dyn Fn(&mut Vec<String>);
    let cases: [(&str, Change, &str); 6] = [
        ("one taken out", &|lines| drop(lines.remove(2)), "line 3, number 2: number 3; those"),
        ("two exchanged", &|lines| lines.swap(1, 2), "line 2, number 1: number 2; those"),
        ("one twice", &|lines| lines.insert(2, lines[1].clone()), "line 3, number 2: number 1"),
        ("the first taken out", &|lines| drop(lines.remove(0)), "line 1, number 0: number 1"),
        ("garbage", &|lines| lines[4] = "garbage!".into(), "line 5, number 4: not a receipt"),
        ("an empty line", &|lines| lines.insert(3, String::new()), "line 4, number 3: not a"),
    ];
    for (name, make, expected) in cases {
        change(make);
        let told = audited.broken(&[]);
        assert!(told.contains(expected), "{name}: {told}");
    }
    // The last one taken off is known from the state alone.
    change(&|lines| drop(lines.pop()));
    assert!(good(&audited.verify(&[])).contains("known with --state alone"));
    let told = audited.broken(&["--state", &audited.state]);
    assert!(told.contains("the scanner made 6 receipts, and the file ends after 5"), "{told}");
    // And the gate does not go on from it.
    let line = bad(&with_input(&audited.arguments(), b""));
    assert!(line.contains("not the 6 receipts"), "{line}");
    audited.write(&whole);
    assert!(audited.broken(&["--scanner", "cn-32.gate-2"]).contains("a receipt of the scanner"));

    // A scanner whose key the trust list admits for another name only.
    let key = Path::new(&audited.world.world).join("scanners/cn-31.gate-1.pem");
    let other = audited.world.folder.join("other.txt").to_str().unwrap().to_owned();
    let state = audited.world.folder.join("other.state").to_str().unwrap().to_owned();
    let mut arguments = audited.world.bus(&state);
    arguments.extend(["--receipts", &other, "--scanner", "cn-32.gate-1"]);
    arguments.extend(["--scanner-key", key.to_str().unwrap()]);
    lines(&with_input(&arguments, codes[4].as_bytes()));
    let verify = ["receipts", "verify", "--world", &audited.world.world, &other];
    let told = String::from_utf8(onecode(&verify).stdout).unwrap();
    assert!(told.contains("may not sign for the scanner cn-32.gate-1"), "{told}");
}

#[test]
fn files_that_do_not_belong_together_are_refused() {
    let audited = Audited::new("receipts_apart");
    let codes = audited.world.codes(3);
    audited.scan(&codes[..1]);
    // Receipts with a state that knows of none.
    std::fs::remove_file(&audited.state).unwrap();
    let before = audited.lines();
    let line = bad(&with_input(&audited.arguments(), codes[1].as_bytes()));
    assert!(line.contains("the scanner's state knows of none"), "{line}");
    assert_eq!(audited.lines(), before);
    // Moved away, a new chain begins.
    std::fs::remove_file(&audited.receipts).unwrap();
    audited.scan(&codes[1..]);
    assert!(audited.whole().contains("whole: 2 receipts"));
    // An id of a form that none can have, a key that is not there, and a file that is not.
    let scan = |id: &str| {
        let mut arguments = audited.world.bus(&audited.state);
        arguments.extend(["--receipts", &audited.receipts, "--scanner", id]);
        bad(&with_input(&arguments, b""))
    };
    assert!(scan("Gate 1").contains("no scanner id"));
    assert!(scan("cn-32.gate-7").contains("there are cn-31.gate-1, cn-32.gate-1"));
    std::fs::remove_file(&audited.receipts).unwrap();
    assert!(bad(&audited.verify(&[])).contains("receipts.txt"));
    let alone = ["--receipts", "r", "--scanner", "x"];
    let without_state = audited.world.arguments(&["--application", "102"]);
    assert_eq!(onecode(&[&without_state[..], &alone].concat()).status.code(), Some(2));
}

/// What a state tells of must be there. What came after it, at a gate that is at work, may be.
#[test]
fn a_state_may_be_behind_its_receipts() {
    let audited = Audited::new("receipts_behind");
    let codes = audited.world.codes(3);
    let file = |name: &str| audited.world.folder.join(name).to_str().unwrap().to_owned();
    let earlier = file("earlier.state");
    audited.scan(&codes[..1]);
    std::fs::copy(&audited.state, &earlier).unwrap();
    audited.scan(&codes[1..]);
    let told = good(&audited.verify(&["--state", &earlier]));
    assert!(told.contains("whole: 3 receipts"), "{told}");
    assert!(told.contains("the state tells of 1 of them"), "{told}");
    // The clock is set back just where the state ends.
    let mut arguments = audited.arguments();
    let at = arguments.iter().position(|word| *word == AT).unwrap();
    arguments[at] = "2026-11-25T07:59:00+08:00";
    std::fs::copy(&audited.state, &earlier).unwrap();
    lines(&with_input(&arguments, b"anything"));
    let told = good(&audited.verify(&["--state", &earlier]));
    assert!(told.contains("the clock went back 1 times"), "{told}");
    assert!(told.contains("the state tells of 3 of them"), "{told}");
    // The state of another chain, and none.
    let (state, receipts) = (file("other.state"), file("other.txt"));
    let mut other = audited.world.bus(&state);
    other.extend(["--receipts", &receipts, "--scanner", "cn-32.gate-1"]);
    lines(&with_input(&other, codes[1].as_bytes()));
    let told = audited.broken(&["--state", &state]);
    assert!(told.contains("line 1: it is not the receipt that the state tells of"), "{told}");
    let line = bad(&audited.verify(&["--state", "no-such-state"]));
    assert!(line.contains("no-such-state"), "{line}");
}

/// Two gates with states of their own, and one file of receipts.
#[test]
fn receipts_are_of_one_gate() {
    let audited = Audited::new("receipts_one_gate");
    let codes = audited.world.codes(2);
    let mut gate = Gate::open(&audited.arguments());
    assert_eq!(number(&gate.scan(&codes[0])), 0);
    let state = audited.world.folder.join("other.state").to_str().unwrap().to_owned();
    let mut other = audited.world.bus(&state);
    other.extend(["--receipts", &audited.receipts, "--scanner", "cn-32.gate-1"]);
    let line = bad(&with_input(&other, codes[1].as_bytes()));
    assert!(line.contains("receipts.txt: another onecode is using this file"), "{line}");
    assert_eq!(gate.close(), "");
    assert!(audited.whole().contains("whole: 1 receipts"));
    // What keeps nothing is no file for them.
    let mut nowhere = audited.world.bus(&state);
    nowhere.extend(["--receipts", "/dev/null", "--scanner", "cn-32.gate-1"]);
    assert!(bad(&with_input(&nowhere, b"")).contains("/dev/null"));
}

/// One line out, one receipt; and each receipt leads to its line again.
#[test]
fn a_dispute_is_settled_from_receipts() {
    let audited = Audited::new("receipts_replayed");
    let published = |name: &str| Path::new(&audited.world.world).join("published").join(name);
    let codes = audited.world.codes(2);
    let long = "A".repeat(10_000);
    let input: Vec<&[u8]> = vec![
        // An empty line behind another would be a suffix that is set twice.
        b"",
        codes[0].as_bytes(),
        codes[0].as_bytes(),
        b"https://example.cn",
        long.as_bytes(),
        b"OC1:\xff\xfe",
        &codes[1].as_bytes()[..34],
    ];
    // A gate that has no lists yet, and then has them.
    let (there, away) = (published("trust-list/1.json"), published("away"));
    std::fs::rename(&there, &away).unwrap();
    let by_number: Vec<&str> = audited
        .arguments()
        .into_iter()
        .map(|word| if word == "transit.bus" { "102" } else { word })
        .collect();
    let mut scanned = lines(&with_input(&by_number, codes[1].as_bytes()));
    std::fs::rename(&away, &there).unwrap();
    scanned.extend(lines(&with_input(&audited.arguments(), &input.join(&b'\n'))));
    let verdicts: Vec<u64> = scanned.iter().map(number).collect();
    assert_eq!(verdicts, [701, 101, 0, 601, 110, 102, 106, 107]);
    assert_eq!(scanned[5]["facts"]["length"], 10_000);
    assert!(audited.whole().contains("whole: 8 receipts"));

    let replay = |input: &[u8]| {
        let replay = ["receipts", "replay", "--world", &audited.world.world, "--at", AT];
        with_input(&[&replay[..], &[&audited.receipts]].concat(), input)
    };
    let texts = [&input[..], &[codes[1].as_bytes()]].concat().join(&b'\n');
    let replayed = lines(&replay(&texts));
    for (at, (then, now)) in scanned.iter().zip(&replayed).enumerate() {
        let mut then = then.clone();
        then["receipt"] = at.into();
        assert_eq!(then, *now);
    }
    assert_eq!(replayed.len(), scanned.len());

    // A code of one dispute, and one that was never scanned.
    let output = replay(&[codes[0].as_bytes(), b"never"].join(&b'\n'));
    assert_eq!(output.status.code(), Some(1));
    let told: Vec<Value> = output
        .stdout
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty())
        .map(|line| serde_json::from_slice(line).unwrap())
        .collect();
    let receipts: Vec<&Value> = told.iter().map(|line| &line["receipt"]).collect();
    assert_eq!(receipts, [&Value::from(2), &Value::from(3), &Value::Null]);
    assert_eq!((&told[2]["verdict"], &told[2]["line"]), (&"no_receipt".into(), &2.into()));
    assert!(bad(&replay(b"")).contains("standard input"));

    // All editions are kept: that of then is found beside newer ones.
    audited.world.sign_next("catalogue");
    good(&replay(codes[1].as_bytes()));
    // By other lists than those of then it is said so, and no verdict is given.
    std::fs::remove_file(published("catalogue/1.json")).unwrap();
    let output = replay(codes[1].as_bytes());
    assert_eq!(output.status.code(), Some(1));
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(told["verdict"], "not_replayed");
    assert_eq!((&told["reason"], &told["receipt"]), (&"other_catalogue".into(), &0.into()));

    // A line that is no receipt is not passed over in silence.
    audited.write(&[audited.lines(), vec!["garbage".into()]].concat());
    let output = replay(b"never");
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(told.contains("1 lines are no receipts"), "{told}");
    assert_eq!(output.status.code(), Some(1));
}

/// A gate that was killed between its receipts and its state: nobody has been told these verdicts.
#[test]
fn receipts_of_verdicts_that_never_went_out_are_set_aside() {
    let audited = Audited::new("receipts_aside");
    let codes = audited.world.codes(4);
    let aside = format!("{}.not-in-state", audited.receipts);
    for (first, second) in [(0, 1), (2, 3)] {
        audited.scan(&codes[first..=first]);
        let state = std::fs::read(&audited.state).unwrap();
        let before = audited.lines();
        audited.scan(&codes[second..=second]);
        std::fs::write(&audited.state, state).unwrap();
        // Half a receipt behind it, too.
        let mut receipts =
            std::fs::OpenOptions::new().append(true).open(&audited.receipts).unwrap();
        receipts.write_all(b"hEShA").unwrap();

        let output = with_input(&audited.arguments(), codes[second].as_bytes());
        let told = String::from_utf8(output.stderr.clone()).unwrap();
        assert!(told.contains("receipts.txt.not-in-state"), "{told}");
        assert_eq!(number(&lines(&output)[0]), 0, "it has not been let in before");
        assert_eq!(audited.lines()[..before.len()], before);
        assert!(audited.whole().contains(&format!("whole: {} receipts", second + 1)));
    }
    assert_eq!(std::fs::read_to_string(aside).unwrap().matches("hEShA").count(), 2);
}

/// As logrotate does it, between two days or while the gate is at work.
#[test]
fn receipts_that_were_moved_away_go_on_in_a_new_file() {
    let audited = Audited::new("receipts_rotated");
    let codes = audited.world.codes(9);
    let file = |name: &str| audited.world.folder.join(name).to_str().unwrap().to_owned();
    let (first, second) = (file("receipts.txt.2"), file("receipts.txt.1"));
    let verify = |more: &[&str]| {
        let verify = ["receipts", "verify", "--world", &audited.world.world, "--at", AT];
        onecode(&[&verify[..], &["--state", &audited.state], more].concat())
    };
    audited.scan(&codes[..3]);
    std::fs::rename(&audited.receipts, &first).unwrap();
    let output = with_input(&audited.arguments(), codes[3..5].join("\n").as_bytes());
    let told = String::from_utf8(output.stderr.clone()).unwrap();
    assert!(told.contains("receipts.txt: begins with receipt 3"), "{told}");
    assert_eq!(lines(&output).len(), 2);
    // The same day again, from the new file; and it moves while the gate is at work.
    audited.scan(&codes[5..6]);
    let mut gate = Gate::open(&audited.arguments());
    assert_eq!(number(&gate.scan(&codes[6])), 0);
    if cfg!(unix) {
        std::fs::rename(&audited.receipts, &second).unwrap();
        assert_eq!(number(&gate.scan(&codes[7])), 0);
        assert_eq!(number(&gate.scan("https://example.cn")), 110);
        let told = gate.close();
        assert!(told.contains("receipts.txt: it was moved away"), "{told}");
    } else {
        gate.close();
        std::fs::rename(&audited.receipts, &second).unwrap();
        audited.scan(&[codes[7].clone(), "https://example.cn".into()]);
    }
    assert_eq!(audited.lines().len(), 2);

    let told = good(&verify(&[&first, &second, &audited.receipts]));
    assert!(told.contains("whole: 9 receipts of cn-32.gate-1: 8 accepted, 1 refused"), "{told}");
    let told = good(&verify(&["--from", "7", &audited.receipts]));
    assert!(told.contains("whole: 2 receipts of cn-32.gate-1 from number 7"), "{told}");
    good(&verify(&["--from", "3", &second, &audited.receipts]));
    for (files, expected) in [
        (&[&*second, &audited.receipts][..], "receipts.txt.1: line 1, number 0: number 3; those"),
        (&[&first, &audited.receipts], "receipts.txt: line 1, number 3: number 7; those"),
        (&[&second, &first, &audited.receipts], "say --from 3"),
        (&[&first, &first, &second], "receipts.txt.2: line 1, number 3: number 0 again"),
        (&[&first, &second], "made 9 receipts, and the file ends after 7"),
        (&["--from", "2", &second, &audited.receipts], "number 2: number 3; those"),
        (&["--from", "4", &second, &audited.receipts], "number 4: number 3 again"),
    ] {
        let output = verify(files);
        let told = String::from_utf8(output.stdout).unwrap();
        assert_eq!(output.status.code(), Some(1), "{files:?}: {told}");
        assert!(told.contains(expected), "{files:?}: {told}");
    }
    let replay = ["receipts", "replay", "--world", &audited.world.world, "--at", AT];
    let replay = [&replay[..], &[&*first, &second, &audited.receipts]].concat();
    let wanted = [&*codes[0], &codes[4], &codes[7]].join("\n");
    let found = lines(&with_input(&replay, wanted.as_bytes()));
    let receipts: Vec<_> = found.iter().map(|line| line["receipt"].as_u64().unwrap()).collect();
    assert_eq!(receipts, [0, 4, 7]);

    // Killed after the first receipt of a new file and before the state that tells of it.
    let (state, lines_before) = (std::fs::read(&audited.state).unwrap(), audited.lines());
    std::fs::rename(&audited.receipts, file("moved")).unwrap();
    audited.scan(&codes[8..]);
    for more in ["", "hEShA"] {
        std::fs::write(&audited.state, &state).unwrap();
        let left = audited.lines().join("\n") + "\n" + more;
        std::fs::write(&audited.receipts, left).unwrap();
        let output = with_input(&audited.arguments(), codes[8].as_bytes());
        assert_eq!(number(&lines(&output)[0]), 0, "it has not been let in before");
        assert!(String::from_utf8_lossy(&output.stderr).contains("not-in-state"));
    }
    std::fs::write(&audited.state, &state).unwrap();
    std::fs::write(&audited.receipts, "hEShA").unwrap();
    assert_eq!(audited.scan(&codes[8..]).len(), 1);
    good(&verify(&["--from", "9", &audited.receipts]));

    // A file of another place in the chain, or of none, is not gone on with.
    for other in [std::fs::read(&first).unwrap(), b"garbage\n".to_vec(), b"\n".to_vec()] {
        std::fs::write(&audited.receipts, &other).unwrap();
        let line = bad(&with_input(&audited.arguments(), b""));
        assert!(line.contains("not the 10 receipts") && line.contains("move this one"), "{line}");
        assert_eq!(std::fs::read(&audited.receipts).unwrap(), other);
    }
    assert_eq!(lines_before.len(), 2);
}

/// Receipts of a batch that is decided again are taken back from the file that they went to.
#[cfg(unix)]
#[test]
fn a_new_file_of_receipts_is_whole_when_the_state_fails_meanwhile() {
    let mut audited = Audited::new("receipts_rotated_unkept");
    let file = |name: &str| audited.world.folder.join(name).to_str().unwrap().to_owned();
    let (states, away, first) = (file("states"), file("away"), file("receipts.txt.1"));
    std::fs::create_dir(&states).unwrap();
    audited.state = format!("{states}/gate.state");
    let codes = audited.world.codes(3);
    let mut gate = Gate::open(&audited.arguments());
    assert_eq!(number(&gate.scan(&codes[0])), 0);
    std::fs::rename(&audited.receipts, &first).unwrap();
    std::fs::rename(&states, &away).unwrap();
    assert_eq!(number(&gate.scan(&codes[1])), 707);
    std::fs::rename(&away, &states).unwrap();
    assert_eq!(number(&gate.scan(&codes[1])), 0);
    assert_eq!(number(&gate.scan(&codes[2])), 0);
    gate.close();
    let told = good(&audited.verify(&["--state", &audited.state, &first]));
    assert!(told.contains("whole: 4 receipts of cn-32.gate-1: 3 accepted, 1 refused"), "{told}");
}

/// `copytruncate` loses what is written between its copy and its cut: the gate says so.
#[cfg(unix)]
#[test]
fn a_file_of_receipts_that_is_cut_short_is_told() {
    let audited = Audited::new("receipts_cut");
    let codes = audited.world.codes(3);
    let first = audited.world.folder.join("receipts.txt.1").to_str().unwrap().to_owned();
    let mut gate = Gate::open(&audited.arguments());
    assert_eq!(number(&gate.scan(&codes[0])), 0);
    std::fs::copy(&audited.receipts, &first).unwrap();
    std::fs::File::options().write(true).open(&audited.receipts).unwrap().set_len(0).unwrap();
    assert_eq!(number(&gate.scan(&codes[1])), 0);
    // Another file that has something in it is not written to.
    std::fs::remove_file(&audited.receipts).unwrap();
    std::fs::write(&audited.receipts, "a diary\n").unwrap();
    gate.scan(&codes[2]);
    std::fs::remove_file(&audited.receipts).unwrap();
    let told = gate.close();
    assert!(told.contains("copytruncate"), "{told}");
    assert!(told.contains("has taken the name"), "{told}");
    assert_eq!(audited.lines().len(), 1);
}

/// A gate that may write no more than so many 512 bytes of each file.
#[cfg(unix)]
fn with_little_room(blocks: u64, arguments: &[&str], input: &[u8]) -> Output {
    let command = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$@\"");
    let mut child = run::in_english(std::process::Command::new("sh"))
        .args(["-c", &command, "sh", run::COMMAND])
        .args(arguments)
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let mut feed = child.stdin.take().unwrap();
    let input = input.to_vec();
    let feeder = std::thread::spawn(move || feed.write_all(&input));
    let output = child.wait_with_output().unwrap();
    feeder.join().unwrap().unwrap();
    output
}

/// A receipt is evidence, and what was used is protection: the one does not wait for the other.
#[cfg(unix)]
#[test]
fn what_was_used_is_kept_though_receipts_have_no_room() {
    let audited = Audited::new("receipts_full");
    let codes = audited.world.codes(42);
    // The state, which is smaller, has room.
    audited.scan(&codes[..25]);
    let receipts = audited.lines();
    let room = std::fs::metadata(&audited.receipts).unwrap().len() / 512 + 3;
    let output = with_little_room(room, &audited.arguments(), codes[..40].join("\n").as_bytes());
    assert_eq!(output.status.code(), Some(2));
    let told = String::from_utf8(output.stdout).unwrap();
    let verdicts: Vec<Value> =
        told.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    for (at, line) in verdicts.iter().enumerate() {
        assert_eq!(number(line), if at < 25 { 601 } else { 0 }, "{at}: {line}");
        assert_eq!(line["not_kept"], serde_json::json!(["receipt"]), "{line}");
    }
    assert_eq!(verdicts.len(), 40, "all are answered");
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(told.contains("receipts cannot be written"), "{told}");
    assert!(told.contains("40 receipts were not written"), "{told}");
    // No half receipt, and a state that tells of those that are there, and of every use.
    assert_eq!(audited.lines(), receipts);
    let again = audited.scan(&codes);
    for (at, line) in again.iter().enumerate() {
        assert_eq!(number(line), if at < 40 { 601 } else { 0 }, "{at}: {line}");
        assert_eq!(line.get("not_kept"), None);
    }
    assert!(audited.whole().contains("whole: 67 receipts"));
}

/// Anybody can show rubbish to a gate, as often as they like.
#[cfg(unix)]
#[test]
fn no_number_of_scans_ends_a_gate_whose_receipts_have_no_room() {
    let audited = Audited::new("receipts_rubbish");
    let codes = audited.world.codes(26);
    audited.scan(&codes[..25]);
    let room = std::fs::metadata(&audited.receipts).unwrap().len() / 512 + 5;
    let rubbish = 65_600;
    let input = format!("{}{}\n", "x\n".repeat(rubbish), codes[25]);
    let output = with_little_room(room, &audited.arguments(), input.as_bytes());
    assert_eq!(output.status.code(), Some(2));
    let told = String::from_utf8(output.stdout).unwrap();
    assert_eq!(told.lines().count(), rubbish + 1);
    let last: Value = serde_json::from_str(told.lines().last().unwrap()).unwrap();
    assert_eq!(number(&last), 0, "{last}");
    assert_eq!(last["not_kept"], serde_json::json!(["receipt"]));
    // Those that wait, and those that have none, are counted.
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(told.contains("65536 receipts were not written, and 65 scans have none"), "{told}");
    assert_eq!(number(&audited.scan(&codes[25..])[0]), 601);
    assert!(audited.whole().contains("whole: 26 receipts"));
}

/// Killed at any moment, state and receipts can go on together.
#[test]
fn a_killed_gate_goes_on_with_its_chain() {
    let audited = Audited::new("receipts_killed");
    let codes = audited.world.codes(600);
    let aside = PathBuf::from(format!("{}.not-in-state", audited.receipts));
    let mut told_in_all = 0;
    for round in 0..10_u64 {
        let mut gate = Gate::open(&audited.arguments());
        let mut input = gate.child.stdin.take().unwrap();
        let fed = codes.clone();
        let feeder = std::thread::spawn(move || {
            for chunk in fed.chunks(7) {
                if writeln!(input, "{}", chunk.join("\n")).is_err() {
                    return;
                }
                std::thread::sleep(std::time::Duration::from_millis(2));
            }
        });
        gate.read();
        std::thread::sleep(std::time::Duration::from_micros(round * 3_100));
        gate.child.kill().unwrap();
        let mut printed = Vec::new();
        gate.output.read_to_end(&mut printed).unwrap();
        gate.child.wait().unwrap();
        feeder.join().unwrap();
        told_in_all += 1 + printed.iter().filter(|byte| **byte == b'\n').count();
    }
    // Once more, to its end.
    told_in_all += audited.scan(&codes[..1]).len();
    let whole = audited.whole();
    let receipts: usize = whole.split(' ').nth(1).unwrap().parse().unwrap();
    assert!(receipts >= told_in_all, "{receipts} receipts of {told_in_all} verdicts: {whole}");
    say!(
        "{told_in_all} verdicts from 10 killed gates have their receipts in one chain of \
         {receipts}; receipts set aside: {}",
        aside.exists()
    );
}
