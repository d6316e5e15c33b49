//! What is published: lists that a scanner takes as they come, and how they are read. Documents are
//! taken as they lie there; which status lists are needed, their indexes say.
//!
//! Uses `editions`, `files` and `time`. A folder of these is all that a scanner needs besides the
//! roots it is set up with.

mod status;

use std::collections::HashMap;
use std::fs::{self, Metadata};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use onecode::governance::DocumentKind;
use onecode::jose::MAX_DOCUMENT;
use onecode::preflight::{DocumentState, Preflight};
use onecode::{InstallError, Scanner};
use sha2::{Digest, Sha256};

use self::status::Statuses;
use super::editions::{Editions, MAX_ROOTS};
use super::publishing::Folder;
use crate::cause::Cause;
use crate::failure::Failure;
use crate::files::{self, failed};
use crate::lang::Said;
use crate::time::rfc3339;

/// Largest published document that is read, in bytes.
const MAX_PUBLISHED: u64 = MAX_DOCUMENT as u64;

/// Editions of a list that are tried, the highest numbers of those that are there.
const MAX_EDITIONS: usize = 64;

/// Withdrawal notices that are tried. Nobody keeps more of one holder than 16.
const MAX_NOTICES: usize = 256;

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
///
/// All editions are kept for ever. Those before the one in force are tried when something changes
/// by which they are judged, for a lower number may take the place of one whose signers have been
/// replaced; that they are not taken is no news.
pub(crate) struct Published {
    editions: Editions,
    seen: HashMap<PathBuf, Seen>,
    /// How often something has changed by which other lists are judged.
    changes: u64,
    /// What may still be read again.
    allowance: i64,
    looks: u64,
    held: Held,
    statuses: Statuses,
}

/// The numbers of the editions in force.
#[derive(Default)]
struct Held {
    roots: Option<u64>,
    trust_list: Option<u64>,
    catalogue: Option<u64>,
}

impl Held {
    fn of(scanner: &Scanner, now: i64) -> Self {
        let Preflight { roots, trust_list, catalogue, .. } = scanner.preflight(now);
        let number = |state: Option<DocumentState>| state.map(|state| state.sequence);
        Held { roots: number(roots), trust_list: number(trust_list), catalogue: number(catalogue) }
    }

    /// Whether this edition comes before the one in force, or is a roots document that was walked
    /// through. By its name: what it really is, whoever hands it in finds out.
    fn is_past(&self, what: What) -> bool {
        match what {
            What::Edition(DocumentKind::Roots, number) => {
                self.roots.is_some_and(|held| number <= held)
            }
            What::Edition(DocumentKind::TrustList, number) => {
                self.trust_list.is_some_and(|held| number < held)
            }
            What::Edition(_, number) => self.catalogue.is_some_and(|held| number < held),
            What::Notice | What::Index => false,
        }
    }
}

/// What a file is handed in as.
#[derive(Clone, Copy, PartialEq, Eq)]
enum What {
    /// A document that has editions, with the number in its name.
    Edition(DocumentKind, u64),
    Notice,
    Index,
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
    /// Only if the clock is set back, and nobody is told.
    Over,
}

/// What tells without reading that a file is another one. The same stamp says nothing.
type Stamp = (u64, Option<SystemTime>, [i64; 4]);

impl Published {
    pub(crate) fn of(folder: PathBuf) -> Self {
        let editions = Editions::of(folder.clone());
        Published {
            editions,
            seen: HashMap::new(),
            changes: 0,
            allowance: 0,
            looks: 0,
            held: Held::default(),
            statuses: Statuses::of(Folder::of(folder)),
        }
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
        let files = self.files();
        self.held = Held::of(scanner, now);
        self.seen.retain(|file, _| files.iter().any(|(_, there)| there == file));
        let mut taken = 0;
        for _ in 0..MAX_PASSES {
            let changes = self.changes;
            for (what, file) in &files {
                taken += usize::from(self.look_at(*what, file, scanner, now));
            }
            if self.changes == changes {
                break;
            }
        }
        let (lists_taken, of_lists) = self.statuses.install(scanner, now, self.changes);
        taken += lists_taken;
        let waits =
            |seen: &Seen| matches!(&seen.refused, Some(Refused { again: Again::WithTime, .. }));
        let some_wait = self.seen.values().any(waits)
            || of_lists.iter().any(|it| status::waits_for_time(&it.0));
        let clock = some_wait.then(|| clock_problem(scanner, now)).flatten();
        let mut problems = Vec::new();
        for (what, file) in &files {
            let refused = self.seen.get_mut(file).and_then(|seen| seen.refused.as_mut());
            let Some(refused) = refused.filter(|_| !self.held.is_past(*what)) else { continue };
            if let (Some(clock), true) = (&clock, refused.again == Again::WithTime) {
                let text = said!("暂未装入：{clock}", "not taken yet: {clock}");
                refused.line = files::about(file, &text);
            }
            if before.get(file) != Some(&refused.line) && refused.again != Again::Over {
                problems.push(refused.line.clone());
            }
        }
        problems.extend(of_lists.into_iter().map(|(problem, line)| match &clock {
            Some(clock) if status::waits_for_time(&problem) => {
                let text = said!("暂未装入：{clock}", "not taken yet: {clock}");
                files::about(Path::new(&problem.file.path()), &text)
            }
            _ => line,
        }));
        (taken, problems)
    }

