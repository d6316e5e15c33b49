//! The lists of a gate: which files are new, and which are looked at again.

#[macro_use]
#[path = "../../tests/say/mod.rs"]
mod say;

mod run;

use std::fs::{File, FileTimes};
use std::path::{Path, PathBuf};
use std::time::Duration;

use run::gate::{number, Gate, World, AT};
use run::{good, onecode};

/// The gate looks every five seconds, when somebody comes.
const LOOK: Duration = Duration::from_millis(5_200);

fn status_of(world: &World, issuer: &str) -> PathBuf {
    Path::new(&world.world).join(format!("published/status/{issuer}/index.json"))
}

/// Mirrors keep times, and a small region's lists have one length.
#[test]
fn a_list_of_the_same_time_and_length_is_a_new_list() {
    let world = World::new("same_time");
    let minute = "2026-11-25T08:01:00+08:00";
    let code = world.text("lin-yue", minute);
    let file = status_of(&world, "cn-31");
    // Spaces make up for the bytes by which the indexes differ.
    let put = |time: Option<std::time::SystemTime>| {
        let list = std::fs::read_to_string(&file).unwrap();
        std::fs::write(&file, format!("{: <4096}", list.trim_end())).unwrap();
        if let Some(time) = time {
            let opened = File::options().write(true).open(&file).unwrap();
            opened.set_times(FileTimes::new().set_modified(time)).unwrap();
        }
        let found = std::fs::metadata(&file).unwrap();
        (found.len(), found.modified().unwrap())
    };
    let before = put(None);
    let mut gate = Gate::open(&world.arguments(&["--application", "422", "--at", minute]));
    assert_eq!(number(&gate.scan(&code)), 0);
    let suspend = ["card", "suspend", "--world", &world.world, "--card", "lin-yue", "--at", minute];
    good(&onecode(&suspend));
    assert_eq!(put(Some(before.1)), before);
    std::thread::sleep(LOOK);
    assert_eq!(number(&gate.scan(&code)), 402);
    assert_eq!(gate.close(), "");
}

/// Bytes that a process has read from files, where the system tells.
fn read_by(pid: u32) -> Option<u64> {
    let io = std::fs::read_to_string(format!("/proc/{pid}/io")).ok()?;
    io.lines().find_map(|line| line.strip_prefix("rchar: "))?.parse().ok()
}

/// Files that no index names cost nothing, however large they are and however many. An index that
/// is too large is named once.
#[test]
fn forged_files_are_not_read_again_and_again() {
    let world = World::new("forged_files");
    let folder = Path::new(&world.world).join("published/status");
    let forged = |name: String, length: u64| {
        File::create(folder.join(name)).unwrap().set_len(length).unwrap();
    };
    (0..40).for_each(|number| forged(format!("cn-31/{number}.cwt"), 64 << 20));
    (0..8).for_each(|number| forged(format!("cn-31/9.from-{number}.cwt"), 4 << 20));
    forged("cn-32/index.json".to_owned(), 64 << 20);
    let code = world.text("lin-yue", AT);
    let mut gate = Gate::open(&world.arguments(&["--application", "422", "--at", AT]));
    assert_eq!(number(&gate.scan(&code)), 0);
    let Some(before) = read_by(gate.child.id()) else { return };
    assert!(before < 24 << 20, "{before} at the first look");
    for look in 1..=2 {
        std::thread::sleep(LOOK);
        assert_eq!(gate.scan(&code)["status"], "valid");
        let read = read_by(gate.child.id()).unwrap() - before;
        assert!(read < look * (4 << 20), "{read} after {look} more");
    }
    let after = read_by(gate.child.id()).unwrap();
    say!("{} KiB at the first look, {} KiB at two more", before / 1024, (after - before) / 1024);
    drop(gate.child.stdin.take());
    let output = gate.child.wait_with_output().unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(told.lines().count(), 1, "it is named once: {told}");
    assert!(told.contains("cn-32/index.json: more than"), "{told}");
}

/// What is no file at all, where a list should be, stops nothing.
#[cfg(unix)]
#[test]
fn a_pipe_in_the_place_of_a_list_is_not_waited_for() {
    let world = World::new("fifo_list");
    let fifo = status_of(&world, "cn-32");
    std::fs::remove_file(&fifo).unwrap();
    assert!(std::process::Command::new("mkfifo").arg(&fifo).status().unwrap().success());
    let code = world.text("lin-yue", AT);
    let mut gate = Gate::open(&world.arguments(&["--application", "422", "--at", AT]));
    assert_eq!(gate.scan(&code)["status"], "valid");
    let told = gate.close();
    assert!(told.contains("cn-32/index.json: this is no regular file"), "{told}");
}
