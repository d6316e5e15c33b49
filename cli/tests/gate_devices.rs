//! A gate among systemd, a serial line and a consumer that is slow: terminals with the settings
//! that they happen to have, pipes that do not block, devices that are pulled out and come back.
#![cfg(unix)]

#[macro_use]
#[path = "../../tests/say/mod.rs"]
mod say;

mod run;

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};
use std::os::fd::AsFd;
use std::process::{Command, Stdio};
use std::time::Duration;

use run::gate::{number, World, AT};
use run::pty::{Pty, TerminalGate};
use run::{lines, with_input};
use rustix::pipe::{pipe_with, PipeFlags};
use rustix::termios::{tcsetattr, LocalModes, OptionalActions, SpecialCodeIndex};
use serde_json::Value;

/// The application without rules on duplicates.
fn library(world: &World) -> Vec<&str> {
    world.arguments(&["--application", "422", "--at", AT])
}

fn terminal_gate(arguments: &[&str]) -> TerminalGate {
    TerminalGate::open(Pty::new(), run::command().args(arguments))
}

/// No byte is a command, nor the end: not where a line begins, and not alone.
#[test]
fn every_byte_on_a_terminal_is_data() {
    let world = World::new("every_byte");
    let code = world.text("lin-yue", AT);
    let mut gate = terminal_gate(&library(&world));
    for byte in (0..=u8::MAX).filter(|byte| !b"\r\n".contains(byte)) {
        gate.send(&[byte, b'\r']);
        let line = gate.read();
        assert_ne!(number(&line), 0, "{byte:02x}: {line}");
        assert_eq!(number(&gate.scan(&code)), 0, "after {byte:02x}");
        // A reader that ends a code with it.
        gate.send(&[code.as_bytes(), b"\r", &[byte]].concat());
        assert_eq!(number(&gate.read()), 0, "before {byte:02x}");
        gate.send(b"\n");
        gate.read();
    }
    assert_eq!(gate.child.try_wait().unwrap(), None);
    // Nothing is echoed to the reader, which might take it for a command.
    let (status, told) = gate.pull_out();
    assert_eq!(status, Some(3), "{told}");
}

/// What was scanned before the gate had set its terminal ends nothing either.
#[test]
fn what_is_scanned_while_a_gate_starts_does_not_end_it() {
    let world = World::new("early");
    let code = world.text("lin-yue", AT);
    let mut gate = terminal_gate(&library(&world));
    gate.send(b"\x04");
    gate.pty.wait_until_raw();
    gate.send(b"\r");
    assert_ne!(number(&gate.read()), 0);
    assert_eq!(number(&gate.scan(&code)), 0);
    assert_eq!(gate.pull_out().0, Some(3));
}

/// A line that another program has used, before and meanwhile.
#[test]
fn settings_that_were_left_behind_do_not_end_a_gate() {
    let world = World::new("left_behind");
    let code = world.text("lin-yue", AT);
    let pty = Pty::new();
    let impatient = |canonical: bool| {
        let mut settings = pty.settings();
        settings.local_modes.set(LocalModes::ICANON, canonical);
        settings.special_codes[SpecialCodeIndex::VMIN] = 0;
        settings.special_codes[SpecialCodeIndex::VTIME] = 5;
        settings
    };
    let side = pty.open();
    tcsetattr(side.as_fd(), OptionalActions::Now, &impatient(false)).unwrap();
    let again = impatient(false);
    let mut gate = TerminalGate::open(pty, run::command().args(library(&world)));
    std::thread::sleep(Duration::from_millis(1_200));
    assert_eq!(number(&gate.scan(&code)), 0);
    // While it waits, and while it decides.
    tcsetattr(side.as_fd(), OptionalActions::Now, &again).unwrap();
    assert_eq!(number(&gate.scan(&code)), 0);
    std::thread::sleep(Duration::from_millis(1_200));
    assert_eq!(number(&gate.scan(&code)), 0);
    assert_eq!(gate.pull_out().0, Some(3));
}

#[test]
fn a_terminal_is_put_back() {
    let world = World::new("put_back");
    for signal in ["TERM", "INT", "QUIT", "HUP"] {
        let pty = Pty::new();
        let side = pty.open();
        let before = format!("{:?}", pty.settings());
        let gate = TerminalGate::open(pty, run::command().args(library(&world)));
        gate.pty.wait_until_raw();
        assert_ne!(format!("{:?}", gate.pty.settings()), before);
        let pid = gate.child.id().to_string();
        assert!(Command::new("kill").args(["-s", signal, &pid]).status().unwrap().success());
        let TerminalGate { pty, child, .. } = gate;
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), None, "{signal} ends it: {output:?}");
        assert_eq!(format!("{:?}", pty.settings()), before, "{signal}");
        drop(side);
    }
}

