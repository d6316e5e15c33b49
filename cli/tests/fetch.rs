//! Lists that are fetched: from an honest server, from one that is not, and from a folder.

#[macro_use]
#[path = "../../tests/say/mod.rs"]
mod say;

mod run;
#[path = "run/server.rs"]
mod server;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;
use std::time::{Duration, Instant};

use run::gate::{number, World, AT};
use run::{good, lines, onecode, with_input};
use server::{Lie, Server};

/// A region with a publication, and an empty folder to fetch into.
struct Region {
    world: World,
    server: Server,
    to: String,
    roots: String,
}

impl Region {
    fn new(name: &str) -> Self {
        let world = World::new(name);
        let server = Server::of(Path::new(&world.world).join("published"));
        let to = world.folder.join("lists").to_str().unwrap().to_owned();
        let roots = Path::new(&world.world).join("roots.json").to_str().unwrap().to_owned();
        Region { world, server, to, roots }
    }

    fn fetch(&self, at: &str) -> Output {
        self.run("fetch", &self.server.url, &self.to, at)
    }

    fn run(&self, command: &str, from: &str, to: &str, at: &str) -> Output {
        let options = ["--roots", &self.roots, "--timeout", "2", "--at", at];
        onecode(&[&[command, from, "--to", to][..], &options].concat())
    }

    /// A gate that has only the folder: the number for a card.
    fn gate(&self, card: &str, at: &str) -> u64 {
        let code = self.world.text(card, at);
        let arguments = ["--application", "transit.metro", "--place", "320500", "--at", at];
        let gate = ["scan", "--roots", &self.roots, "--lists", &self.to];
        number(&lines(&with_input(&[&gate[..], &arguments].concat(), code.as_bytes()))[0])
    }

    /// Signs an index of what there is.
    fn publish(&self, at: &str) {
        good(&onecode(&["publish", "--world", &self.world.world, "--at", at]));
    }

    fn card(&self, event: &str, at: &str) {
        let of = ["--world", &self.world.world, "--card", "lin-yue", "--at", at];
        good(&onecode(&[&["card", event][..], &of].concat()));
    }
}

fn told(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// Every file below a folder, hidden ones as well.
fn tree(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        match path.is_dir() {
            true => files.extend(tree(&path)),
            false => files.push(path),
        }
    }
    files.sort();
    files
}

fn minute(minute: u32) -> String {
    format!("2026-11-25T08:{minute:02}:00+08:00")
}

#[test]
fn a_gate_gets_what_it_needs_and_then_only_what_is_new() {
    let region = Region::new("fetch_new");
    good(&region.fetch(AT));
    assert_eq!(region.gate("lin-yue", AT), 0);
    let first = region.server.requests();
    assert!(first.contains(&"trust-list/1.json".to_owned()), "{first:?}");
    good(&region.fetch(AT));
    let again = region.server.requests();
    let expected = [
        "roots/2.json",
        "index.json",
        // Each process asks by the tag that the one before kept.
        "304",
        "status/cn-31/index.json",
        "status/cn-32/index.json",
        "status/cn-33/index.json",
        "status/cn-34/index.json",
    ];
    assert_eq!(again, expected);
    region.card("suspend", &minute(1));
    good(&region.fetch(&minute(2)));
    assert_eq!(region.gate("lin-yue", &minute(2)), 402);
    region.card("restore", &minute(3));
    good(&region.fetch(&minute(4)));
    assert_eq!(region.gate("lin-yue", &minute(4)), 0);
}

#[test]
fn a_fetch_that_runs_alone_asks_only_whether_the_index_is_another() {
    let region = Region::new("fetch_tag");
    region.publish(&minute(0));
    good(&region.fetch(AT));
    // Whether the server was asked by a tag, and said that nothing is new.
    let unchanged = || {
        let requests = region.server.requests();
        let at = requests.iter().position(|it| it == "index.json").unwrap();
        requests.get(at + 1).is_some_and(|next| next == "304")
    };
    assert!(!unchanged());
    good(&region.fetch(&minute(1)));
    assert!(unchanged());
    assert_eq!(region.gate("lin-yue", &minute(1)), 0);
    // A newer one has another tag.
    region.publish(&minute(2));
    good(&region.fetch(&minute(3)));
    assert!(!unchanged());
    // A file that is damaged, or of another address or another copy, is as good as none.
    let file = Path::new(&region.to).join(".index.etag");
    let whole = fs::read_to_string(&file).unwrap();
    let [url, hash, tag] = whole.lines().collect::<Vec<_>>()[..] else { panic!("{whole}") };
    for damaged in [
        String::new(),
        whole[..whole.len() / 2].to_owned(),
        format!("{url}\n{hash}\n\n"),
        format!("{url}\n{hash}\nbell \x07\n"),
        format!("{url}\n{hash}\n{tag}\r\nx: y\n"),
        format!("http://another.example\n{hash}\n{tag}\n"),
        format!("{url}\n{}\n{tag}\n", "0".repeat(64)),
        "x".repeat(100_000),
    ] {
        fs::write(&file, &damaged).unwrap();
        good(&region.fetch(&minute(4)));
        assert!(!unchanged(), "{damaged:?}");
        assert_eq!(fs::read_to_string(&file).unwrap(), whole);
    }
}

