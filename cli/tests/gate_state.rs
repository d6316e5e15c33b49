//! What a gate remembers on the disk: over a restart, a killed process, a full disk.

#[macro_use]
#[path = "../../tests/say/mod.rs"]
mod say;

mod run;

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use onecode::{Policy, Scanner};
use run::gate::{number, Gate, World, AT};
use run::{good, lines, onecode, with_input};
use serde_json::Value;

/// Two gates on one state would each undo what the other remembers.
#[test]
fn a_state_has_one_gate() {
    let world = World::new("one_gate");
    let (state, codes) = (world.state(), world.codes(2));
    let mut gate = Gate::open(&world.bus(&state));
    assert_eq!(number(&gate.scan(&codes[0])), 0);
    let second = || with_input(&world.bus(&state), codes[0].as_bytes());
    let line = run::bad(&second());
    assert!(line.contains("gate.state: another onecode is using this file"), "{line}");
    // Under another name it is the same file.
    #[cfg(unix)]
    {
        let link = world.folder.join("link").to_str().unwrap().to_owned();
        std::os::unix::fs::symlink(&state, &link).unwrap();
        run::bad(&with_input(&world.bus(&link), codes[0].as_bytes()));
    }
    // Whoever only looks is not kept out.
    good(&onecode(&["preflight", "--world", &world.world, "--at", AT, "--state", &state]));
    assert_eq!(number(&gate.scan(&codes[1])), 0);
    // A gate that was killed holds nothing.
    gate.child.kill().unwrap();
    gate.child.wait().unwrap();
    assert_eq!(number(&lines(&second())[0]), 601);

    // Where no state can ever be, the gate says so before it opens.
    let nowhere = world.folder.join("nowhere/gate.state").to_str().unwrap().to_owned();
    let line = run::bad(&with_input(&world.bus(&nowhere), codes[0].as_bytes()));
    assert!(line.contains("nowhere"), "{line}");
}

#[test]
fn a_used_code_stays_used_over_a_restart() {
    let world = World::new("restart");
    let state = world.state();
    let codes = world.codes(2);
    let scan = |code: &String| lines(&with_input(&world.bus(&state), code.as_bytes())).remove(0);
    assert_eq!(number(&scan(&codes[0])), 0);
    assert_eq!(number(&scan(&codes[0])), 601);
    assert_eq!(number(&scan(&codes[1])), 0);
    assert_eq!(number(&scan(&codes[1])), 601);
    // The editions of lists stay known as well.
    world.sign_next("catalogue");
    assert_eq!(number(&scan(&codes[0])), 601);
    std::fs::remove_file(world.published("catalogue/2.json")).unwrap();
    let output = with_input(&world.bus(&state), codes[0].as_bytes());
    let told = String::from_utf8(output.stderr.clone()).unwrap();
    assert!(told.contains("catalogue/1.json: not taken: edition 1 is older than 2"), "{told}");
    assert_eq!(number(&lines(&output)[0]), 703);

    // A state that cannot be used is named and stays as it is.
    let whole = std::fs::read(&state).unwrap();
    for damaged in [&b""[..], b"nonsense", &whole[..whole.len() - 1], &[&whole[..], b"x"].concat()]
    {
        std::fs::write(&state, damaged).unwrap();
        let line = run::bad(&with_input(&world.bus(&state), codes[0].as_bytes()));
        assert!(line.contains("gate.state") && line.contains("moved away"), "{line}");
        assert_eq!(std::fs::read(&state).unwrap(), damaged);
    }
}

