//! Gates of a venue that share used codes in a Valkey or Redis: real processes, and all that can
//! happen to a store.
#![cfg(unix)]

#[macro_use]
#[path = "../../tests/say/mod.rs"]
mod say;

mod run;

use std::io::BufReader;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::thread::{scope, sleep};
use std::time::{Duration, Instant, SystemTime};

use onecode::duplicates::SharedStore;
use run::gate::{Card, Gate, World};
use run::valkey::Valkey;
use run::{bad, with_input};

const KEY: &str = "0707070707070707070707070707070707070707070707070707070707070707";

fn now() -> i64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
    since.as_secs() as i64
}

/// A region of today and the key of a venue in it.
struct Venue {
    world: World,
    key: String,
}

impl Venue {
    fn new(name: &str) -> Self {
        let world = World::of_today(name);
        let key = world.folder.join("venue.key");
        std::fs::write(&key, format!("{KEY}\n")).unwrap();
        Venue { key: key.to_str().unwrap().to_owned(), world }
    }

    fn arguments(&self, application: &str, url: &str, more: &[&str]) -> Vec<String> {
        let venue = ["--application", application, "--venue-key", &self.key, "--store", url];
        // The machine of a test may be busy.
        let patient = ["--store-timeout", "3000"];
        let patient = if more.contains(&"--store-timeout") { &[][..] } else { &patient };
        let all = self.world.arguments(&[&venue[..], patient, more].concat());
        all.into_iter().map(str::to_owned).collect()
    }

    fn gate(&self, application: &str, url: &str, more: &[&str]) -> Gate {
        let arguments = self.arguments(application, url, more);
        Gate::open(&arguments.iter().map(String::as_str).collect::<Vec<_>>())
    }

    /// What a gate says that does not open.
    fn refused(&self, url: &str, more: &[&str]) -> String {
        let arguments = self.arguments("transit.bus", url, more);
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        bad(&with_input(&arguments, b""))
    }

    fn file(&self, name: &str, text: &str) -> String {
        let file: PathBuf = self.world.folder.join(name);
        std::fs::write(&file, text).unwrap();
        file.to_str().unwrap().to_owned()
    }

    fn card(&self, status_index: u32) -> Card {
        self.world.card(status_index, now())
    }
}

/// A venue with a store whose memory is old enough.
fn settled(name: &str, more: &[&str]) -> Option<(Venue, Valkey)> {
    let venue = Venue::new(name);
    let valkey = Valkey::start(&venue.world.folder, more)?;
    venue.gate("transit.bus", &valkey.url(), &[]).close();
    valkey.settle();
    Some((venue, valkey))
}

/// Asks until this is the verdict, for ten seconds at most. Each code is a new one.
fn until(gate: &mut Gate, card: &Card, wanted: u64) {
    let began = Instant::now();
    let mut made = now() - 30;
    loop {
        let number = gate.number(&card.code(made));
        if number == wanted {
            return;
        }
        assert!(began.elapsed() < Duration::from_secs(10), "{number}, not {wanted}");
        sleep(Duration::from_millis(200));
        made += 1;
    }
}

#[test]
fn a_code_at_two_gates_at_once_is_taken_at_one_of_them() {
    let Some((venue, valkey)) = settled("venue_at_once", &[]) else { return };
    let [mut gate_1, mut gate_2] = [(); 2].map(|()| venue.gate("transit.bus", &valkey.url(), &[]));
    let mut first = 0;
    for number in 0..100 {
        let code = venue.card(3_000 + number).code(now());
        let verdicts = scope(|scope| {
            let one = scope.spawn(|| gate_1.number(&code));
            let other = scope.spawn(|| gate_2.number(&code));
            [one.join().unwrap(), other.join().unwrap()]
        });
        let mut sorted = verdicts;
        sorted.sort_unstable();
        assert_eq!(sorted, [0, 601], "{number}");
        first += usize::from(verdicts[0] == 0);
    }
    say!("gate 1 was first in {first} of 100");
    assert!(gate_1.close().is_empty() && gate_2.close().is_empty());
}