#[test]
fn a_hostile_server_puts_nothing_into_the_folder() {
    let region = Region::new("fetch_hostile");
    good(&region.fetch(AT));
    region.card("suspend", &minute(1));
    let before = tree(Path::new(&region.to));
    let index = "status/cn-31/index.json";
    let cases: [(&str, Lie, &str); 8] = [
        (index, Lie::Status("500 No"), "the server says HTTP 500"),
        (index, Lie::Status("302 Found\r\nlocation: http://127.0.0.1:1/x"), "sends elsewhere"),
        (index, Lie::Endless, "more than 524288 bytes"),
        (index, Lie::Slow, "it did not come within 2 s"),
        (index, Lie::Other(b"<html>".to_vec()), "not an index of status lists"),
        (
            index,
            Lie::Other(fs::read(region.published("status/cn-32/index.json")).unwrap()),
            "an index of the issuer",
        ),
        ("index.json", Lie::Other(b"{}".to_vec()), "index.json: "),
        (
            "roots/2.json",
            Lie::Other(fs::read(region.published("trust-list/1.json")).unwrap()),
            "roots/2.json: not taken",
        ),
    ];
    for (path, lie, expected) in cases {
        region.server.lie(path, lie);
        let began = Instant::now();
        let output = region.fetch(&minute(2));
        let told = told(&output);
        assert_eq!(output.status.code(), Some(1), "{path} {expected}: {told}");
        assert!(told.contains(expected), "{path}: {expected} in {told}");
        assert!(began.elapsed() < Duration::from_secs(20), "{path}: {expected}");
        region.server.tell_the_truth();
        if path == index {
            assert_eq!(region.gate("lin-yue", AT), 0, "nothing of it counts");
            let after = tree(Path::new(&region.to));
            assert!(before.iter().all(|file| after.contains(file)), "{after:?}");
        }
    }
    good(&region.fetch(&minute(3)));
    assert_eq!(region.gate("lin-yue", &minute(3)), 402);
}

impl Region {
    fn published(&self, path: &str) -> PathBuf {
        self.world.published(path)
    }
}

#[test]
fn what_broke_off_is_continued() {
    let region = Region::new("fetch_resume");
    let list = run::list_of(&region.world.world, "cn-31");
    let path = list.strip_prefix(region.published("")).unwrap().to_str().unwrap().to_owned();
    region.server.lie(&path, Lie::BreaksOff(100));
    let output = region.fetch(AT);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    region.server.requests();
    good(&region.fetch(AT));
    let requests = region.server.requests();
    assert!(requests.contains(&format!("{path} from 100")), "{requests:?}");
    assert_eq!(region.gate("lin-yue", AT), 0);
    let parts = tree(Path::new(&region.to));
    let is_part = |file: &&PathBuf| file.to_str().unwrap().ends_with(".part");
    assert_eq!(parts.iter().find(is_part), None);
}

#[test]
fn a_copy_on_a_stick_serves_a_gate_that_has_no_network() {
    let region = Region::new("fetch_mirror");
    let stick = region.world.folder.join("stick").to_str().unwrap().to_owned();
    good(&region.run("mirror", &region.server.url, &stick, AT));
    good(&region.run("fetch", &stick, &region.to, AT));
    assert_eq!(region.gate("lin-yue", AT), 0);
    // A copy that is behind says so, and nothing goes back.
    region.card("suspend", &minute(1));
    good(&region.fetch(&minute(2)));
    let output = region.run("fetch", &stick, &region.to, &minute(3));
    assert_eq!(output.status.code(), Some(1));
    assert!(told(&output).contains("this publication is behind"), "{}", told(&output));
    assert_eq!(region.gate("lin-yue", &minute(3)), 402);
    // The stick is pulled out: only some of its files are there.
    good(&region.run("mirror", &region.server.url, &stick, &minute(4)));
    for file in tree(Path::new(&stick)) {
        if file.extension().is_some_and(|extension| extension == "cwt") {
            fs::remove_file(file).unwrap();
        }
    }
    let other = region.world.folder.join("other").to_str().unwrap().to_owned();
    let output = region.run("fetch", &stick, &other, &minute(5));
    assert_eq!(output.status.code(), Some(1));
    assert!(told(&output).contains("it is not there"), "{}", told(&output));
    assert!(!Path::new(&other).join("status/cn-31/index.json").exists());
}

