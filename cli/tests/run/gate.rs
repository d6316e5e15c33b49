//! A practice region and a gate in it.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use onecode::{
    CardClaims, CardCredential, Code, CodeClaims, Entitlements, Region, SigningKey, SoftwareKey,
};
use serde_json::Value;

use super::{command, folder, good, lines, onecode, with_input};

pub const AT: &str = "2026-11-25T08:00:00+08:00";
pub const AT_UNIX_S: i64 = 1_795_564_800;

pub struct World {
    pub folder: PathBuf,
    pub world: String,
}

impl World {
    pub fn new(name: &str) -> Self {
        Self::made(name, &["--at", AT])
    }

    /// One whose lists are of today, for gates that go by the clock of this machine.
    pub fn of_today(name: &str) -> Self {
        Self::made(name, &[])
    }

    fn made(name: &str, at: &[&str]) -> Self {
        let folder = folder(name);
        let world = folder.join("w").to_str().unwrap().to_owned();
        good(&onecode(&[&["sandbox", &world, "--seed", "7"], at].concat()));
        World { folder, world }
    }

    pub fn text(&self, card: &str, at: &str) -> String {
        let arguments = ["show", "--world", &self.world, "--text", "--card", card, "--at", at];
        good(&onecode(&arguments)).trim_end_matches('\n').to_owned()
    }

    pub fn arguments<'a>(&'a self, more: &[&'a str]) -> Vec<&'a str> {
        let scan = ["scan", "--world", &self.world, "--place", "320500"];
        [&scan[..], more].concat()
    }

    /// So many different codes, all good at the usual time: of cards that Shanghai issues today.
    pub fn codes(&self, count: usize) -> Vec<String> {
        let mut codes = Vec::new();
        for status_index in 2_000.. {
            let card = self.card(status_index, AT_UNIX_S);
            for second in AT_UNIX_S - 20..AT_UNIX_S + 20 {
                if codes.len() == count {
                    return codes;
                }
                codes.push(card.code(second));
            }
        }
        codes
    }

    /// A card that Shanghai issues for a day.
    pub fn card(&self, status_index: u32, at_unix_s: i64) -> Card {
        let pem = std::fs::read(Path::new(&self.world).join("issuers/cn-31/cards.pem")).unwrap();
        let (_, pkcs8) = pem_rfc7468::decode_vec(&pem).unwrap();
        let issuer = SoftwareKey::from_pkcs8(&pkcs8).unwrap();
        let phone = SoftwareKey::generate(onecode::Algorithm::Esp256).unwrap().key;
        let claims = CardClaims {
            region: Region::SHANGHAI,
            status_index,
            entitlements: Entitlements::of([0, 2]),
            max_window_s: 60,
            expires_unix_s: at_unix_s + 86_400,
            confirmed_unix_s: None,
            specimen: false,
            delegate: false,
            holder_key: phone.public_key(),
        };
        Card { credential: CardCredential::issue(claims, &issuer).unwrap(), phone }
    }

    /// What is published, by its path there.
    pub fn published(&self, path: &str) -> PathBuf {
        Path::new(&self.world).join("published").join(path)
    }

    /// One holder signs the next edition, or adds its signature to it.
    pub fn sign(&self, document: &str, holder: &str) -> std::process::Output {
        let world = ["--world", &self.world, "--holder", holder, "--at", AT];
        onecode(&[&["sign", document], &world[..]].concat())
    }

    /// As many holders sign the next edition as it takes; then it is published.
    pub fn sign_next(&self, document: &str) {
        for holder in ["sh", "js", "zj"] {
            good(&self.sign(document, holder));
        }
    }

    /// A bus, where a code is good once; its memory is in the file.
    pub fn bus<'a>(&'a self, state: &'a str) -> Vec<&'a str> {
        self.arguments(&["--application", "transit.bus", "--at", AT, "--state", state])
    }

    pub fn state(&self) -> String {
        self.folder.join("gate.state").to_str().unwrap().to_owned()
    }

    /// The application without rules on duplicates, at the usual time.
    pub fn scan(&self, input: &[u8]) -> Vec<Value> {
        let arguments = self.arguments(&["--application", "identity.public_service", "--at", AT]);
        lines(&with_input(&arguments, input))
    }
}

/// A card on a phone.
pub struct Card {
    credential: CardCredential,
    phone: SoftwareKey,
}

impl Card {
    pub fn code(&self, made_unix_s: i64) -> String {
        let claims = CodeClaims::at(made_unix_s);
        Code::make(&self.credential, &self.phone, &claims).unwrap().text().to_owned()
    }
}

pub fn number(line: &Value) -> u64 {
    match line["verdict"].as_str() {
        Some("accepted") => 0,
        Some("refused") => line["number"].as_u64().unwrap(),
        _ => panic!("{line}"),
    }
}

/// A gate that is being typed into.
pub struct Gate {
    pub child: Child,
    pub output: BufReader<std::process::ChildStdout>,
}

impl Gate {
    pub fn open(arguments: &[&str]) -> Self {
        Self::run(command().args(arguments))
    }

    pub fn run(command: &mut Command) -> Self {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        Gate { child, output }
    }

    pub fn scan(&mut self, text: &str) -> Value {
        let input = self.child.stdin.as_mut().unwrap();
        writeln!(input, "{text}").unwrap();
        input.flush().unwrap();
        self.read()
    }

    pub fn read(&mut self) -> Value {
        let mut line = String::new();
        self.output.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap()
    }

    /// Its verdict: 0 for an acceptance, else the number of the refusal.
    pub fn number(&mut self, text: &str) -> u64 {
        number(&self.scan(text))
    }

    /// Ends the input; what was said on standard error.
    pub fn close(mut self) -> String {
        drop(self.child.stdin.take());
        let output = self.child.wait_with_output().unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stderr).unwrap()
    }
}
