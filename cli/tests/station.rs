//! A day at a station with three gates that agree, by files in a shared folder and by a store: real
//! processes, whose clock goes through the day in steps. What every gate answers is counted.
#![cfg(target_os = "linux")]

#[macro_use]
#[path = "../../tests/say/mod.rs"]
mod say;

mod run;

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::thread::sleep;
use std::time::{Duration, Instant, SystemTime};

use run::clock::Clock;
use run::gate::{number, Card, Gate, World, AT_UNIX_S};
use run::valkey::Valkey;
use run::COMMAND;

const KEY: &str = "0707070707070707070707070707070707070707070707070707070707070707";
const GATES: [&str; 3] = ["north", "south", "west"];
const HOUR: i64 = 3_600;

/// Who comes in the first minute of a rush hour, three at each gate.
const RESIDENTS: usize = 9;

/// For how long a card has to wait between two passes at the metro.
const PASS_BACK_S: i64 = 30;

struct Station {
    world: World,
    clock: Clock,
    /// What makes the gates agree: more arguments, for a gate of this name.
    venue: fn(&World, &str) -> Vec<String>,
    gates: Vec<Gate>,
    residents: Vec<Card>,
    /// Somebody who takes the metro all day, at another gate each time.
    commuter: Card,
    /// Status positions that no card has yet.
    next: u32,
    /// What was said by gates that have been closed.
    said: String,
    day: Day,
}

/// What the gates answered all day.
#[derive(Debug, Default, PartialEq, Eq)]
struct Day {
    /// By number; 0 is an acceptance.
    verdicts: BTreeMap<u64, usize>,
    /// Acceptances that say that something may be missing.
    marked: usize,
}

impl Station {
    fn open(name: &str, venue: fn(&World, &str) -> Vec<String>) -> Option<Self> {
        let world = World::new(name);
        let clock = Clock::standing(&world.folder, AT_UNIX_S)?;
        fs::write(world.folder.join("venue.key"), KEY).unwrap();
        let card = |index| world.card(index, AT_UNIX_S);
        let residents = (2_000..).take(RESIDENTS).map(card).collect();
        let (commuter, next) = (card(3_000), 4_000);
        let (gates, said, day) = (Vec::new(), String::new(), Day::default());
        Some(Station { clock, venue, gates, residents, commuter, next, said, day, world })
    }

    fn open_gates(&mut self) {
        self.gates = GATES.map(|name| self.gate(name)).into();
    }

    fn file(&self, name: &str) -> PathBuf {
        self.world.folder.join(name)
    }

    /// A gate of the metro: by this name it has a state and figures.
    fn gate(&self, name: &str) -> Gate {
        let at = |what: &str| self.file(&format!("{name}.{what}")).to_str().unwrap().to_owned();
        let (state, figures) = (at("state"), at("prom"));
        self.process("transit.metro", name, &["--state", &state, "--metrics", &figures])
    }

    /// The desk of the station's museum, which only warns of repeats.
    fn museum(&self) -> Gate {
        self.process("culture.museum", "museum", &[])
    }

    fn process(&self, application: &str, name: &str, more: &[&str]) -> Gate {
        let key = self.file("venue.key").to_str().unwrap().to_owned();
        let venue = (self.venue)(&self.world, name);
        let scan = ["--application", application, "--venue-key", &key];
        let mut command = run::in_english(Command::new(COMMAND));
        command.args(self.world.arguments(&[&scan[..], more].concat())).args(venue);
        Gate::run(self.clock.on(&mut command))
    }

    /// One more card, that has not passed here today.
    fn newcomer(&mut self) -> Card {
        self.next += 1;
        self.world.card(self.next, AT_UNIX_S)
    }

    /// A code that this card shows now.
    fn code(&self, card: &Card) -> String {
        card.code(self.clock.now())
    }

    fn scan(&mut self, gate: usize, code: &str) -> u64 {
        let verdict = self.gates[gate % 3].scan(code);
        let number = number(&verdict);
        *self.day.verdicts.entry(number).or_default() += 1;
        let advisories = verdict["advisories"].as_array();
        let is_marked = |all: &Vec<_>| all.contains(&"duplicates_unchecked".into());
        self.day.marked += usize::from(number == 0 && advisories.is_some_and(is_marked));
        number
    }

    /// Each of these codes, one at each gate, leads to this.
    #[track_caller]
    fn each(&mut self, codes: &[String], from: usize, expected: u64) {
        for (at, code) in codes.iter().enumerate() {
            let (gate, number) = (at + from, self.scan(at + from, code));
            assert_eq!(number, expected, "{} of {at}", GATES[gate % 3]);
        }
    }

    fn newcomers(&mut self) -> Vec<String> {
        let cards = [(); 3].map(|()| self.newcomer());
        cards.iter().map(|card| self.code(card)).collect()
    }

