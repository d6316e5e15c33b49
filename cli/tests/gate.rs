//! `onecode scan` as a gate: whatever comes in, a line goes out, and the next one is served.

#[macro_use]
#[path = "../../tests/say/mod.rs"]
mod say;

mod run;

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use onecode::text::MAX_TEXT;
use run::gate::{number, Gate, World, AT};
use run::{good, lines, onecode, with_input};
use serde_json::Value;

#[test]
fn every_line_has_its_verdict_whatever_is_in_it() {
    let world = World::new("lines");
    let good = world.text("lin-yue", AT);
    let million = "A".repeat(1 << 20);
    let ours = format!("OC1:{million}");
    let limit = "A".repeat(MAX_TEXT);
    let (over, altered) = (limit.clone() + "A", format!(" {good}"));
    let cases: Vec<(&str, &[u8], u64)> = vec![
        ("nothing", b"", 101),
        ("a code", good.as_bytes(), 0),
        ("garbage", b"\x01\x02 garbage \x7f", 103),
        ("a code", good.as_bytes(), 0),
        ("a megabyte", million.as_bytes(), 102),
        ("a megabyte of ours", ours.as_bytes(), 102),
        ("the longest that is looked at", limit.as_bytes(), 103),
        ("one more", over.as_bytes(), 102),
        ("NUL", b"\0\0\0", 103),
        ("NUL in ours", b"OC1:\0\0\0", 106),
        ("not UTF-8", b"\xff\xfe\xc0", 103),
        ("not UTF-8 in ours", b"OC1:AB\xff", 106),
        ("much that is not UTF-8", &[0xff; 2_000], 103),
        ("a space before it", altered.as_bytes(), 105),
        ("cut short", &good.as_bytes()[..34], 107),
        ("a web address", b"https://example.cn/?code=OC1:", 110),
        ("a code", good.as_bytes(), 0),
    ];
    let input = cases.iter().map(|(_, line, _)| *line).collect::<Vec<_>>();
    for end in [&b"\n"[..], b"\r\n", b"\r"] {
        let input = input.join(end);
        // With an end of the last line and without one.
        for input in [input.clone(), [&input[..], end].concat()] {
            let lines = world.scan(&input);
            assert_eq!(lines.len(), cases.len());
            for ((name, _, expected), line) in cases.iter().zip(&lines) {
                assert_eq!(number(line), *expected, "{name}: {line}");
                for text in ["text_zh", "text_en"] {
                    assert!(!line[text].as_str().unwrap().is_empty(), "{name}: {line}");
                }
            }
            assert_eq!(lines[4]["facts"]["length"], 1 << 20);
            assert_eq!(lines[5]["facts"]["length"], (1 << 20) + 4);
            assert_eq!(lines[7]["facts"]["length"], MAX_TEXT + 1);
        }
    }
    assert!(world.scan(b"").is_empty());
    assert_eq!(world.scan(b"\n\n").len(), 2);
    assert_eq!(world.scan(b"\r\r\n\n\r").len(), 4);
}

/// Green and then red, for one code, is what nobody at a gate understands.
#[test]
fn a_suffix_that_is_set_twice_gives_one_verdict() {
    let world = World::new("suffix_twice");
    let good = world.text("lin-yue", AT);
    for end in ["\n\n", "\r\n\r\n", "\r\r", "\n\r", "\r\n\r", "\r\n\n"] {
        let input = format!("{good}{end}").repeat(3);
        let lines = world.scan(input.as_bytes());
        assert_eq!(lines.iter().map(number).collect::<Vec<_>>(), [0, 0, 0], "{end:?}");
    }
    // Enter on a keyboard, or a reader that reads nothing time and again, is answered.
    let lines = world.scan(format!("\n\n{good}\n\n\n\n{good}\n").as_bytes());
    assert_eq!(lines.iter().map(number).collect::<Vec<_>>(), [101, 101, 0, 101, 101, 0]);
}

