//! The program itself, as an operator starts it: how it ends, keys in a token, a disk that is full.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::JoinHandle;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use nix::sys::signal::{SigSet, Signal};
use serde_json::{json, Value};

use crate::harness::{
    agent, config_text, grant, proofs, send, write_keys, Answer, Gate, Phone, Place, Setup,
};
use crate::softhsm::{SoftHsm, PIN};

/// The program while it runs.
pub(crate) struct Program {
    child: Child,
    url: String,
    agent: ureq::Agent,
    log: Option<JoinHandle<String>>,
}

impl Program {
    /// Starts it with this configuration, by a command that may prepare the way.
    fn start(place: &Place, text: &str, mut command: Command) -> Self {
        let file = place.folder.join("service.toml");
        std::fs::write(&file, text).unwrap();
        command.arg(&file).stdout(Stdio::piped()).stderr(Stdio::inherit());
        let mut child = command.spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap());
        let mut log = String::new();
        let address = loop {
            let mut line = String::new();
            assert_ne!(lines.read_line(&mut line).unwrap(), 0, "it ended: {log}");
            match line.trim().strip_prefix("listening ") {
                Some(address) => break address.to_owned(),
                None => log.push_str(&line),
            }
        };
        // Read on, or it would wait for us.
        let rest = std::thread::spawn(move || {
            for line in lines.lines().map_while(Result::ok) {
                log.push_str(&line);
                log.push('\n');
            }
            log
        });
        Program { child, url: format!("http://{address}"), agent: agent(), log: Some(rest) }
    }

    /// As usual.
    pub(crate) fn usual(place: &Place) -> Self {
        Program::start(place, &config_text(place, &Setup::default()), command())
    }

    pub(crate) fn post(&self, path: &str, token: Option<&str>, body: &Value) -> Answer {
        let url = format!("{}{path}", self.url);
        send(&self.agent, "POST", &url, token, Some(body.to_string().as_bytes()))
    }

    fn get(&self, path: &str, token: &str) -> Answer {
        send(&self.agent, "GET", &format!("{}{path}", self.url), Some(token), None)
    }

    pub(crate) fn token(&self, subject: &str, staff: bool) -> String {
        let answer =
            self.post("/practice/token", None, &json!({ "subject": subject, "staff": staff }));
        answer.ok()["access_token"].as_str().unwrap().to_owned()
    }

    fn as_staff(&self, path: &str, body: &Value) -> Answer {
        self.post(path, Some(&self.token("clerk", true)), body)
    }

    fn enrol(&self, subject: &str, phone: &mut Phone) -> Answer {
        let token = self.token(subject, false);
        let nonce = self.post("/nonce", Some(&token), &json!({})).ok();
        let request = phone.request(nonce["c_nonce"].as_str().unwrap(), None, None, now());
        let answer = self.post("/credential", Some(&token), &proofs(&request));
        phone.take(&answer.json);
        answer
    }

    fn renew(&self, phone: &mut Phone) -> Answer {
        let nonce = self.post("/nonce", None, &json!({ "key": phone.thumbprint() })).ok();
        let request = phone.request(nonce["c_nonce"].as_str().unwrap(), None, None, now());
        let answer = self.post("/renewal", None, &proofs(&request));
        phone.take(&answer.json);
        answer
    }

    /// Publishes at a later second than whatever was published before.
    fn publish(&self) {
        for _ in 0..20 {
            if self.as_staff("/staff/publish", &json!({})).status == 200 {
                return;
            }
            std::thread::sleep(Duration::from_millis(300));
        }
        panic!("nothing was published");
    }

    fn state(&self, subject: &str) -> Value {
        let own = self.get("/cards", &self.token(subject, false)).ok();
        own["cards"][0]["state"].clone()
    }

    /// SIGTERM, and what it had written.
    pub(crate) fn end(mut self) -> String {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
        let began = Instant::now();
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            assert!(began.elapsed() < Duration::from_secs(30), "it goes on after SIGTERM");
            std::thread::sleep(Duration::from_millis(20));
        };
        assert!(status.success(), "{status}");
        self.log.take().unwrap().join().unwrap()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn command() -> Command {
    Command::new(env!("CARGO_BIN_EXE_onecode-service"))
}

pub(crate) fn now() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs() as i64
}

#[test]
fn sigterm_ends_it_even_where_its_parent_blocked_the_signal() {
    let place = Place::new();
    write_keys(&place.folder);
    // A thread has a mask of its own, and its children inherit it.
    let program = std::thread::scope(|scope| {
        let blocked = || {
            SigSet::from_iter([Signal::SIGTERM, Signal::SIGINT]).thread_block().unwrap();
            Program::usual(&place)
        };
        scope.spawn(blocked).join().unwrap()
    });
    let status = format!("/proc/{}/status", program.child.id());
    if let Ok(status) = std::fs::read_to_string(status) {
        let blocked = status.lines().find_map(|line| line.strip_prefix("SigBlk:")).unwrap();
        let blocked = u64::from_str_radix(blocked.trim(), 16).unwrap();
        assert_eq!(blocked & (1 << 14 | 1 << 1), 0, "{blocked:x}");
    }
    assert!(program.end().contains("\"ended\""));
}

