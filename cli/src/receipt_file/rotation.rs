//! When a gate begins a new file of receipts, and which old ones it erases.
//!
//! A full file is renamed to `FILE.NUMBER`, the number of its first receipt in twelve digits, and is never
//! renamed again: the order of the names is the order of the chain. Which files are old, the library
//! says, from the receipts in them. Uses `files`.

use std::fs;
use std::io::{self, BufRead, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use onecode::receipt::{day, unverified_time, ChainLink, Retention};

use super::reading::{open, receipt_in, some, MAX_LINE};
use crate::files;
use crate::out;

/// Digits of the number in a name.
const DIGITS: usize = 12;

/// Receipts of a file that are read at a time.
const SOME: usize = 1_024;

/// When a file is full, and for how long it is kept.
#[derive(Clone, Copy, Default, clap::Args)]
pub(crate) struct Rotation {
    /// Begin a new file of receipts each day, by the calendar of China. The old one is named after
    /// the number of its first receipt, such as receipts.txt.000000041200.
    #[arg(long, requires = "receipts")]
    rotate_daily: bool,
    /// Begin a new file of receipts before one is larger than this, in bytes.
    #[arg(long, value_name = "BYTES", requires = "receipts", value_parser = clap::value_parser!(u64).range(65_536..))]
    rotate_bytes: Option<u64>,
    /// Erase such old files when all of their receipts are older than this many days. What counts is
    /// the dates in them, against the newest list that the gate holds and its clock, the earlier of
    /// both. Without another rotation there is a new file each day.
    #[arg(long, value_name = "DAYS", requires = "receipts", value_parser = clap::value_parser!(u16).range(1..=36_500))]
    keep_days: Option<u16>,
}

impl Rotation {
    /// Whether receipts of this day and size go into a new file; those in the file end with `last`.
    pub(super) fn is_due(&self, length: u64, more: usize, last: Option<i64>, next: i64) -> bool {
        let daily = self.rotate_daily || (self.keep_days.is_some() && self.rotate_bytes.is_none());
        let is_full = self.rotate_bytes.is_some_and(|most| length + more as u64 > most);
        length > 0 && (is_full || (daily && last.is_some_and(|last| last != next)))
    }

    pub(super) fn erases(&self) -> bool {
        self.keep_days.is_some()
    }

    /// Erases the files that are old enough, and says so in one line. `head` is the number of the
    /// next receipt: the file with the one before it stays.
    pub(super) fn erase(&self, path: &Path, head: u64, known_unix_s: i64) {
        let Some(days) = self.keep_days else { return };
        let mut old = rotated(path);
        let last = old.last().map(|(number, ..)| *number);
        let of_head = old.iter().map(|(number, ..)| *number).filter(|it| *it <= head).max();
        let may_go = |number: u64| Some(number) != last && Some(number) != of_head;
        let mut retention = Retention::new(days, known_unix_s);
        for (_, _, file) in &old {
            let Ok(times) = times(file) else { break };
            if !retention.take(times) {
                break;
            }
        }
        old.truncate(retention.erasable());
        old.retain(|(number, ..)| may_go(*number));
        let mut erased = Vec::new();
        for (number, _, file) in old {
            // The oldest first: what is left is one piece of the chain, whenever this ends.
            if let Err(error) = fs::remove_file(&file) {
                out::warn(&files::failed(&file, error).0);
                break;
            }
            erased.push(number);
        }
        if let [first, ..] = erased[..] {
            let (count, next) = (erased.len(), rotated(path).first().map_or(head, |it| it.0));
            warn!(
                "{file}: 已删除 {count} 个满 {days} 天的回执文件，编号从 {first} 到 {next} 之前",
                "{file}: erased {count} files of receipts older than {days} days, from number \
                 {first} to before {next}",
                file = path.display()
            );
        }
        erase_set_aside(&aside(path), days, known_unix_s);
    }
}

/// Where receipts go that the state does not tell of.
pub(super) fn aside(path: &Path) -> PathBuf {
    let mut aside = path.to_owned().into_os_string();
    aside.push(".not-in-state");
    aside.into()
}

fn erase_set_aside(file: &Path, days: u16, known_unix_s: i64) {
    let mut retention = Retention::new(days, known_unix_s);
    let Ok(times) = times(file) else { return };
    retention.take(times);
    if retention.erasable() > 0 && fs::remove_file(file).is_ok() {
        warn!(
            "{file}: 已删除，其中的回执都满 {days} 天",
            "{file}: erased, for all of its receipts are older than {days} days",
            file = file.display()
        );
    }
}

/// Gives a full file the name of its first receipt.
pub(super) fn rename(path: &Path, mut file: &fs::File) -> io::Result<()> {
    file.seek(SeekFrom::Start(0))?;
    let mut line = Vec::new();
    io::BufReader::new(file).take(MAX_LINE as u64).read_until(b'\n', &mut line)?;
    let number = ChainLink::unverified(&receipt_in(&line)).map_or(0, |link| link.number);
    // A chain that was begun anew has the same numbers once more.
    for again in 1..=u16::MAX {
        let mut name = path.to_owned().into_os_string();
        name.push(format!(".{number:0DIGITS$}"));
        if again > 1 {
            name.push(format!("-{again}"));
        }
        let name = PathBuf::from(name);
        if name.symlink_metadata().is_err() {
            return fs::rename(path, name);
        }
    }
    Err(io::ErrorKind::AlreadyExists.into())
}

/// The day of the last receipt before this place in a file.
pub(super) fn last_day(mut file: &fs::File, length: u64) -> Option<i64> {
    let from = length.saturating_sub(MAX_LINE as u64);
    file.seek(SeekFrom::Start(from)).ok()?;
    let mut bytes = Vec::new();
    file.take(length - from).read_to_end(&mut bytes).ok()?;
    let line = bytes.trim_ascii_end().rsplit(|byte| *byte == b'\n').next()?;
    unverified_time(&receipt_in(line)).ok().map(day)
}

/// The files that were rotated away, in the order of their names: number, which of that number, file.
fn rotated(path: &Path) -> Vec<(u64, u16, PathBuf)> {
    let folder = path.parent().filter(|folder| *folder != Path::new(""));
    let begins = format!("{}.", path.file_name().unwrap_or_default().to_string_lossy());
    let place = |name: &str| {
        let name = name.strip_prefix(&begins)?;
        let (digits, again) = name.split_once('-').unwrap_or((name, "1"));
        let plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        let good = digits.len() >= DIGITS && plain(digits) && plain(again);
        Some((digits.parse().ok()?, again.parse().ok()?)).filter(|_| good)
    };
    let mut found: Vec<(u64, u16, PathBuf)> = fs::read_dir(folder.unwrap_or(Path::new(".")))
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| {
            let (number, again) = place(entry.file_name().to_str()?)?;
            Some((number, again, entry.path()))
        })
        .collect();
    found.sort();
    found
}

