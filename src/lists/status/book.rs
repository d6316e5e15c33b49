//! The status lists that a scanner holds.

use std::collections::{BTreeMap, HashMap};

use super::delta::{Delta, DeltaError};
use super::packed::Status;
use super::resident::{Shard, SHARD_POSITIONS};
use super::signed::{StatusListError, Verified};
use crate::cose::KeyId;
use crate::jose::Sha256Hash;
use crate::keys::PublicKey;
use crate::lists::trust::Trust;

/// How many seconds after the scanner's clock a list may have been issued: a day. So a scanner in
/// the wrong time zone, or hours behind, still accepts good lists. A list further ahead was signed
/// by a wrong clock, and would block all correct lists.
pub const MAX_ISSUED_AHEAD_S: i64 = 86_400;

/// The lists of all issuers, by issuer and number.
#[derive(Clone, Debug, Default)]
pub(crate) struct StatusBook {
    issuers: HashMap<String, BTreeMap<u16, Held>>,
    /// When something unusable was handed in, by the issuer it named, if readable. Kept until the
    /// next usable one.
    unreadable: HashMap<Option<String>, i64>,
    /// The lists that were in force before a restart.
    before_restart: HashMap<String, BTreeMap<u16, Mark>>,
}

/// What remains of a list that is gone: enough to refuse an older one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Mark {
    pub(crate) issued_at_unix_s: i64,
    pub(crate) signer: Signer,
    /// The hash of what it said: [`Shard::digest`].
    pub(crate) digest: [u8; 32],
}

/// A list in force.
#[derive(Clone, Debug)]
struct Held {
    shard: Shard,
    issued_at_unix_s: i64,
    expires_unix_s: i64,
    signer: Signer,
    digest: [u8; 32],
}

impl Held {
    fn mark(&self) -> Mark {
        let Held { issued_at_unix_s, signer, digest, .. } = *self;
        Mark { issued_at_unix_s, signer, digest }
    }
}

/// What lists by a key are good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// For all that they say.
    Counts,
    /// A notice has withdrawn the key. Its lists in force go on refusing, no more are taken, and
    /// none older takes their place: one holder's word lifts no refusal.
    RefusesOnly,
    /// For nothing.
    Nothing,
}

/// The key that signed a list. When it stops counting, so do its lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Signer {
    pub(crate) key_id: KeyId,
    /// By which notices name it. A scan has no time to hash.
    pub(crate) thumbprint: Sha256Hash,
    pub(crate) key: PublicKey,
}

impl Signer {
    pub(crate) fn of(key: PublicKey) -> Self {
        Signer { key_id: key.key_id(), thumbprint: key.kid(), key }
    }

    /// Whether lists by this issuer and this key count now.
    pub(crate) fn counts(&self, trust: &Trust, issuer_id: &str, now: i64) -> bool {
        trust.status_keys(issuer_id, self.key_id, now).any(|key| *key == self.key)
    }
}

/// The facts about a list in force, except its statuses.
pub(crate) struct HeldList<'b> {
    pub(crate) issued_at_unix_s: i64,
    pub(crate) expires_unix_s: i64,
    pub(crate) signer: &'b Signer,
    /// What its signer is good for.
    pub(crate) standing: Standing,
}

/// What the lists say about a position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Known {
    /// No list, or none that reaches this position.
    Nothing,
    /// This status, at that time.
    Status {
        status: Status,
        as_of_unix_s: i64,
        expires_unix_s: i64,
        signed_by: KeyId,
        /// Whether the list counts only where it refuses.
        refuses_only: bool,
    },
}

/// Why a properly signed list did not come into force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum BookError {
    Expired {
        expires_unix_s: i64,
    },
    Ahead {
        issued_at_unix_s: i64,
    },
    Older {
        in_force_unix_s: i64,
        offered_unix_s: i64,
    },
    NoBase {
        from_unix_s: i64,
    },
    /// By a key of this issuer that a notice has withdrawn.
    Withdrawn {
        issuer_id: String,
    },
    List(StatusListError),
}

