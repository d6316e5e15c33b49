//! What is published: lists that a scanner takes as they come, and how they are read.
//!
//! Uses `files` and `time`. A folder of these is all that a scanner needs besides the root's public
//! key.

use std::collections::HashMap;
use std::fs::{self, Metadata};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use onecode::jose::decode_base64url;
use onecode::status::StatusListError;
use onecode::{InstallError, Scanner};
use sha2::{Digest, Sha256};

use crate::cause::Cause;
use crate::failure::Failure;
use crate::files::{self, failed};
use crate::lang::Said;
use crate::time::rfc3339;

/// Largest published document that is read, in bytes.
const MAX_PUBLISHED: u64 = 64 << 20;

/// Largest status list or delta that is read: 4 MiB as base64url, and a line end.
const MAX_STATUS: u64 = (4 << 20) * 4 / 3 + 1_024;

/// Bytes of files that were not taken, and look as before, that are read at each look.
const READ_AGAIN: u64 = 8 << 20;

/// Times that the files are gone through at one look: a list may be what another one waits for.
const MAX_PASSES: usize = 3;

/// Seconds by which a clock may differ from the one that dated the trust list.
const CLOCKS_DIFFER_S: i64 = 120;

/// The lists that scanners get, taken again when their content changes.
///
/// Content is known by its hash. Time and length are no sign of it: mirrors keep times, and lists
/// of small regions have one length. What was taken is therefore read at each look. What was not
/// taken may be a forger's, and large: it is read again when its file looks different, and else as
/// far as [`READ_AGAIN`] goes, those first that were read longest ago.
pub(crate) struct Published {
    folder: PathBuf,
    seen: HashMap<PathBuf, Seen>,
    /// How often something has changed by which other lists are judged.
    changes: u64,
    /// What may still be read again.
    allowance: i64,
    looks: u64,
}

/// A file as it was when it was last read.
struct Seen {
    stamp: Option<Stamp>,
    hash: [u8; 32],
    read_at_look: u64,
    /// Of [`Published::changes`], when the scanner was last asked.
    changes: u64,
    refused: Option<Refused>,
}

/// Why a file was not taken.
#[derive(Clone)]
struct Refused {
    line: Said,
    /// When the same bytes can be taken after all.
    again: Again,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Again {
    /// These bytes are no list.
    Never,
    /// By other lists, or another clock.
    AfterChange,
    /// When its time has come, too.
    WithTime,
}

/// What tells without reading that a file is another one. The same stamp says nothing.
type Stamp = (u64, Option<SystemTime>, [i64; 4]);

impl Published {
    pub(crate) fn of(folder: PathBuf) -> Self {
        Published { folder, seen: HashMap::new(), changes: 0, allowance: 0, looks: 0 }
    }

    /// The clock has been set: what was not taken may be taken now.
    pub(crate) fn clock_was_set(&mut self) {
        self.changes += 1;
    }

    /// Hands every list to the scanner that is new since the last time, or was not taken then: how
    /// many it took, and what is newly wrong with the others.
    ///
    /// What could not be taken may be taken later as it is: when the list comes that names its key,
    /// or the clock has been set.
    pub(crate) fn install(&mut self, scanner: &mut Scanner, now: i64) -> (usize, Vec<Said>) {
        self.looks += 1;
        self.allowance = (self.allowance + READ_AGAIN as i64).min(READ_AGAIN as i64);
        let before: HashMap<PathBuf, Said> = self.refused();
        let mut files = vec![self.folder.join("trust-list.jws"), self.folder.join("catalogue.jws")];
        let status = files::files_in(&self.folder.join("status"), "b64");
        files.extend(status);
        self.seen.retain(|file, _| files.contains(file));
        let mut taken = 0;
        for _ in 0..MAX_PASSES {
            let changes = self.changes;
            let mut order: Vec<&PathBuf> = files.iter().collect();
            // The two documents first: by them the others are judged.
            order[2..].sort_by_key(|file| self.seen.get(*file).map(|seen| seen.read_at_look));
            for file in order {
                taken += usize::from(self.look_at(file, scanner, now));
            }
            if self.changes == changes {
                break;
            }
        }
        let waits =
            |seen: &Seen| matches!(&seen.refused, Some(Refused { again: Again::WithTime, .. }));
        let clock = self.seen.values().any(waits).then(|| clock_problem(scanner, now)).flatten();
        let mut problems = Vec::new();
        for file in &files {
            let refused = self.seen.get_mut(file).and_then(|seen| seen.refused.as_mut());
            let Some(refused) = refused else { continue };
            if let (Some(clock), true) = (&clock, refused.again == Again::WithTime) {
                let text = said!("暂未装入：{clock}", "not taken yet: {clock}");
                refused.line = files::about(file, &text);
            }
            if before.get(file) != Some(&refused.line) {
                problems.push(refused.line.clone());
            }
        }
        (taken, problems)
    }

    fn refused(&self) -> HashMap<PathBuf, Said> {
        let refused = |(file, seen): (&PathBuf, &Seen)| {
            Some((file.clone(), seen.refused.as_ref()?.line.clone()))
        };
        self.seen.iter().filter_map(refused).collect()
    }