/// Each card passes somewhere and tries it again elsewhere: with its code, and with a new one.
#[test]
fn three_gates_are_one_gate() {
    let Some((venue, valkey)) = settled("venue_three", &[]) else { return };
    let mut gates = [(); 3].map(|()| venue.gate("transit.metro", &valkey.url(), &[]));
    for number in 0..30_u32 {
        let card = venue.card(4_000 + number);
        let [here, there, elsewhere] = [0, 1, 2].map(|more| (number + more) as usize % 3);
        let (first, second) = (card.code(now()), card.code(now() - 1));
        assert_eq!(gates[here].number(&first), 0, "{number}");
        assert_eq!(gates[there].number(&first), 601, "{number}");
        assert_eq!(gates[elsewhere].number(&second), 602, "{number}");
        assert_eq!(gates[here].number(&second), 602, "{number}");
    }
    // It is bounded: everything but the beginning has its end.
    for key in valkey.command(&["KEYS", "*"]).lines() {
        let seconds: i64 = valkey.command(&["TTL", key]).parse().unwrap();
        let bound = if key.contains(":code:") { 540 + 480 } else { 30 + 480 };
        let is_bounded = (1..=bound).contains(&seconds) || key == valkey.beginning();
        assert!(is_bounded, "{key} {seconds}");
    }
}

#[test]
fn a_store_that_is_killed_lets_nobody_in_until_it_is_back_and_remembers_enough() {
    let Some((venue, mut valkey)) = settled("venue_killed", &[]) else { return };
    let state = venue.world.state();
    let mut gate = venue.gate("transit.bus", &valkey.url(), &["--state", &state]);
    let mut museum = venue.gate("culture.museum", &valkey.url(), &[]);
    let [one, two, three] = [5_000, 5_001, 5_002].map(|index| venue.card(index));
    let used = one.code(now());
    assert_eq!(gate.number(&used), 0);
    valkey.kill();
    let began = Instant::now();
    let code = two.code(now());
    assert_eq!(gate.number(&code), 707);
    assert_eq!(gate.number(&used), 601, "the gate knows that itself");
    assert!(began.elapsed() < Duration::from_secs(2));
    // Where repeats are only warned of, the door stays open and says so.
    let verdict = museum.scan(&two.code(now() - 1));
    let advisories = verdict["advisories"].as_array().unwrap_or_else(|| panic!("{verdict}"));
    assert!(advisories.contains(&"duplicates_unchecked".into()), "{verdict}");
    // It is there again, and remembers nothing.
    valkey.run();
    let kept = format!("{state}.store");
    let began = Instant::now();
    while std::fs::read_to_string(&kept).unwrap().ends_with(" -\n") {
        assert!(began.elapsed() < Duration::from_secs(10));
        sleep(Duration::from_millis(50));
    }
    assert_eq!(gate.number(&three.code(now())), 707);
    let said = gate.close();
    assert!(said.contains("remembers nothing from before"), "{said}");
    // Not even an old beginning helps a gate that saw the change itself.
    valkey.settle();
    let mut gate = venue.gate("transit.bus", &valkey.url(), &["--state", &state]);
    assert_eq!(gate.number(&three.code(now())), 707);
    gate.close();
    // Ten minutes later.
    let line = std::fs::read_to_string(&kept).unwrap();
    let (epoch, replaced) = line.trim_end().split_once(' ').unwrap();
    let replaced: i64 = replaced.parse().unwrap();
    std::fs::write(&kept, format!("{epoch} {}\n", replaced - 600)).unwrap();
    let mut gate = venue.gate("transit.bus", &valkey.url(), &["--state", &state]);
    assert_eq!(gate.number(&three.code(now())), 0);
    assert_eq!(gate.number(&used), 601);
    assert!(gate.close().is_empty());
}

