//! What to fetch: from indexes and what a scanner holds to the next file that is needed.

use std::collections::HashMap;
use std::sync::Arc;

use onecode::fetching::{Answer, Held};

use crate::exclusive::Exclusive;
use crate::mirror::mirror;
use crate::usage;
use crate::{InstallError, OneCodeScanner, UsageError};

mirror! {
    /// What is fetched.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Enum)]
    pub enum FetchPurpose = onecode::fetching::Purpose {
        /// What a scanner lacks now, and no more: for a host without a store.
        Now,
        /// Also what its host should have in its store: the way to the lists in force, for a
        /// restart, and an anchor from which a long pause is short.
        Keep,
        /// Everything that any scanner may need.
        Mirror,
    }
}

impl From<FetchPurpose> for onecode::fetching::Purpose {
    fn from(purpose: FetchPurpose) -> Self {
        match purpose {
            FetchPurpose::Now => Self::Now,
            FetchPurpose::Keep => Self::Keep,
            FetchPurpose::Mirror => Self::Mirror,
        }
    }
}

/// What a host does next.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum FetchStep {
    /// Get a file and tell what came: `Fetch.answer`.
    Get {
        /// The file.
        wanted: WantedFile,
    },
    /// Hand the bytes of these files to the scanner: `Fetch.install`.
    Install {
        /// Their paths, in the order in which they are handed in.
        paths: Vec<String>,
    },
}

/// A file that is wanted.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct WantedFile {
    /// Where it lies, below the address of the publication.
    pub path: String,
    /// Most bytes that are read of it.
    pub max_bytes: i64,
    /// Its SHA-256, where an index has it.
    pub sha256: Option<Vec<u8>>,
    /// Its size in bytes, where an index has it.
    pub size: Option<i64>,
    /// Whether it is written again under its name: then only the publication knows the newest one.
    pub is_rewritten: bool,
    /// Whether a copy in the host's own store will do. Otherwise it was not good, and the file is
    /// got anew.
    pub may_be_kept: bool,
    /// Whether it is for later: nothing in force waits for it.
    pub later: bool,
}

/// What came of a file.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum FetchAnswer {
    /// These bytes were fetched.
    Fetched {
        /// All of it, at most as many as were wanted.
        bytes: Vec<u8>,
    },
    /// The host has these bytes in its own store, or the server says that they have not changed.
    Kept {
        /// All of it.
        bytes: Vec<u8>,
    },
    /// The publication has no such file.
    Missing,
    /// It could not be fetched: no connection, too slow, too many bytes, a redirect, another error.
    Failed,
}

/// What went wrong with a file. Nothing of it changed what is held.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct FetchProblem {
    /// Where it lies.
    pub path: String,
    /// A short name that never changes.
    pub name: String,
    /// One line in English.
    pub text: String,
}

/// What to keep of an issuer's status lists.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct KeptStatus {
    /// The status index for the host's own store.
    pub index: Vec<u8>,
    /// The times of the anchors that it names (Unix seconds): they are handed to the next fetch.
    pub anchors: Vec<i64>,
}

/// One fetch: a host asks for the next step, does it, and tells what came of it, until nothing more
/// is needed. It opens no connection and no file.
///
/// `anchors` are the times of the anchors that the host has in its own store, by issuer.
#[derive(Debug, uniffi::Object)]
pub struct Fetch {
    fetch: Exclusive<onecode::fetching::Fetch>,
    now_unix_s: i64,
}

#[uniffi::export]
impl Fetch {
    /// Begins a fetch at this time.
    #[uniffi::constructor]
    pub fn new(purpose: FetchPurpose, now_unix_s: i64) -> Result<Self, UsageError> {
        let now_unix_s = usage::time(now_unix_s)?;
        let fetch = onecode::fetching::Fetch::with(purpose.into(), now_unix_s);
        Ok(Fetch { fetch: Exclusive::new(fetch), now_unix_s })
    }