/// The terminal that a gate was started from: 03 and 1C are its signals, and pulled out it hangs
/// up.
#[test]
fn a_controlling_terminal_cannot_end_a_gate() {
    if !run::is_here("setsid", "--version") {
        return;
    }
    let world = World::new("controlling");
    let code = world.text("lin-yue", AT);
    let setsid = ["--ctty", "--wait", run::COMMAND];
    let mut gate =
        TerminalGate::open(Pty::new(), Command::new("setsid").args(setsid).args(library(&world)));
    gate.pty.wait_until_raw();
    for byte in [0x03, 0x1c, 0x1a, 0x04, 0x13, 0x11] {
        gate.send(&[byte, b'\r']);
        assert_ne!(number(&gate.read()), 0, "{byte:02x}");
        assert_eq!(number(&gate.scan(&code)), 0, "after {byte:02x}");
    }
    let (status, told) = gate.pull_out();
    assert_eq!(status, Some(3), "{told}");
}

/// A unit starts the gate again: what it had used is used, and it says why it ended.
#[test]
fn a_device_that_is_pulled_out_ends_the_gate_and_one_that_comes_back_goes_on() {
    let world = World::new("pulled_out");
    let (state, codes) = (world.state(), world.codes(3));
    for round in 0..3 {
        let mut gate = terminal_gate(&world.bus(&state));
        for used in &codes[..round] {
            assert_eq!(number(&gate.scan(used)), 601);
        }
        assert_eq!(number(&gate.scan(&codes[round])), 0);
        // In the middle of a line, too.
        gate.send(&codes[round].as_bytes()[..50]);
        let (status, told) = gate.pull_out();
        assert_eq!(status, Some(3));
        assert!(told.contains("standard input: the device has gone"), "{told}");
    }
    // A file and a pipe have an end.
    assert!(with_input(&world.bus(&state), b"").status.success());
}

/// Standard input and output as another program has left them: they say that it is to come again.
fn pipe_that_does_not_block() -> (File, File) {
    let (read, write) = pipe_with(PipeFlags::NONBLOCK | PipeFlags::CLOEXEC).unwrap();
    (read.into(), write.into())
}

#[test]
fn an_input_that_does_not_block_is_waited_for() {
    let world = World::new("nonblocking_input");
    let (state, codes) = (world.state(), world.codes(3));
    let (input, mut feed) = pipe_that_does_not_block();
    let mut child = run::command()
        .args(world.bus(&state))
        .stdin(Stdio::from(input))
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut output = BufReader::new(child.stdout.take().unwrap());
    for code in &codes {
        std::thread::sleep(Duration::from_millis(300));
        writeln!(feed, "{code}").unwrap();
        let mut line = String::new();
        output.read_line(&mut line).unwrap();
        assert_eq!(number(&serde_json::from_str(&line).unwrap()), 0);
    }
    drop(feed);
    assert!(child.wait().unwrap().success());
}

/// The verdicts of a gate whose consumer does not block, and reads when it says so.
fn with_consumer(arguments: &[&str], input: String, consume: impl FnOnce(File)) -> Option<i32> {
    let (verdicts, output) = pipe_that_does_not_block();
    rustix::pipe::fcntl_setpipe_size(&output, 4_096).unwrap();
    let mut child = run::command()
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::from(output))
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut feed = child.stdin.take().unwrap();
    let feeder = std::thread::spawn(move || drop(feed.write_all(input.as_bytes())));
    consume(verdicts);
    feeder.join().unwrap();
    child.wait().unwrap().code()
}

/// A minute in a shift is seconds here: `ONECODE_STALL=60` for the long form.
#[test]
fn a_consumer_that_stops_for_a_while_gets_every_verdict() {
    let world = World::new("slow_consumer");
    let (state, codes) = (world.state(), world.codes(200));
    let stall = std::env::var("ONECODE_STALL").map_or(3, |seconds| seconds.parse().unwrap());
    let mut told = Vec::new();
    let status = with_consumer(&world.bus(&state), codes.join("\n"), |mut verdicts| {
        std::thread::sleep(Duration::from_secs(stall));
        let mut some = [0; 1_000];
        loop {
            match verdicts.read(&mut some) {
                Ok(0) => break,
                Ok(count) => told.extend_from_slice(&some[..count]),
                Err(error) => {
                    assert_eq!(error.kind(), std::io::ErrorKind::WouldBlock);
                    std::thread::sleep(Duration::from_millis(5));
                }
            }
        }
    });
    assert_eq!(status, Some(0));
    let told = String::from_utf8(told).unwrap();
    let verdicts: Vec<Value> =
        told.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(verdicts.len(), 200);
    assert!(verdicts.iter().all(|line| number(line) == 0));
}