/// Puts a key of a file into a token, by SoftHSM's own tool.
fn import(hsm: &SoftHsm, folder: &Path, name: &str, id: &str) {
    let file = folder.join(format!("{name}.pem"));
    let imported = Command::new("softhsm2-util")
        .env("SOFTHSM2_CONF", &hsm.configuration)
        .arg("--import")
        .arg(&file)
        .args(["--token", "issuer", "--label", name, "--id", id, "--pin", PIN])
        .output()
        .unwrap();
    assert!(imported.status.success(), "{imported:?}");
    std::fs::remove_file(file).unwrap();
}

#[test]
fn keys_in_a_token_issue_renew_and_publish_what_a_gate_accepts() {
    let place = Place::new();
    let Some(hsm) = SoftHsm::new(&place.folder.join("a token")) else { return };
    hsm.token("issuer");
    let keys = write_keys(&place.folder);
    let mut text = config_text(&place, &Setup::default());
    for (name, id) in [("cards", "01"), ("status", "02")] {
        import(&hsm, &place.folder, name, id);
        let uri = hsm.uri(&format!("token=issuer;object={name}"));
        text = text.replace(&format!("\"{name}.pem\""), &format!("{uri:?}"));
    }
    let with_token = || {
        let mut command = command();
        command.env("SOFTHSM2_CONF", &hsm.configuration);
        command
    };
    let program = Program::start(&place, &text, with_token());
    let mut phones = Vec::new();
    for name in ["h-1", "h-2", "h-3"] {
        program.as_staff("/staff/cards", &grant(name)).ok();
        let mut phone = Phone::new();
        program.enrol(name, &mut phone).ok();
        phones.push(phone);
    }
    std::thread::scope(|scope| {
        // A token has few sessions: nobody fails because others sign.
        for phone in &mut phones {
            scope.spawn(|| (0..8).for_each(|_| drop(program.renew(phone).ok())));
        }
    });
    program.as_staff("/staff/cards/h-2/suspend", &json!({})).ok();
    std::thread::sleep(Duration::from_millis(1_100));
    program.publish();
    let mut gate = Gate::new(keys, place.folder.join("published"), now());
    gate.fetch(now());
    let scans: Vec<_> =
        phones.iter_mut().map(|phone| gate.scan(&phone.code(now()), now())).collect();
    assert_eq!(scans, [None, Some(402), None]);
    let log = program.end();
    assert!(!log.contains(PIN), "{log}");

    // The token is where it was, and the PIN is not.
    std::fs::write(&hsm.pin_file, "314159\n").unwrap();
    let file = place.folder.join("service.toml");
    let refused = with_token().arg(&file).output().unwrap();
    let told = String::from_utf8_lossy(&refused.stderr);
    assert!(!refused.status.success() && told.contains("PIN"), "{refused:?}");
    assert!(!told.contains("314159"), "{told}");
}

/// What no file of the program may be larger than from now on.
fn limit_files(program: &Program, bytes: &str) {
    let id = program.child.id().to_string();
    let limit = format!("--fsize={bytes}:unlimited");
    let limited = Command::new("prlimit").args(["--pid", &id, &limit]).output().unwrap();
    assert!(limited.status.success(), "{limited:?}");
}

#[test]
#[cfg(target_os = "linux")]
fn books_that_cannot_grow_are_a_problem_that_passes_and_nothing_is_half_done() {
    let place = Place::sqlite();
    write_keys(&place.folder);
    // A write beyond the limit fails then, as on a full disk, and sends no signal that kills.
    let mut deaf = Command::new("sh");
    deaf.args(["-c", "trap '' XFSZ; exec \"$0\" \"$@\"", env!("CARGO_BIN_EXE_onecode-service")]);
    let text = config_text(&place, &Setup::default());
    let program = Program::start(&place, &text, deaf);
    let mut phone = Phone::new();
    for name in ["d-1", "d-2"] {
        program.as_staff("/staff/cards", &grant(name)).ok();
    }
    program.enrol("d-1", &mut phone).ok();
    program.publish();
    std::thread::sleep(Duration::from_millis(1_100));

    let written = place.folder.join("books.db-wal").metadata().unwrap().len();
    limit_files(&program, &written.to_string());
    let refused = program.renew(&mut phone);
    refused.is(962);
    assert!(refused.retry_after_s.unwrap() >= 7_200, "{refused:?}");
    let refused = program.enrol("d-2", &mut Phone::new());
    refused.is(962);
    assert!(refused.retry_after_s.unwrap() <= 60, "{refused:?}");
    program.as_staff("/staff/cards/d-1/suspend", &json!({})).is(962);
    program.as_staff("/staff/cards", &grant("d-3")).is(962);
    program.as_staff("/staff/publish", &json!({})).is(962);
    // What is there is read, and nothing of all that is.
    assert_eq!([program.state("d-1"), program.state("d-2")], ["valid", "valid"]);
    assert_eq!(program.state("d-3"), Value::Null);

    limit_files(&program, "unlimited");
    program.renew(&mut phone).ok();
    let mut next = Phone::new();
    program.enrol("d-2", &mut next).ok();
    assert_eq!(next.position(), phone.position() + 1);
    program.as_staff("/staff/cards/d-1/suspend", &json!({})).ok();
    program.publish();
    program.end();
    let program = Program::usual(&place);
    assert_eq!(program.state("d-1"), "suspended");
    program.end();
}
