//! Files that the command makes: whole or not there, for their owner where they are secret, and
//! never what somebody else has put in their way.
#![cfg(unix)]

#[macro_use]
#[path = "../../tests/say/mod.rs"]
mod say;

mod run;

use std::fs;
use std::os::unix::fs::{lchown, symlink, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use run::gate::{number, World, AT};
use run::{bad, folder, good, lines, onecode, with_input, COMMAND};

/// Runs the command behind a line of shell, with `$@` for the command itself.
fn in_shell(line: &str, arguments: &[&str], input: &str) -> Output {
    let mut child = run::in_english(Command::new("sh"))
        .args(["-c", line, "sh", COMMAND])
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let _ = std::io::Write::write_all(&mut child.stdin.take().unwrap(), input.as_bytes());
    child.wait_with_output().unwrap()
}

/// No file may have more than so many blocks of 512 bytes: a full disk.
fn on_a_full_disk(blocks: usize, arguments: &[&str], input: &str) -> Output {
    in_shell(&format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$@\""), arguments, input)
}

/// The output, unless the command waits for something.
fn without_waiting(arguments: &[&str]) -> Output {
    let mut child = run::command()
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let began = Instant::now();
    while child.try_wait().unwrap().is_none() {
        if began.elapsed() > Duration::from_secs(20) {
            child.kill().unwrap();
            panic!("it waits: {arguments:?}");
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    child.wait_with_output().unwrap()
}

fn audited<'a>(world: &'a World, state: &'a str, receipts: &'a str) -> Vec<&'a str> {
    let more = ["--receipts", receipts, "--scanner", "cn-32.gate-1"];
    [&world.bus(state)[..], &more].concat()
}

fn path(folder: &Path, name: &str) -> String {
    folder.join(name).to_str().unwrap().to_owned()
}