    /// Nine enter, and somebody shows a copy of each code at the next gate; whose card it was tries
    /// a code of the next second at the one after. Three more come, and when their wait is over the
    /// first three pass once more. `told` is over when the gates have told each other.
    fn rush_hour(&mut self, unix_s: i64, visit: usize, told: impl Fn(&Station, &Written)) {
        self.clock.set(unix_s);
        let before = self.written();
        let all: Vec<_> = self.residents.iter().map(|card| self.code(card)).collect();
        self.each(&all, 0, 0);
        let code = self.code(&self.commuter);
        self.each(&[code], visit, 0);
        told(self, &before);
        self.each(&all, 1, 601);
        self.clock.set(unix_s + 1);
        let others: Vec<_> = self.residents.iter().map(|card| self.code(card)).collect();
        self.each(&others, 2, 602);

        self.clock.set(unix_s + PASS_BACK_S / 2);
        let before = self.written();
        let newcomers = self.newcomers();
        self.each(&newcomers, 0, 0);
        told(self, &before);
        self.each(&newcomers, 2, 601);
        for (wait_s, expected) in [(PASS_BACK_S - 1, 602), (PASS_BACK_S + 1, 0)] {
            self.clock.set(unix_s + wait_s);
            let again: Vec<_> = self.residents[..3].iter().map(|card| self.code(card)).collect();
            self.each(&again, 1, expected);
        }
    }

    /// What the gates have written into the shared folder, where there is one.
    fn written(&self) -> Written {
        let file = |name| self.file("share").join(format!("{name}.used"));
        GATES.map(|name| fs::metadata(file(name)).and_then(|file| file.modified()).ok())
    }

    /// Until the figures of each gate say whether the others can be heard.
    fn wait_for_venue(&self, is_up: bool) {
        let line = format!("onecode_gate_venue_up {}\n", u8::from(is_up));
        wait_for("the figures of the gates", || {
            let says_so = |name: &str| {
                let text = fs::read_to_string(self.file(&format!("{name}.prom")));
                text.is_ok_and(|text| text.contains(&line))
            };
            GATES.iter().all(|name| says_so(name))
        });
    }

    /// The power of a gate is cut, and it is switched on again.
    fn restart(&mut self, gate: usize) {
        let mut killed = self.gates.remove(gate);
        killed.child.kill().unwrap();
        killed.child.wait().unwrap();
        let again = self.gate(GATES[gate]);
        self.gates.insert(gate, again);
    }

    fn close(&mut self) {
        for gate in std::mem::take(&mut self.gates) {
            self.said += &gate.close();
        }
    }
}

type Written = [Option<SystemTime>; 3];

/// Until it is so, for twenty seconds at most.
#[track_caller]
fn wait_for(what: &str, mut is_so: impl FnMut() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < Duration::from_secs(20), "{what}");
        sleep(Duration::from_millis(50));
    }
}

/// What was used is in the files of all gates, and each gate has read them.
fn by_files(station: &Station, before: &Written) {
    wait_for("the files of the gates", || {
        let written = station.written();
        written.iter().zip(before).all(|(now, then)| now.is_some() && now != then)
    });
    sleep(Duration::from_millis(1_500));
}

fn by_store(_: &Station, _: &Written) {}

#[test]
fn a_day_at_three_gates_that_share_a_folder() {
    let share = |world: &World, name: &str| {
        let folder = world.folder.join("share").to_str().unwrap().to_owned();
        ["--share", &folder, "--gate", name].map(str::to_owned).into()
    };
    let Some(mut station) = Station::open("station_folder", share) else { return };
    let (folder, elsewhere) = (station.file("share"), station.file("elsewhere"));
    fs::create_dir(&folder).unwrap();
    station.open_gates();
    station.rush_hour(AT_UNIX_S, 0, by_files);
    station.rush_hour(AT_UNIX_S + 2 * HOUR, 1, by_files);

    // At noon the network share has gone. A gate lets nobody in whom another may have let in.
    station.clock.set(AT_UNIX_S + 4 * HOUR);
    let before = station.written();
    let known = station.newcomers();
    station.each(&known, 0, 0);
    by_files(&station, &before);
    fs::rename(&folder, &elsewhere).unwrap();
    station.wait_for_venue(false);
    let refused = station.newcomers();
    station.each(&refused, 0, 707);
    station.each(&known, 1, 601);
    let mut museum = station.museum();
    let verdict = museum.scan(&refused[0]);
    assert_eq!(verdict["verdict"], "accepted");
    assert_eq!(verdict["advisories"], serde_json::json!(["duplicates_unchecked"]));
    assert!(museum.close().contains("share: "));
    // It is back, and whoever was refused has used nothing.
    let before = station.written();
    fs::rename(&elsewhere, &folder).unwrap();
    station.wait_for_venue(true);
    station.each(&refused, 0, 0);
    by_files(&station, &before);
    station.each(&refused, 1, 601);

    // In the afternoon the power of one gate is cut in the middle of a rush.
    station.clock.set(AT_UNIX_S + 7 * HOUR);
    let before = station.written();
    let known = station.newcomers();
    station.each(&known, 0, 0);
    by_files(&station, &before);
    station.restart(1);
    for gate in 0..3 {
        station.each(&known, gate, 601);
    }
    station.rush_hour(AT_UNIX_S + 10 * HOUR, 2, by_files);
    station.rush_hour(AT_UNIX_S + 13 * HOUR, 3, by_files);
    station.close();
    say!("{:?}", station.day);
    let rush_hours = 4;
    let verdicts = [
        (0, rush_hours * (9 + 1 + 3 + 3) + 3 + 3 + 3),
        (601, rush_hours * (9 + 3) + 3 + 3 + 3 * 3),
        (602, rush_hours * (9 + 3)),
        (707, 3),
    ];
    assert_eq!(station.day, Day { verdicts: verdicts.into(), marked: 0 });
    let said = &station.said;
    assert_eq!(said.matches("nobody is let in until then").count(), 2, "{said}");
    assert_eq!(said.matches("it works again").count(), 2, "{said}");
}

