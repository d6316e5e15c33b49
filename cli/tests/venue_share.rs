//! Gates of a venue that share used codes by files in a folder: honest gates, hostile files, and a
//! folder that is full, read-only or gone.
#![cfg(unix)]

#[macro_use]
#[path = "../../tests/say/mod.rs"]
mod say;

mod run;

use std::fs;
use std::path::PathBuf;
use std::thread::sleep;
use std::time::{Duration, Instant, SystemTime};

use onecode::duplicates::{VenueKey, MAX_VENUE_FILE};
use onecode::{Policy, Scanner};
use run::gate::{Gate, World, AT, AT_UNIX_S};
use run::{bad, lines, with_input};
use serde_json::Value;

const KEY: &str = "0707070707070707070707070707070707070707070707070707070707070707";

struct Venue {
    world: World,
    key: String,
    share: PathBuf,
}

impl Venue {
    fn new(name: &str) -> Self {
        Self::of(World::new(name))
    }

    fn of(world: World) -> Self {
        let key = world.folder.join("venue.key");
        fs::write(&key, KEY).unwrap();
        let share = world.folder.join("share");
        fs::create_dir(&share).unwrap();
        Venue { key: key.to_str().unwrap().to_owned(), share, world }
    }

    fn arguments(&self, application: &str, gate: &str, more: &[&str]) -> Vec<String> {
        let share = self.share.to_str().unwrap();
        let venue = ["--application", application, "--venue-key", &self.key];
        let all = [&venue[..], &["--share", share, "--gate", gate], more].concat();
        self.world.arguments(&all).into_iter().map(str::to_owned).collect()
    }

    fn open(&self, application: &str, gate: &str, more: &[&str]) -> Gate {
        let arguments = self.arguments(application, gate, more);
        Gate::open(&arguments.iter().map(String::as_str).collect::<Vec<_>>())
    }

    /// A bus at the usual time.
    fn gate(&self, gate: &str) -> Gate {
        self.open("transit.bus", gate, &["--at", AT])
    }

    fn file(&self, gate: &str) -> PathBuf {
        self.share.join(format!("{gate}.used"))
    }

    /// The file of a gate that has seen nothing, made at this time.
    fn nothing_seen(&self, key: [u8; 32], made_unix_s: i64) -> Vec<u8> {
        let roots = onecode::SoftwareKey::generate(onecode::Algorithm::Ed25519).unwrap().key;
        let roots = onecode::SigningKey::public_key(&roots);
        Scanner::new(roots, Policy::default()).venue_file(&VenueKey::new(key), made_unix_s)
    }
}

fn advisories(verdict: &Value) -> Vec<&str> {
    let advisories = verdict["advisories"].as_array().unwrap_or_else(|| panic!("{verdict}"));
    advisories.iter().map(|advisory| advisory.as_str().unwrap()).collect()
}

fn is_marked(verdict: &Value) -> bool {
    advisories(verdict).contains(&"duplicates_unchecked")
}

/// Until it is so, for ten seconds at most.
fn wait_for(what: &str, mut is_so: impl FnMut() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < Duration::from_secs(10), "{what}");
        sleep(Duration::from_millis(100));
    }
}

/// Two rounds of two gates: what one of them has seen by now, the other one knows.
fn told() {
    sleep(Duration::from_millis(2_600));
}