/// The network is gone for a moment: nothing was forgotten, so nothing has to be waited for.
#[test]
fn a_store_that_stops_and_goes_on_is_right_again_at_once() {
    let Some((venue, valkey)) = settled("venue_stopped", &[]) else { return };
    let mut gate_1 = venue.gate("transit.bus", &valkey.url(), &["--store-timeout", "150"]);
    let mut gate_2 = venue.gate("transit.bus", &valkey.url(), &[]);
    let card = venue.card(6_000);
    for gate in [&mut gate_1, &mut gate_2] {
        until(gate, &venue.card(6_002), 0);
    }
    valkey.signal("-STOP");
    let code = card.code(now());
    let began = Instant::now();
    assert_eq!(gate_1.number(&code), 707);
    let slow = began.elapsed();
    // While the first question is open nobody waits for a second one.
    let began = Instant::now();
    assert_eq!(gate_1.number(&card.code(now() - 1)), 707);
    assert!(began.elapsed() < slow, "{:?} {slow:?}", began.elapsed());
    assert!(slow < Duration::from_secs(2), "{slow:?}");
    valkey.signal("-CONT");
    until(&mut gate_1, &venue.card(6_001), 0);
    // The answer that came too late was taken back: another gate takes the code.
    assert_eq!(gate_2.number(&code), 0);
    assert_eq!(gate_1.number(&code), 601);
    let said = gate_1.close();
    assert!(said.contains("no answer within 150 ms") && said.contains("works again"), "{said}");
}

#[test]
fn a_store_that_sleeps_holds_nobody_up() {
    let Some((venue, valkey)) = settled("venue_sleeps", &[]) else { return };
    let mut gate = venue.gate("transit.bus", &valkey.url(), &["--store-timeout", "100"]);
    assert_eq!(gate.number(&venue.card(6_100).code(now())), 0);
    scope(|scope| {
        scope.spawn(|| valkey.command(&["DEBUG", "SLEEP", "2"]));
        sleep(Duration::from_millis(300));
        let began = Instant::now();
        for number in 0..10 {
            assert_eq!(gate.number(&venue.card(6_200 + number).code(now())), 707);
        }
        assert!(began.elapsed() < Duration::from_millis(1_500), "{:?}", began.elapsed());
    });
    until(&mut gate, &venue.card(6_300), 0);
}

#[test]
fn a_store_that_was_emptied_or_replaced_is_found_out() {
    let Some((venue, valkey)) = settled("venue_emptied", &[]) else { return };
    let [mut gate_1, mut gate_2] = [(); 2].map(|()| venue.gate("transit.bus", &valkey.url(), &[]));
    let used = venue.card(7_000).code(now());
    assert_eq!(gate_1.number(&used), 0);
    assert_eq!(valkey.command(&["FLUSHALL"]), "OK");
    // Gate 2 would take the used code if it believed the store.
    assert_eq!(gate_2.number(&used), 707);
    assert_eq!(gate_1.number(&used), 601);
    // As old as it may call itself: both saw the change.
    valkey.settle();
    assert_eq!(gate_2.number(&used), 707);
    assert_eq!(gate_1.number(&venue.card(7_001).code(now())), 707);
    for gate in [gate_1, gate_2] {
        let said = gate.close();
        assert_eq!(said.matches("remembers nothing from before").count(), 1, "{said}");
    }
}

#[test]
fn a_store_that_is_full_says_so_and_goes_on_when_there_is_room() {
    let Some((venue, valkey)) = settled("venue_full", &[]) else { return };
    let mut gate = venue.gate("transit.bus", &valkey.url(), &[]);
    let [used, code] = [8_000, 8_001].map(|index| venue.card(index).code(now()));
    assert_eq!(gate.number(&used), 0);
    assert_eq!(valkey.command(&["CONFIG", "SET", "maxmemory", "1"]), "OK");
    assert_eq!(gate.number(&code), 707);
    // What it knows it still tells, and a code that was refused is good when there is room.
    let mut other = venue.gate("transit.bus", &valkey.url(), &[]);
    assert_eq!(other.number(&used), 601);
    assert_eq!(valkey.command(&["CONFIG", "SET", "maxmemory", "0"]), "OK");
    assert_eq!(other.number(&code), 0);
    assert_eq!(gate.number(&code), 601);
    let said = gate.close();
    assert!(said.contains("it refuses: OOM") && said.contains("works again"), "{said}");
}

