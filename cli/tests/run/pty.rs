//! A pseudo-terminal: what a gate has for a serial line, as the system makes it.

use std::ffi::OsStr;
use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Write};
use std::os::fd::AsFd;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::event::{poll, PollFd, PollFlags, Timespec};
use rustix::pty::{grantpt, openpt, ptsname, unlockpt, OpenptFlags};
use rustix::termios::{tcgetattr, LocalModes, Termios};
use serde_json::Value;

/// The reader's side, and the name of the side that a gate opens.
pub struct Pty {
    pub reader: File,
    pub path: PathBuf,
}

impl Pty {
    pub fn new() -> Self {
        let reader = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC);
        let reader = reader.unwrap();
        grantpt(&reader).unwrap();
        unlockpt(&reader).unwrap();
        let name = ptsname(&reader, vec![]).unwrap();
        Pty { reader: File::from(reader), path: OsStr::from_bytes(name.as_bytes()).into() }
    }

    pub fn open(&self) -> File {
        let mut options = OpenOptions::new();
        let flags = rustix::fs::OFlags::NOCTTY.bits() as i32;
        std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, flags);
        options.read(true).write(true).open(&self.path).unwrap()
    }

    pub fn settings(&self) -> Termios {
        tcgetattr(self.open().as_fd()).unwrap()
    }

    /// Until a gate has set it raw.
    pub fn wait_until_raw(&self) {
        let began = Instant::now();
        while self.settings().local_modes.contains(LocalModes::ICANON) {
            assert!(began.elapsed() < Duration::from_secs(20), "it is not set raw");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

/// A gate that reads a terminal.
pub struct TerminalGate {
    pub pty: Pty,
    pub child: Child,
    pub output: BufReader<ChildStdout>,
}

impl TerminalGate {
    pub fn open(pty: Pty, command: &mut Command) -> Self {
        let mut child = command
            .stdin(Stdio::from(pty.open()))
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        TerminalGate { pty, child, output }
    }

    pub fn send(&mut self, bytes: &[u8]) {
        self.pty.reader.write_all(bytes).unwrap();
    }

    pub fn read(&mut self) -> Value {
        let mut line = String::new();
        if self.output.buffer().is_empty() {
            let waits = Timespec { tv_sec: 20, tv_nsec: 0 };
            let output = self.output.get_ref();
            let mut files = [PollFd::new(output, PollFlags::IN)];
            assert_eq!(poll(&mut files, Some(&waits)).unwrap(), 1, "no verdict within 20 s");
        }
        self.output.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap_or_else(|_| {
            panic!("no verdict: {line:?}, {:?}", self.child.try_wait());
        })
    }

    pub fn scan(&mut self, text: &str) -> Value {
        self.send(format!("{text}\r").as_bytes());
        self.read()
    }

    /// The device is pulled out: the exit status, and what was said.
    pub fn pull_out(self) -> (Option<i32>, String) {
        drop(self.pty);
        let output = self.child.wait_with_output().unwrap();
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    }
}
