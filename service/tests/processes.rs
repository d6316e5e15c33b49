//! Processes that are killed under load: no acknowledged event is lost, no position is given twice,
//! and every published list is true to the books.
//!
//! One process on SQLite, two on PostgreSQL if `DATABASE_URL` names one. `ONECODE_KILLS=200` is the
//! long form.

#[allow(dead_code)]
#[path = "service/harness/mod.rs"]
mod harness;

use std::collections::{BTreeMap, HashSet};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::Mutex;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use onecode::request::CardRequest;
use onecode::status::{Status, StatusIssuer};
use onecode::PublicKey;
use serde_json::{json, Value};

use harness::{agent, config_text, grant, proofs, write_keys, Answer, Phone, Place, Setup, ISSUER};

const THREADS: usize = 4;

fn now_ms() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis() as i64
}

fn kills(short: u32) -> u32 {
    std::env::var("ONECODE_KILLS").ok().and_then(|kills| kills.parse().ok()).unwrap_or(short)
}

/// One process; its address while it runs.
struct Process {
    file: PathBuf,
    child: Mutex<Option<Child>>,
    address: Mutex<Option<String>>,
}

impl Process {
    fn new(file: &Path) -> Self {
        Process { file: file.to_owned(), child: Mutex::default(), address: Mutex::default() }
    }

    fn start(&self) {
        let mut child = Command::new(env!("CARGO_BIN_EXE_onecode-service"))
            .arg(&self.file)
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let address = lines
            .by_ref()
            .map_while(Result::ok)
            .find_map(|line| line.strip_prefix("listening ").map(str::to_owned));
        let address = address.expect("the service did not start");
        // Its log is read on, or it would wait for us.
        std::thread::spawn(move || lines.for_each(drop));
        *self.address.lock().unwrap() = Some(address);
        *self.child.lock().unwrap() = Some(child);
    }

    /// SIGKILL.
    fn kill(&self) {
        *self.address.lock().unwrap() = None;
        if let Some(mut child) = self.child.lock().unwrap().take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Asks whichever process answers, again and again, until one acknowledges or refuses.
struct Client<'p> {
    processes: &'p [Process],
    agent: ureq::Agent,
    next: usize,
    token: Option<(String, String)>,
    staff: String,
}

impl<'p> Client<'p> {
    fn new(processes: &'p [Process]) -> Self {
        let mut client =
            Client { processes, agent: agent(), next: 0, token: None, staff: String::new() };
        let asked = json!({ "subject": "clerk", "staff": true });
        let token = client.post("/practice/token", None, &asked).ok();
        client.staff = token["access_token"].as_str().unwrap().to_owned();
        client
    }

    fn post(&mut self, path: &str, token: Option<&str>, body: &Value) -> Answer {
        let began = Instant::now();
        loop {
            assert!(began.elapsed() < Duration::from_secs(60), "nobody answers {path}");
            self.next += 1;
            let process = &self.processes[self.next % self.processes.len()];
            let address = process.address.lock().unwrap().clone();
            let answer = address.and_then(|address| {
                let mut request = self.agent.post(format!("http://{address}{path}"));
                if let Some(token) = token {
                    request = request.header("authorization", format!("Bearer {token}"));
                }
                let mut response = request.send(body.to_string()).ok()?;
                let text = response.body_mut().read_to_string().ok()?;
                let json = serde_json::from_str(&text).ok()?;
                let status = response.status().as_u16();
                Some(Answer { status, retry_after_s: None, json })
            });
            match answer {
                Some(answer) if answer.status < 500 => return answer,
                _ => std::thread::sleep(Duration::from_millis(20)),
            }
        }
    }

    fn as_staff(&mut self, path: &str, body: &Value) -> Value {
        let staff = self.staff.clone();
        self.post(path, Some(&staff), body).ok()
    }