    /// What there is to be handed in, in the order in which one is judged by the other.
    fn files(&self) -> Vec<(What, PathBuf)> {
        let mut files = Vec::new();
        for kind in [DocumentKind::Roots, DocumentKind::TrustList, DocumentKind::Catalogue] {
            let mut numbered = self.editions.numbered(kind);
            // A walk begins at the lowest number; of lists the newest count.
            numbered.truncate(match kind {
                DocumentKind::Roots => MAX_ROOTS,
                _ => usize::MAX,
            });
            if kind != DocumentKind::Roots {
                numbered.drain(..numbered.len().saturating_sub(MAX_EDITIONS));
                if numbered.is_empty() {
                    // That it is missing is told, too.
                    numbered.push((0, self.editions.file(kind, 1)));
                }
            }
            files.extend(
                numbered.into_iter().map(|(number, file)| (What::Edition(kind, number), file)),
            );
        }
        let notices = self.editions.notices();
        files.extend(notices.into_iter().take(MAX_NOTICES).map(|file| (What::Notice, file)));
        let index = self.editions.index();
        if index.exists() {
            files.push((What::Index, index));
        }
        files
    }

    fn refused(&self) -> HashMap<PathBuf, Said> {
        let refused = |(file, seen): (&PathBuf, &Seen)| {
            Some((file.clone(), seen.refused.as_ref()?.line.clone()))
        };
        self.seen.iter().filter_map(refused).collect()
    }

    /// Whether the scanner has taken this file now.
    fn look_at(&mut self, what: What, file: &Path, scanner: &mut Scanner, now: i64) -> bool {
        let found = fs::metadata(file).ok();
        let stamp = found.as_ref().map(stamp);
        let size = found.as_ref().map_or(0, Metadata::len);
        let before = self.seen.get(file);
        if let Some(seen) = before {
            let due = match &seen.refused {
                _ if self.held.is_past(what) => seen.changes < self.changes,
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
            Some(Again::AfterChange | Again::Over) | None => seen.changes < self.changes,
        });
        let was_taken = same.is_some_and(|seen| seen.refused.is_none());
        let refused = if asks {
            let installed = read.map_err(|Failure(line)| Refused { line, again: Again::Never });
            installed.and_then(|bytes| hand_in(what, file, &bytes, scanner, now)).err()
        } else {
            same.and_then(|seen| seen.refused.clone())
        };
        let taken = asks && refused.is_none();
        // Taken again, it changes nothing.
        let news = taken && !was_taken;
        self.changes += u64::from(news);
        if news && matches!(what, What::Edition(..)) {
            self.held = Held::of(scanner, now);
        }
        let (changes, read_at_look) = (self.changes, self.looks);
        self.seen.insert(file.to_owned(), Seen { stamp, hash, read_at_look, changes, refused });
        news
    }
}

fn hand_in(
    what: What,
    file: &Path,
    bytes: &[u8],
    scanner: &mut Scanner,
    now: i64,
) -> Result<(), Refused> {
    let installed = match what {
        What::Edition(DocumentKind::Roots, _) => scanner.install_roots(bytes),
        What::Edition(DocumentKind::TrustList, _) => scanner.install_trust_list(bytes, now),
        What::Edition(..) => scanner.install_catalogue(bytes, now),
        What::Notice => scanner.install_withdrawal(bytes, now),
        What::Index => scanner.install_index(bytes, now),
    };
    installed.map_err(|error| Refused {
        line: files::about(
            file,
            &said!("没有装入：{error}", "not taken: {error}", error = error.said()),
        ),
        again: match error {
            // It is kept for ever, and its time is over.
            InstallError::Expired { .. } if what == What::Notice => Again::Over,
            InstallError::Expired { .. }
            | InstallError::IssuedAhead { .. }
            // Until another notice ends.
            | InstallError::TooManyNotices { .. } => Again::WithTime,
            _ => Again::AfterChange,
        },
    })
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

/// The bytes of a document, if it is a file of a size that one can have.
fn read_published(file: &Path, found: Option<&Metadata>) -> Result<Vec<u8>, Failure> {
    match found {
        Some(found) if found.len() > MAX_PUBLISHED => {
            Err(failed(file, files::Unreadable::TooLarge(MAX_PUBLISHED)))
        }
        _ => files::read_up_to(file, MAX_PUBLISHED),
    }
}

#[cfg(test)]
mod tests;