    /// What to do next; nothing when no more is needed. Until a step is answered it is the same
    /// one.
    pub fn step(
        &self,
        scanner: Arc<OneCodeScanner>,
        anchors: HashMap<String, Vec<i64>>,
    ) -> Result<Option<FetchStep>, UsageError> {
        let held = self.held(&scanner, anchors)?;
        let step = self.fetch.with(|fetch| fetch.step(&held))?;
        Ok(step.map(|step| match step {
            onecode::fetching::Step::Get(wanted) => FetchStep::Get { wanted: wanted.into() },
            onecode::fetching::Step::Install(files) => {
                let paths = files.iter().map(|file| file.path()).collect();
                FetchStep::Install { paths }
            }
        }))
    }

    /// Tells what came of the file that was wanted: whether it is good as far as the indexes tell.
    /// A host keeps no file that is not.
    pub fn answer(&self, answer: FetchAnswer) -> Result<bool, UsageError> {
        self.fetch.with(|fetch| match &answer {
            FetchAnswer::Fetched { bytes } => fetch.answer(Answer::Fetched(bytes)),
            FetchAnswer::Kept { bytes } => fetch.answer(Answer::Kept(bytes)),
            FetchAnswer::Missing => fetch.answer(Answer::Missing),
            FetchAnswer::Failed => fetch.answer(Answer::Failed),
        })
    }

    /// Hands the bytes of the files of `FetchStep.Install`, in their order, to the scanner. What is
    /// not taken is among the problems as well.
    pub fn install(
        &self,
        scanner: Arc<OneCodeScanner>,
        files: Vec<Vec<u8>>,
    ) -> Result<(), InstallError> {
        let installed = self
            .fetch
            .with(|fetch| scanner.scanner.with(|scanner| fetch.install(scanner, &files)))??;
        Ok(installed?)
    }

    /// What went wrong so far.
    pub fn problems(&self) -> Result<Vec<FetchProblem>, UsageError> {
        self.fetch.with(|fetch| {
            let problems = fetch.problems().iter();
            let told = problems.map(|problem| FetchProblem {
                path: problem.file.path(),
                name: problem.fault.name().to_owned(),
                text: problem.fault.to_string(),
            });
            told.collect()
        })
    }

    /// What is worth keeping of an issuer's lists; nothing if they lead to no lists, or the issuer
    /// has not been asked about.
    pub fn status_to_keep(
        &self,
        issuer: String,
        scanner: Arc<OneCodeScanner>,
        anchors: HashMap<String, Vec<i64>>,
    ) -> Result<Option<KeptStatus>, UsageError> {
        let held = self.held(&scanner, anchors)?;
        let index = self.fetch.with(|fetch| fetch.index_to_keep(&issuer, &held))?;
        Ok(index.and_then(|index| {
            let anchors = index.anchor_times();
            index.to_json().ok().map(|index| KeptStatus { index, anchors })
        }))
    }
}

impl Fetch {
    fn held(
        &self,
        scanner: &OneCodeScanner,
        mut anchors: HashMap<String, Vec<i64>>,
    ) -> Result<Held, UsageError> {
        let mut held = scanner.scanner.with(|scanner| scanner.held(self.now_unix_s))?;
        for (issuer, held) in &mut held.issuers {
            held.anchors = anchors.remove(issuer).unwrap_or_default();
        }
        Ok(held)
    }
}

impl From<onecode::fetching::Wanted> for WantedFile {
    fn from(wanted: onecode::fetching::Wanted) -> Self {
        WantedFile {
            path: wanted.file.path(),
            max_bytes: i64::try_from(wanted.max_bytes).unwrap_or(i64::MAX),
            sha256: wanted.sha256.map(|hash| hash.0.to_vec()),
            size: wanted.size.map(|size| i64::try_from(size).unwrap_or(i64::MAX)),
            is_rewritten: wanted.file.is_rewritten(),
            may_be_kept: wanted.may_be_kept,
            later: wanted.later,
        }
    }
}

/// Seconds until the next fetch: about `every_s` after one that went well, less after some that
/// failed. `random` is any number.
#[uniffi::export]
pub fn fetch_wait_s(every_s: i64, failed: i64, random: i64) -> Result<i64, UsageError> {
    let (every_s, failed) = (usage::seconds(every_s)?, u32::try_from(failed).unwrap_or(u32::MAX));
    let wait = onecode::fetching::fetch_wait_s(every_s, failed, random.unsigned_abs());
    Ok(i64::try_from(wait).unwrap_or(i64::MAX))
}