    /// Whether the scanner has taken this file now.
    fn look_at(&mut self, file: &Path, scanner: &mut Scanner, now: i64) -> bool {
        let found = fs::metadata(file).ok();
        let stamp = found.as_ref().map(stamp);
        let size = found.as_ref().map_or(0, Metadata::len);
        let before = self.seen.get(file);
        if let Some(seen) = before {
            let due = match &seen.refused {
                // In a second pass only if something has changed.
                None => seen.read_at_look < self.looks || seen.changes < self.changes,
                Some(_) if seen.stamp != stamp => true,
                Some(refused) if refused.again != Again::Never && seen.changes < self.changes => {
                    true
                }
                Some(_) => seen.read_at_look < self.looks && self.allowance > 0,
            };
            if !due {
                return false;
            }
            if seen.refused.is_some() {
                self.allowance -= i64::try_from(size).unwrap_or(i64::MAX);
            }
        }
        let read = read_published(file, found.as_ref());
        let hash = read.as_ref().map_or([0; 32], |bytes| Sha256::digest(bytes).into());
        let same = before.filter(|seen| seen.hash == hash && read.is_ok());
        let asks = same.is_none_or(|seen| match seen.refused.as_ref().map(|why| why.again) {
            Some(Again::Never) => false,
            Some(Again::WithTime) => true,
            Some(Again::AfterChange) | None => seen.changes < self.changes,
        });
        let was_taken = same.is_some_and(|seen| seen.refused.is_none());
        let refused = if asks {
            let installed = read
                .and_then(|bytes| decode(file, &bytes))
                .map_err(|Failure(line)| Refused { line, again: Again::Never });
            installed.and_then(|bytes| self.hand_in(file, &bytes, scanner, now)).err()
        } else {
            same.and_then(|seen| seen.refused.clone())
        };
        let taken = asks && refused.is_none();
        // Taken again, it changes nothing.
        let news = taken && !was_taken;
        self.changes += u64::from(news);
        let (changes, read_at_look) = (self.changes, self.looks);
        self.seen.insert(file.to_owned(), Seen { stamp, hash, read_at_look, changes, refused });
        news
    }

    fn hand_in(
        &self,
        file: &Path,
        bytes: &[u8],
        scanner: &mut Scanner,
        now: i64,
    ) -> Result<(), Refused> {
        let installed = if file == self.folder.join("trust-list.jws") {
            scanner.install_trust_list(bytes, now)
        } else if file == self.folder.join("catalogue.jws") {
            scanner.install_catalogue(bytes, now)
        } else {
            scanner.install_status(bytes, now)
        };
        installed.map_err(|error| Refused {
            line: files::about(
                file,
                &said!("没有装入：{error}", "not taken: {error}", error = error.said()),
            ),
            again: match error {
                InstallError::Expired { .. }
                | InstallError::IssuedAhead { .. }
                | InstallError::NoTrustList
                | InstallError::NoStatusKey { .. } => Again::WithTime,
                InstallError::Status(StatusListError::Delta(_)) => Again::AfterChange,
                InstallError::Status(_) => Again::Never,
                _ => Again::AfterChange,
            },
        })
    }
}

/// Why nothing that is dated can be judged: the clock is behind what the operator has signed.
fn clock_problem(scanner: &Scanner, now: i64) -> Option<Said> {
    let issued_at = scanner.preflight(now).trust_list?.issued_at_unix_s;
    (now < issued_at.saturating_sub(CLOCKS_DIFFER_S)).then(|| {
        said!(
            "本设备的时间不准：早于发卡机构名单的签发时间 {made}。请校准",
            "this scanner's clock is wrong: it is before {made}, when the trust list was made. \
             Set it",
            made = rfc3339(issued_at)
        )
    })
}

#[cfg(unix)]
fn stamp(found: &Metadata) -> Stamp {
    use std::os::unix::fs::MetadataExt;
    let of_inode = [found.ino() as i64, found.dev() as i64, found.ctime(), found.ctime_nsec()];
    (found.len(), found.modified().ok(), of_inode)
}

#[cfg(not(unix))]
fn stamp(found: &Metadata) -> Stamp {
    (found.len(), found.modified().ok(), [0; 4])
}

/// The bytes of a list, if it is a file of a size that a list can have.
fn read_published(file: &Path, found: Option<&Metadata>) -> Result<Vec<u8>, Failure> {
    let is_status = file.extension().is_some_and(|extension| extension == "b64");
    let limit = if is_status { MAX_STATUS } else { MAX_PUBLISHED };
    match found {
        Some(found) if found.len() > limit => Err(failed(file, files::Unreadable::TooLarge(limit))),
        _ => files::read_up_to(file, limit),
    }
}

/// A published document: binary as text in base64url, the others as they are.
pub(crate) fn read(file: &Path) -> Result<Vec<u8>, Failure> {
    decode(file, &files::read_up_to(file, MAX_PUBLISHED)?)
}

fn decode(file: &Path, bytes: &[u8]) -> Result<Vec<u8>, Failure> {
    let text = bytes.trim_ascii();
    if file.extension().is_some_and(|extension| extension == "jws") {
        return Ok(text.to_vec());
    }
    decode_base64url(text).map_err(|error| failed(file, error))
}
