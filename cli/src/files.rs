//! Files: read within bounds, written whole or not at all.
//!
//! Uses `failure` and `cause`.

use std::fmt;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde::Serialize;

use crate::cause::Cause;
use crate::failure::Failure;
use crate::lang::Said;

/// Largest key, list of words or other small file that is read, in bytes.
const MAX_SMALL: u64 = 1 << 20;

/// What is wrong with a file.
pub(crate) fn failed(file: &Path, error: impl Cause) -> Failure {
    Failure(about(file, &error.said()))
}

/// A text with the file that it is about before it.
pub(crate) fn about(file: &Path, text: &Said) -> Said {
    Said::in_language(format!("{}: {text}", file.display()))
}

/// Standard input cannot be read.
pub(crate) fn standard_input(error: &io::Error) -> Failure {
    let error = error.said();
    Failure(said!("标准输入：{error}", "standard input: {error}"))
}

/// Standard output cannot be written.
pub(crate) fn standard_output(error: &io::Error) -> Failure {
    let error = error.said();
    Failure(said!("标准输出：{error}", "standard output: {error}"))
}

/// A file cannot be had.
#[derive(Debug)]
pub(crate) enum Unreadable {
    /// The system does not give it.
    Io(io::Error),
    /// It is larger than it may be, in bytes.
    TooLarge(u64),
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Unreadable::Io(error) => error.fmt(f),
            Unreadable::TooLarge(limit) => write!(f, "more than {limit} bytes"),
        }
    }
}

impl Cause for Unreadable {
    fn zh(&self) -> String {
        match self {
            Unreadable::Io(error) => error.zh(),
            Unreadable::TooLarge(limit) => format!("超过 {limit} 字节"),
        }
    }
}

/// A small file, or standard input for `-`.
pub(crate) fn read(file: &Path) -> Result<Vec<u8>, Failure> {
    read_up_to(file, MAX_SMALL)
}

/// A file of at most `limit` bytes, or standard input for `-`.
pub(crate) fn read_up_to(file: &Path, limit: u64) -> Result<Vec<u8>, Failure> {
    try_read_up_to(file, limit).map_err(|error| failed(file, error))
}

/// The same, for whoever says in words of its own what is wrong.
pub(crate) fn try_read_up_to(file: &Path, limit: u64) -> Result<Vec<u8>, Unreadable> {
    let mut bytes = Vec::new();
    let read = if file == Path::new("-") {
        io::stdin().take(limit + 1).read_to_end(&mut bytes)
    } else {
        File::open(file).and_then(|opened| opened.take(limit + 1).read_to_end(&mut bytes))
    };
    read.map_err(Unreadable::Io)?;
    if bytes.len() as u64 > limit {
        return Err(Unreadable::TooLarge(limit));
    }
    Ok(bytes)
}

pub(crate) fn read_text(file: &Path) -> Result<String, Failure> {
    String::from_utf8(read(file)?)
        .map_err(|_| failed(file, said!("不是 UTF-8 文本", "this is not UTF-8 text")))
}

pub(crate) fn read_json<T: DeserializeOwned>(file: &Path) -> Result<T, Failure> {
    serde_json::from_slice(&read(file)?).map_err(|e| failed(file, e))
}

/// Where a new file may be read by others or not.
#[derive(Clone, Copy)]
pub(crate) enum Readers {
    Everybody,
    Owner,
}

/// A new file; one that is there already stays as it is.
pub(crate) fn write_new(file: &Path, bytes: &[u8], readers: Readers) -> Result<(), Failure> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    restrict(&mut options, readers);
    let written = options.open(file).and_then(|mut file| file.write_all(bytes));
    written.map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => failed(
            file,
            said!("文件已经存在；请另取文件名", "it is there already; name a new file"),
        ),
        _ => failed(file, error),
    })
}

