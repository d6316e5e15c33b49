//! One fetch, from its first file to its last.

use std::collections::BTreeMap;

use super::documents::Documents;
use super::problem::{FetchFault, FetchProblem};
use super::status::{Next, Statuses};
use crate::jose::{DocumentKind, Envelope, Sha256Hash};
use crate::lists::{Held, InstallError};
use crate::publication::{PublishedFile, StatusIndex};
use crate::scanner::Scanner;

/// What is fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// What a scanner lacks now, and no more: for a host without a store.
    Now,
    /// Also what its host should have in its store: the way to the lists in force, for a restart,
    /// and an anchor from which a long pause is short.
    Keep,
    /// Everything that any scanner may need.
    Mirror,
}

/// What a host does next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Get a file and tell what came: [`Fetch::answer`].
    Get(Wanted),
    /// Hand the bytes of these files to the scanner: [`Fetch::install`].
    Install(Vec<PublishedFile>),
}

/// A file that is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// The file; its path is below the address of the publication.
    pub file: PublishedFile,
    /// Most bytes that are read of it.
    pub max_bytes: usize,
    /// Its SHA-256, where an index has it. A host needs it to continue what broke off.
    pub sha256: Option<Sha256Hash>,
    /// Its size in bytes, where an index has it.
    pub size: Option<u64>,
    /// Whether a copy in the host's own store will do. Otherwise it was not good, and the file is
    /// got anew.
    pub may_be_kept: bool,
    /// Whether it is for later: nothing in force waits for it.
    pub later: bool,
}