/// The disk of one gate is full: whom it did not let in is let in at another one.
#[test]
fn a_use_that_a_gate_cannot_keep_is_taken_back_from_the_store() {
    let Some((venue, valkey)) = settled("venue_disk", &[]) else { return };
    let state = venue.world.state();
    let mut first = venue.gate("transit.bus", &valkey.url(), &["--state", &state]);
    assert_eq!(first.number(&venue.card(10_000).code(now())), 0);
    first.close();
    let size = std::fs::metadata(&state).unwrap().len();
    let command = format!("trap '' XFSZ; ulimit -f {}; exec \"$@\"", size / 512 + 2);
    let arguments = venue.arguments("transit.bus", &valkey.url(), &["--state", &state]);
    let mut child = run::in_english(Command::new("sh"))
        .args(["-c", &command, "sh", run::COMMAND])
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let output = BufReader::new(child.stdout.take().unwrap());
    let mut gate = Gate { child, output };
    let mut other = venue.gate("transit.bus", &valkey.url(), &[]);
    let card = venue.card(10_001);
    let made = now() - 40;
    let mut refused = 0;
    for index in 0..400 {
        let code = if index < 40 {
            card.code(made + index)
        } else {
            venue.card(10_002 + index as u32).code(now())
        };
        match gate.number(&code) {
            0 => assert_eq!(refused, 0, "{index}"),
            number => {
                assert_eq!(number, 707, "{index}");
                assert_eq!(other.number(&code), 0, "{index}");
                refused += 1;
            }
        }
        if refused == 5 {
            break;
        }
    }
    assert_eq!(refused, 5);
    gate.child.kill().unwrap();
    gate.child.wait().unwrap();
}

#[test]
fn a_store_that_could_forget_is_refused_at_the_start_and_found_out_later() {
    let Some((venue, valkey)) = settled("venue_evicts", &[]) else { return };
    for policy in ["allkeys-lru", "volatile-lru"] {
        assert_eq!(valkey.command(&["CONFIG", "SET", "maxmemory-policy", policy]), "OK");
        let line = venue.refused(&valkey.url(), &[]);
        assert!(line.contains(policy) && line.contains("noeviction"), "{line}");
    }
    assert_eq!(valkey.command(&["CONFIG", "SET", "maxmemory-policy", "noeviction"]), "OK");
    let mut gate = venue.gate("transit.bus", &valkey.url(), &[]);
    assert_eq!(gate.number(&venue.card(8_100).code(now())), 0);
    assert_eq!(valkey.command(&["CONFIG", "SET", "maxmemory-policy", "allkeys-lfu"]), "OK");
    let began = Instant::now();
    let mut number = 0;
    for index in 8_200.. {
        number = gate.number(&venue.card(index).code(now()));
        if number != 0 || began.elapsed() > Duration::from_secs(30) {
            break;
        }
        sleep(Duration::from_millis(2_500));
    }
    assert_eq!(number, 707);
    gate.close();
    // A replica knows what its primary told it a moment ago.
    let port = valkey.port.to_string();
    let replica = Valkey::start(&venue.world.folder, &["--replicaof", "127.0.0.1", &port]).unwrap();
    let line = venue.refused(&replica.url(), &[]);
    assert!(line.contains("replica"), "{line}");
}

