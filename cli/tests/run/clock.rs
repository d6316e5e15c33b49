//! A clock that a test moves, for the processes that it starts: a day of theirs takes seconds. What is
//! between them and the system is `clock.c`, for Linux and programs that are linked with glibc.

use std::cell::Cell;
use std::fs::{self, File};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{SystemTime, UNIX_EPOCH};

use super::is_here;

pub struct Clock {
    library: PathBuf,
    file: PathBuf,
    numbers: File,
    stands_s: Cell<i64>,
    ahead_s: Cell<i64>,
    passed_s: Cell<i64>,
}

impl Clock {
    /// One that goes on from this time. None, and a line that says so, where there is no C compiler.
    pub fn going(folder: &Path, at_unix_s: i64) -> Option<Self> {
        let clock = Self::new(folder)?;
        clock.ahead_s.set(at_unix_s - machine_unix_s());
        clock.write();
        Some(clock)
    }

    /// One that stands still at this time until it is set.
    pub fn standing(folder: &Path, at_unix_s: i64) -> Option<Self> {
        let clock = Self::new(folder)?;
        clock.set(at_unix_s);
        Some(clock)
    }

    fn new(folder: &Path) -> Option<Self> {
        if !is_here("cc", "--version") {
            return None;
        }
        let (library, file) = (folder.join("clock.so"), folder.join("clock"));
        let source = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/run/clock.c");
        let made = Command::new("cc")
            .args(["-O2", "-Wall", "-Wextra", "-shared", "-fPIC", "-o"])
            .args([&library, Path::new(source)])
            .arg("-ldl")
            .output()
            .unwrap();
        assert!(made.status.success() && made.stderr.is_empty(), "{made:?}");
        fs::write(&file, [0; 24]).unwrap();
        let numbers = File::options().write(true).open(&file).unwrap();
        let [stands_s, ahead_s, passed_s] = [(); 3].map(|()| Cell::new(0));
        Some(Clock { library, file, numbers, stands_s, ahead_s, passed_s })
    }

    /// The process has this clock.
    pub fn on<'c>(&self, command: &'c mut Command) -> &'c mut Command {
        command.env("LD_PRELOAD", &self.library).env("TEST_CLOCK", &self.file)
    }

    pub fn now(&self) -> i64 {
        match self.stands_s.get() {
            0 => machine_unix_s() + self.ahead_s.get() + self.passed_s.get(),
            stands_s => stands_s,
        }
    }

    /// The time of day is set, and stands.
    pub fn set(&self, unix_s: i64) {
        self.stands_s.set(unix_s);
        self.write();
    }

    /// So many seconds pass, by every clock. Whoever sleeps goes on sleeping.
    pub fn pass(&self, seconds: i64) {
        self.passed_s.set(self.passed_s.get() + seconds);
        self.write();
    }

    fn write(&self) {
        let numbers = [&self.stands_s, &self.ahead_s, &self.passed_s].map(|it| it.get());
        let bytes: Vec<u8> = numbers.iter().flat_map(|number| number.to_ne_bytes()).collect();
        self.numbers.write_all_at(&bytes, 0).unwrap();
    }
}

fn machine_unix_s() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs() as i64
}