fn names_in(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn a_link_in_the_way_of_a_file_that_is_written_leads_nowhere() {
    let world = World::new("links");
    let (state, receipts) = (world.state(), path(&world.folder, "receipts.txt"));
    let victim = world.folder.join("victim");
    fs::write(&victim, "precious").unwrap();
    let link = |name: &str| symlink(&victim, world.folder.join(name)).unwrap();
    // Where the file used to be written before it took its name, and where a picture goes.
    link(".gate.state.new");
    link(".code.png.new");
    let codes = world.codes(2);
    let arguments = audited(&world, &state, &receipts);
    assert_eq!(number(&lines(&with_input(&arguments, codes[0].as_bytes()))[0]), 0);
    let png = path(&world.folder, "code.png");
    let show = ["show", "--world", &world.world, "--card", "lin-yue", "--at", AT, "--png", &png];
    good(&onecode(&show));
    assert_eq!(fs::read(&victim).unwrap(), b"precious");

    // A key is never written through a link, whether it leads somewhere or not.
    link("key.pem");
    let key = path(&world.folder, "key.pem");
    bad(&onecode(&["keygen", "--alg", "es256", "--out", &key]));
    fs::remove_file(&key).unwrap();
    symlink(world.folder.join("elsewhere"), &key).unwrap();
    bad(&onecode(&["keygen", "--alg", "es256", "--out", &key]));
    assert!(!world.folder.join("elsewhere").exists());

    // One's own links are followed: the state may lie on another disk.
    let linked = path(&world.folder, "linked.state");
    symlink(&state, &linked).unwrap();
    assert_eq!(number(&lines(&with_input(&world.bus(&linked), codes[1].as_bytes()))[0]), 0);
    assert!(fs::symlink_metadata(&linked).unwrap().is_symlink());
    assert_eq!(number(&lines(&with_input(&world.bus(&state), codes[1].as_bytes()))[0]), 601);

    // Those of others are not.
    if lchown(&linked, Some(65_534), Some(65_534)).is_err() {
        say!("SKIPPED: only root can make a link of another user");
        return;
    }
    let before = fs::read(&state).unwrap();
    let line = bad(&with_input(&world.bus(&linked), codes[1].as_bytes()));
    assert!(line.contains("linked.state") && line.contains("another user"), "{line}");
    assert_eq!(fs::read(&state).unwrap(), before);
    for name in ["code.png", "receipts.txt.1"] {
        let file = path(&world.folder, name);
        let _ = fs::remove_file(&file);
        link(name);
        lchown(&file, Some(65_534), Some(65_534)).unwrap();
        let line = match name {
            "code.png" => bad(&onecode(&show)),
            _ => bad(&with_input(&audited(&world, &state, &file), b"")),
        };
        assert!(line.contains("another user"), "{line}");
    }
    assert_eq!(fs::read(&victim).unwrap(), b"precious");
}

#[test]
fn what_is_secret_or_tells_of_people_is_for_its_owner_alone() {
    let world = World::new("modes");
    let (state, receipts) = (world.state(), path(&world.folder, "receipts.txt"));
    let codes = world.codes(2);
    let arguments = audited(&world, &state, &receipts);
    lines(&with_input(&arguments, codes[0].as_bytes()));
    let before = fs::read(&state).unwrap();
    lines(&with_input(&arguments, codes[1].as_bytes()));
    // Receipts that nobody has been told of go aside.
    fs::write(&state, before).unwrap();
    with_input(&arguments, b"");
    let (png, svg) = (path(&world.folder, "code.png"), path(&world.folder, "code.svg"));
    let show = ["show", "--world", &world.world, "--card", "lin-yue"];
    good(&onecode(&[&show[..], &["--png", &png]].concat()));
    good(&onecode(&[&show[..], &["--svg", &svg]].concat()));
    good(&onecode(&["keygen", "--alg", "es256", "--out", &path(&world.folder, "key.pem")]));

    let mut folders = vec![world.folder.clone()];
    let (mut secret, mut public) = (0, 0);
    while let Some(folder) = folders.pop() {
        for name in names_in(&folder) {
            let file = folder.join(&name);
            let found = fs::metadata(&file).unwrap();
            if found.is_dir() {
                folders.push(file);
                continue;
            }
            let in_published = file.to_str().unwrap().contains("/published/");
            let is_public = in_published
                || ["roots.json", "README.txt", "trust-list.json", "catalogue.json", "holder.json"]
                    .contains(&&*name)
                || [".png", ".svg"].iter().any(|end| name.ends_with(end));
            let mode = found.permissions().mode() & 0o777;
            let others = if is_public { 0o044 } else { 0 };
            // Whatever the umask takes from others, it gives them nothing.
            assert_eq!(mode & 0o077 & !others, 0, "{}: {mode:o}", file.display());
            *if is_public { &mut public } else { &mut secret } += 1;
        }
    }
    assert!(secret > 30 && public > 8, "{secret} {public}");
    assert!(world.folder.join("receipts.txt.not-in-state").exists());
}

/// A FIFO waits for whoever is at its other end, and at a gate nobody is.
#[test]
fn what_is_no_file_is_refused_in_words_and_nothing_waits() {
    let world = World::new("no_files");
    let (state, receipts) = (world.state(), path(&world.folder, "receipts.txt"));
    let fifo = path(&world.folder, "fifo");
    assert!(Command::new("mkfifo").arg(&fifo).status().unwrap().success());
    let here = world.folder.to_str().unwrap().to_owned();
    for (what, words) in
        [(&*fifo, "a FIFO"), (&here, "a folder"), ("/dev/null", "a device"), ("/dev/full", "a dev")]
    {
        let key = [&audited(&world, &state, &receipts)[..], &["--scanner-key", what]].concat();
        let sign = ["sign", "catalogue", "--world", &world.world, "--holder", "sh", "--at", AT];
        for arguments in [
            &world.bus(what)[..],
            &audited(&world, &state, what),
            &key,
            &["key", what],
            &["show", "--world", &world.world, "--card", "lin-yue", "--png", what],
            &["receipts", "verify", "--world", &world.world, what],
            &[&sign[..], &["--json", what]].concat(),
            &[&sign[..], &["--out", what]].concat(),
            &["preflight", "--world", &world.world, "--state", what],
        ] {
            let line = bad(&without_waiting(arguments));
            assert!(line.contains(what) && line.contains(words), "{arguments:?}: {line}");
        }
    }
    // A lock, a list or a picture that somebody has made one of.
    let link = |name: &str| fs::rename(&fifo, world.folder.join(name)).unwrap();
    link(".gate.state.lock");
    let line = bad(&without_waiting(&world.bus(&state)));
    assert!(line.contains("gate.state") && line.contains("a FIFO"), "{line}");
    fs::rename(world.folder.join(".gate.state.lock"), &fifo).unwrap();
    fs::remove_file(Path::new(&world.world).join("published/status/cn-31/index.json")).unwrap();
    link("w/published/status/cn-31/index.json");
    let output = without_waiting(&world.bus(&state));
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success() && told.contains("a FIFO"), "{told}");
    let picture = path(&world.folder, "w/published/status/cn-31/index.json");
    let scan = world.arguments(&["--application", "422", "--at", AT, &picture]);
    assert_eq!(lines(&without_waiting(&scan))[0]["verdict"], "unread");
    // What the shell hands over is none of these: it has opened it, and somebody writes to it.
    if Command::new("bash").arg("-c").arg("true").status().is_ok_and(|bash| bash.success()) {
        let line = r#""$0" key <("$0" keygen --alg es256)"#;
        let shown = Command::new("bash").args(["-c", line, COMMAND]).output().unwrap();
        assert!(good(&shown).contains("BEGIN PUBLIC KEY"));
    } else {
        say!("SKIPPED: no bash");
    }
}