impl StatusBook {
    /// What is known of a position, from a list whose signer still counts.
    pub(crate) fn look_up(
        &self,
        issuer_id: &str,
        index: u32,
        standing: impl FnOnce(&Signer) -> Standing,
    ) -> Known {
        let number = (index / SHARD_POSITIONS) as u16;
        let held = self.issuers.get(issuer_id).and_then(|lists| lists.get(&number));
        let standing = held.map_or(Standing::Nothing, |held| standing(&held.signer));
        let held = held.filter(|_| standing != Standing::Nothing);
        let status = held.and_then(|held| held.shard.status(index % SHARD_POSITIONS));
        match (held, status) {
            (Some(held), Some(status)) => Known::Status {
                status,
                refuses_only: standing == Standing::RefusesOnly,
                as_of_unix_s: held.issued_at_unix_s,
                expires_unix_s: held.expires_unix_s,
                signed_by: held.signer.key_id,
            },
            _ => Known::Nothing,
        }
    }

    /// Brings a verified list or delta into force, wholly or not at all.
    ///
    /// A list may replace a newer one whose signer no longer counts: a stolen key cannot sign a list
    /// that blocks all others for ever. In place of one that refuses only comes a later one. A list
    /// by a key that a notice has withdrawn is taken only if it says what was in force before a
    /// restart. A delta continues only lists of its own key: it must not bring back what a
    /// withdrawn key signed. Such lists do not block the delta either. A delta speaks of all lists
    /// of its issuer; those it does not cover are dropped when their signer no longer counts.
    ///
    /// Without a time, it is not checked for being expired or early.
    pub(crate) fn install(
        &mut self,
        issuer_id: &str,
        signer: Signer,
        verified: Verified,
        now: Option<i64>,
        standing: impl Fn(&Signer) -> Standing,
    ) -> Result<(), BookError> {
        self.bring_into_force(issuer_id, signer, verified, now, standing)?;
        self.unreadable.remove(&Some(issuer_id.to_owned()));
        self.unreadable.remove(&None);
        Ok(())
    }

    fn bring_into_force(
        &mut self,
        issuer_id: &str,
        signer: Signer,
        verified: Verified,
        now: Option<i64>,
        standing: impl Fn(&Signer) -> Standing,
    ) -> Result<(), BookError> {
        match verified {
            Verified::List { number, issued_at_unix_s, expires_unix_s, shard } => {
                let before = self.mark(issuer_id, number);
                let digest = shard.digest();
                let held = Held { shard, issued_at_unix_s, expires_unix_s, signer, digest };
                check_expiry(expires_unix_s, now)?;
                check_follows(issuer_id, before, &held, now, &standing)?;
                let lists = self.issuers.entry(issuer_id.to_owned()).or_default();
                lists.insert(number, held);
                Ok(())
            }
            Verified::Delta { from_unix_s, issued_at_unix_s, expires_unix_s, delta } => {
                check_expiry(expires_unix_s, now)?;
                if standing(&signer) == Standing::RefusesOnly {
                    return Err(BookError::Withdrawn { issuer_id: issuer_id.to_owned() });
                }
                let base = BookError::NoBase { from_unix_s };
                let lists = self.issuers.get_mut(issuer_id).ok_or(base.clone())?;
                let continued: Vec<(u16, &Held)> = lists
                    .iter()
                    .filter(|(_, held)| {
                        held.signer == signer || standing(&held.signer) != Standing::Nothing
                    })
                    .map(|(number, held)| (*number, held))
                    .collect();
                let fits =
                    |held: &Held| held.issued_at_unix_s == from_unix_s && held.signer == signer;
                if continued.is_empty() || !continued.iter().all(|(_, held)| fits(held)) {
                    return Err(base);
                }
                check_order(Some(from_unix_s), issued_at_unix_s, now)?;
                let changed = changed(&continued, &delta);
                let changed = changed.map_err(|error| BookError::List(error.into()))?;
                let spoken_of: Vec<u16> = continued.into_iter().map(|(number, _)| number).collect();
                lists.retain(|number, _| spoken_of.binary_search(number).is_ok());
                for held in lists.values_mut() {
                    held.issued_at_unix_s = issued_at_unix_s;
                    held.expires_unix_s = expires_unix_s;
                }
                for (number, shard) in changed {
                    if let Some(held) = lists.get_mut(&number) {
                        (held.digest, held.shard) = (shard.digest(), shard);
                    }
                }
                Ok(())
            }
        }
    }

