//! A Valkey or Redis of its own for a test, on a free port of this machine.

use std::ffi::OsString;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::is_here;

pub struct Valkey {
    program: &'static str,
    folder: PathBuf,
    /// More of its command line.
    pub more: Vec<String>,
    pub port: u16,
    pub password: Option<&'static str>,
    /// More of its environment.
    environment: Vec<(OsString, OsString)>,
    child: Option<Child>,
}

impl Valkey {
    /// None, and a line that says so, where neither is installed.
    pub fn start(folder: &Path, more: &[&str]) -> Option<Self> {
        Self::start_in(folder, more, &Command::new(""))
    }

    /// The same in the environment of this command.
    pub fn start_in(folder: &Path, more: &[&str], command: &Command) -> Option<Self> {
        let found = |tool: &str| Command::new(tool).arg("--version").output().is_ok();
        let program = if found("valkey-server") { "valkey" } else { "redis" };
        if !is_here(&format!("{program}-server"), "--version") {
            return None;
        }
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let more = more.iter().map(|word| (*word).to_owned()).collect();
        let folder = folder.to_owned();
        let set = command.get_envs().filter_map(|(name, value)| Some((name.into(), value?.into())));
        let (environment, password) = (set.collect(), None);
        let mut valkey = Valkey { program, folder, more, port, password, environment, child: None };
        valkey.run();
        Some(valkey)
    }

    /// The program, with nothing in its memory.
    pub fn run(&mut self) {
        let port = self.port.to_string();
        let child = Command::new(format!("{}-server", self.program))
            .args(["--port", &port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"])
            .args(["--enable-debug-command", "yes", "--dir", self.folder.to_str().unwrap()])
            .args(&self.more)
            .envs(self.environment.iter().cloned())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        self.child = Some(child);
        let until = Instant::now() + Duration::from_secs(20);
        while TcpStream::connect(("127.0.0.1", self.port)).is_err() {
            assert!(Instant::now() < until, "it does not start");
            sleep(Duration::from_millis(20));
        }
    }

    pub fn kill(&mut self) {
        let mut child = self.child.take().unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
    }

    /// Stops the process, or lets it go on.
    pub fn signal(&self, signal: &str) {
        let pid = self.child.as_ref().unwrap().id().to_string();
        assert!(Command::new("kill").args([signal, &pid]).status().unwrap().success());
    }

    pub fn url(&self) -> String {
        format!("valkey://127.0.0.1:{}", self.port)
    }

    /// A command, as the operator of the store gives it.
    pub fn command(&self, words: &[&str]) -> String {
        let mut command = Command::new(format!("{}-cli", self.program));
        command.args(["-p", &self.port.to_string()]);
        if let Some(password) = self.password {
            command.args(["--no-auth-warning", "-a", password]);
        }
        let output = command.args(words).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap().trim_end().to_owned()
    }

    /// The key under which the store's memory has its beginning, when a gate has asked.
    pub fn beginning(&self) -> String {
        let until = Instant::now() + Duration::from_secs(20);
        loop {
            let keys = self.command(&["KEYS", "onecode:*:beginning:*"]);
            if !keys.is_empty() {
                return keys;
            }
            assert!(Instant::now() < until, "nobody has asked");
            sleep(Duration::from_millis(20));
        }
    }

    /// As if the memory had begun an hour ago.
    pub fn settle(&self) {
        let key = self.beginning();
        let begun = self.command(&["GET", &key]);
        let words: Vec<&str> = begun.split(' ').collect();
        let earlier = |at: usize| words[at].parse::<i64>().unwrap() - 3_600;
        let begun = format!("{} {} {}", words[0], earlier(1), earlier(2));
        assert_eq!(self.command(&["SET", &key, &begun]), "OK");
    }
}

impl Drop for Valkey {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}