#[test]
fn three_gates_agree_when_they_have_told_each_other() {
    let venue = Venue::of(World::of_today("share_three"));
    let now = || {
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
        since.as_secs() as i64
    };
    let mut gates =
        ["gate-1", "gate-2", "gate-3"].map(|gate| venue.open("tourism.scenic", gate, &[]));
    let cards: Vec<_> = (0..30).map(|index| venue.world.card(4_000 + index, now())).collect();
    let codes: Vec<_> = cards.iter().map(|card| [card.code(now()), card.code(now() - 1)]).collect();
    for (index, [code, _]) in codes.iter().enumerate() {
        assert_eq!(gates[index % 3].number(code), 0, "{index}");
    }
    told();
    for (index, [code, another]) in codes.iter().enumerate() {
        for more in [1, 2] {
            let gate = &mut gates[(index + more) % 3];
            assert_eq!(gate.number(code), 601, "{index}");
            assert_eq!(gate.number(another), 602, "{index}");
        }
    }
    // A gate that comes later knows what was seen before it came; so does one that was started
    // again and has lost its memory.
    let [first, second, third] = gates;
    assert!(first.close().is_empty() && second.close().is_empty());
    for name in ["gate-4", "gate-1"] {
        let mut gate = venue.open("tourism.scenic", name, &[]);
        for [code, another] in &codes {
            assert_eq!(gate.number(code), 601);
            assert_eq!(gate.number(another), 602);
        }
        gate.close();
    }
    third.close();
    // A gate that was started again does not miss itself.
    let own = venue.file("gate-9");
    fs::write(&own, venue.nothing_seen([7; 32], now() - 100)).unwrap();
    let mut again = venue.open("transit.bus", "gate-9", &[]);
    assert!(!is_marked(&again.scan(&venue.world.card(5_000, now()).code(now()))));
    again.close();
    fs::remove_file(own).unwrap();
}

#[test]
fn a_folder_that_takes_nothing_lets_nobody_in_until_it_does() {
    let venue = Venue::new("share_folder");
    let codes = venue.world.codes(200);
    let mut fresh = codes[5..].iter();
    // None of the ways needs a user without rights: the tests may run as root.
    fs::remove_dir(&venue.share).unwrap();
    let mut gate = venue.gate("gate-1");
    assert_eq!(gate.number(&codes[0]), 707);
    fs::create_dir(&venue.share).unwrap();
    wait_for("it works again", || gate.number(&codes[0]) != 707);
    assert_eq!(gate.number(&codes[0]), 601);
    assert_eq!(gate.number(&codes[1]), 0);
    // Its own file cannot be replaced: the others do not hear it. What it knows itself it tells.
    wait_for("its file", || venue.file("gate-1").exists());
    fs::remove_dir_all(&venue.share).unwrap();
    fs::write(&venue.share, "").unwrap();
    wait_for("nobody is let in", || gate.number(fresh.next().unwrap()) == 707);
    assert_eq!(gate.number(&codes[1]), 601);
    // Where repeats are only warned of, the door stays open.
    let mut museum = venue.open("culture.museum", "gate-2", &["--at", AT]);
    assert!(is_marked(&museum.scan(&codes[4])));
    assert!(museum.close().contains("share: "));
    let said = gate.close();
    assert_eq!(said.matches("nobody is let in until then").count(), 2, "{said}");
    assert_eq!(said.matches("works again").count(), 1, "{said}");
}

#[test]
fn a_hostile_file_marks_acceptances_and_changes_nothing_else() {
    let venue = Venue::new("share_hostile");
    let codes = venue.world.codes(20);
    let mut gate = venue.gate("gate-1");
    assert!(!is_marked(&gate.scan(&codes[0])));
    let hostile = venue.file("gate-2");
    let good = venue.nothing_seen([7; 32], AT_UNIX_S);
    let mut code = codes[1..].iter();
    for (what, bytes) in [
        ("not made with this venue's key", venue.nothing_seen([8; 32], AT_UNIX_S)),
        ("which is not near", venue.nothing_seen([7; 32], AT_UNIX_S + 901)),
        ("more than 4194368 bytes", vec![0; MAX_VENUE_FILE + 1]),
        ("not a file of summaries", b"nonsense".to_vec()),
        ("not a file of summaries", Vec::new()),
        ("not a file of summaries", good[..good.len() - 1].to_vec()),
    ] {
        fs::write(&hostile, bytes).unwrap();
        told();
        let verdict = gate.scan(code.next().unwrap());
        assert!(is_marked(&verdict), "{what}: {verdict}");
        let mut other = venue.gate("gate-3");
        assert_eq!(other.number(&codes[0]), 601, "{what}");
        let said = other.close();
        assert!(
            said.contains("gate gate-2: its file is not taken") && said.contains(what),
            "{said}"
        );
        // It is heard again when its file is right.
        fs::write(&hostile, &good).unwrap();
        told();
        assert!(!is_marked(&gate.scan(code.next().unwrap())), "{what}");
        fs::remove_file(venue.file("gate-3")).unwrap();
    }
    // A file that was wrong and has gone is nobody's.
    fs::write(venue.file("nobody"), "nonsense").unwrap();
    told();
    assert!(is_marked(&gate.scan(code.next().unwrap())));
    fs::remove_file(venue.file("nobody")).unwrap();
    told();
    assert!(!is_marked(&gate.scan(code.next().unwrap())));
    let said = gate.close();
    assert_eq!(said.matches("its file is not taken").count(), 7, "{said}");
    assert_eq!(said.matches("it is heard again").count(), 6, "{said}");
}