/// Killed at any moment, the process leaves a folder that a gate reads, with the old lists or the
/// new.
#[test]
fn a_fetcher_that_is_killed_leaves_one_publication_or_the_other() {
    let region = Region::new("fetch_killed");
    good(&region.fetch(AT));
    region.card("suspend", &minute(1));
    let mut killed = 0;
    for wait_ms in (0..40).step_by(4) {
        let at = minute(2);
        let options = ["--to", &region.to, "--roots", &region.roots, "--at", &at];
        let mut fetch = run::command();
        let mut fetch = fetch.args(["fetch", &region.server.url]).args(options).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(wait_ms));
        killed += u32::from(fetch.try_wait().unwrap().is_none());
        fetch.kill().unwrap();
        fetch.wait().unwrap();
        let found = region.gate("lin-yue", &minute(2));
        assert!([0, 402].contains(&found), "{found} after {wait_ms} ms");
    }
    say!("{killed} of 10 were killed before their end");
    good(&region.fetch(&minute(3)));
    assert_eq!(region.gate("lin-yue", &minute(3)), 402);
    let left = tree(Path::new(&region.to));
    let is_half = |file: &&PathBuf| file.to_str().unwrap().ends_with(".new");
    assert!(left.iter().filter(is_half).count() <= killed as usize, "{left:?}");
}

#[test]
fn two_fetchers_do_not_write_into_one_folder() {
    let region = Region::new("fetch_twice");
    region.server.lie("roots/2.json", Lie::Slow);
    let mut first = run::command();
    let options = ["--to", &region.to, "--roots", &region.roots, "--timeout", "5", "--at", AT];
    let mut first = first.args(["fetch", &region.server.url]).args(options).spawn().unwrap();
    while region.server.asked.lock().unwrap().requests.is_empty() {
        std::thread::sleep(Duration::from_millis(20));
    }
    let line = run::bad(&region.fetch(AT));
    assert!(line.contains("another onecode is fetching"), "{line}");
    first.kill().unwrap();
    first.wait().unwrap();
    region.server.tell_the_truth();
    good(&region.fetch(AT));
}

#[test]
fn a_gate_fetches_by_itself_and_goes_on_scanning() {
    let folder = run::folder("fetch_gate");
    let world = folder.join("w").to_str().unwrap().to_owned();
    good(&onecode(&["sandbox", &world, "--seed", "7"]));
    let server = Server::of(Path::new(&world).join("published"));
    let (keep, roots) = (folder.join("lists"), Path::new(&world).join("roots.json"));
    let text = || {
        let show = ["show", "--world", &world, "--text", "--card", "lin-yue"];
        good(&onecode(&show)).trim_end().to_owned()
    };
    let mut gate = run::gate::Gate::open(&[
        "scan",
        "--roots",
        roots.to_str().unwrap(),
        "--lists",
        &server.url,
        "--keep",
        keep.to_str().unwrap(),
        "--every",
        "1",
        "--application",
        "transit.metro",
        "--place",
        "320500",
    ]);
    assert_eq!(number(&gate.scan(&text())), 0);
    good(&onecode(&["card", "suspend", "--world", &world, "--card", "lin-yue"]));
    let began = Instant::now();
    loop {
        std::thread::sleep(Duration::from_millis(1_000));
        if number(&gate.scan(&text())) == 402 {
            break;
        }
        assert!(began.elapsed() < Duration::from_secs(30), "the gate does not fetch");
    }
    assert!(server.requests().contains(&"304".to_owned()), "what has not changed is not sent");
    server.lie("index.json", Lie::Status("503 Later"));
    std::thread::sleep(Duration::from_millis(2_500));
    assert_eq!(number(&gate.scan(&text())), 402);
    drop(gate.child.stdin.take());
    let output = gate.child.wait_with_output().unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(told.matches("the server says HTTP 503").count(), 1, "{told}");
    assert!(told.contains("fetched "), "{told}");
}

#[test]
fn publishing_makes_an_index_that_names_what_there_is() {
    let region = Region::new("publish");
    let publish = ["publish", "--world", &region.world.world, "--at", &minute(5)];
    let page = good(&onecode(&publish));
    assert!(page.contains("cn-34: status lists of ") && page.contains("trust list 1"), "{page}");
    region.world.sign_next("catalogue");
    let publish = ["publish", "--world", &region.world.world, "--at", &minute(6)];
    assert!(good(&onecode(&publish)).contains("catalogue 2"));
    good(&region.fetch(&minute(7)));
    assert!(Path::new(&region.to).join("catalogue/2.json").is_file());
}
