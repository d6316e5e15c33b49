//! What the control room gets from a gate: figures in a file, and the alerts and the dashboard that
//! are made of them and of the service's.
#![cfg(unix)]

#[macro_use]
#[path = "../../tests/say/mod.rs"]
mod say;

mod run;
#[allow(dead_code)] // This test uses its part.
#[path = "run/service.rs"]
mod service;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use run::gate::{Gate, World, AT};
use run::{good, lines, with_input};
use service::Service;

/// The number of transit.bus, where a code is good once.
const BUS: u16 = 102;

/// The figures by name and labels, as they stand in the text.
fn figures(text: &str) -> BTreeMap<String, f64> {
    let figure = |line: &str| {
        let (name, value) = line.rsplit_once(' ').unwrap();
        let number = value.trim_start_matches('+').to_lowercase().parse().unwrap();
        (name.to_owned(), number)
    };
    text.lines().filter(|line| !line.starts_with('#')).map(figure).collect()
}

/// Names of all figures in a text, without labels.
fn names(text: &str) -> BTreeSet<String> {
    let name = |figure: String| figure.split('{').next().unwrap_or_default().to_owned();
    figures(text).into_keys().map(name).collect()
}

fn metrics_of(world: &World, name: &str) -> PathBuf {
    world.folder.join(name)
}

/// A gate that has all that a gate can have, after some scans.
fn of_a_whole_gate(world: &World) -> String {
    let (file, state) = (metrics_of(world, "whole.prom"), world.state());
    let at = |name: &str| world.folder.join(name).to_str().unwrap().to_owned();
    fs::write(at("venue.key"), "07".repeat(32)).unwrap();
    fs::create_dir(at("share")).unwrap();
    let (key, share, keep, receipts) = (at("venue.key"), at("share"), at("keep"), at("receipts"));
    let lists = format!("{}/published", world.world);
    let arguments = world.arguments(
        &[
            &["--application", "transit.bus", "--state", &state][..],
            &["--metrics", file.to_str().unwrap(), "--venue-key", &key, "--share", &share],
            &["--gate", "a", "--lists", &lists, "--keep", &keep],
            &["--receipts", &receipts, "--scanner", "cn-32.gate-1"],
        ]
        .concat(),
    );
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs() as i64;
    let codes: Vec<_> = (0..10).map(|at| world.card(2_000 + at, now).code(now)).collect();
    let codes = codes.join("\n");
    let codes = format!("{codes}\n{codes}\nno code\n");
    assert_eq!(lines(&with_input(&arguments, codes.as_bytes())).len(), 21);
    fs::read_to_string(file).unwrap()
}

#[test]
fn the_figures_are_those_of_the_scans_lists_receipts_and_other_gates() {
    let world = World::of_today("control-room");
    let text = of_a_whole_gate(&world);
    assert!(text.ends_with("\n# EOF\n"), "{text}");
    let figures = figures(&text);
    let is = |name: &str| {
        let name = format!("onecode_gate_{name}");
        *figures.get(&name).unwrap_or_else(|| panic!("no {name} in\n{text}"))
    };
    let scans = |verdict: &str, number: u16| {
        is(&format!(
            "scans_total{{application=\"{BUS}\",verdict=\"{verdict}\",number=\"{number}\"}}"
        ))
    };
    assert_eq!(scans("accepted", 0), 10.0);
    assert_eq!(scans("refused", 601), 10.0);
    assert_eq!(scans("refused", 103), 1.0);
    // What would alarm somebody is there before it happens.
    assert_eq!(scans("refused", 701), 0.0);
    assert_eq!(scans("refused", 706), 0.0);
    assert_eq!(is("receipts_total"), 21.0);
    assert_eq!(is("receipts_kept"), 1.0);
    assert_eq!(is("state_kept"), 1.0);
    assert_eq!(is("venue_up"), 1.0);
    assert_eq!(is("used_codes"), 10.0);
    assert_eq!(is("used_codes_capacity"), 65_536.0);
    assert_eq!(is("list_number{list=\"roots\"}"), 1.0);
    assert_eq!(is("list_number{list=\"catalogue\"}"), 1.0);
    assert_eq!(is("status_lists{issuer=\"cn-31\"}"), 1.0);
    assert_eq!(is("fetches_total"), 1.0);
    assert_eq!(is("failed_fetches_total"), 0.0);
    assert_eq!(is("clock_behind_seconds"), 0.0);
    assert_eq!(is("clock_phones{agree=\"true\"}"), 10.0);
    let now = is("clock_timestamp_seconds");
    assert!(is("works_until_timestamp_seconds") > now, "{text}");
    assert!(is("status_issued_timestamp_seconds{issuer=\"cn-31\"}") <= now, "{text}");
    assert!(is("list_expires_timestamp_seconds{list=\"trust_list\"}") > now, "{text}");
}

