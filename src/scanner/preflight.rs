//! Before the doors open: what a scanner is ready for.
//!
//! Specification: docs/SPEC.md section 20.

use super::Scanner;
use crate::clock::ClockEstimate;
use crate::duplicates::DuplicateFill;
use crate::lists::{DocumentState, IndexState, Outlook, StatusState};

/// What a scanner is ready for, at one second.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preflight {
    /// The second asked about (Unix seconds).
    pub now_unix_s: i64,
    /// The roots document, unless the scanner was set up with a lone key or waits for an edition.
    pub roots: Option<DocumentState>,
    /// The newest index, if there is one.
    pub index: Option<IndexState>,
    /// The trust list, if there is one.
    pub trust_list: Option<DocumentState>,
    /// The catalogue, if there is one.
    pub catalogue: Option<DocumentState>,
    /// The status lists of each issuer that may issue cards, by issuer.
    pub status: Vec<StatusState>,
    /// How full the memory of used codes is now.
    pub used_codes: DuplicateFill,
    /// What recent genuine codes say about the scanner's clock, if there are enough of them.
    pub clock: Option<ClockEstimate>,
    /// How many challenges wait for an answer.
    pub open_challenges: usize,
    /// Each application of the catalogue, by number.
    pub applications: Vec<Outlook>,
}

impl Preflight {
    /// The newest time that somebody else has signed in the lists in force (Unix seconds). No clock
    /// of the scanner can put it ahead; it lags by as much as the lists are old.
    pub fn newest_signed_unix_s(&self) -> Option<i64> {
        let documents = [self.roots, self.trust_list, self.catalogue];
        let documents = documents.into_iter().flatten().map(|document| document.issued_at_unix_s);
        let index = self.index.map(|index| index.issued_at_unix_s);
        let status = self.status.iter().filter_map(|status| status.oldest_unix_s);
        documents.chain(index).chain(status).max()
    }
}

impl Scanner {
    /// How old each list is, when it ends, and how long each application will work. An operator
    /// looks at this before the doors open. It changes nothing.
    pub fn preflight(&self, now_unix_s: i64) -> Preflight {
        let lists = &self.lists;
        let roots = lists.roots.edition_in_force();
        let trust_list = lists.trust.list().map(|list| &list.edition);
        let catalogue = lists.terms.list().map(|list| &list.edition);
        Preflight {
            now_unix_s,
            roots: roots.map(|edition| DocumentState::of(edition, now_unix_s)),
            index: lists.index_state(now_unix_s),
            trust_list: trust_list.map(|edition| DocumentState::of(edition, now_unix_s)),
            catalogue: catalogue.map(|edition| DocumentState::of(edition, now_unix_s)),
            status: lists.status_states(now_unix_s),
            used_codes: self.duplicate_fill(now_unix_s),
            clock: self.clock_estimate(now_unix_s),
            open_challenges: self.memory.challenges.count(now_unix_s),
            applications: lists.outlooks(now_unix_s, self.policy.without_status_lists),
        }
    }
}