/// Most scanners send a carriage return alone; nobody waits for the line feed.
#[test]
fn a_carriage_return_ends_a_line() {
    let world = World::new("carriage_return");
    let mut gate = Gate::open(&world.arguments(&["--application", "422", "--at", AT]));
    for _ in 0..2 {
        let mut input = gate.child.stdin.as_ref().unwrap();
        write!(input, "{}\r", world.text("lin-yue", AT)).unwrap();
        assert_eq!(number(&gate.read()), 0);
    }
    assert_eq!(gate.close(), "");
}

/// Lists come in any order: what cannot be taken yet is taken when the others are there.
#[test]
fn a_list_that_came_too_early_is_taken_later() {
    let world = World::new("too_early");
    let (there, away) = (world.published("trust-list/1.json"), world.published("later"));
    std::fs::rename(&there, &away).unwrap();
    let mut gate = Gate::open(&world.arguments(&["--application", "422", "--at", AT]));
    let code = world.text("lin-yue", AT);
    assert_eq!(number(&gate.scan(&code)), 701);
    std::thread::sleep(std::time::Duration::from_millis(5_200));
    assert_eq!(number(&gate.scan(&code)), 701);
    std::fs::rename(&away, &there).unwrap();
    std::thread::sleep(std::time::Duration::from_millis(5_200));
    let line = gate.scan(&code);
    assert_eq!(line["status"], "valid", "{line}");
    // Named once. Which status lists there should be, only the trust list says.
    drop(gate.child.stdin.take());
    let told = String::from_utf8(gate.child.wait_with_output().unwrap().stderr).unwrap();
    assert_eq!(told.lines().count(), 1, "{told}");
}

