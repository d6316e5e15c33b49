//! Files: read within bounds, written whole or not at all.
//!
//! Every file that the command makes is made here. Uses `failure`, and `device` for standard input.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::hash::{BuildHasher, RandomState};
use std::io::{self, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde::Serialize;

use crate::device::Input;
use crate::failure::Failure;

/// Largest key, list of words or other small file that is read, in bytes.
const MAX_SMALL: u64 = 1 << 20;

/// What ends the name of a file that is being written, behind 16 random digits.
const TEMPORARY: &str = ".new";

pub(crate) fn failed(file: &Path, error: impl std::fmt::Display) -> Failure {
    Failure(format!("{}: {error}", file.display()))
}

/// A small file, or standard input for `-`.
pub(crate) fn read(file: &Path) -> Result<Vec<u8>, Failure> {
    read_up_to(file, MAX_SMALL)
}

/// A file of at most `limit` bytes, or standard input for `-`.
pub(crate) fn read_up_to(file: &Path, limit: u64) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    let read = if file == Path::new("-") {
        Input::open().take(limit + 1).read_to_end(&mut bytes)
    } else {
        let opened = if is_handed_over(file) { File::open(file) } else { open_to_read(file) };
        opened.and_then(|opened| opened.take(limit + 1).read_to_end(&mut bytes))
    };
    read.map_err(|error| failed(file, error))?;
    if bytes.len() as u64 > limit {
        return Err(failed(file, format!("more than {limit} bytes")));
    }
    Ok(bytes)
}

/// What the shell has opened for the command: `/dev/stdin`, and `/dev/fd/63` for `<(…)`. It may be
/// a pipe, and there is somebody at the other end.
fn is_handed_over(file: &Path) -> bool {
    file == Path::new("/dev/stdin")
        || file.starts_with("/dev/fd")
        || file.starts_with("/proc/self/fd")
}

pub(crate) fn read_text(file: &Path) -> Result<String, Failure> {
    text_in(&read(file)?).map(str::to_owned).map_err(|error| failed(file, error))
}

pub(crate) fn read_json<T: DeserializeOwned>(file: &Path) -> Result<T, Failure> {
    serde_json::from_str(&read_text(file)?).map_err(|e| failed(file, e))
}

/// A text that people write: keys and JSON. The byte order mark that an editor may have put before
/// it is skipped; what is signed is never read this way.
pub(crate) fn text_in(bytes: &[u8]) -> Result<&str, String> {
    if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
        return Err("this is UTF-16 text; save it as UTF-8".into());
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    std::str::from_utf8(bytes)
        .map_err(|error| format!("this is not UTF-8 text, from byte {} on", error.valid_up_to()))
}

/// A regular file, to be read.
pub(crate) fn open_to_read(file: &Path) -> io::Result<File> {
    open_regular(file, OpenOptions::new().read(true))
}

/// Opens a regular file and nothing else: a FIFO would wait for somebody at its other end, and a
/// device keeps nothing.
fn open_regular(file: &Path, options: &OpenOptions) -> io::Result<File> {
    // Before it is opened, for opening alone may do something to a device.
    if let Some(found) = fs::metadata(file).ok().filter(|found| !found.is_file()) {
        return Err(not_regular(found.file_type()));
    }
    let mut options = options.clone();
    do_not_wait(&mut options);
    let opened = options.open(file)?;
    // And what was opened: it may have taken the name since.
    let found = opened.metadata()?;
    if !found.is_file() {
        return Err(not_regular(found.file_type()));
    }
    Ok(opened)
}

fn not_regular(found: fs::FileType) -> io::Error {
    let what = if found.is_dir() {
        "a folder"
    } else if is_fifo(found) {
        "a FIFO"
    } else {
        "a device or a socket"
    };
    io::Error::other(format!("this is no regular file, but {what}"))
}

/// Where a new file may be read by others or not.
#[derive(Clone, Copy)]
pub(crate) enum Readers {
    /// What is published, or a picture to be shown.
    Everybody,
    /// Keys, states, receipts, cards: whatever is secret, or tells of people.
    Owner,
}