#[test]
fn a_gate_without_lists_says_that_it_does_not_work_and_counts_why() {
    let world = World::new("control-room-bare");
    let file = metrics_of(&world, "bare.prom");
    let empty = world.folder.join("empty");
    fs::create_dir(&empty).unwrap();
    let scan = world.arguments(&["--application", "101", "--at", AT]);
    let more = ["--lists", empty.to_str().unwrap(), "--metrics", file.to_str().unwrap()];
    let code = world.codes(1);
    lines(&with_input(&[&scan[..], &more].concat(), code[0].as_bytes()));
    let text = fs::read_to_string(&file).unwrap();
    let figures = figures(&text);
    assert_eq!(figures["onecode_gate_works_until_timestamp_seconds"], 0.0, "{text}");
    let refused =
        "onecode_gate_scans_total{application=\"101\",verdict=\"refused\",number=\"701\"}";
    assert_eq!(figures[refused], 1.0, "{text}");
    assert!(!text.contains("list=\"trust_list\""), "{text}");
}

/// Labels cost the control room memory, each new one for ever.
#[test]
fn whoever_stands_at_the_gate_makes_no_new_label() {
    let world = World::new("control-room-labels");
    let count = |input: &[u8], file: &str| {
        let file = metrics_of(&world, file);
        let more = ["--application", "101", "--at", AT, "--metrics", file.to_str().unwrap()];
        good(&with_input(&world.arguments(&more), input));
        let text = fs::read_to_string(file).unwrap();
        assert!(!text.contains("evil"), "{text}");
        figures(&text).len()
    };
    let quiet = count(b"", "quiet.prom");
    let mut random = fastrand::Rng::with_seed(7);
    let mut hostile = b"evil\"} 1\nOC1:EVIL\nOC1Zevil\n\xff\xfe\n".to_vec();
    for _ in 0..2_000 {
        hostile.extend(std::iter::repeat_with(|| random.u8(..)).take(40));
        hostile.push(b'\n');
    }
    // Numbers of refusals, and nothing else.
    assert!(count(&hostile, "hostile.prom") <= quiet + 20);
}

#[test]
fn whoever_reads_meanwhile_finds_a_whole_file() {
    let world = World::new("control-room-readers");
    let file = metrics_of(&world, "g.prom");
    let codes = world.codes(60).join("\n");
    let ended = AtomicBool::new(false);
    let read = std::thread::scope(|scope| {
        let reader = scope.spawn(|| {
            let mut read = 0;
            while !ended.load(Ordering::SeqCst) {
                if let Ok(text) = fs::read_to_string(&file) {
                    assert!(text.ends_with("# EOF\n"), "{text}");
                    read += 1;
                }
            }
            read
        });
        for _ in 0..20 {
            let more = ["--application", "102", "--at", AT, "--metrics", file.to_str().unwrap()];
            good(&with_input(&world.arguments(&more), codes.as_bytes()));
        }
        ended.store(true, Ordering::SeqCst);
        reader.join().unwrap()
    });
    assert!(read > 10, "{read}");
    // No half file is left beside it.
    let left = fs::read_dir(&world.folder).unwrap().flatten();
    let left: Vec<_> = left.map(|it| it.file_name()).filter(|it| it != "w").collect();
    assert_eq!(left, ["g.prom"]);
}