/// A consumer that goes away leaves no more people without an answer than its pipe holds.
#[test]
fn a_code_whose_verdict_is_never_told_is_not_used() {
    let world = World::new("consumer_goes");
    let codes = world.codes(200);
    let used = |state: &str| {
        let again = lines(&with_input(&world.bus(state), codes.join("\n").as_bytes()));
        again.iter().filter(|line| number(line) == 601).count()
    };
    // After a while in which it read nothing: what is in the pipe counts as told.
    let state = world.state();
    let status = with_consumer(&world.bus(&state), codes.join("\n"), |verdicts| {
        std::thread::sleep(Duration::from_secs(2));
        drop(verdicts);
    });
    assert_eq!(status, Some(2));
    let stalled = used(&state);
    assert!((1..10).contains(&stalled), "{stalled} used");
    // Before the first.
    let state = format!("{state}.other");
    let status = with_consumer(&world.bus(&state), codes.join("\n"), drop);
    assert_eq!(status, Some(2));
    assert_eq!(used(&state), 0);
}

/// An output that takes some of a batch: whoever is told is used, and nobody else.
#[test]
fn an_output_that_is_cut_short_undoes_what_it_did_not_tell() {
    for receipts in [false, true] {
        let world = World::new(if receipts { "cut_receipts" } else { "cut" });
        let (state, codes) = (world.state(), world.codes(60));
        let file = |name: &str| world.folder.join(name).to_str().unwrap().to_owned();
        let (verdicts, chain) = (file("verdicts"), file("receipts.txt"));
        let mut arguments = world.bus(&state);
        if receipts {
            arguments.extend(["--receipts", &chain, "--scanner", "cn-32.gate-1"]);
        }
        let input = file("codes");
        std::fs::write(&input, codes.join("\n")).unwrap();
        let command = format!("trap '' XFSZ; ulimit -f 44; exec \"$@\" <'{input}' >'{verdicts}'");
        let output = run::in_english(Command::new("sh"))
            .args(["-c", &command, "sh", run::COMMAND])
            .args(&arguments)
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        // The cut may be within a character.
        let told = std::fs::read(&verdicts).unwrap();
        let told = told.iter().filter(|byte| **byte == b'\n').count();
        assert!((1..60).contains(&told), "{told}");
        let again = lines(&with_input(&arguments, codes.join("\n").as_bytes()));
        for (at, line) in again.iter().enumerate() {
            assert_eq!(number(line), if at < told { 601 } else { 0 }, "{at} of {told}: {line}");
        }
        if receipts {
            let verify = ["receipts", "verify", "--world", &world.world, "--at", AT];
            let whole = run::onecode(&[&verify[..], &["--state", &state, &chain]].concat());
            let whole = run::good(&whole);
            assert!(whole.contains(&format!("whole: {} receipts", told + 60)), "{whole}");
        }
        say!("{told} of 60 verdicts went out, with receipts: {receipts}");
    }
}

/// A log that has stopped reading: what there is to say is dropped, and the gate goes on.
#[test]
fn a_log_that_nobody_reads_does_not_stop_a_gate() {
    let world = World::new("stuck_log");
    let status = std::path::Path::new(&world.world).join("published/status");
    for other in ["cn-32", "cn-33", "cn-34"] {
        std::fs::write(status.join(other).join("index.json"), "x!").unwrap();
    }
    let (unread, mut log) = pipe_that_does_not_block();
    while log.write(&[b'.'; 4_096]).is_ok() {}
    rustix::fs::fcntl_setfl(&log, rustix::fs::OFlags::WRONLY).unwrap();
    let mut child = Command::new(run::COMMAND)
        .args(library(&world))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::from(log))
        .spawn()
        .unwrap();
    writeln!(child.stdin.take().unwrap(), "{}", world.text("lin-yue", AT)).unwrap();
    let (sender, receiver) = std::sync::mpsc::channel();
    std::thread::spawn(move || sender.send(child.wait_with_output()));
    let output = receiver.recv_timeout(Duration::from_secs(20)).unwrap().unwrap();
    assert_eq!(number(&lines(&output)[0]), 0);
    drop(unread);
}