/// What came of a file.
#[derive(Clone, Copy, Debug)]
pub enum Answer<'b> {
    /// These bytes were fetched.
    Fetched(&'b [u8]),
    /// The host has these bytes in its own store, or the server says that they have not changed.
    Kept(&'b [u8]),
    /// The publication has no such file.
    Missing,
    /// It could not be fetched: no connection, too slow, too many bytes, a redirect, another error.
    Failed,
}

/// What is asked of a file before it is good.
#[derive(Clone, Copy, Debug)]
pub(super) enum Asked {
    /// Nothing that could be known before.
    Nothing,
    /// Not even that it is there.
    MayBeMissing,
    /// A roots document from before those in force, if it is there. No scanner takes it any more.
    EarlierRoots,
    /// A signed document with this hash.
    Document(DocumentKind, Sha256Hash),
    /// This roots document, or none.
    ThisOrNone(Sha256Hash),
    /// A file with this hash, and this size where it is known.
    File(Sha256Hash, Option<u64>),
}

impl Wanted {
    pub(super) fn new(file: PublishedFile, asked: Asked, later: bool) -> (Self, Asked) {
        let (sha256, size) = match asked {
            Asked::File(sha256, size) => (Some(sha256), size),
            _ => (None, None),
        };
        let most = file.max_bytes();
        let max_bytes = size.and_then(|size| usize::try_from(size).ok()).unwrap_or(most).min(most);
        (Wanted { file, max_bytes, sha256, size, may_be_kept: true, later }, asked)
    }
}

/// One fetch. It asks for each file at most once, unless a copy that was kept is not good.
#[derive(Clone, Debug)]
pub struct Fetch {
    purpose: Purpose,
    documents: Documents,
    statuses: BTreeMap<String, Statuses>,
    waiting: Option<Waiting>,
    problems: Vec<FetchProblem>,
    now: i64,
}

#[derive(Clone, Debug)]
enum Waiting {
    Get(Wanted, Asked),
    /// Documents say what was asked of them, and whether the copy was kept.
    Document(PublishedFile, Asked, bool),
    Status(String, Vec<PublishedFile>),
}

impl Fetch {
    /// Begins a fetch at this time, of what a scanner lacks.
    pub fn new(now_unix_s: i64) -> Self {
        Fetch::with(Purpose::Now, now_unix_s)
    }

    /// Begins a fetch for another purpose.
    pub fn with(purpose: Purpose, now_unix_s: i64) -> Self {
        Fetch {
            purpose,
            documents: Documents::default(),
            statuses: BTreeMap::new(),
            waiting: None,
            problems: Vec::new(),
            now: now_unix_s,
        }
    }

    /// What to do next; `None` when nothing more is needed. `held` is what the scanner holds now,
    /// and which anchors the host has. Until a step is answered it is the same one.
    pub fn step(&mut self, held: &Held) -> Option<Step> {
        if self.waiting.is_none() {
            self.waiting = self.next(held);
        }
        Some(match self.waiting.as_ref()? {
            Waiting::Get(wanted, _) => Step::Get(wanted.clone()),
            Waiting::Document(file, ..) => Step::Install(vec![file.clone()]),
            Waiting::Status(_, files) => Step::Install(files.clone()),
        })
    }

    fn next(&mut self, held: &Held) -> Option<Waiting> {
        let mirrors = self.purpose == Purpose::Mirror;
        if let Some((wanted, asked)) = self.documents.next(held, mirrors, &mut self.problems) {
            return Some(Waiting::Get(wanted, asked));
        }
        for (issuer, held) in &held.issuers {
            let statuses = match self.statuses.get_mut(issuer) {
                Some(statuses) => statuses,
                None => self.statuses.entry(issuer.clone()).or_insert(Statuses::of(issuer)),
            };
            match statuses.next(held, self.purpose, self.now, &mut self.problems) {
                Some(Next::Get(wanted, asked)) => return Some(Waiting::Get(wanted, asked)),
                Some(Next::Install(files)) => return Some(Waiting::Status(issuer.clone(), files)),
                None => {}
            }
        }
        None
    }

    /// Tells what came of the file that was wanted: whether it is good as far as the indexes tell.
    /// A host keeps no file that is not, nor a document that [`Fetch::install`] refuses then.
    pub fn answer(&mut self, answer: Answer<'_>) -> bool {
        let Some(Waiting::Get(wanted, asked)) = self.waiting.take() else { return false };
        let (bytes, kept) = match answer {
            Answer::Fetched(bytes) => (Ok(bytes), false),
            Answer::Kept(bytes) => (Ok(bytes), true),
            Answer::Missing => (Err(FetchFault::Missing), false),
            Answer::Failed => (Err(FetchFault::NotFetched), false),
        };
        let good = bytes.and_then(|bytes| check(bytes, &wanted, asked).map(|()| bytes));
        let taken = good.and_then(|bytes| match self.statuses_of(&wanted.file) {
            Some(statuses) => statuses.take(&wanted.file, bytes),
            None => self.documents.take(&wanted.file, bytes),
        });
        let file = wanted.file.clone();
        match taken {
            Err(_) if kept && wanted.may_be_kept => {
                self.waiting = Some(Waiting::Get(Wanted { may_be_kept: false, ..wanted }, asked));
                false
            }
            Ok(()) => {
                if matches!(asked, Asked::EarlierRoots) {
                    self.documents.end(&file);
                } else if self.statuses_of(&file).is_none() {
                    self.waiting = Some(Waiting::Document(file, asked, kept));
                }
                true
            }
            Err(fault) => {
                match self.statuses_of(&file) {
                    Some(statuses) => statuses.fail(&file),
                    None => self.documents.fail(&file, &fault),
                }
                let expected = matches!(
                    (&fault, asked),
                    (
                        FetchFault::Missing,
                        Asked::MayBeMissing | Asked::ThisOrNone(_) | Asked::EarlierRoots
                    ) | (FetchFault::OtherContent { .. }, Asked::ThisOrNone(_))
                );
                if !expected {
                    self.problems.push(FetchProblem { file, fault });
                }
                false
            }
        }
    }

    /// Hands the bytes of the files of [`Step::Install`], in their order, to the scanner.
    pub fn install(
        &mut self,
        scanner: &mut Scanner,
        files: impl IntoIterator<Item = impl AsRef<[u8]>>,
    ) -> Result<(), InstallError> {
        let waiting = self.waiting.take();
        let mut files = files.into_iter();
        let installed = match &waiting {
            Some(Waiting::Document(file, ..)) => {
                let bytes = files.next();
                let json = bytes.as_ref().map_or(&[][..], AsRef::as_ref);
                match file {
                    PublishedFile::Roots(_) => scanner.install_roots(json),
                    PublishedFile::TrustList(_) => scanner.install_trust_list(json, self.now),
                    PublishedFile::Catalogue(_) => scanner.install_catalogue(json, self.now),
                    PublishedFile::Withdrawal(_) => scanner.install_withdrawal(json, self.now),
                    _ => scanner.install_index(json, self.now),
                }
            }
            Some(Waiting::Status(..)) => scanner.install_statuses(files, self.now),
            Some(Waiting::Get(..)) | None => {
                self.waiting = waiting;
                return Ok(());
            }
        };
        self.installed(waiting, &installed);
        installed
    }

    fn installed(&mut self, waiting: Option<Waiting>, installed: &Result<(), InstallError>) {
        match (waiting, installed) {
            (Some(Waiting::Document(file, asked, true)), Err(_)) => {
                // The copy may be a bad one of a good document.
                let (wanted, asked) = Wanted::new(file, asked, false);
                let wanted = Wanted { may_be_kept: false, ..wanted };
                self.waiting = Some(Waiting::Get(wanted, asked));
            }
            (Some(Waiting::Document(file, ..)), installed) => {
                self.documents.end(&file);
                if let Err(error) = installed {
                    self.documents.not_taken(&file, error);
                    self.problems.push(FetchProblem { file, fault: error.clone().into() });
                }
            }
            (Some(Waiting::Status(issuer, files)), installed) => {
                if let Some(statuses) = self.statuses.get_mut(&issuer) {
                    statuses.installed(&files, installed.is_ok());
                }
                if let Err(error) = installed {
                    let file = PublishedFile::StatusIndex { issuer };
                    self.problems.push(FetchProblem { file, fault: error.clone().into() });
                }
            }
            (Some(Waiting::Get(..)) | None, _) => {}
        }
    }

    /// What went wrong so far.
    pub fn problems(&self) -> &[FetchProblem] {
        &self.problems
    }

    /// The status index for the host's own store: of the files that are good it names those that
    /// are worth keeping. `None` unless its lists are in force, or if the issuer has not been asked
    /// about.
    pub fn index_to_keep(&self, issuer: &str, held: &Held) -> Option<StatusIndex> {
        let (statuses, held) = (self.statuses.get(issuer)?, held.issuers.get(issuer)?);
        statuses.index_to_keep(held, self.purpose)
    }

    fn statuses_of(&mut self, file: &PublishedFile) -> Option<&mut Statuses> {
        self.statuses.get_mut(file.issuer()?)
    }
}

fn check(bytes: &[u8], wanted: &Wanted, asked: Asked) -> Result<(), FetchFault> {
    let limit = wanted.file.max_bytes();
    if bytes.len() > limit {
        return Err(FetchFault::TooLarge { length: bytes.len(), limit });
    }
    let same = |expected: Sha256Hash, found: Sha256Hash| match expected == found {
        true => Ok(()),
        false => Err(FetchFault::OtherContent { expected, found }),
    };
    match asked {
        Asked::Nothing | Asked::MayBeMissing => Ok(()),
        Asked::EarlierRoots => {
            Envelope::of_kind(DocumentKind::Roots, bytes)?;
            Ok(())
        }
        Asked::Document(kind, hash) => same(hash, Envelope::of_kind(kind, bytes)?.hash()),
        Asked::ThisOrNone(hash) => {
            same(hash, Envelope::of_kind(DocumentKind::Roots, bytes)?.hash())
        }
        Asked::File(sha256, size) => {
            let found = bytes.len() as u64;
            match size {
                Some(expected) if expected != found => {
                    Err(FetchFault::OtherSize { expected, found })
                }
                _ => same(sha256, Sha256Hash::of(bytes)),
            }
        }
    }
}
