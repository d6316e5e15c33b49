//! The signed documents: roots by walking, all others by the index.

use std::collections::BTreeSet;

use super::fetch::{Asked, Wanted};
use super::problem::{FetchFault, FetchProblem};
use crate::governance::{Index, Named};
use crate::jose::{DocumentKind, Envelope};
use crate::lists::{Held, InstallError};
use crate::publication::PublishedFile;

/// Most editions of the roots that are walked in one fetch.
const MAX_WALK: u64 = 1_024;

#[derive(Clone, Debug, Default)]
pub(super) struct Documents {
    ended: BTreeSet<PublishedFile>,
    index: Option<Index>,
    /// Whether what the index says has been compared with what is held.
    compared: bool,
    /// There is no further edition of the roots.
    no_more_roots: bool,
}

impl Documents {
    pub(super) fn next(
        &mut self,
        held: &Held,
        mirrors: bool,
        problems: &mut Vec<FetchProblem>,
    ) -> Option<(Wanted, Asked)> {
        let wanted = |file, asked| Some(Wanted::new(file, asked, false));
        let walked = self.ended.range(PublishedFile::Roots(0)..=PublishedFile::Roots(u64::MAX));
        let (tried, walked) = (walked.clone().next_back().cloned(), walked.count() as u64);
        let roots = match (held.awaited_roots, tried) {
            // Only its hash is known: it is looked for from the first edition on.
            (Some(hash), Some(PublishedFile::Roots(last))) => {
                (last.saturating_add(1), Asked::ThisOrNone(hash))
            }
            (Some(hash), _) => (1, Asked::ThisOrNone(hash)),
            (None, _) => (held.roots.saturating_add(1), Asked::MayBeMissing),
        };
        let (number, asked) = roots;
        let file = PublishedFile::Roots(number);
        if !self.no_more_roots && walked < MAX_WALK && !self.ended.contains(&file) {
            return wanted(file, asked);
        }
        if !self.ended.contains(&PublishedFile::Index) {
            return wanted(PublishedFile::Index, Asked::Nothing);
        }
        let index = self.index.as_ref()?;
        if !self.compared {
            self.compared = true;
            compare(index, held, problems);
        }
        let editions = [
            (
                PublishedFile::TrustList(index.trust_list.sequence),
                index.trust_list,
                held.trust_list,
            ),
            (PublishedFile::Catalogue(index.catalogue.sequence), index.catalogue, held.catalogue),
        ];
        let [trust_list, catalogue] = editions.map(|(file, named, held)| {
            let is_newer = held.is_none_or(|held| named.sequence > held.sequence);
            let is_wanted = is_newer || (mirrors && held == Some(named));
            let kind = match file {
                PublishedFile::TrustList(_) => DocumentKind::TrustList,
                _ => DocumentKind::Catalogue,
            };
            is_wanted.then_some((file, Asked::Document(kind, named.sha256)))
        });
        let notices =
            index.withdrawals.iter().filter(|hash| mirrors || !held.notices.contains(hash));
        let notices = notices.map(|hash| {
            let asked = Asked::Document(DocumentKind::Withdrawal, *hash);
            (PublishedFile::Withdrawal(*hash), asked)
        });
        // The trust list first: a notice is about its issuers. Notices take something; so they come
        // before what may be large.
        let mut all = trust_list.into_iter().chain(notices).chain(catalogue);
        let next = all.find(|(file, _)| !self.ended.contains(file));
        if let Some((file, asked)) = next {
            return wanted(file, asked);
        }
        let earlier = (1..=held.roots).map(PublishedFile::Roots);
        let mut earlier = earlier.filter(|file| mirrors && !self.ended.contains(file));
        earlier.next().and_then(|file| wanted(file, Asked::EarlierRoots))
    }

    /// A file with the right hash.
    pub(super) fn take(&mut self, file: &PublishedFile, bytes: &[u8]) -> Result<(), FetchFault> {
        if *file == PublishedFile::Index {
            let envelope = Envelope::of_kind(DocumentKind::Index, bytes)?;
            self.index = Some(Index::read(envelope.payload())?);
            self.compared = false;
        }
        Ok(())
    }

    /// A file is not there, or could not be had.
    pub(super) fn fail(&mut self, file: &PublishedFile, fault: &FetchFault) {
        self.end(file);
        let is_other = matches!(fault, FetchFault::OtherContent { .. });
        self.no_more_roots |= matches!(file, PublishedFile::Roots(_)) && !is_other;
    }

    /// This file is not asked for any more.
    pub(super) fn end(&mut self, file: &PublishedFile) {
        self.ended.insert(file.clone());
    }

    /// What an index names is signed by itself. So one that has expired will do, and one that only
    /// another clock would take; one that no index key has signed will not.
    pub(super) fn not_taken(&mut self, file: &PublishedFile, error: &InstallError) {
        let is_signed = matches!(
            error,
            InstallError::Expired { .. }
                | InstallError::IssuedAhead { .. }
                | InstallError::Rollback { .. }
        );
        match file {
            PublishedFile::Index if !is_signed => self.index = None,
            PublishedFile::Roots(_) => self.no_more_roots = true,
            _ => {}
        }
    }
}

/// Tells what this publication lacks that is held.
fn compare(index: &Index, held: &Held, problems: &mut Vec<FetchProblem>) {
    let file = || PublishedFile::Index;
    if index.roots.sequence > held.roots {
        let file = PublishedFile::Roots(held.roots.saturating_add(1));
        if !problems.iter().any(|problem| problem.file == file) {
            problems.push(FetchProblem { file, fault: FetchFault::Missing });
        }
    }
    let editions = [(index.trust_list, held.trust_list), (index.catalogue, held.catalogue)];
    let roots = Named { sequence: held.roots, ..index.roots };
    for (named, held) in [(index.roots, Some(roots))].into_iter().chain(editions) {
        let Some(held) = held else { continue };
        let sequence = held.sequence;
        let fault = if named.sequence < sequence {
            FetchFault::Behind { offered: named.sequence, held: sequence }
        } else if named.sequence == sequence && named.sha256 != held.sha256 {
            FetchFault::OtherEdition { sequence }
        } else {
            continue;
        };
        problems.push(FetchProblem { file: file(), fault });
    }
}