#[test]
fn a_day_at_three_gates_that_share_a_store() {
    let store = |world: &World, _: &str| {
        let url = fs::read_to_string(world.folder.join("url")).unwrap();
        // The machine of a test may be busy.
        ["--store", &url, "--store-timeout", "5000"].map(str::to_owned).into()
    };
    let Some(mut station) = Station::open("station_store", store) else { return };
    let mut like = Command::new("");
    let like = station.clock.on(&mut like);
    let Some(mut valkey) = Valkey::start_in(&station.world.folder, &[], like) else { return };
    fs::write(station.file("url"), valkey.url()).unwrap();
    // Opened an hour before the first train: a store remembers from its first gate on.
    station.clock.set(AT_UNIX_S - HOUR);
    station.open_gates();
    valkey.beginning();
    station.rush_hour(AT_UNIX_S, 0, by_store);
    station.rush_hour(AT_UNIX_S + 2 * HOUR, 1, by_store);

    // At noon the store is killed, and begun anew with nothing in its memory.
    let noon = AT_UNIX_S + 4 * HOUR;
    station.clock.set(noon);
    let known = station.newcomers();
    station.each(&known, 0, 0);
    valkey.kill();
    let refused = station.newcomers();
    station.each(&refused, 0, 707);
    station.each(&known, 0, 601);
    let mut museum = station.museum();
    let verdict = museum.scan(&refused[0]);
    assert_eq!(verdict["verdict"], "accepted");
    assert_eq!(verdict["advisories"], serde_json::json!(["duplicates_unchecked"]));
    assert!(museum.close().contains("nobody is let in until then"));
    valkey.run();
    wait_for("the gates", || valkey.command(&["CLIENT", "LIST"]).matches("evalsha").count() == 3);
    station.each(&refused, 0, 707);
    // A copy is refused where the code is known, and at the next gate as everybody.
    station.each(&known, 0, 601);
    station.each(&known, 1, 707);
    // What may have been used in the memory that is lost is over after nine minutes.
    for (wait_s, expected) in [(539, 707), (541, 0)] {
        station.clock.set(noon + wait_s);
        let newcomers = station.newcomers();
        station.each(&newcomers, 0, expected);
        if expected == 0 {
            station.each(&newcomers, 1, 601);
        }
    }

    // In the afternoon the power of one gate is cut in the middle of a rush.
    station.clock.set(AT_UNIX_S + 7 * HOUR);
    let known = station.newcomers();
    station.each(&known, 0, 0);
    station.restart(1);
    for gate in 0..3 {
        station.each(&known, gate, 601);
    }
    station.rush_hour(AT_UNIX_S + 10 * HOUR, 2, by_store);
    station.rush_hour(AT_UNIX_S + 13 * HOUR, 3, by_store);
    station.close();
    say!("{:?}", station.day);
    let rush_hours = 4;
    let verdicts = [
        (0, rush_hours * (9 + 1 + 3 + 3) + 3 + 3 + 3),
        (601, rush_hours * (9 + 3) + 3 + 3 + 3 + 3 * 3),
        (602, rush_hours * (9 + 3)),
        (707, 3 + 3 + 3 + 3),
    ];
    assert_eq!(station.day, Day { verdicts: verdicts.into(), marked: 0 });
    // The two gates that went on say once until when they wait.
    let (said, until) = (&station.said, "that is enough from 2026-11-25T04:09:00Z on");
    assert_eq!(said.matches(until).count(), 2, "{said}");
}