    /// Whether there is a list, or was one before a restart. Whether its signer still counts does
    /// not matter: either way the scanner was set up correctly.
    pub(crate) fn was_ever_given(&self) -> bool {
        !self.issuers.is_empty() || !self.before_restart.is_empty()
    }

    /// The list of this number in force, or the one in force before a restart.
    fn mark(&self, issuer_id: &str, number: u16) -> Option<Mark> {
        let held = self.issuers.get(issuer_id).and_then(|lists| lists.get(&number));
        held.map(Held::mark).or_else(|| self.before_restart.get(issuer_id)?.get(&number).copied())
    }

    /// The marks of all lists, for a snapshot, ordered by issuer and number.
    pub(crate) fn marks(&self) -> BTreeMap<&str, BTreeMap<u16, Mark>> {
        let mut marks: BTreeMap<&str, BTreeMap<u16, Mark>> = BTreeMap::new();
        for (issuer_id, of_issuer) in &self.before_restart {
            marks.insert(issuer_id, of_issuer.clone());
        }
        for (issuer_id, lists) in &self.issuers {
            let held = lists.iter().map(|(number, held)| (*number, held.mark()));
            marks.entry(issuer_id).or_default().extend(held);
        }
        marks
    }

    /// A book without lists, after a restart. It accepts none older than those it had.
    pub(crate) fn after_restart(marks: HashMap<String, BTreeMap<u16, Mark>>) -> Self {
        StatusBook { before_restart: marks, ..StatusBook::default() }
    }

    /// Takes over the lists of another book, wholly or not at all. None may be expired, or older
    /// than the one held here now or before a restart, if that one's signer still counts. Lists by a
    /// key that a notice has withdrawn are left out, but for those that say what was in force; if
    /// nothing else is left, that is the error.
    pub(crate) fn take_over(
        &mut self,
        mut other: StatusBook,
        now: i64,
        standing: impl Fn(&str, &Signer) -> Standing,
    ) -> Result<(), BookError> {
        let mut marks = self.marks();
        for (issuer_id, lists) in &mut other.issuers {
            let standing = |signer: &Signer| standing(issuer_id, signer);
            let mut before = marks.remove(issuer_id.as_str()).unwrap_or_default();
            lists.retain(|number, held| {
                standing(&held.signer) != Standing::RefusesOnly
                    || before.get(number).is_some_and(|mark| *mark == held.mark())
            });
            for (number, held) in lists.iter() {
                check_expiry(held.expires_unix_s, Some(now))?;
                check_follows(issuer_id, before.remove(number), held, Some(now), &standing)?;
            }
            // A list would be left over: it does not fit those that come.
            before.retain(|_, mark| standing(&mark.signer) == Standing::Counts);
            if let Some(mark) = before.into_values().next() {
                let in_force_unix_s = mark.issued_at_unix_s;
                return Err(BookError::Older { in_force_unix_s, offered_unix_s: 0 });
            }
        }
        // An issuer without a list would count as one whose lists were given.
        let left_out = other.issuers.iter().find(|(_, lists)| lists.is_empty());
        let left_out = left_out.map(|(issuer_id, _)| issuer_id.clone());
        other.issuers.retain(|_, lists| !lists.is_empty());
        if let Some(issuer_id) = left_out.filter(|_| other.issuers.is_empty()) {
            return Err(BookError::Withdrawn { issuer_id });
        }
        for (issuer_id, lists) in other.issuers {
            self.unreadable.remove(&Some(issuer_id.clone()));
            self.unreadable.remove(&None);
            self.issuers.entry(issuer_id).or_default().extend(lists);
        }
        Ok(())
    }

    /// Remembers that something unusable was handed in. The caller names only known issuers, so
    /// this does not grow.
    pub(crate) fn note_unreadable(&mut self, issuer_id: Option<&str>, now: i64) {
        self.unreadable.insert(issuer_id.map(str::to_owned), now);
    }

    /// Since when lists of this issuer have been unusable.
    pub(crate) fn unreadable_since_unix_s(&self, issuer_id: &str) -> Option<i64> {
        let named = self.unreadable.get(&Some(issuer_id.to_owned()));
        named.or_else(|| self.unreadable.get(&None)).copied()
    }