/// Killed at any moment, the file is whole, and whoever has been let in is in it.
#[test]
fn a_killed_gate_forgets_nobody_whom_it_has_let_in() {
    let world = World::new("killed");
    let codes = world.codes(2_000);
    let state = world.state();
    let mut cut_short = 0;
    let mut accepted_in_all = 0;
    for round in 0..12_u64 {
        let _ = std::fs::remove_file(&state);
        let mut gate = Gate::open(&world.bus(&state));
        let mut input = gate.child.stdin.take().unwrap();
        // In a thread, and a few at a time: the gate is killed while it is being fed.
        let fed = codes.clone();
        let feeder = std::thread::spawn(move || {
            for chunk in fed.chunks(20) {
                if writeln!(input, "{}", chunk.join("\n")).is_err() {
                    return;
                }
                std::thread::sleep(std::time::Duration::from_millis(2));
            }
        });
        // At work, and then at some moment of it.
        let mut printed = Vec::new();
        for _ in 0..=round * 30 {
            gate.output.read_until(b'\n', &mut printed).unwrap();
        }
        std::thread::sleep(std::time::Duration::from_micros(round * 1_700));
        gate.child.kill().unwrap();
        std::io::Read::read_to_end(&mut gate.output, &mut printed).unwrap();
        gate.child.wait().unwrap();
        feeder.join().unwrap();

        let verdicts: Vec<Value> = printed
            .split_inclusive(|byte| *byte == b'\n')
            // The last line may be cut short.
            .filter(|line| line.ends_with(b"\n"))
            .map(|line| serde_json::from_slice(line).unwrap())
            .collect();
        cut_short += usize::from(verdicts.len() < codes.len());
        if Path::new(&state).exists() {
            let bytes = std::fs::read(&state).unwrap();
            assert!(Scanner::restore(&bytes, Policy::default()).is_ok(), "round {round}");
        } else {
            assert!(verdicts.is_empty(), "verdicts went out without a state");
        }
        // In the order of the codes, all of them accepted; and none of them is again.
        let let_in = &codes[..verdicts.len()];
        assert!(verdicts.iter().all(|line| number(line) == 0));
        accepted_in_all += let_in.len();
        let again = lines(&with_input(&world.bus(&state), let_in.join("\n").as_bytes()));
        assert_eq!(again.len(), let_in.len());
        assert!(again.iter().all(|line| number(line) == 601), "round {round}");
    }
    say!("{accepted_in_all} let in over 12 gates, {cut_short} of them killed at work");
    assert!(cut_short > 0 && accepted_in_all > 0);
}

/// A full disk, by a limit on the size of files that the gate may write.
///
/// Nobody is let in whom the gate could not remember, and nobody's code is used by that.
#[cfg(unix)]
#[test]
fn no_use_is_accepted_that_cannot_be_kept() {
    let world = World::new("full_disk");
    let (codes, state) = (world.codes(400), world.state());
    let bus = world.bus(&state);
    // The first code fits.
    assert_eq!(number(&lines(&with_input(&bus, codes[0].as_bytes()))[0]), 0);
    let before = std::fs::read(&state).unwrap();

    let command = format!("trap '' XFSZ; ulimit -f {}; exec \"$@\"", before.len() / 512 + 2);
    let mut child = run::in_english(Command::new("sh"))
        .args(["-c", &command, "sh", run::COMMAND])
        .args(&bus)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut output = BufReader::new(child.stdout.take().unwrap());
    let mut input = child.stdin.take().unwrap();
    let mut scan = |code: &str| {
        writeln!(input, "{code}").unwrap();
        let mut line = String::new();
        output.read_line(&mut line).unwrap();
        serde_json::from_str::<Value>(&line).unwrap()
    };
    // Many more than the file has room for, one by one.
    let mut let_in = 1;
    for code in &codes[1..] {
        let line = scan(code);
        if number(&line) == 0 {
            assert_eq!((let_in, line.get("not_kept")), (let_in, None));
            let_in += 1;
            continue;
        }
        assert_eq!((number(&line), &line["facts"]["why"]), (707, &"full".into()), "{line}");
        assert_eq!(line["not_kept"], serde_json::json!(["state"]));
    }
    assert!((2..399).contains(&let_in), "{let_in}");
    assert_eq!(number(&scan(&codes[let_in - 1])), 601, "what it knows it still knows");
    drop(input);
    let output = child.wait_with_output().unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(told.matches("gate.state: the state cannot be written").count(), 1, "{told}");
    assert!(told.lines().count() <= 2, "once, and once at the end: {told}");
    // The last state that had room, whole, and nothing half written beside it.
    let after = std::fs::read(&state).unwrap();
    assert!(after.len() > before.len());
    assert!(Scanner::restore(&after, Policy::default()).is_ok());
    let beside: Vec<_> = std::fs::read_dir(&world.folder).unwrap().collect();
    assert_eq!(beside.len(), 3, "region, state and its lock: {beside:?}");
    // With room again everybody is as they were told.
    let again = lines(&with_input(&bus, codes.join("\n").as_bytes()));
    for (at, line) in again.iter().enumerate() {
        assert_eq!(number(line), if at < let_in { 601 } else { 0 }, "{at} of {let_in}: {line}");
    }
    // An application without a memory needs none; and the line says so all the same.
    let command = "trap '' XFSZ; ulimit -f 1; exec \"$@\"";
    let mut child = run::in_english(Command::new("sh"))
        .args(["-c", command, "sh", run::COMMAND])
        .args(world.arguments(&["--application", "422", "--at", AT, "--state", &state]))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    writeln!(child.stdin.take().unwrap(), "{}", codes[0]).unwrap();
    let output = child.wait_with_output().unwrap();
    let line: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((number(&line), &line["not_kept"]), (0, &serde_json::json!(["state"])));
    assert_eq!(output.status.code(), Some(2));
    // What is no file is not replaced by one.
    let device = with_input(&world.bus("/dev/full"), codes[0].as_bytes());
    assert_eq!(device.status.code(), Some(2));
    assert!(!Path::new("/dev/full").is_file());
}