#[test]
fn a_gate_that_cannot_write_its_figures_says_so_once_and_goes_on() {
    let world = World::new("control-room-unwritable");
    let file = world.folder.join("gone/g.prom");
    let more = ["--application", "101", "--at", AT, "--metrics", file.to_str().unwrap()];
    let output = with_input(&world.arguments(&more), world.codes(3).join("\n").as_bytes());
    assert_eq!(lines(&output).len(), 3);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(said.matches("the figures cannot be written").count(), 1, "{said}");
}

/// A change that somebody has to know is not held back for the rhythm.
#[test]
fn a_state_that_cannot_be_written_is_in_the_figures_within_seconds() {
    if !run::is_here("prlimit", "--version") {
        return;
    }
    let world = World::new("control-room-disk");
    let (file, state) = (metrics_of(&world, "g.prom"), world.state());
    let more = ["--metrics", file.to_str().unwrap()];
    let arguments = [&world.bus(&state)[..], &more].concat();
    let mut gate = Gate::open(&arguments);
    let codes = world.codes(2);
    assert_eq!(gate.scan(&codes[0])["verdict"], "accepted");
    let is_kept = || {
        let text = fs::read_to_string(&file).unwrap();
        figures(&text)["onecode_gate_state_kept"]
    };
    assert_eq!(is_kept(), 1.0);
    // The folder of the state cannot be written any more, and the figures' can.
    let moved = world.folder.join("moved");
    fs::rename(&state, &moved).unwrap();
    fs::create_dir(&state).unwrap();
    assert_eq!(gate.scan(&codes[1])["number"], 707);
    let since = Instant::now();
    while is_kept() != 0.0 {
        assert!(since.elapsed() < Duration::from_secs(5), "not in the figures");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// What systemd is told of a unit with `Type=notify` and a watchdog.
#[test]
fn systemd_hears_that_the_gate_is_ready_and_lives_until_it_hangs() {
    let world = World::new("control-room-systemd");
    let socket = std::env::temp_dir().join(format!("onecode-notify-{}", std::process::id()));
    let _ = fs::remove_file(&socket);
    let systemd = UnixDatagram::bind(&socket).unwrap();
    let hears = |within: Duration| {
        let mut heard = [0; 64];
        systemd.set_read_timeout(Some(within)).unwrap();
        let length = systemd.recv(&mut heard).ok()?;
        Some(String::from_utf8(heard[..length].to_vec()).unwrap())
    };
    let mut gate = run::command()
        .args(world.arguments(&["--application", "101", "--at", AT]))
        .env("NOTIFY_SOCKET", &socket)
        .env("WATCHDOG_USEC", "2000000")
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let long = Duration::from_secs(20);
    assert_eq!(hears(long).as_deref(), Some("READY=1"));
    for _ in 0..3 {
        assert_eq!(hears(Duration::from_secs(2)).as_deref(), Some("WATCHDOG=1"));
    }
    let signal = |name: &str| {
        let pid = gate.id().to_string();
        assert!(Command::new("kill").args([name, &pid]).status().unwrap().success());
    };
    signal("-STOP");
    while hears(Duration::from_millis(300)).is_some() {}
    assert_eq!(hears(Duration::from_secs(3)), None);
    signal("-CONT");
    assert_eq!(hears(long).as_deref(), Some("WATCHDOG=1"));
    drop(gate.stdin.take());
    assert!(gate.wait().unwrap().success());
    let rest = std::iter::from_fn(|| hears(Duration::from_millis(300)));
    assert!(rest.last().is_some_and(|last| last == "STOPPING=1"));
    let _ = fs::remove_file(&socket);
}

fn page(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy").join(path)).unwrap()
}

/// Every name of ours in a text.
fn named(text: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for prefix in ["onecode_gate_", "onecode_service_"] {
        for (at, _) in text.match_indices(prefix) {
            let end = text[at..].find(|c: char| !(c.is_ascii_lowercase() || c == '_'));
            names.insert(text[at..end.map_or(text.len(), |end| at + end)].to_owned());
        }
    }
    names
}

#[test]
fn alerts_and_dashboard_name_only_figures_that_there_are() {
    let world = World::of_today("control-room-names");
    let mut there = names(&of_a_whole_gate(&world));
    // Of a service with TLS of its own.
    there.insert("onecode_service_certificate_expires_timestamp_seconds".to_owned());
    let folder = world.folder.join("service");
    fs::create_dir(&folder).unwrap();
    let service = Service::with(&folder, |text| text);
    service.grant("zhang");
    service.publish();
    let mut answer = ureq::get(format!("{}/metrics", service.url)).call().unwrap();
    let text = answer.body_mut().read_to_string().unwrap();
    there.extend(names(&text));
    // For readers that are not ours, which CI has.
    fs::write(world.folder.join("service.prom"), text).unwrap();
    for path in [
        "prometheus/onecode.rules.yml",
        "prometheus/onecode.rules.test.yml",
        "grafana/onecode.json",
    ] {
        let named = named(&page(path));
        assert!(named.len() > 20, "{path}");
        let missing: Vec<_> = named.difference(&there).collect();
        assert!(missing.is_empty(), "{path}: {missing:?}");
    }
}

/// Every alert has a test, and every panel a question that Prometheus can read.
#[test]
fn every_alert_is_tested_and_every_panel_asks_something() {
    let (rules, tests) =
        (page("prometheus/onecode.rules.yml"), page("prometheus/onecode.rules.test.yml"));
    let alerts = rules.lines().filter_map(|line| line.trim().strip_prefix("- alert: "));
    let untested: Vec<_> = alerts.filter(|alert| !tests.contains(alert)).collect();
    assert!(untested.is_empty(), "{untested:?}");
    let board: serde_json::Value = serde_json::from_str(&page("grafana/onecode.json")).unwrap();
    let panels = board["panels"].as_array().unwrap().iter().filter(|panel| panel["type"] != "row");
    for panel in panels {
        let targets = panel["targets"].as_array().unwrap();
        assert!(!targets.is_empty() && targets.iter().all(|it| it["expr"].is_string()), "{panel}");
    }
}

/// The rules, and the figures, by Prometheus' own tool.
#[test]
fn promtool_takes_rules_tests_and_figures() {
    if !run::is_here("promtool", "--version") {
        return;
    }
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy/prometheus");
    let promtool = |arguments: &[&str]| {
        good(&Command::new("promtool").args(arguments).current_dir(&folder).output().unwrap());
    };
    promtool(&["check", "rules", "onecode.rules.yml"]);
    promtool(&["test", "rules", "onecode.rules.test.yml"]);
    let world = World::of_today("control-room-promtool");
    // What the dashboard asks, as rules: promtool reads no question by itself.
    let board: serde_json::Value = serde_json::from_str(&page("grafana/onecode.json")).unwrap();
    let panels = board["panels"].as_array().unwrap().iter();
    let targets = panels.filter_map(|panel| panel["targets"].as_array()).flatten();
    let mut asked = "groups:\n  - name: panels\n    rules:\n".to_owned();
    for (number, target) in targets.enumerate() {
        let question = target["expr"].as_str().unwrap();
        let question = question.replace("$instance", ".*").replace("$service", ".*");
        let question = serde_json::Value::from(question);
        asked += &format!("      - {{record: \"panel:{number}\", expr: {question}}}\n");
    }
    let rules = world.folder.join("panels.yml");
    fs::write(&rules, asked).unwrap();
    promtool(&["check", "rules", rules.to_str().unwrap()]);
    let text = of_a_whole_gate(&world);
    // promtool reads the older format, in which a counter is described by its whole name.
    let mut older = String::new();
    for line in text.lines() {
        let words: Vec<&str> = line.splitn(4, ' ').collect();
        let counter = |name: &str| text.contains(&format!("# TYPE {name} counter\n"));
        match words[..] {
            ["#", what, name, rest] if counter(name) => {
                older += &format!("# {what} {name}_total {rest}\n");
            }
            _ => older += &format!("{line}\n"),
        }
    }
    let output = run::fed(Command::new("promtool").args(["check", "metrics"]), older.as_bytes());
    assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
}