    fn token(&mut self, subject: &str) -> String {
        if let Some((of, token)) = &self.token {
            if of == subject {
                return token.clone();
            }
        }
        let answer = self.post("/practice/token", None, &json!({ "subject": subject })).ok();
        let token = answer["access_token"].as_str().unwrap().to_owned();
        self.token = Some((subject.to_owned(), token.clone()));
        token
    }
}

/// What happened to a position, when it was asked for, and when it was acknowledged.
#[derive(Clone, Copy, Debug)]
struct Event {
    status: Status,
    sent_ms: i64,
    acknowledged_ms: i64,
}

type History = BTreeMap<u32, Vec<Event>>;

/// One citizen after the other: enrols, renews, is suspended, restored, revoked, replaced.
fn live(processes: &[Process], thread: usize, stop: &AtomicBool, histories: &Mutex<Vec<History>>) {
    let mut random = fastrand::Rng::with_seed(thread as u64);
    let mut client = Client::new(processes);
    let mut history = History::new();
    for number in 0.. {
        if stop.load(Ordering::Relaxed) {
            break;
        }
        let name = format!("t{thread}-{number}");
        client.as_staff("/staff/cards", &grant(&name));
        let mut phone = Phone::new();
        let token = client.token(&name);
        let nonce = client.post("/nonce", Some(&token), &json!({})).ok();
        let request = request(&phone, nonce["c_nonce"].as_str().unwrap());
        let sent_ms = now_ms();
        let answer = client.post("/credential", Some(&token), &proofs(&request)).ok();
        phone.take(&answer);
        let position = phone.position();
        let note = |history: &mut History, status, sent_ms| {
            let event = Event { status, sent_ms, acknowledged_ms: now_ms() };
            history.entry(position).or_default().push(event);
        };
        note(&mut history, Status::Valid, sent_ms);
        for _ in 0..random.usize(1..6) {
            match random.u8(0..5) {
                0 | 1 => {
                    let next = phone.next_challenge.clone().unwrap();
                    let asked = proofs(&crate::request(&phone, &next));
                    let answer = client.post("/renewal", None, &asked);
                    let suspended = history[&position].last().unwrap().status != Status::Valid;
                    assert_eq!(answer.number(), if suspended { 918 } else { 0 }, "{answer:?}");
                    phone.take(&answer.json);
                    assert_eq!(phone.position(), position);
                }
                2 | 3 => {
                    let sent_ms = now_ms();
                    client.as_staff(&format!("/staff/cards/{name}/suspend"), &json!({}));
                    note(&mut history, Status::Suspended, sent_ms);
                }
                _ => {
                    let sent_ms = now_ms();
                    client.as_staff(&format!("/staff/cards/{name}/restore"), &json!({}));
                    note(&mut history, Status::Valid, sent_ms);
                }
            }
        }
        if random.bool() {
            let sent_ms = now_ms();
            client.as_staff(&format!("/staff/cards/{name}/revoke"), &json!({}));
            note(&mut history, Status::Revoked, sent_ms);
        }
    }
    histories.lock().unwrap().push(history);
}

fn request(phone: &Phone, challenge: &str) -> CardRequest {
    phone.request(challenge, None, None, now_ms() / 1_000)
}

/// A publication as somebody fetched it.
struct Fetched {
    issued_unix_s: i64,
    seen_ms: i64,
    statuses: StatusIssuer,
}

/// The newest publication: what a fetcher gets that reads the index, and then what it names.
fn fetch(folder: &Path, key: PublicKey) -> Option<Fetched> {
    let index: Value = serde_json::from_slice(&std::fs::read(folder.join("index.json")).ok()?)
        .expect("an index that is no JSON was published");
    let issued_unix_s = index["issued_at"].as_i64()?;
    let anchor = index["anchors"].as_array()?.iter().filter_map(|it| it["issued_at"].as_i64());
    let anchor = anchor.min()?;
    let read = |path: PathBuf| std::fs::read(path);
    let lists = read(folder.join(anchor.to_string()).join("0.cwt"));
    let mut files = vec![lists.expect("an anchor of the index is missing")];
    if anchor != issued_unix_s {
        let delta = read(folder.join(format!("{issued_unix_s}.from-{anchor}.cwt")));
        files.push(delta.expect("a delta of the index is missing"));
    }
    let statuses = StatusIssuer::from_published(ISSUER, &files, &[key]).unwrap();
    Some(Fetched { issued_unix_s, seen_ms: now_ms(), statuses })
}

/// A list says what was acknowledged before its time, or what was asked for until it was seen.
fn check(fetched: &Fetched, history: &History) {
    let issued_ms = fetched.issued_unix_s * 1_000;
    for (position, events) in history {
        let said = fetched.statuses.status(*position).unwrap();
        let settled = events.iter().rposition(|event| event.acknowledged_ms < issued_ms);
        let possible = &events[settled.unwrap_or(0)..];
        let holds =
            possible.iter().any(|event| event.status == said && event.sent_ms <= fetched.seen_ms)
                || (settled.is_none() && said == Status::Valid);
        assert!(
            holds,
            "position {position} is {said:?} in the list of {}, after {events:?}",
            fetched.issued_unix_s
        );
    }
}

fn run(place: &Place, processes: usize, kills: u32) {
    let [_, status_key] = write_keys(&place.folder);
    let setup = Setup { positions: 100_000, ..Setup::default() };
    let text = config_text(place, &setup).replace(
        "folder = \"published\"",
        "folder = \"published\"\nwhole_every_s = 6\ndelta_every_s = 1\nlasts_s = 3600",
    );
    let file = place.folder.join("service.toml");
    std::fs::write(&file, text).unwrap();
    let processes: Vec<Process> = (0..processes).map(|_| Process::new(&file)).collect();
    processes.iter().for_each(Process::start);
    let published = place.folder.join("published/status").join(ISSUER);

    let (stop, done) = (AtomicBool::new(false), AtomicBool::new(false));
    let (histories, lists) = (Mutex::new(Vec::new()), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..THREADS)
            .map(|thread| {
                let (processes, stop, histories) = (&processes, &stop, &histories);
                scope.spawn(move || live(processes, thread, stop, histories))
            })
            .collect();
        let fetcher = scope.spawn(|| {
            let mut last = 0;
            while !done.load(Ordering::Relaxed) {
                if let Some(fetched) = fetch(&published, status_key) {
                    assert!(fetched.issued_unix_s >= last, "the index went back");
                    if fetched.issued_unix_s > last {
                        last = fetched.issued_unix_s;
                        lists.lock().unwrap().push(fetched);
                    }
                }
                std::thread::sleep(Duration::from_millis(20));
            }
        });
        let mut random = fastrand::Rng::with_seed(7);
        for kill in 0..kills {
            std::thread::sleep(Duration::from_millis(random.u64(30..600)));
            let process = &processes[kill as usize % processes.len()];
            process.kill();
            process.start();
        }
        std::thread::sleep(Duration::from_secs(3));
        stop.store(true, Ordering::Relaxed);
        let failed = workers.into_iter().filter_map(|worker| worker.join().err()).count();
        // Later than everything that was acknowledged.
        std::thread::sleep(Duration::from_secs(5));
        done.store(true, Ordering::Relaxed);
        assert_eq!(failed, 0);
        fetcher.join().unwrap();
    });

    let histories = histories.into_inner().unwrap();
    let mut given = HashSet::new();
    let all: Vec<u32> = histories.iter().flat_map(|history| history.keys().copied()).collect();
    assert!(all.iter().all(|position| given.insert(*position)), "a position was given twice");
    let lists = lists.into_inner().unwrap();
    let events: usize = histories.iter().flat_map(BTreeMap::values).map(Vec::len).sum();
    let newest = lists.last().unwrap();
    for history in &histories {
        for fetched in &lists {
            check(fetched, history);
        }
        for (position, events) in history {
            let expected = events.last().unwrap().status;
            assert_eq!(newest.statuses.status(*position), Some(expected), "{position}: {events:?}");
        }
    }
    println!(
        "{kills} kills: {} positions, {events} acknowledged events, {} publications checked",
        all.len(),
        lists.len()
    );
    assert!(all.len() > 10 && lists.len() > 2);
}

#[test]
fn a_process_on_sqlite_that_is_killed_loses_nothing() {
    run(&Place::sqlite(), 1, kills(8));
}

#[test]
fn two_processes_on_postgresql_of_which_one_is_killed_lose_nothing() {
    if std::env::var("DATABASE_URL").is_err() {
        println!("SKIPPED: DATABASE_URL names no PostgreSQL");
        assert!(std::env::var("ONECODE_REQUIRE_TOOLS").is_err(), "PostgreSQL is required");
        return;
    }
    run(&Place::new(), 2, kills(8));
}