#[test]
fn a_store_asks_for_a_password_and_one_without_is_an_impostor() {
    let venue = Venue::new("venue_password");
    let more = ["--requirepass", "sesame"];
    let Some(mut valkey) = Valkey::start(&venue.world.folder, &more) else { return };
    valkey.password = Some("sesame");
    let right = venue.file("right", "sesame\n");
    let wrong = venue.file("wrong", "open\n");
    let url = valkey.url();
    assert!(venue.refused(&url, &[]).contains("NOAUTH"));
    let line = venue.refused(&url, &["--store-password", &wrong]);
    assert!(line.contains("WRONGPASS") && !line.contains("open"), "{line}");
    venue.gate("transit.bus", &url, &["--store-password", &right]).close();
    valkey.settle();
    let mut gate = venue.gate("transit.bus", &url, &["--store-password", &right]);
    assert_eq!(gate.number(&venue.card(9_000).code(now())), 0);

    // A user with no more rights than a gate needs.
    let acl = ["ACL", "SETUSER", "gate", "on", ">open", "~onecode:*", "-@all", "+script|load"];
    let rights = ["+evalsha", "+info", "+time", "+get", "+set", "+del"];
    assert_eq!(valkey.command(&[&acl[..], &rights].concat()), "OK");
    let as_user = url.replace("127", "gate@127");
    let mut limited = venue.gate("transit.bus", &as_user, &["--store-password", &wrong]);
    assert_eq!(limited.number(&venue.card(9_001).code(now())), 0);
    limited.close();

    // Somebody puts a store of his own in its place, without a password.
    valkey.kill();
    (valkey.password, valkey.more) = (None, Vec::new());
    valkey.run();
    assert_eq!(gate.number(&venue.card(9_002).code(now())), 707);
    sleep(Duration::from_secs(3));
    assert_eq!(gate.number(&venue.card(9_002).code(now())), 707);
    assert_eq!(valkey.command(&["DBSIZE"]), "0", "it learned nothing");
    assert!(gate.close().contains("without any password"));
}

/// The store's own certificate, and nobody else's.
#[test]
fn a_store_with_tls_is_known_by_its_certificate() {
    let venue = Venue::new("venue_tls");
    if !run::is_here("openssl", "version") {
        return;
    }
    let file = |name: &str| venue.world.folder.join(name).to_str().unwrap().to_owned();
    for name in ["store", "other"] {
        let (key, certificate) = (file(&format!("{name}.key")), file(&format!("{name}.pem")));
        let made = Command::new("openssl")
            .args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"])
            .args(["-nodes", "-days", "2", "-subj", "/CN=store"])
            .args(["-addext", "subjectAltName=DNS:localhost"])
            .args(["-addext", "basicConstraints=critical,CA:FALSE"])
            .args(["-keyout", &key, "-out", &certificate])
            .output()
            .unwrap();
        assert!(made.status.success(), "{made:?}");
    }
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let (tls_port, key, certificate) = (port.to_string(), file("store.key"), file("store.pem"));
    let more = ["--tls-port", &tls_port, "--tls-key-file", &key, "--tls-cert-file", &certificate];
    let more = [&more[..], &["--tls-ca-cert-file", &certificate, "--tls-auth-clients", "no"]];
    let Some(valkey) = Valkey::start(&venue.world.folder, &more.concat()) else { return };
    let url = format!("valkeys://localhost:{port}");
    venue.gate("transit.bus", &url, &["--store-ca", &certificate]).close();
    valkey.settle();
    let mut gate = venue.gate("transit.bus", &url, &["--store-ca", &certificate]);
    assert_eq!(gate.number(&venue.card(9_100).code(now())), 0);
    assert!(gate.close().is_empty());
    let mut gate = venue.gate("transit.bus", &url, &["--store-ca", &file("other.pem")]);
    assert_eq!(gate.number(&venue.card(9_101).code(now())), 707);
    assert!(gate.close().contains("certificate"));
}