    /// The lists of an issuer in the order of their numbers, and what their signers are good for.
    pub(crate) fn lists_of<'b>(
        &'b self,
        issuer_id: &str,
        standing: impl Fn(&Signer) -> Standing + 'b,
    ) -> impl Iterator<Item = HeldList<'b>> {
        let lists = self.issuers.get(issuer_id).into_iter().flat_map(BTreeMap::values);
        lists.map(move |held| HeldList {
            issued_at_unix_s: held.issued_at_unix_s,
            expires_unix_s: held.expires_unix_s,
            signer: &held.signer,
            standing: standing(&held.signer),
        })
    }

    /// The lists of an issuer by number, each with its time.
    pub(super) fn shards_of(&self, issuer_id: &str) -> impl Iterator<Item = (u16, i64, &Shard)> {
        let lists = self.issuers.get(issuer_id).into_iter().flatten();
        lists.map(|(number, held)| (*number, held.issued_at_unix_s, &held.shard))
    }

    /// Bytes that the lists take in memory.
    pub(crate) fn resident_bytes(&self) -> usize {
        let held = self.issuers.values().flat_map(BTreeMap::values);
        held.map(|held| held.shard.resident_bytes() + size_of::<Held>()).sum()
    }
}

/// The lists that a delta changes, by number. A delta names positions, so it needs every list of
/// the issuer from number 0 on.
fn changed(lists: &[(u16, &Held)], delta: &Delta) -> Result<Vec<(u16, Shard)>, DeltaError> {
    let gapless = lists.iter().enumerate().all(|(at, (number, _))| at == usize::from(*number));
    if !gapless {
        return Err(DeltaError::OtherPositions);
    }
    let shards: Vec<&Shard> = lists.iter().map(|(_, held)| &held.shard).collect();
    let changed = delta.changed(&shards)?;
    Ok(changed.into_iter().map(|(number, shard)| (number as u16, shard)).collect())
}

fn check_expiry(expires_unix_s: i64, now: Option<i64>) -> Result<(), BookError> {
    if now.is_some_and(|now| now >= expires_unix_s) {
        return Err(BookError::Expired { expires_unix_s });
    }
    Ok(())
}

/// Whether a list may take the place of the one in force, or of the one before a restart.
fn check_follows(
    issuer_id: &str,
    before: Option<Mark>,
    offered: &Held,
    now: Option<i64>,
    standing: &impl Fn(&Signer) -> Standing,
) -> Result<(), BookError> {
    let before = before.map(|mark| (mark, standing(&mark.signer)));
    let before = before.filter(|(_, standing)| *standing != Standing::Nothing);
    let is_the_same = before.is_some_and(|(mark, _)| mark == offered.mark());
    if standing(&offered.signer) == Standing::RefusesOnly && !is_the_same {
        return Err(BookError::Withdrawn { issuer_id: issuer_id.to_owned() });
    }
    let (in_force, offered) =
        (before.map(|(mark, _)| mark.issued_at_unix_s), offered.issued_at_unix_s);
    match before {
        // Another key's list of the same time would lift what that list refuses.
        Some((mark, Standing::RefusesOnly)) if !is_the_same && offered == mark.issued_at_unix_s => {
            Err(BookError::Older { in_force_unix_s: offered, offered_unix_s: offered })
        }
        _ => check_order(in_force, offered, now),
    }
}

/// Whether a list may replace the one in force, or the one before a restart. A list of the same
/// time is accepted again, whatever the clock says.
fn check_order(
    in_force_unix_s: Option<i64>,
    offered_unix_s: i64,
    now: Option<i64>,
) -> Result<(), BookError> {
    match in_force_unix_s {
        Some(in_force_unix_s) if offered_unix_s < in_force_unix_s => {
            Err(BookError::Older { in_force_unix_s, offered_unix_s })
        }
        Some(in_force_unix_s) if offered_unix_s == in_force_unix_s => Ok(()),
        _ if now.is_some_and(|now| is_ahead(offered_unix_s, now)) => {
            Err(BookError::Ahead { issued_at_unix_s: offered_unix_s })
        }
        _ => Ok(()),
    }
}

/// Whether something was issued so far ahead of the scanner's clock that one of the two clocks must
/// be wrong beyond tolerance.
pub(crate) fn is_ahead(issued_at_unix_s: i64, now: i64) -> bool {
    issued_at_unix_s.saturating_sub(now) > MAX_ISSUED_AHEAD_S
}