#[test]
fn a_line_says_all_that_a_gate_needs() {
    let world = World::new("members");
    let input = [world.text("chen-jie", AT), world.text("zhang-wei", AT)].join("\n");
    let lines = world.scan(input.as_bytes());
    let accepted = &lines[0];
    assert_eq!(accepted["issuer"], "cn-32");
    assert_eq!(accepted["issuer_name"]["en"], "Jiangsu agency");
    assert_eq!(accepted["region"], 320_500);
    assert_eq!((&accepted["application"], &accepted["place"]), (&422.into(), &320_500.into()));
    assert_eq!(accepted["card"].as_str().unwrap().len(), 32);
    assert_eq!((&accepted["age_s"], &accepted["delegate"]), (&0.into(), &false.into()));
    assert_eq!(accepted["status"], "valid");
    assert_eq!(accepted["status_as_of"], "2026-11-24T23:50:00Z");
    assert_eq!(accepted["at"], "2026-11-25T00:00:00Z");
    let refused = &lines[1];
    assert_eq!(refused["reason"], "card_suspended");
    assert_eq!(refused["facts"]["as_of_unix_s"], 1_795_561_200);
    assert_eq!(refused["text_zh"], "此卡已挂失。");
    assert!(refused["attendant_en"].as_str().unwrap().contains("Serve the person"));
    let verdict_first = with_input(
        &world.arguments(&["--application", "422", "--at", AT]),
        world.text("lin-yue", AT).as_bytes(),
    );
    assert!(good(&verdict_first).starts_with(r#"{"verdict":"accepted","#));
}

#[test]
fn a_person_is_answered_before_the_next_one_comes() {
    let world = World::new("typed");
    let mut gate = Gate::open(&world.arguments(&["--application", "422", "--at", AT]));
    for card in ["lin-yue", "zhang-wei", "chen-jie"] {
        let line = gate.scan(&world.text(card, AT));
        assert_eq!(number(&line), if card == "zhang-wei" { 402 } else { 0 });
    }
    assert_eq!(gate.close(), "");
}

#[test]
fn a_gate_asks_and_takes_each_answer_once() {
    let world = World::new("asks");
    let answer = |challenge: &Value, at| {
        let show = ["show", "--world", &world.world, "--text", "--at", at, "--card", "yang-li"];
        let bound = ["--application", "finance.subsidy", "--challenge"];
        let challenge = [challenge["challenge"].as_str().unwrap()];
        let code = good(&onecode(&[&show[..], &bound, &challenge].concat()));
        code.trim_end_matches('\n').to_owned()
    };
    for (form, length) in [("typed", 9), ("picture", 17)] {
        let subsidy = ["--application", "finance.subsidy", "--at", AT, "--ask", form];
        let mut gate = Gate::open(&world.arguments(&subsidy));
        let first = gate.read();
        assert_eq!(first["verdict"], "challenge");
        assert_eq!(first["challenge"].as_str().unwrap().len(), length, "{first}");
        let code = answer(&first, AT);
        assert_eq!(number(&gate.scan("OC1:")), 107, "a refusal leaves the challenge open");
        assert_eq!(number(&gate.scan(&code)), 0);
        // Answered: the next person gets another one, and the old answer is worth nothing.
        let second = gate.read();
        assert_ne!(second["challenge"], first["challenge"]);
        assert_eq!(number(&gate.scan(&code)), 508);
        assert_eq!(number(&gate.scan(&answer(&second, "1795564801"))), 0);
        assert_eq!(gate.read()["verdict"], "challenge");
        assert_eq!(gate.close(), "");
    }
}

#[test]
fn damaged_lists_are_named_and_every_line_still_answered() {
    let world = World::new("damaged_lists");
    let code = world.text("lin-yue", AT);
    let published = |name: &str| Path::new(&world.world).join("published").join(name);
    let scan =
        || with_input(&world.arguments(&["--application", "422", "--at", AT]), code.as_bytes());
    let told = |output: &std::process::Output| String::from_utf8(output.stderr.clone()).unwrap();

    let status = run::list_of(&world.world, "cn-31");
    let whole = std::fs::read(&status).unwrap();
    for damaged in [&b"not base64!"[..], b"", &whole[..whole.len() / 2]] {
        std::fs::write(&status, damaged).unwrap();
        let output = scan();
        assert!(told(&output).contains("/0.cwt: it has "), "{}", told(&output));
        assert_eq!(told(&output).lines().count(), 1);
        // This application accepts without knowing the status, and says so.
        assert_eq!(lines(&output)[0]["advisories"], serde_json::json!(["status_unknown"]));
    }
    std::fs::write(&status, &whole).unwrap();

    let catalogue = published("catalogue/1.json");
    std::fs::remove_file(&catalogue).unwrap();
    let output = scan();
    assert!(told(&output).contains("catalogue/1.json"), "{}", told(&output));
    assert_eq!(number(&lines(&output)[0]), 703);
    let arguments = world.arguments(&["--application", "transit.metro"]);
    let line = run::bad(&onecode(&arguments));
    assert!(line.contains("by its number"), "{line}");
    std::fs::remove_file(published("trust-list/1.json")).unwrap();
    assert_eq!(number(&lines(&scan())[0]), 701);
}

#[test]
fn new_lists_are_taken_while_the_gate_is_open() {
    let world = World::new("new_lists");
    let minute = "2026-11-25T08:01:00+08:00";
    let mut gate = Gate::open(&world.arguments(&["--application", "422", "--at", minute]));
    let code = world.text("lin-yue", minute);
    assert_eq!(number(&gate.scan(&code)), 0);
    let suspend = ["card", "suspend", "--world", &world.world, "--card", "lin-yue", "--at", minute];
    good(&onecode(&suspend));
    // It looks every five seconds, when somebody comes.
    std::thread::sleep(std::time::Duration::from_millis(5_200));
    assert_eq!(number(&gate.scan(&code)), 402);
    assert_eq!(gate.close(), "");
}

/// Resident memory of a process in KiB, where the system tells.
fn resident_kib(pid: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

/// Many lines, on one core where `taskset` is: each fifth is a new code, the others have been used.
/// `ONECODE_LINES=100000 cargo test --release -p onecode-cli --test gate many` for the figure.
#[test]
fn many_lines_take_no_more_memory_than_few() {
    let count: usize = std::env::var("ONECODE_LINES").map_or(5_000, |lines| lines.parse().unwrap());
    let world = World::new("many_lines");
    let state = world.state();
    let codes = world.codes(count / 5);
    let on_one_core = Command::new("taskset").arg("--version").output().is_ok();
    let mut command = if on_one_core {
        let mut command = Command::new("taskset");
        command.args(["-c", "0", run::COMMAND]);
        command
    } else {
        run::command()
    };
    let mut child = command
        .args(world.bus(&state))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    let fed = codes.clone();
    let feeder = std::thread::spawn(move || {
        // Every code five times, a thousand lines apart.
        for chunk in fed.chunks(1_000) {
            for _ in 0..5 {
                writeln!(input, "{}", chunk.join("\n")).unwrap();
            }
        }
    });
    let output = BufReader::new(child.stdout.take().unwrap());
    let (mut accepted, mut refused, mut early_kib, mut late_kib) = (0, 0, 0, 0);
    let began = std::time::Instant::now();
    for (at, line) in output.lines().enumerate() {
        let line = line.unwrap();
        if line.starts_with(r#"{"verdict":"accepted""#) {
            accepted += 1;
        } else {
            assert!(line.contains(r#""number":601"#), "{line}");
            refused += 1;
        }
        // Its last batch may be read when it is gone.
        if at % 500 == 0 {
            let kib = resident_kib(child.id()).unwrap_or(late_kib);
            late_kib = kib.max(late_kib);
            if at <= count / 5 {
                early_kib = late_kib;
            }
        }
    }
    let seconds = began.elapsed().as_secs_f64();
    feeder.join().unwrap();
    assert!(child.wait().unwrap().success());
    assert_eq!((accepted, refused), (codes.len(), codes.len() * 4));
    say!(
        "{count} lines through the gate{}: {:.0} a second; {early_kib} KiB after a fifth, \
         {late_kib} KiB at most; state {} KiB",
        if on_one_core { " on one core" } else { "" },
        count as f64 / seconds,
        std::fs::metadata(&state).unwrap().len() / 1024
    );
    // The used codes themselves, and the buffers that grew to their size.
    let codes_kib = (codes.len() as u64 * 400) / 1024;
    assert!(late_kib <= early_kib + codes_kib + 8_192, "{early_kib} to {late_kib} KiB");
}

/// Whoever reads what the command writes may have gone, and a log may be full.
#[cfg(unix)]
#[test]
fn nobody_has_to_listen() {
    let world = World::new("nobody");
    let run = |command: &str| {
        run::in_english(Command::new("sh"))
            .args(["-c", command, "sh", run::COMMAND, &world.world])
            .output()
            .unwrap()
    };
    let preflight = format!("preflight --world \"$2\" --at {AT}");
    for command in ["reason", "completions bash", "explain --help", &*preflight] {
        let output = run(&format!("\"$1\" {command} | true"));
        assert!(output.stderr.is_empty(), "{command}: {output:?}");
    }
    // What is not ready is not ready, whoever listens.
    let not_ready = "preflight --world \"$2\" --at 2027-11-25T08:00:00Z 2>/dev/null";
    let status = run(&format!("{{ sleep 1; \"$1\" {not_ready}; echo $? >&2; }} | true"));
    assert_eq!(String::from_utf8(status.stderr).unwrap().trim(), "1");
    if Path::new("/dev/full").exists() {
        let told = String::from_utf8(run("\"$1\" reason >/dev/full").stderr).unwrap();
        assert!(told.starts_with("onecode: standard output: "), "{told}");
        // Two lists are gone, which the gate would say; and it serves all the same.
        std::fs::remove_dir_all(Path::new(&world.world).join("published/status")).unwrap();
        std::fs::write(Path::new(&world.world).join("published/catalogue/1.json"), "x").unwrap();
        let scan = "echo x | \"$1\" scan --world \"$2\" --application 422 --place 320500";
        let served = run(&format!("{scan} 2>/dev/full"));
        assert!(served.status.success() && !served.stdout.is_empty(), "{served:?}");
    }
}
