//! Files: read within bounds, written whole or not at all.
//!
//! Every file that the command makes is made here. Uses `failure` and `cause`, and `device` for
//! standard input.

use std::fmt;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::hash::{BuildHasher, RandomState};
use std::io::{self, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

use onecode::jose::decode_base64url;
use serde::de::DeserializeOwned;
use serde::Serialize;

use crate::cause::{Both, Cause};
use crate::device::Input;
use crate::failure::Failure;
use crate::lang::Said;

/// Largest key, list of words or other small file that is read, in bytes.
const MAX_SMALL: u64 = 1 << 20;

/// Largest wallet or other file in base64url that is read, in bytes.
const MAX_BASE64URL: u64 = 64 << 20;

/// What ends the name of a file that is being written, behind 16 random digits.
const TEMPORARY: &str = ".new";

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

impl Unreadable {
    /// Whether nothing is there.
    pub(crate) fn is_missing(&self) -> bool {
        matches!(self, Unreadable::Io(error) if error.kind() == ErrorKind::NotFound)
    }
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
        Input::open().take(limit + 1).read_to_end(&mut bytes)
    } else {
        let opened = if is_handed_over(file) { File::open(file) } else { open_to_read(file) };
        opened.and_then(|opened| opened.take(limit + 1).read_to_end(&mut bytes))
    };
    read.map_err(Unreadable::Io)?;
    if bytes.len() as u64 > limit {
        return Err(Unreadable::TooLarge(limit));
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

/// Bytes that are kept as base64url, on a line of their own.
pub(crate) fn read_base64url(file: &Path) -> Result<Vec<u8>, Failure> {
    let bytes = read_up_to(file, MAX_BASE64URL)?;
    decode_base64url(bytes.trim_ascii()).map_err(|error| failed(file, error))
}

pub(crate) fn read_json<T: DeserializeOwned>(file: &Path) -> Result<T, Failure> {
    serde_json::from_str(&read_text(file)?).map_err(|e| failed(file, e))
}

/// A text that people write: keys and JSON. The byte order mark that an editor may have put before
/// it is skipped; what is signed is never read this way.
pub(crate) fn text_in(bytes: &[u8]) -> Result<&str, Said> {
    if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
        return Err(said!(
            "这是 UTF-16 文本；请另存为 UTF-8",
            "this is UTF-16 text; save it as UTF-8"
        ));
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    std::str::from_utf8(bytes).map_err(|error| {
        said!(
            "从第 {at} 字节起不是 UTF-8 文本",
            "this is not UTF-8 text, from byte {at} on",
            at = error.valid_up_to()
        )
    })
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
    io::Error::other(if found.is_dir() {
        both!("不是普通文件，而是文件夹", "this is no regular file, but a folder")
    } else if is_fifo(found) {
        both!("不是普通文件，而是 FIFO", "this is no regular file, but a FIFO")
    } else {
        both!("不是普通文件，而是设备或套接字", "this is no regular file, but a device or a socket")
    })
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
        ErrorKind::AlreadyExists => failed(
            file,
            said!("文件已经存在；请另取文件名", "it is there already; name a new file"),
        ),
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
        return Err(io::Error::other(both!(
            "这是别的用户放在那里的链接",
            "this is a link that another user has put there"
        )));
    }
    let target = folder_of(file).join(fs::read_link(file)?);
    fs::canonicalize(&target).map_err(|error| {
        let target = target.display();
        let text = Both {
            zh: format!("指向 {target} 的链接：{}", error.zh()),
            en: format!("a link to {target}: {error}"),
        };
        io::Error::new(error.kind(), text)
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
                    let text = Both {
                        zh: format!(
                            "{}。所在文件夹须允许新建文件：先写在旁边，再换成这个文件名",
                            error.zh()
                        ),
                        en: format!(
                            "{error}. Its folder has to allow new files: it is written beside, and \
                             then takes the name"
                        ),
                    };
                    return Err(io::Error::new(error.kind(), text));
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
                both!(
                    "它是单独挂载的文件，不能替换；请挂载它所在的文件夹",
                    "it is mounted as a single file, which cannot be replaced; mount the folder \
                     that it is in"
                ),
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
            warn!(
                "{file}: 另一个 onecode 正在修改，请稍候",
                "{file}: waiting for another onecode that changes it",
                file = file.display()
            );
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
    let opened = match open_to_read(&lock) {
        Err(error) if error.kind() == ErrorKind::NotFound => make_lock(&lock),
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
        return Err(failed(
            folder,
            said!(
                "文件夹里已有内容；请另取文件夹名",
                "there is something in it already; name a new folder"
            ),
        ));
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
