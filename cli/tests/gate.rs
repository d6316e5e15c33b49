//! `onecode scan` as a gate: whatever comes in, a line goes out, and the next one is served.

#[macro_use]
#[path = "../../tests/say/mod.rs"]
mod say;

mod run;

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use onecode::{Policy, Scanner, MAX_TEXT};
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
        ("a code", good.as_bytes(), 0),
        ("nothing", b"", 101),
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

/// Lists come in any order: what cannot be taken yet is taken when the others are there.
#[test]
fn a_list_that_came_too_early_is_taken_later() {
    let world = World::new("too_early");
    let published = |name: &str| Path::new(&world.world).join("published").join(name);
    let (there, away) = (published("trust-list.jws"), published("trust-list.later"));
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
    // Each of the five was named once.
    drop(gate.child.stdin.take());
    let told = String::from_utf8(gate.child.wait_with_output().unwrap().stderr).unwrap();
    assert_eq!(told.lines().count(), 5, "{told}");
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
fn pictures_are_read_and_those_that_cannot_be_are_named() {
    let world = World::new("scanned_pictures");
    let file = |name: &str| world.folder.join(name).to_str().unwrap().to_owned();
    let png = file("code.png");
    let show = ["show", "--world", &world.world, "--card", "lin-yue", "--at", AT, "--png", &png];
    good(&onecode(&show));
    let bytes = std::fs::read(&png).unwrap();
    std::fs::write(file("cut.png"), &bytes[..bytes.len() / 2]).unwrap();
    std::fs::write(file("text.png"), "no picture").unwrap();
    std::fs::write(file("empty.png"), "").unwrap();
    // As a phone takes it: JPEG, with a name that says otherwise.
    let decoded = image::load_from_memory(&bytes).unwrap().to_luma8();
    let jpeg = file("photo");
    decoded.save_with_format(&jpeg, image::ImageFormat::Jpeg).unwrap();
    let blank = file("blank.png");
    image::GrayImage::from_pixel(300, 300, image::Luma([255])).save(&blank).unwrap();
    // A picture that says it is enormous.
    let mut huge = bytes.clone();
    huge[16..20].copy_from_slice(&2_000_000_000_u32.to_be_bytes());
    std::fs::write(file("huge.png"), huge).unwrap();

    let names = ["vanished.png", "cut.png", "text.png", "empty.png", "huge.png", "blank.png", "."];
    let files: Vec<String> = names.iter().map(|name| file(name)).collect();
    let mut arguments = world.arguments(&["--application", "422", "--at", AT]);
    arguments.extend(files.iter().map(String::as_str));
    arguments.extend([jpeg.as_str(), png.as_str()]);
    let output = onecode(&arguments);
    let lines = lines(&output);
    assert_eq!(lines.len(), names.len() + 2);
    for (line, file) in lines.iter().zip(&files) {
        assert_eq!((&line["verdict"], &line["picture"]), (&"unread".into(), &file.as_str().into()));
    }
    assert_eq!((number(&lines[7]), number(&lines[8])), (0, 0));
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(told.lines().count(), names.len(), "{told}");
    assert!(told.contains("blank.png: no QR code in the picture") && !told.contains("panicked"));
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

    let status = published("status/cn-31.0.b64");
    let whole = std::fs::read(&status).unwrap();
    for damaged in [&b"not base64!"[..], b"", &whole[..whole.len() / 2]] {
        std::fs::write(&status, damaged).unwrap();
        let output = scan();
        assert!(told(&output).contains("cn-31.0.b64"), "{}", told(&output));
        assert_eq!(told(&output).lines().count(), 1);
        // This application accepts without knowing the status, and says so.
        assert_eq!(lines(&output)[0]["advisories"], serde_json::json!(["status_unknown"]));
    }
    std::fs::write(&status, &whole).unwrap();

    let catalogue = published("catalogue.jws");
    std::fs::remove_file(&catalogue).unwrap();
    let output = scan();
    assert!(told(&output).contains("catalogue.jws"), "{}", told(&output));
    assert_eq!(number(&lines(&output)[0]), 703);
    let arguments = world.arguments(&["--application", "transit.metro"]);
    let line = run::bad(&onecode(&arguments));
    assert!(line.contains("by its number"), "{line}");
    std::fs::remove_file(published("trust-list.jws")).unwrap();
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
    let catalogue = Path::new(&world.world).join("operator/catalogue.json");
    let published = Path::new(&world.world).join("published/catalogue.jws");
    let first = std::fs::read(&published).unwrap();
    let json = std::fs::read_to_string(&catalogue).unwrap();
    std::fs::write(&catalogue, json.replacen("\"sequence\": 1", "\"sequence\": 2", 1)).unwrap();
    good(&onecode(&["sign", "catalogue", "--world", &world.world]));
    assert_eq!(number(&scan(&codes[0])), 601);
    std::fs::write(&published, first).unwrap();
    let output = with_input(&world.bus(&state), codes[0].as_bytes());
    let told = String::from_utf8(output.stderr.clone()).unwrap();
    assert!(told.contains("catalogue.jws: not taken: edition 1 is older than 2"), "{told}");
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
#[cfg(unix)]
#[test]
fn a_full_disk_leaves_the_old_state_and_the_gate_open() {
    let world = World::new("full_disk");
    let (codes, state) = (world.codes(400), world.state());
    let bus = world.bus(&state);
    // The first code fits.
    assert_eq!(number(&lines(&with_input(&bus, codes[0].as_bytes()))[0]), 0);
    let before = std::fs::read(&state).unwrap();

    let command = format!("trap '' XFSZ; ulimit -f {}; exec \"$@\"", before.len() / 512 + 2);
    let mut child = Command::new("sh")
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
    for code in &codes[1..] {
        assert_eq!(number(&scan(code)), 0);
    }
    assert_eq!(number(&scan(&codes[399])), 601, "it still remembers by itself");
    drop(input);
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(told.lines().count(), 2, "once, and once at the end: {told}");
    assert!(told.contains("gate.state: the state cannot be written"), "{told}");
    // The last state that had room, whole, and nothing half written beside it.
    let after = std::fs::read(&state).unwrap();
    assert!(after.len() > before.len());
    assert!(Scanner::restore(&after, Policy::default()).is_ok());
    let beside: Vec<_> = std::fs::read_dir(&world.folder).unwrap().collect();
    assert_eq!(beside.len(), 3, "region, state and its lock: {beside:?}");
    // With room again it goes on from there.
    assert_eq!(number(&lines(&with_input(&bus, codes[0].as_bytes()))[0]), 601);
    // What is no file is not replaced by one.
    let device = with_input(&world.bus("/dev/full"), codes[0].as_bytes());
    assert_eq!(device.status.code(), Some(2));
    assert!(!Path::new("/dev/full").is_file());
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
        Command::new(run::COMMAND)
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

#[test]
fn preflight_says_what_works_until_when() {
    let world = World::new("preflight");
    let preflight = |more: &[&str]| {
        let arguments = ["preflight", "--world", &world.world];
        onecode(&[&arguments[..], more].concat())
    };
    let page = good(&preflight(&["--at", AT]));
    for expected in ["edition 1", "status cn-32", "ready", "城市轨道交通  works until"] {
        assert!(page.contains(expected), "{expected}: {page}");
    }
    let json: Value = serde_json::from_str(&good(&preflight(&["--at", AT, "--json"]))).unwrap();
    assert_eq!((&json["ready"], &json["catalogue"]["sequence"]), (&true.into(), &1.into()));
    assert_eq!(json["status"].as_array().unwrap().len(), 4);

    // Medical settlement wants lists of today; the metro does with old ones.
    let hours = |application: &str, hours: &str| {
        let arguments = ["--at", AT, "--application", application, "--hours", hours];
        preflight(&arguments).status.code()
    };
    assert_eq!(hours("medical.local", "22"), Some(0));
    assert_eq!(hours("medical.local", "24"), Some(1));
    assert_eq!(hours("transit.metro", "240"), Some(0));
    assert_eq!(hours("tourism.annual_pass", "0"), Some(1));
    assert_eq!(hours("9999", "0"), Some(1));
    let told = |arguments: &[&str]| {
        let output = preflight(arguments);
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        String::from_utf8(output.stderr).unwrap()
    };
    let unknown = told(&["--at", AT, "--application", "9999"]);
    assert!(unknown.contains("no catalogue in force has the application 9999"), "{unknown}");
    // Offered, and not here.
    let tram = ["--at", AT, "--application", "transit.tram", "--place"];
    good(&preflight(&[&tram[..], &["320500"]].concat()));
    let elsewhere = told(&[&tram[..], &["110000"]].concat());
    assert!(elsewhere.contains("offered at 110000"), "{elsewhere}");
    let line = run::bad(&preflight(&["--at", AT, "--state", "no-such-state"]));
    assert!(line.contains("no-such-state"), "{line}");

    let year = preflight(&["--at", "2027-11-25T08:00:00+08:00"]);
    assert_eq!(year.status.code(), Some(1));
    let told = String::from_utf8(year.stderr).unwrap();
    assert!(told.contains("trust-list.jws: not taken: it expired"), "{told}");
    let page = String::from_utf8(year.stdout).unwrap();
    assert!(page.contains("MISSING") && page.contains("NOT READY"), "{page}");
    let status = Path::new(&world.world).join("published/status/cn-33.0.b64");
    std::fs::remove_file(status).unwrap();
    let missing = preflight(&["--at", AT]);
    assert_eq!(missing.status.code(), Some(1));
    assert!(String::from_utf8(missing.stdout).unwrap().contains("status cn-33 MISSING"));

    // The memory of used codes is counted.
    let (codes, state) = (world.codes(3), world.state());
    lines(&with_input(&world.bus(&state), codes.join("\n").as_bytes()));
    let page = String::from_utf8(preflight(&["--at", AT, "--state", &state]).stdout).unwrap();
    assert!(page.contains("used codes   3 of 65536"), "{page}");
}

/// Damaged, turned, noisy and meaningless pictures: an answer for each, and never a crash.
#[test]
fn no_picture_stops_the_gate() {
    let count: u64 = std::env::var("ONECODE_PICTURES").map_or(30, |count| count.parse().unwrap());
    let world = World::new("noise");
    let png = world.folder.join("code.png");
    let png = png.to_str().unwrap();
    let show = ["show", "--world", &world.world, "--card", "lin-yue", "--at", AT, "--png", png];
    good(&onecode(&show));
    let code = image::open(png).unwrap().to_luma8();
    let mut random = fastrand::Rng::with_seed(7);
    let mut files = Vec::new();
    for number in 0..count {
        let mut picture = match number % 6 {
            0 => image::imageops::rotate90(&code),
            1 => image::imageops::flip_horizontal(&code),
            2 => {
                let (side, filter) = (random.u32(8..200), image::imageops::FilterType::Nearest);
                image::imageops::resize(&code, side, side, filter)
            }
            3 => image::GrayImage::from_fn(random.u32(1..300), random.u32(1..300), |_, _| {
                image::Luma([random.u8(..)])
            }),
            _ => code.clone(),
        };
        let (width, height) = picture.dimensions();
        for _ in 0..random.u32(0..=width * height / [12, 100, 1_000][number as usize % 3]) {
            let (x, y) = (random.u32(..width), random.u32(..height));
            picture.put_pixel(x, y, image::Luma([random.u8(..)]));
        }
        for _ in 0..random.u32(0..4) {
            let (left, top) = (random.u32(..width), random.u32(..height));
            let shade = image::Luma([random.u8(..)]);
            for x in left..(left + width / 5).min(width) {
                for y in top..(top + height / 5).min(height) {
                    picture.put_pixel(x, y, shade);
                }
            }
        }
        let file = world.folder.join(format!("{number}.png"));
        picture.save(&file).unwrap();
        if number % 7 == 0 {
            let mut bytes = std::fs::read(&file).unwrap();
            let at = random.usize(..bytes.len());
            bytes[at] ^= 1 << random.u8(..8);
            std::fs::write(&file, bytes).unwrap();
        }
        files.push(file.to_str().unwrap().to_owned());
    }
    let mut arguments = world.arguments(&["--application", "422", "--at", AT]);
    arguments.extend(files.iter().map(String::as_str));
    let output = onecode(&arguments);
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && !told.contains("panicked"), "{told}");
    let lines = lines(&output);
    assert!(lines.len() >= files.len());
    let count = |verdict: &str| lines.iter().filter(|line| line["verdict"] == verdict).count();
    let (accepted, unread) = (count("accepted"), count("unread"));
    say!("{} damaged pictures: {accepted} accepted, {unread} unread", files.len());
    assert!(accepted > 0 && unread > 0);
}

/// Whoever reads what the command writes may have gone, and a log may be full.
#[cfg(unix)]
#[test]
fn nobody_has_to_listen() {
    let world = World::new("nobody");
    let run = |command: &str| {
        Command::new("sh").args(["-c", command, "sh", run::COMMAND, &world.world]).output().unwrap()
    };
    for command in ["reason", "completions bash", "explain --help", "preflight --world \"$2\""] {
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
        std::fs::write(Path::new(&world.world).join("published/catalogue.jws"), "x").unwrap();
        let scan = "echo x | \"$1\" scan --world \"$2\" --application 422 --place 320500";
        let served = run(&format!("{scan} 2>/dev/full"));
        assert!(served.status.success() && !served.stdout.is_empty(), "{served:?}");
    }
}