/// A new file, whole or not at all; one that is there already stays as it is.
pub(crate) fn write_new(file: &Path, bytes: &[u8], readers: Readers) -> Result<(), Failure> {
    let written = match file.symlink_metadata() {
        Ok(_) => Err(ErrorKind::AlreadyExists.into()),
        Err(_) => Temporary::write(file, bytes, readers).and_then(|made| made.take_new_name(file)),
    };
    written.map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => failed(file, "it is there already; name a new file"),
        _ => failed(file, error),
    })
}

/// A JSON file for people to read, in place of the old one.
pub(crate) fn replace_json(
    file: &Path,
    value: &impl Serialize,
    readers: Readers,
) -> Result<(), Failure> {
    let mut json = serde_json::to_string_pretty(value).map_err(|e| failed(file, e))?;
    json.push('\n');
    replace(file, json.as_bytes(), readers).map_err(|e| failed(file, e))
}

/// Writes a file so that, whenever this process or the machine stops, it is wholly the old one or
/// wholly the new one: a temporary file beside it, on the disk before it takes the name.
pub(crate) fn replace(file: &Path, bytes: &[u8], readers: Readers) -> io::Result<()> {
    let file = &followed(file)?;
    // Nothing but a file is replaced by one.
    if let Some(found) = fs::metadata(file).ok().filter(|found| !found.is_file()) {
        return Err(not_regular(found.file_type()));
    }
    Temporary::write(file, bytes, readers)?.take_name(file)
}

/// A file that grows: opened where it is, and made where not.
pub(crate) fn open_to_append(file: &Path, readers: Readers) -> io::Result<File> {
    let file = &followed(file)?;
    let mut options = OpenOptions::new();
    options.read(true).append(true);
    match open_regular(file, &options) {
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        opened => return opened,
    }
    restrict(options.create_new(true), readers);
    let made = options.open(file)?;
    sync_folder_of(file)?;
    Ok(made)
}

/// The file that a link leads to. A link that somebody else has put there is not followed: in a
/// folder where others may write, it would choose which file of ours is written to.
fn followed(file: &Path) -> io::Result<PathBuf> {
    let is_link = |found: &fs::Metadata| found.file_type().is_symlink();
    let Some(link) = file.symlink_metadata().ok().filter(is_link) else {
        return Ok(file.to_owned());
    };
    if !is_ours(&link, folder_of(file)) {
        return Err(io::Error::other("this is a link that another user has put there"));
    }
    let target = folder_of(file).join(fs::read_link(file)?);
    fs::canonicalize(&target).map_err(|error| {
        io::Error::new(error.kind(), format!("a link to {}: {error}", target.display()))
    })
}

/// A file that is written beside the one whose name it takes. Dropped before, it is gone.
struct Temporary {
    path: PathBuf,
    has_its_name: bool,
}

impl Temporary {
    /// Whole, and on the disk.
    fn write(file: &Path, bytes: &[u8], readers: Readers) -> io::Result<Self> {
        let mut options = OpenOptions::new();
        // Its name is new: whatever somebody put there, or linked to elsewhere, is not written to.
        restrict(options.write(true).create_new(true), readers);
        let mut attempts = 0;
        let (path, mut opened) = loop {
            let random = RandomState::new().hash_one(attempts);
            let path = beside(file, &format!("{random:016x}{TEMPORARY}"));
            attempts += 1;
            match options.open(&path) {
                Err(error) if error.kind() == ErrorKind::AlreadyExists && attempts < 16 => {}
                Err(error) if error.kind() == ErrorKind::PermissionDenied => {
                    return Err(io::Error::new(
                        error.kind(),
                        format!(
                            "{error}. Its folder has to allow new files: it is written beside, and \
                             then takes the name"
                        ),
                    ));
                }
                opened => break (path, opened?),
            }
        };
        let made = Temporary { path, has_its_name: false };
        opened.write_all(bytes)?;
        opened.sync_all()?;
        Ok(made)
    }

