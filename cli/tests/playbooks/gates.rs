//! What gates stand on: a store, a disk, a machine.

use std::fs;

use serde_json::Value;

use crate::night::Night;
use crate::run;
use crate::run::gate::{number, Gate, World, AT};
use crate::run::{lines, with_input};

#[cfg(unix)]
#[test]
fn the_store_of_a_venue_is_gone() {
    let now = || {
        std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs() as i64
    };
    let world = World::of_today("playbook_store");
    let Some(mut valkey) = run::valkey::Valkey::start(&world.folder, &[]) else { return };
    let [key, metrics] =
        ["venue.key", "gate.prom"].map(|name| world.folder.join(name).to_str().unwrap().to_owned());
    fs::write(&key, format!("{}\n", "07".repeat(32))).unwrap();
    let url = valkey.url();
    let alone = ["--application", "transit.bus", "--metrics", &metrics];
    let store = ["--venue-key", &key, "--store", &url, "--store-timeout", "3000"];
    let open = || Gate::open(&world.arguments(&[&alone[..], &store].concat()));
    let up = || fs::read_to_string(&metrics).unwrap().contains("onecode_gate_venue_up 1");
    open().close();
    valkey.settle();
    let card = world.card(5_000, now());
    let mut gate = open();
    assert_eq!((gate.number(&card.code(now())), up()), (0, true));
    valkey.kill();
    let line = gate.scan(&world.card(5_001, now()).code(now()));
    assert_eq!((number(&line), &line["facts"]["why"]), (707, &"store".into()));
    drop(gate.close());
    assert!(!up());
    // Who takes it out of the configuration lets in by the gate's own memory.
    let mut gate = Gate::open(&world.arguments(&alone));
    assert_eq!(gate.number(&world.card(5_002, now()).code(now())), 0);
    gate.close();
    // It is back with nothing in its memory: codes wait until that is old enough.
    valkey.run();
    let mut gate = open();
    assert_eq!(gate.number(&world.card(5_003, now()).code(now())), 707);
    valkey.settle();
    drop(gate.close());
    let mut gate = open();
    assert_eq!((gate.number(&world.card(5_004, now()).code(now())), up()), (0, true));
    gate.close();
}

/// No file may have more than so many blocks of 512 bytes: a full disk.
#[cfg(unix)]
#[test]
fn the_disk_of_a_gate_is_full() {
    let night = Night::new("disk");
    let (codes, state, metrics) = (night.0.codes(400), night.0.state(), night.path("gate.prom"));
    let bus = [&night.0.bus(&state)[..], &["--metrics", &metrics]].concat();
    let mut full = run::in_english(std::process::Command::new("sh"));
    full.args(["-c", "trap '' XFSZ; ulimit -f 12; exec \"$@\"", "sh", run::COMMAND]).args(&bus);
    let output = run::fed(&mut full, codes.join("\n").as_bytes());
    let told = String::from_utf8(output.stderr.clone()).unwrap();
    assert!(told.contains("gate.state: the state cannot be written"), "{told}");
    let verdicts: Vec<Value> = String::from_utf8(output.stdout)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let refused = verdicts.iter().find(|verdict| number(verdict) != 0).unwrap();
    assert_eq!((number(refused), &refused["facts"]["why"]), (707, &"full".into()));
    assert_eq!(refused["not_kept"], serde_json::json!(["state"]));
    let refusals = "{application=\"102\",verdict=\"refused\",number=\"707\"}";
    assert!(night.figure(&format!("onecode_gate_scans_total{refusals}")) >= Some(1));
    // With room again nobody has to do anything: who was let in was, and the others are now.
    let let_in = verdicts.iter().filter(|verdict| number(verdict) == 0).count();
    let again = lines(&with_input(&bus, codes.join("\n").as_bytes()));
    let used = again.iter().filter(|verdict| number(verdict) == 601).count();
    assert_eq!((used, night.figure("onecode_gate_state_kept")), (let_in, Some(1)));
}

#[test]
fn a_gate_is_replaced() {
    let night = Night::new("replaced");
    let [old, new] = ["old", "new"].map(|name| night.path(name));
    [&old, &new].into_iter().for_each(|folder| fs::create_dir(folder).unwrap());
    let code = night.0.text("lin-yue", AT);
    let gate = |folder: &str, id: &str| {
        let [state, receipts] = ["gate.state", "receipts"].map(|name| format!("{folder}/{name}"));
        let keep = ["--state", &state, "--receipts", &receipts, "--scanner", id];
        let bus = ["--application", "transit.bus", "--at", AT];
        let output = with_input(&night.0.arguments(&[&bus[..], &keep].concat()), code.as_bytes());
        number(&lines(&output)[0])
    };
    assert_eq!(gate(&old, "cn-32.gate-1"), 0);
    // The disk is moved: what was used stays used, and the chain goes on.
    for name in ["gate.state", "receipts"] {
        fs::copy(format!("{old}/{name}"), format!("{new}/{name}")).unwrap();
    }
    assert_eq!(gate(&new, "cn-32.gate-1"), 601);
    let verify = |folder: &str| {
        let [state, receipts] = ["gate.state", "receipts"].map(|name| format!("{folder}/{name}"));
        night.does(&["receipts", "verify", "--state", &state, &receipts], AT)
    };
    assert!(verify(&new).contains("whole: 2 receipts of cn-32.gate-1"));
    // The disk is lost: a gate of another id begins a chain of its own, and knows no used code.
    let lost = night.path("lost");
    fs::create_dir(&lost).unwrap();
    assert_eq!(gate(&lost, "cn-31.gate-1"), 0);
    assert!(verify(&lost).contains("whole: 1 receipts of cn-31.gate-1"));
}
