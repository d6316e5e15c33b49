//! The status lists of a published folder: what its indexes lead to.
//!
//! Uses `publishing` for the files; which of them are needed, `onecode::fetching` says.

use std::collections::{BTreeMap, BTreeSet};

use onecode::fetching::{Answer, Fetch, FetchFault, FetchProblem, Step};
use onecode::publication::PublishedFile;
use onecode::{InstallError, Scanner};
use sha2::{Digest, Sha256};

use super::super::publishing::Folder;
use crate::cause::Cause;
use crate::files;
use crate::lang::Said;

/// What could not be taken is tried again after so many seconds, if nothing has changed.
const TRY_AGAIN_S: u64 = 60;

pub(super) struct Statuses {
    folder: Folder,
    /// When something was wrong last time, and how it looked then.
    failed: Option<Look>,
    told: BTreeSet<String>,
}

#[derive(PartialEq, Eq)]
struct Look {
    indexes: [u8; 32],
    changes: u64,
    at: i64,
}

impl Statuses {
    pub(super) fn of(folder: Folder) -> Self {
        Statuses { folder, failed: None, told: BTreeSet::new() }
    }

    /// Hands the newest lists of each issuer to the scanner: for how many it took some, and what is
    /// newly wrong. `changes` tells whether something has changed by which lists are judged.
    pub(super) fn install(
        &mut self,
        scanner: &mut Scanner,
        now: i64,
        changes: u64,
    ) -> (usize, Vec<(FetchProblem, Said)>) {
        let look = Look { indexes: self.indexes(scanner, now), changes, at: now };
        let is_as_before = |before: &Look| {
            before.indexes == look.indexes
                && before.changes == changes
                && now.abs_diff(before.at) < TRY_AGAIN_S
        };
        if self.failed.as_ref().is_some_and(is_as_before) {
            return (0, vec![]);
        }
        let (mut fetch, mut taken) = (Fetch::new(now), 0);
        let mut unreadable = BTreeMap::new();
        while let Some(step) = fetch.step(&scanner.held(now)) {
            match step {
                // Documents are taken as they lie there, whatever an index names.
                Step::Get(wanted) if wanted.file.issuer().is_none() => {
                    fetch.answer(Answer::Missing);
                }
                Step::Get(wanted) => {
                    match self.folder.read(&wanted.file) {
                        Ok(bytes) => fetch.answer(Answer::Fetched(&bytes)),
                        Err(error) if error.is_missing() => fetch.answer(Answer::Missing),
                        Err(error) => {
                            unreadable.insert(wanted.file.clone(), error.said());
                            fetch.answer(Answer::Failed)
                        }
                    };
                }
                Step::Install(files) => {
                    // One that cannot be read any more is no list.
                    let read = |file: &PublishedFile| self.folder.read(file).unwrap_or_default();
                    taken += usize::from(fetch.install(scanner, files.iter().map(read)).is_ok());
                }
            }
        }
        let is_news = |problem: &&FetchProblem| {
            let has_no_lists = matches!(problem.file, PublishedFile::StatusIndex { .. })
                && problem.fault == FetchFault::Missing;
            problem.file.issuer().is_some() && !has_no_lists
        };
        let problems: Vec<_> = fetch.problems().iter().filter(is_news).cloned().collect();
        self.failed = (!problems.is_empty()).then_some(look);
        let told: BTreeSet<String> = problems.iter().map(ToString::to_string).collect();
        let before = std::mem::replace(&mut self.told, told);
        let new = problems.into_iter().filter(|it| !before.contains(&it.to_string()));
        let in_words = |problem: FetchProblem| {
            let why = match unreadable.get(&problem.file) {
                Some(why) => why.clone(),
                None => problem.fault.said(),
            };
            let line = files::about(&self.folder.path(&problem.file), &why);
            (problem, line)
        };
        (taken, new.map(in_words).collect())
    }

    /// What all indexes say.
    fn indexes(&self, scanner: &Scanner, now: i64) -> [u8; 32] {
        let mut all = Sha256::new();
        for issuer in scanner.held(now).issuers.into_keys() {
            let index = self.folder.read(&PublishedFile::StatusIndex { issuer });
            all.update(Sha256::digest(index.unwrap_or_default()));
        }
        all.finalize().into()
    }
}

/// Whether lists can be taken when the clock has gone on, or is set.
pub(super) fn waits_for_time(problem: &FetchProblem) -> bool {
    matches!(
        problem.fault,
        FetchFault::Ahead { .. }
            | FetchFault::NotTaken(InstallError::Expired { .. } | InstallError::IssuedAhead { .. })
    )
}