#[test]
fn on_a_full_disk_nothing_is_left_behind_and_the_name_can_be_used() {
    let folder = folder("full_disk_names");
    let key = path(&folder, "issuer.pem");
    let keygen = ["keygen", "--alg", "es256", "--out", &key];
    bad(&on_a_full_disk(0, &keygen, ""));
    assert_eq!(names_in(&folder), [""; 0]);
    good(&onecode(&keygen));

    let region = path(&folder, "w");
    let sandbox = ["sandbox", &region, "--seed", "7", "--at", AT];
    // At different moments: the first key, a card, a status list.
    for blocks in [0, 1, 2, 4] {
        bad(&on_a_full_disk(blocks, &sandbox, ""));
        assert_eq!(names_in(&folder), ["issuer.pem"], "{blocks}");
    }
    good(&onecode(&sandbox));
    let code = good(&onecode(&["show", "--world", &region, "--text", "--card", "lin-yue"]));
    let export = path(&folder, "export");
    let explain = ["explain", code.trim_end(), "--export", &export];
    let output = on_a_full_disk(0, &explain, "");
    assert_eq!(output.status.code(), Some(2));
    assert!(!Path::new(&export).exists());
    good(&onecode(&explain));
    bad_after_output(&onecode(&explain));
}

fn bad_after_output(output: &Output) {
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    assert_eq!(String::from_utf8_lossy(&output.stderr).lines().count(), 1, "{output:?}");
}

/// Nobody is let in before there is a state, so that a gate which has none yet can always begin.
#[test]
fn a_first_state_that_cannot_be_written_does_not_keep_the_gate_shut() {
    let world = World::new("first_state");
    let (state, receipts) = (world.state(), path(&world.folder, "receipts.txt"));
    let arguments = audited(&world, &state, &receipts);
    let codes = world.codes(2);
    for blocks in [0, 1, 2, 3] {
        let output = on_a_full_disk(blocks, &arguments, &format!("{}\n", codes[0]));
        if Path::new(&state).exists() {
            // The first one had room: from that a gate goes on.
            good(&with_input(&arguments, b"anything"));
            fs::remove_file(&state).unwrap();
            fs::remove_file(&receipts).unwrap();
            continue;
        }
        let line = bad(&output);
        assert!(line.contains("gate.state: the state cannot be written"), "{line}");
    }
    assert_eq!(number(&lines(&with_input(&arguments, codes[0].as_bytes()))[0]), 0);
    assert_eq!(number(&lines(&with_input(&arguments, codes[0].as_bytes()))[0]), 601);
    // A gate that has a state to go on from opens on a full disk, and says that it is full.
    let output = on_a_full_disk(0, &world.bus(&state), &format!("{}\n", codes[1]));
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(told.contains("the state cannot be written"), "{told}");
    assert_eq!(String::from_utf8(output.stdout).unwrap().lines().count(), 1);
    // A file that was made by hand is no state.
    let empty = path(&world.folder, "empty.state");
    fs::write(&empty, "").unwrap();
    let line = bad(&with_input(&world.bus(&empty), b""));
    assert!(line.contains("it is empty") && line.contains("mount the folder"), "{line}");
    // Where no new file can be made the advice is not about room.
    let sealed = world.folder.join("sealed");
    fs::create_dir(&sealed).unwrap();
    fs::copy(&state, sealed.join("gate.state")).unwrap();
    fs::write(sealed.join(".gate.state.lock"), "").unwrap();
    fs::set_permissions(&sealed, fs::Permissions::from_mode(0o555)).unwrap();
    let sealed = path(&sealed, "gate.state");
    if fs::metadata(&world.folder).unwrap().uid() == 0 {
        say!("SKIPPED: root may write everywhere");
    } else {
        let line = bad(&with_input(&world.bus(&sealed), b""));
        assert!(line.contains("folder has to allow new files"), "{line}");
    }
}

/// What a killed process leaves goes when the next one starts; what others have there stays.
#[test]
fn what_a_killed_gate_was_writing_is_removed() {
    let world = World::new("leftovers");
    let state = world.state();
    let file = |name: &str| -> PathBuf { world.folder.join(name) };
    for name in
        [".gate.state.0123456789abcdef.new", ".gate.state.new", ".other.0123456789abcdef.new"]
    {
        fs::write(file(name), "half").unwrap();
    }
    lines(&with_input(&world.bus(&state), b"anything"));
    assert!(!file(".gate.state.0123456789abcdef.new").exists());
    assert!(file(".gate.state.new").exists() && file(".other.0123456789abcdef.new").exists());
}

/// In a container a single file is often mounted; no file can take its place.
#[test]
fn a_state_that_is_mounted_by_itself_is_found_out_before_the_gate_opens() {
    let world = World::new("mounted");
    let (state, codes) = (world.state(), world.codes(2));
    lines(&with_input(&world.bus(&state), codes[0].as_bytes()));
    let mounted = path(&world.folder, "mounted.state");
    fs::write(&mounted, "").unwrap();
    let can = Command::new("unshare").args(["-m", "true"]).output();
    if !can.is_ok_and(|can| can.status.success()) {
        say!("SKIPPED: nothing can be mounted here");
        return;
    }
    let line = format!("mount --bind '{state}' '{mounted}' && exec \"$@\"");
    let line = format!("exec unshare -m sh -c '{}' sh \"$@\"", line.replace('\'', "'\\''"));
    let line = bad(&in_shell(&line, &world.bus(&mounted), &codes[1]));
    assert!(line.contains("mounted.state") && line.contains("mount the folder"), "{line}");
}