/// The times of all receipts in a file. A line that is none has none.
fn times(file: &Path) -> Result<Vec<i64>, crate::failure::Failure> {
    let (mut lines, _) = open(file)?;
    let mut times = Vec::new();
    loop {
        let (receipts, _) = some(&mut lines, SOME).map_err(|error| files::failed(file, error))?;
        if receipts.is_empty() {
            return Ok(times);
        }
        times.extend(receipts.iter().filter_map(|receipt| unverified_time(receipt).ok()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_file_begins_with_the_day_or_before_the_size() {
        let daily = Rotation { rotate_daily: true, ..Rotation::default() };
        assert!(daily.is_due(1, 1, Some(7), 8));
        assert!(!daily.is_due(1, 1, Some(7), 7) && !daily.is_due(0, 1, Some(7), 8));
        assert!(daily.is_due(1, 1, Some(7), 6), "a clock that was set back begins one as well");
        assert!(!daily.is_due(1, 1, None, 8));
        let by_size = Rotation { rotate_bytes: Some(100), ..Rotation::default() };
        assert!(by_size.is_due(99, 2, Some(7), 7) && !by_size.is_due(99, 1, Some(7), 8));
        assert!(!by_size.is_due(0, 200, None, 7));
        let kept = Rotation { keep_days: Some(3), ..Rotation::default() };
        assert!(kept.is_due(1, 1, Some(7), 8));
        assert!(!Rotation::default().is_due(1 << 40, 1, Some(7), 8));
    }
}