    fn take_name(mut self, file: &Path) -> io::Result<()> {
        fs::rename(&self.path, file).map_err(|error| match error.kind() {
            ErrorKind::ResourceBusy => io::Error::new(
                error.kind(),
                "it is mounted as a single file, which cannot be replaced; mount the folder that \
                 it is in",
            ),
            _ => error,
        })?;
        self.has_its_name = true;
        sync_folder_of(file)
    }

    /// A name that nothing has.
    fn take_new_name(self, file: &Path) -> io::Result<()> {
        match fs::hard_link(&self.path, file) {
            Ok(()) => sync_folder_of(file),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => Err(error),
            // Not every file system has two names for a file: then the name is taken first.
            Err(_) => {
                OpenOptions::new().write(true).create_new(true).open(file)?;
                let taken = self.take_name(file);
                if taken.is_err() {
                    let _ = fs::remove_file(file);
                }
                taken
            }
        }
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        // The old file is as it was; what was begun is of no use, and may fill the disk.
        if !self.has_its_name {
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// A hidden file that belongs to another one.
fn beside(file: &Path, what: &str) -> PathBuf {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    folder_of(file).join(format!(".{name}.{what}"))
}

/// Removes what a process left behind that was killed while it wrote this file.
fn remove_leftovers(file: &Path) {
    let file = fs::canonicalize(file).unwrap_or_else(|_| file.to_owned());
    let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let is_left = |found: &str| {
        let random = found
            .strip_prefix('.')
            .and_then(|found| found.strip_prefix(&*name)?.strip_prefix('.'))
            .and_then(|found| found.strip_suffix(TEMPORARY));
        random.is_some_and(|r| r.len() == 16 && r.bytes().all(|b| b.is_ascii_hexdigit()))
    };
    for entry in fs::read_dir(folder_of(&file)).into_iter().flatten().flatten() {
        if entry.file_name().to_str().is_some_and(is_left) {
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// A file that this process alone changes, until this is dropped or the process ends.
pub(crate) struct Held {
    _lock: Option<File>,
}

/// Holds a file that this process is to change from what is in it now. With another process at it,
/// one would undo what the other has done. `None` when another one holds it.
///
/// The lock is on a file beside it that stays: the file itself is replaced by another one.
pub(crate) fn try_hold(file: &Path) -> Result<Option<Held>, Failure> {
    let lock = open_lock(file)?;
    match lock.try_lock() {
        Ok(()) => {
            remove_leftovers(file);
            Ok(Some(Held { _lock: Some(lock) }))
        }
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Ok(Some(cannot_hold(file, error))),
    }
}

/// The same, when the other one is done: it takes a moment.
pub(crate) fn hold(file: &Path) -> Result<Held, Failure> {
    let lock = open_lock(file)?;
    let locked = match lock.try_lock() {
        Err(TryLockError::WouldBlock) => {
            tell!("onecode: {}: waiting for another onecode that changes it", file.display());
            lock.lock()
        }
        Err(TryLockError::Error(error)) => Err(error),
        Ok(()) => Ok(()),
    };
    match locked {
        Ok(()) => Ok(Held { _lock: Some(lock) }),
        Err(error) => Ok(cannot_hold(file, error)),
    }
}

/// Not every file system has locks.
fn cannot_hold(file: &Path, error: io::Error) -> Held {
    tell!(
        "onecode: {}: see that no other onecode uses it, for it cannot be locked here: {error}",
        file.display()
    );
    Held { _lock: None }
}

fn open_lock(file: &Path) -> Result<File, Failure> {
    let file = fs::canonicalize(file).unwrap_or_else(|_| file.to_owned());
    let lock = beside(&file, "lock");
    // One that is there will do on a disk that has become full, or can only be read.
    let opened = match open_to_read(&lock) {
        Err(error) if error.kind() == ErrorKind::NotFound => make_lock(&lock),
        opened => opened,
    };
    opened.map_err(|error| {
        failed(&file, format!("it cannot be kept there, for {}: {error}", lock.display()))
    })
}

fn make_lock(lock: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    restrict(options.write(true).create_new(true), Readers::Owner);
    match options.open(lock) {
        // Another process was faster.
        Err(error) if error.kind() == ErrorKind::AlreadyExists => open_to_read(lock),
        opened => opened,
    }
}

fn folder_of(file: &Path) -> &Path {
    match file.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    }
}

/// A new name, too, is to survive a power cut. Not every folder can be opened or synced.
fn sync_folder_of(file: &Path) -> io::Result<()> {
    let Ok(folder) = File::open(folder_of(file)) else { return Ok(()) };
    match folder.sync_all() {
        Err(error)
            if !matches!(
                error.kind(),
                ErrorKind::Unsupported | ErrorKind::InvalidInput | ErrorKind::PermissionDenied
            ) =>
        {
            Err(error)
        }
        _ => Ok(()),
    }
}

/// Hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(unix)]
fn restrict(options: &mut OpenOptions, readers: Readers) {
    let mode = match readers {
        Readers::Everybody => 0o644,
        Readers::Owner => 0o600,
    };
    std::os::unix::fs::OpenOptionsExt::mode(options, mode);
}

#[cfg(not(unix))]
fn restrict(_: &mut OpenOptions, _: Readers) {}

/// Opening a FIFO that has nobody at its other end returns at once, and no terminal becomes that
/// of the process.
#[cfg(unix)]
fn do_not_wait(options: &mut OpenOptions) {
    use rustix::fs::OFlags;
    let flags = (OFlags::NONBLOCK | OFlags::NOCTTY).bits();
    std::os::unix::fs::OpenOptionsExt::custom_flags(options, flags.cast_signed());
}

#[cfg(not(unix))]
fn do_not_wait(_: &mut OpenOptions) {}

/// Of this user, of the system, or of whoever owns the folder.
#[cfg(unix)]
fn is_ours(link: &fs::Metadata, folder: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let owner_of_folder = fs::metadata(folder).ok().map(|found| found.uid());
    [Some(0), Some(rustix::process::geteuid().as_raw()), owner_of_folder]
        .contains(&Some(link.uid()))
}

#[cfg(not(unix))]
fn is_ours(_: &fs::Metadata, _: &Path) -> bool {
    true
}

#[cfg(unix)]
fn is_fifo(found: fs::FileType) -> bool {
    std::os::unix::fs::FileTypeExt::is_fifo(&found)
}

#[cfg(not(unix))]
fn is_fifo(_: fs::FileType) -> bool {
    false
}

/// A folder of its own; its parents are made as well.
pub(crate) fn create_folder(folder: &Path) -> Result<(), Failure> {
    fs::create_dir_all(folder).map_err(|e| failed(folder, e))
}

/// Fills a folder that was not there, or was empty. What was begun is removed when that fails, so
/// that its name can be used again.
pub(crate) fn fill_new_folder(
    folder: &Path,
    fill: impl FnOnce() -> Result<(), Failure>,
) -> Result<(), Failure> {
    let was_there = fs::read_dir(folder).map(|mut entries| entries.next().is_none());
    if let Ok(false) = was_there {
        return Err(failed(folder, "there is something in it already; name a new folder"));
    }
    create_folder(folder)?;
    let filled = fill();
    if filled.is_err() {
        // It was empty a moment ago: all that is in it is of this attempt.
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            let is_folder = entry.file_type().is_ok_and(|found| found.is_dir());
            let _ = if is_folder { fs::remove_dir_all(path) } else { fs::remove_file(path) };
        }
        if was_there.is_err() {
            let _ = fs::remove_dir(folder);
        }
    }
    filled
}

/// The files in a folder whose name ends in `.extension`, in order; none if it is not there.
pub(crate) fn files_in(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut files: Vec<PathBuf> = entries
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|found| found == extension))
        .collect();
    files.sort();
    files
}
