//! What a scanner holds, as far as a fetcher needs to know.

use std::collections::BTreeMap;

use super::newest::Named;
use super::outlook::card_issuers;
use super::status::Standing;
use super::Lists;
use crate::jose::Sha256Hash;

/// What there is, and what is to be had from elsewhere: see [`crate::fetching::Fetch`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Held {
    /// The number of the roots edition in force; 0 for a lone key, or an edition that is awaited.
    pub roots: u64,
    /// The hash of the roots document that is awaited, if nothing else is known of the roots.
    pub awaited_roots: Option<Sha256Hash>,
    /// The trust list in force.
    pub trust_list: Option<Named>,
    /// The catalogue in force.
    pub catalogue: Option<Named>,
    /// The notices that are held, not needed, or dealt with by the trust list.
    pub notices: Vec<Sha256Hash>,
    /// The issuers of the trust list that may issue cards, by id.
    pub issuers: BTreeMap<String, HeldStatus>,
}

/// What there is of an issuer's status lists.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HeldStatus {
    /// The time of the lists in force, if all of them have one and count (Unix seconds).
    pub in_force_unix_s: Option<i64>,
    /// Nothing older than this is taken (Unix seconds).
    pub not_before_unix_s: Option<i64>,
    /// The times of the anchors that the host has in its own store, whole (Unix seconds). A scanner
    /// does not know them: the host adds them.
    pub anchors: Vec<i64>,
}

impl Lists {
    /// See [`crate::Scanner::held`].
    pub(crate) fn held(&self, now: i64) -> Held {
        let named = |(sequence, sha256)| Named { sequence, sha256 };
        let mark = |mark: &super::Mark| named((mark.sequence, mark.hash));
        let trust = self.trust.list();
        let dealt_with = trust.into_iter().flat_map(|trust| trust.notices_dealt_with());
        let ids = trust.map(card_issuers).unwrap_or_default().into_iter().map(|(id, _)| id);
        // One by one: they come in order, and nothing is sorted.
        let mut issuers = BTreeMap::new();
        issuers.extend(ids.map(|id| (id.to_owned(), self.held_of(id, now))));
        Held {
            roots: self.roots.number(),
            awaited_roots: self.roots.awaited(),
            trust_list: self.trust.mark_in_force().map(mark),
            catalogue: self.terms.mark_in_force().map(mark),
            notices: self.notices.known().chain(dealt_with).copied().collect(),
            issuers,
        }
    }

    fn held_of(&self, issuer_id: &str, now: i64) -> HeldStatus {
        let Some(trust) = self.trust.list() else { return HeldStatus::default() };
        let standing = |signer: &super::StatusSigner| self.standing(trust, issuer_id, signer, now);
        let mut times = Vec::new();
        for list in self.status.lists_of(issuer_id, standing) {
            times.push((list.issued_at_unix_s, list.standing == Standing::Counts));
        }
        let first = times.first().copied();
        let all_alike = times.iter().all(|list| Some(*list) == first);
        let marks = self.status.marks().remove(issuer_id).unwrap_or_default();
        let counts = marks.values().filter(|mark| standing(&mark.signer) != Standing::Nothing);
        HeldStatus {
            in_force_unix_s: first.filter(|(_, counts)| *counts && all_alike).map(|list| list.0),
            not_before_unix_s: counts.map(|mark| mark.issued_at_unix_s).max(),
            anchors: Vec::new(),
        }
    }
}