#[test]
fn a_gate_that_falls_silent_is_missed_until_it_counts_as_switched_off() {
    let venue = Venue::new("share_silent");
    let mut codes = venue.world.codes(8).into_iter();
    for (age_s, marked, what) in [
        (30, false, ""),
        (31, true, "nothing was heard since"),
        (900, true, "nothing was heard since"),
        (901, false, "it counts as switched off"),
        (100_000, false, "it counts as switched off"),
    ] {
        fs::write(venue.file("gate-2"), venue.nothing_seen([7; 32], AT_UNIX_S - age_s)).unwrap();
        let mut gate = venue.gate("gate-1");
        assert_eq!(is_marked(&gate.scan(&codes.next().unwrap())), marked, "{age_s}");
        let said = gate.close();
        assert!(said.contains(what) && said.is_empty() == what.is_empty(), "{age_s}: {said}");
    }
}

#[test]
fn two_gates_of_one_name_are_found_out() {
    let venue = Venue::new("share_name");
    let codes = venue.world.codes(80);
    let [mut one, mut other] = [(); 2].map(|()| venue.gate("gate-1"));
    let mut codes = codes.iter();
    wait_for("one of them says so", || {
        sleep(Duration::from_millis(300));
        let mut is_refused = |gate: &mut Gate| gate.number(codes.next().unwrap()) == 707;
        is_refused(&mut one) || is_refused(&mut other)
    });
    let said = one.close() + &other.close();
    assert!(said.contains("another gate writes under the same name"), "{said}");
}

#[test]
fn a_gate_is_named_and_the_options_go_together() {
    let venue = Venue::new("share_options");
    let refused = |more: &[&str]| {
        let bus = ["--application", "transit.bus", "--at", AT];
        let output = with_input(&venue.world.arguments(&[&bus[..], more].concat()), b"");
        assert_eq!(output.status.code(), Some(2));
        String::from_utf8(output.stderr).unwrap()
    };
    let share = venue.share.to_str().unwrap();
    assert!(refused(&["--share", share]).contains("--venue-key"));
    assert!(refused(&["--share", share, "--venue-key", &venue.key]).contains("--gate"));
    assert!(refused(&["--venue-key", &venue.key]).contains("--share"));
    for name in ["", ".hidden", "../gate", "gate/1", "闸机"] {
        let more = ["--share", share, "--venue-key", &venue.key, "--gate", name];
        assert!(refused(&more).contains("the name of a gate"), "{name}");
    }
    let missing = ["--share", share, "--venue-key", "nowhere", "--gate", "g"];
    let bus = ["--application", "transit.bus", "--at", AT];
    bad(&with_input(&venue.world.arguments(&[&bus[..], &missing].concat()), b""));
}

/// With a state, what others told is kept over a restart, also when they have gone.
#[test]
fn what_others_told_is_in_the_state() {
    let venue = Venue::new("share_state");
    let codes = venue.world.codes(1);
    let state = venue.world.state();
    let mut gate_1 = venue.gate("gate-1");
    let gate_2 = venue.open("transit.bus", "gate-2", &["--at", AT, "--state", &state]);
    assert_eq!(gate_1.number(&codes[0]), 0);
    told();
    gate_1.close();
    gate_2.close();
    for gate in ["gate-1", "gate-2"] {
        fs::remove_file(venue.file(gate)).unwrap();
    }
    let verdict = lines(&with_input(&venue.world.bus(&state), codes[0].as_bytes())).remove(0);
    assert_eq!(run::gate::number(&verdict), 601);
}