/// The script alone, as another host would run it: each line is verb, and what it leads to.
#[test]
fn the_script_does_what_the_specification_says() {
    let venue = Venue::new("venue_script");
    let Some(valkey) = Valkey::start(&venue.world.folder, &[]) else { return };
    let question = |digit: char| digit.to_string().repeat(32);
    let eval = |keys: &[&str], arguments: &[&str]| {
        let count = keys.len().to_string();
        let words = ["EVAL", SharedStore::SCRIPT, &count];
        let answer = valkey.command(&[&words[..], keys, arguments].concat());
        answer.split(' ').take(2).collect::<Vec<_>>().join(" ")
    };
    let used = |name: &str, by: char, pass_back: bool, wait: &str, slot: &str| {
        let now = now().to_string();
        let keys = ["onecode:{v}:beginning:b", name, "card", "pass"];
        let keys: Vec<&str> = keys
            .into_iter()
            .filter(|key| (*key != "card" || pass_back) && (*key != "pass" || !slot.is_empty()))
            .collect();
        eval(&keys, &["use", &now, &question(by), "", "1", "1", "660", wait, slot])
    };
    assert_eq!(used("code-1", 'a', false, "0", ""), "begun 0");
    valkey.settle();
    assert_eq!(used("code-1", 'a', false, "0", ""), "new 0");
    assert!(used("code-1", 'b', false, "0", "").starts_with("code "));
    // A card that has to wait, and code and card taken back by the question that recorded them.
    assert_eq!(used("code-2", 'c', true, "300", ""), "new 0");
    assert!(used("code-3", 'd', true, "300", "").starts_with("card "));
    assert_eq!(valkey.command(&["EXISTS", "code-3"]), "0");
    let undo = |by: char| {
        let now = now().to_string();
        let keys = ["onecode:{v}:beginning:b", "code-2", "card"];
        eval(&keys, &["undo", &now, &question(by)])
    };
    assert_eq!(undo('d'), "undo 0");
    assert_eq!(valkey.command(&["EXISTS", "code-2", "card"]), "2");
    assert_eq!(undo('c'), "undo 0");
    assert_eq!(valkey.command(&["EXISTS", "code-2", "card"]), "0");
    // Every slot up to the highest one is used. A lower one does not lower it.
    assert_eq!(used("slot-7", 'e', false, "0", "7"), "new 0");
    assert!(used("slot-6", 'f', false, "0", "6").starts_with("code "));
    assert!(used("slot-7b", 'f', false, "0", "7").starts_with("code "));
    assert_eq!(used("slot-9", 'f', false, "0", "9"), "new 0");
    assert!(used("slot-8", 'e', false, "0", "8").starts_with("code "));
    // The store's clock was set back: a card used ahead of it waits once more.
    let ahead = now() + 7_200;
    valkey.command(&["SET", "card", &format!("{ahead} {}", question('a'))]);
    assert_eq!(used("code-4", 'a', true, "300", ""), "card 0");
    sleep(Duration::from_millis(2_100));
    let answer = used("code-4", 'a', true, "300", "");
    assert!(answer.starts_with("card ") && answer != "card 0", "{answer}");
    // Clocks too far apart: nothing is recorded.
    for apart in [-242, 242] {
        let gate = (now() + apart).to_string();
        let keys = ["onecode:{v}:beginning:b", "code-5"];
        let arguments = ["use", &gate, &question('a'), "", "1", "1", "660", "0", ""];
        assert_eq!(eval(&keys, &arguments), "clock 0");
    }
    assert_eq!(valkey.command(&["EXISTS", "code-5"]), "0");
    // A gate that knew another memory.
    let keys = ["onecode:{v}:beginning:b", "code-6"];
    let now = now().to_string();
    let arguments = ["use", &now, &question('a'), "another", "1", "1", "660", "0", ""];
    assert_eq!(eval(&keys, &arguments), "begun 0");
    assert_eq!(valkey.command(&["EXISTS", "code-6"]), "0");
    // What is only warned of is recorded all the same.
    let arguments = ["use", &now, &question('a'), "another", "0", "1", "660", "0", ""];
    assert_eq!(eval(&keys, &arguments), "new 0");
    assert!(eval(&keys, &arguments).starts_with("code "));
}

#[test]
fn the_key_of_a_venue_and_the_address_of_a_store_are_read_strictly() {
    let venue = Venue::new("venue_options");
    for bad_key in ["", "07", &KEY[1..], &format!("+{}", &KEY[1..]), &format!("{KEY}00"), "x"] {
        std::fs::write(&venue.key, bad_key).unwrap();
        let line = venue.refused("valkey://127.0.0.1:1", &[]);
        assert!(line.contains("openssl rand -hex 32"), "{line}");
    }
    std::fs::write(&venue.key, KEY).unwrap();
    let line = venue.refused("valkey://:secret@127.0.0.1:1", &[]);
    assert!(line.contains("--store-password") && !line.contains("secret"), "{line}");
    assert!(venue.refused("http://127.0.0.1", &[]).contains("not the address"));
}
