//! Runs the `onecode` command as its users run it.
#![allow(dead_code)] // Each test uses its part.

#[cfg(target_os = "linux")]
pub mod clock;
pub mod gate;
#[cfg(unix)]
pub mod pty;
#[cfg(unix)]
pub mod valkey;

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;

pub const COMMAND: &str = env!("CARGO_BIN_EXE_onecode");

/// The command, in English whatever this machine speaks; `--lang` says otherwise.
pub fn command() -> Command {
    in_english(Command::new(COMMAND))
}

/// The same for one that a shell starts.
pub fn in_english(mut command: Command) -> Command {
    command.env("LC_ALL", "C");
    command
}

pub fn onecode(arguments: &[&str]) -> Output {
    with_input(arguments, b"")
}

pub fn with_input(arguments: &[&str], input: &[u8]) -> Output {
    fed(command().args(arguments), input)
}

/// Runs a command that reads its standard input.
pub fn fed(command: &mut Command, input: &[u8]) -> Output {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // It may stop reading before the end.
    let _ = child.stdin.take().unwrap().write_all(input);
    child.wait_with_output().unwrap()
}

pub fn good(output: &Output) -> String {
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// One line on standard error, status 2, nothing on standard output.
pub fn bad(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    let line = String::from_utf8(output.stderr.clone()).unwrap();
    assert_eq!(line.trim_end().lines().count(), 1, "{line}");
    assert!(output.stdout.is_empty() && line.starts_with("onecode: "), "{line}");
    line
}

/// The first list of an issuer's newest anchor.
pub fn list_of(world: &str, issuer: &str) -> PathBuf {
    let folder = Path::new(world).join("published/status").join(issuer);
    let entries = std::fs::read_dir(&folder).unwrap().flatten();
    let anchors = entries.map(|entry| entry.path()).filter(|path| path.is_dir());
    anchors.max().unwrap().join("0.cwt")
}

/// A folder of its own for a test. Another process that wants one waits until this one has ended:
/// two runs of the tests at once would empty each other's.
pub fn folder(name: &str) -> PathBuf {
    static LOCK: OnceLock<File> = OnceLock::new();
    let all = Path::new(env!("CARGO_TARGET_TMPDIR"));
    LOCK.get_or_init(|| {
        let lock = File::create(all.join("lock")).unwrap();
        lock.lock().unwrap();
        lock
    });
    let folder = all.join(name);
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

/// Whether a tool is here; where it must be, its absence fails the test.
pub fn is_here(tool: &str, version: &str) -> bool {
    let here = Command::new(tool).arg(version).output().is_ok();
    assert!(here || std::env::var_os("ONECODE_REQUIRE_TOOLS").is_none(), "{tool} is required");
    if !here {
        say!("SKIPPED: no {tool}");
    }
    here
}

/// Each line of standard output as JSON.
pub fn lines(output: &Output) -> Vec<serde_json::Value> {
    good(output).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}