/// A JSON file for people to read, in place of the old one.
pub(crate) fn replace_json(file: &Path, value: &impl Serialize) -> Result<(), Failure> {
    let mut json = serde_json::to_string_pretty(value).map_err(|e| failed(file, e))?;
    json.push('\n');
    replace(file, json.as_bytes(), Readers::Everybody).map_err(|e| failed(file, e))
}

/// Writes a file so that, whenever this process or the machine stops, it is wholly the old one or
/// wholly the new one: a temporary file beside it, on the disk before it takes the name.
pub(crate) fn replace(file: &Path, bytes: &[u8], readers: Readers) -> io::Result<()> {
    // What a link points to, not the link; and nothing but a file is replaced by one.
    let file = &fs::canonicalize(file).unwrap_or_else(|_| file.to_owned());
    if fs::metadata(file).is_ok_and(|found| !found.is_file()) {
        return Err(io::Error::other(said!(
            "已有同名的东西，而它不是普通文件",
            "there is something that is no regular file"
        )));
    }
    let temporary = beside(file, "new");
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    restrict(&mut options, readers);
    let written = options.open(&temporary).and_then(|mut opened| {
        opened.write_all(bytes)?;
        opened.sync_all()?;
        fs::rename(&temporary, file)
    });
    if written.is_err() {
        // The old file is as it was; what was begun is of no use, and may fill the disk.
        let _ = fs::remove_file(&temporary);
        return written;
    }
    sync_folder_of(file);
    Ok(())
}

/// A hidden file that belongs to another one.
fn beside(file: &Path, what: &str) -> PathBuf {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    folder_of(file).join(format!(".{name}.{what}"))
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
        Ok(()) => Ok(Some(Held { _lock: Some(lock) })),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Ok(Some(cannot_hold(file, error))),
    }
}

/// The same, when the other one is done: it takes a moment.
pub(crate) fn hold(file: &Path) -> Result<Held, Failure> {
    if let Some(held) = try_hold(file)? {
        return Ok(held);
    }
    warn!(
        "{file}: 另一个 onecode 正在修改，请稍候",
        "{file}: waiting for another onecode that changes it",
        file = file.display()
    );
    let lock = open_lock(file)?;
    match lock.lock() {
        Ok(()) => Ok(Held { _lock: Some(lock) }),
        Err(error) => Ok(cannot_hold(file, error)),
    }
}

/// Not every file system has locks.
fn cannot_hold(file: &Path, error: io::Error) -> Held {
    warn!(
        "{file}: 这里不能锁定文件，请确保没有别的 onecode 在用它：{error}",
        "{file}: see that no other onecode uses it, for it cannot be locked here: {error}",
        file = file.display(),
        error = error.said()
    );
    Held { _lock: None }
}

fn open_lock(file: &Path) -> Result<File, Failure> {
    let file = fs::canonicalize(file).unwrap_or_else(|_| file.to_owned());
    let lock = beside(&file, "lock");
    // One that is there will do on a disk that has become full, or can only be read.
    let opened = match File::open(&lock) {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let mut options = OpenOptions::new();
            options.write(true).create(true);
            restrict(&mut options, Readers::Owner);
            options.open(&lock)
        }
        opened => opened,
    };
    opened.map_err(|error| {
        failed(
            &file,
            said!(
                "这里不能保存：{lock}: {error}",
                "it cannot be kept there, for {lock}: {error}",
                lock = lock.display(),
                error = error.said()
            ),
        )
    })
}

fn folder_of(file: &Path) -> &Path {
    match file.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    }
}

/// A new name, too, is to survive a power cut, where a folder can be synced at all.
pub(crate) fn sync_folder_of(file: &Path) {
    if let Ok(folder) = File::open(folder_of(file)) {
        let _ = folder.sync_all();
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

/// A folder of its own; its parents are made as well.
pub(crate) fn create_folder(folder: &Path) -> Result<(), Failure> {
    fs::create_dir_all(folder).map_err(|e| failed(folder, e))
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