/// Roots that are configured anew have no effect where a state exists; that is said, and mended by a
/// command that forgets no used codes.
#[test]
fn roots_that_count_for_nothing_are_told() {
    let world = World::new("roots_by_hand");
    let state = world.state();
    let code = world.codes(1).remove(0);
    let told = |output: &std::process::Output| String::from_utf8(output.stderr.clone()).unwrap();
    // By its number: the id is looked up in lists that the new roots have not signed.
    let bus = &world.arguments(&["--application", "102", "--at", AT, "--state", &state]);
    let first = with_input(bus, code.as_bytes());
    assert_eq!(told(&first), "", "{first:?}");
    assert_eq!(number(&lines(&first)[0]), 0);

    // Of another region.
    let other = World::new("roots_by_hand_other");
    let here = Path::new(&world.world).join("roots.json");
    let before = std::fs::read(&here).unwrap();
    let seed = ["sandbox", "--seed", "8", "--at", AT];
    let others = other.folder.join("v").to_str().unwrap().to_owned();
    good(&onecode(&[&seed[..], &[&others]].concat()));
    std::fs::copy(Path::new(&others).join("roots.json"), &here).unwrap();
    let second = with_input(bus, code.as_bytes());
    assert!(told(&second).contains("are not among those this state came by"), "{second:?}");
    assert!(told(&second).contains("onecode roots begin-anew"), "{second:?}");
    assert_eq!(told(&second).lines().count(), 1);
    assert_eq!(number(&lines(&second)[0]), 601, "those of the state stay in force");
    let preflight = ["preflight", "--world", &world.world, "--state", &state, "--at", AT];
    let page = String::from_utf8(onecode(&preflight).stdout).unwrap();
    assert!(page.contains("NOT IN FORCE"), "{page}");
    let chinese = [&["--lang", "zh"], &preflight[..]].concat();
    let line = told(&onecode(&chinese));
    assert!(line.contains("用过的码不会忘记"), "{line}");

    good(&onecode(&["roots", "begin-anew", "--world", &world.world, "--state", &state]));
    let third = with_input(bus, code.as_bytes());
    assert!(!told(&third).contains("came by"), "{third:?}");
    // Nothing that they have signed is there.
    assert_eq!(number(&lines(&third)[0]), 701);
    // And back: the code that was used is still known.
    std::fs::write(&here, before).unwrap();
    good(&onecode(&["roots", "begin-anew", "--world", &world.world, "--state", &state]));
    assert_eq!(number(&lines(&with_input(bus, code.as_bytes()))[0]), 601);
}
