//! `onecode scan` as a gate: whatever comes in, a line goes out, and the next one is served.

#[macro_use]
mod say;

mod run;

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use onecode::MAX_TEXT;
use run::{folder, good, lines, onecode, with_input};
use serde_json::Value;

const AT: &str = "2026-11-25T08:00:00+08:00";

struct World {
    folder: PathBuf,
    world: String,
}

impl World {
    fn new(name: &str) -> Self {
        let folder = folder(name);
        let world = folder.join("w").to_str().unwrap().to_owned();
        good(&onecode(&["sandbox", &world, "--seed", "7", "--at", AT]));
        World { folder, world }
    }

    fn text(&self, card: &str, at: &str) -> String {
        let arguments = ["show", "--world", &self.world, "--text", "--card", card, "--at", at];
        good(&onecode(&arguments)).trim_end_matches('\n').to_owned()
    }

    fn arguments<'a>(&'a self, more: &[&'a str]) -> Vec<&'a str> {
        let scan = ["scan", "--world", &self.world, "--place", "320500"];
        [&scan[..], more].concat()
    }

    /// The application without rules on duplicates, at the usual time.
    fn scan(&self, input: &[u8]) -> Vec<Value> {
        let arguments = self.arguments(&["--application", "identity.public_service", "--at", AT]);
        lines(&with_input(&arguments, input))
    }
}

fn number(line: &Value) -> u64 {
    match line["verdict"].as_str() {
        Some("accepted") => 0,
        Some("refused") => line["number"].as_u64().unwrap(),
        _ => panic!("{line}"),
    }
}

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
        ("a space before it", altered.as_bytes(), 105),
        ("cut short", &good.as_bytes()[..34], 107),
        ("a web address", b"https://example.cn/?code=OC1:", 110),
        ("a code", good.as_bytes(), 0),
    ];
    let input = cases.iter().map(|(_, line, _)| *line).collect::<Vec<_>>();
    for end in [&b"\n"[..], b"\r\n"] {
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

/// A gate that is being typed into.
struct Gate {
    child: Child,
    output: BufReader<std::process::ChildStdout>,
}

impl Gate {
    fn open(arguments: &[&str]) -> Self {
        let mut child = Command::new(run::COMMAND)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        Gate { child, output }
    }

    fn scan(&mut self, text: &str) -> Value {
        let input = self.child.stdin.as_mut().unwrap();
        writeln!(input, "{text}").unwrap();
        input.flush().unwrap();
        let mut line = String::new();
        self.output.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap()
    }

    /// Ends the input; what was said on standard error.
    fn close(mut self) -> String {
        drop(self.child.stdin.take());
        let output = self.child.wait_with_output().unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stderr).unwrap()
    }
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
