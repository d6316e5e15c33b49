//! How old each list is, and how long each application works with the lists at hand.
//!
//! Asks the lists what a scan will ask them at later seconds, and decides nothing. Specification:
//! docs/SPEC.md section 20.

mod ending;
mod keys;

pub use ending::{Affected, EndReason, Ending};

use super::catalogue::{Application, Beyond, Entry, Terms};
use super::status::Standing;
use super::trust::{Candidate, Trust};
use super::Lists;
use crate::clock::MAX_TOLERANCE_S;
use crate::code::ApplicationNumber;
use crate::cose::time_of_host;
use crate::jose::{Edition, Name};
use crate::keys::Algorithm;

/// A roots document, a trust list or a catalogue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DocumentState {
    /// Its sequence number.
    pub sequence: u64,
    /// When it was made (Unix seconds).
    pub issued_at_unix_s: i64,
    /// Seconds since then; negative when the scanner's clock is behind.
    pub age_s: i64,
    /// When the next one is due (Unix seconds).
    pub next_update_unix_s: i64,
    /// Whether that time has passed.
    pub overdue: bool,
    /// From this second on it is useless (Unix seconds).
    pub expires_unix_s: i64,
}

/// The newest index that a scanner was given. A server that shows nothing new is noticed by its age.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IndexState {
    /// When it was made (Unix seconds).
    pub issued_at_unix_s: i64,
    /// Seconds since then; negative when the scanner's clock is behind.
    pub age_s: i64,
    /// When the next one was or is due (Unix seconds).
    pub expires_unix_s: i64,
}

/// The status lists of an issuer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatusState {
    /// The issuer's id.
    pub issuer: String,
    /// How many lists there are.
    pub lists: usize,
    /// The time of the oldest of them (Unix seconds).
    pub oldest_unix_s: Option<i64>,
    /// Seconds since then.
    pub age_s: Option<i64>,
    /// When the first of them expires (Unix seconds).
    pub first_expires_unix_s: Option<i64>,
    /// When an unusable list of this issuer was handed in, if none has been installed since.
    pub unreadable_since_unix_s: Option<i64>,
}

/// How long an application works with the lists at hand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outlook {
    /// Its number.
    pub application: ApplicationNumber,
    /// Its names.
    pub name: Name,
    /// Why it will stop or has stopped, for whom and when, the earliest first. For each issuer it
    /// lists the first key to end and the first status list to end. Keys and algorithms that do not
    /// count at the second asked about are left out, unless none counts.
    pub endings: Vec<Ending>,
}

impl Outlook {
    /// Until when the lists give no reason to refuse anybody.
    pub fn works_until(&self) -> Until {
        let refusing = self.endings.iter().filter(|ending| ending.refuses);
        refusing.map(|ending| ending.until).min().unwrap_or(Until::Open)
    }
}

/// The last good second. An earlier end compares as less.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Until {
    /// There never was one: what is missing was never there, or is still to come.
    NeverBegan,
    /// This second. The application has stopped if it lies before the second asked about.
    Second {
        /// When (Unix seconds).
        unix_s: i64,
    },
    /// No end is in sight.
    Open,
}

impl Until {
    fn second(unix_s: i64) -> Self {
        Until::Second { unix_s }
    }

    /// The second, where there is one (Unix seconds).
    pub fn unix_s(self) -> Option<i64> {
        match self {
            Until::Second { unix_s } => Some(unix_s),
            Until::NeverBegan | Until::Open => None,
        }
    }
}

impl Lists {
    /// The newest index by a key that may sign one.
    pub(crate) fn index_state(&self, now: i64) -> Option<IndexState> {
        let known = self.newest.in_force(&self.roots);
        let index = known.map(|known| &known.index).max_by_key(|index| index.issued_at_unix_s)?;
        Some(IndexState {
            issued_at_unix_s: index.issued_at_unix_s,
            age_s: now.saturating_sub(index.issued_at_unix_s),
            expires_unix_s: index.expires_unix_s,
        })
    }

    /// The issuers that may issue cards, with what is known of their status lists.
    pub(crate) fn status_states(&self, now: i64) -> Vec<StatusState> {
        let issuers = self.trust.list().map(card_issuers).unwrap_or_default();
        issuers.iter().map(|(issuer, _)| self.status_state(issuer, now)).collect()
    }

    /// How long each application works, by number. `without_status` says whether the scanner works
    /// without ever having been given a status list.
    pub(crate) fn outlooks(&self, now: i64, without_status: bool) -> Vec<Outlook> {
        let (trust, terms) = (self.trust.list(), self.terms.list());
        let issuers = trust.map(card_issuers).unwrap_or_default();
        let general = self.general_endings(now, without_status);
        let entries = terms.into_iter().flat_map(Terms::entries);
        entries
            .map(|entry| {
                let mut endings = general.clone();
                endings.extend(entry_ending(&entry.application, now));
                if let Some(trust) = trust {
                    endings.extend(self.issuer_endings(trust, &issuers, entry, now));
                }
                // Endings at the same second stay in the order of the checks.
                endings.sort_by_key(|ending| ending.until);
                let Application { number, name, .. } = &entry.application;
                Outlook { application: *number, name: name.clone(), endings }
            })
            .collect()
    }
}

impl DocumentState {
    pub(crate) fn of(edition: &Edition, now: i64) -> Self {
        DocumentState {
            sequence: edition.sequence,
            issued_at_unix_s: edition.issued_at_unix_s,
            age_s: now.saturating_sub(edition.issued_at_unix_s),
            next_update_unix_s: edition.next_update_unix_s,
            overdue: now > edition.next_update_unix_s,
            expires_unix_s: edition.expires_unix_s,
        }
    }
}

/// The issuers that may issue cards, by id, with their keys for that.
pub(super) fn card_issuers(trust: &Trust) -> Vec<(&str, Vec<&Candidate>)> {
    let mut issuers = std::collections::BTreeMap::<&str, Vec<&Candidate>>::new();
    for candidate in trust.candidates() {
        if !candidate.key.may_sign.credentials.is_empty() {
            issuers.entry(&candidate.issuer.id).or_default().push(candidate);
        }
    }
    issuers.into_iter().collect()
}

fn everybody(until: Until, reason: EndReason) -> Ending {
    Ending { until, reason, affected: Affected::Everybody, refuses: true }
}

/// When the entry itself ends or begins.
fn entry_ending(application: &Application, now: i64) -> Option<Ending> {
    let Application { from_unix_s, until_unix_s, .. } = *application;
    if now < from_unix_s {
        let reason = EndReason::EntryNotYet { from_unix_s };
        return Some(everybody(Until::NeverBegan, reason));
    }
    until_unix_s.map(|unix_s| everybody(Until::second(unix_s), EndReason::EntryEnds))
}

impl Lists {
    /// What ends every application.
    fn general_endings(&self, now: i64, without_status: bool) -> Vec<Ending> {
        let (trust, terms) = (self.trust.list(), self.terms.list());
        let mut endings = Vec::new();
        let never = |reason| everybody(Until::NeverBegan, reason);
        if time_of_host(now).is_none() {
            endings.push(never(EndReason::NotATime));
        }
        if trust.is_none() {
            endings.push(never(EndReason::NoTrustList));
        }
        if terms.is_none() {
            endings.push(never(EndReason::NoCatalogue));
        }
        let editions = [trust.map(|list| &list.edition), terms.map(|list| &list.edition)];
        let made = editions.into_iter().flatten().map(|edition| edition.issued_at_unix_s).max();
        let behind_s = made.map_or(0, |made| made.saturating_sub(now));
        if behind_s > MAX_TOLERANCE_S.into() {
            endings.push(never(EndReason::ScannerClockBehind { behind_s }));
        }
        let reasons = [EndReason::TrustListExpires, EndReason::CatalogueExpires];
        for (edition, reason) in editions.into_iter().zip(reasons) {
            let last = edition.map(|edition| Until::second(edition.expires_unix_s - 1));
            endings.extend(last.map(|last| everybody(last, reason)));
        }
        if let Some(roots) = self.roots.edition_in_force() {
            let last = Until::second(roots.expires_unix_s - 1);
            endings.push(everybody(last, EndReason::RootsExpire));
        }
        for (kind, known) in self.missing(trust, now) {
            let until = Until::second(known.index.issued_at_unix_s - 1);
            let reason = EndReason::NewerExists { kind };
            let ending = Ending { until, reason, affected: Affected::Everybody, refuses: false };
            if !endings.contains(&ending) {
                endings.push(ending);
            }
        }
        if !without_status && !self.status.was_ever_given() {
            endings.push(never(EndReason::NoStatusLists));
        }
        if let Some(trust) = trust {
            // An algorithm that is not admitted has no end to report, unless none is admitted.
            let none = !Algorithm::ALL.iter().any(|algorithm| trust.admits_phone(*algorithm, now));
            endings.extend(Algorithm::ALL.iter().filter_map(|algorithm| {
                let end = trust.ends_admitting(now, |at| trust.admits_phone(*algorithm, at));
                let until = end.map(Until::second).or(none.then_some(Until::NeverBegan))?;
                Some(Ending {
                    until,
                    reason: EndReason::PhoneAlgorithmEnds { algorithm: *algorithm },
                    affected: Affected::Phones { algorithm: *algorithm },
                    refuses: true,
                })
            }));
        }
        endings
    }

    /// What ends an application for the cards of the issuers it accepts.
    fn issuer_endings(
        &self,
        trust: &Trust,
        issuers: &[(&str, Vec<&Candidate>)],
        entry: &Entry,
        now: i64,
    ) -> Vec<Ending> {
        let taken = |id: &str| {
            let issuers = entry.application.issuers.as_ref();
            issuers.is_none_or(|issuers| issuers.iter().any(|issuer| issuer == id))
        };
        let mut endings = Vec::new();
        let mut anybody = false;
        for (issuer, keys) in issuers.iter().filter(|(issuer, _)| taken(issuer)) {
            anybody = true;
            endings.extend(self.card_key_ending(trust, issuer, keys, now));
            endings.push(self.status_ending(trust, issuer, entry, now));
        }
        if !anybody {
            endings.push(everybody(Until::NeverBegan, EndReason::NoIssuer));
        }
        endings
    }

    /// When the first of an issuer's status lists stops being good enough for an application.
    fn status_ending(&self, trust: &Trust, issuer: &str, entry: &Entry, now: i64) -> Ending {
        let rule = entry.application.status;
        let name = || issuer.to_owned();
        let of_list = |held: super::status::HeldList<'_>| {
            let as_of_unix_s = held.issued_at_unix_s;
            let signed = trust.status_key(issuer, &held.signer.key);
            let key_until =
                signed.map_or(Until::NeverBegan, |key| keys::end(trust, key, None, now).0);
            // What refuses only says of nobody that the card is valid.
            let latest = match held.standing {
                Standing::Counts => Until::Open,
                Standing::RefusesOnly | Standing::Nothing => Until::second(now.saturating_sub(1)),
            };
            [
                (key_until.min(latest), EndReason::StatusKeyEnds { issuer: name() }),
                (
                    Until::second(held.expires_unix_s - 1),
                    EndReason::StatusExpires { issuer: name() },
                ),
                (
                    Until::second(as_of_unix_s.saturating_add(rule.max_age_s.into())),
                    EndReason::StatusTooOld { issuer: name(), as_of_unix_s },
                ),
            ]
        };
        let lists =
            self.status.lists_of(issuer, |signer| self.standing(trust, issuer, signer, now));
        let (until, reason) = lists
            .flat_map(of_list)
            .min_by_key(|(until, _)| *until)
            .unwrap_or((Until::NeverBegan, EndReason::NoStatusList { issuer: name() }));
        let affected = Affected::CardsOf { issuer: name() };
        Ending { until, reason, affected, refuses: rule.beyond == Beyond::Refuse }
    }

    fn status_state(&self, issuer: &str, now: i64) -> StatusState {
        let lists: Vec<_> = self.status.lists_of(issuer, |_| Standing::Counts).collect();
        let oldest_unix_s = lists.iter().map(|held| held.issued_at_unix_s).min();
        StatusState {
            issuer: issuer.to_owned(),
            lists: lists.len(),
            oldest_unix_s,
            age_s: oldest_unix_s.map(|oldest| now.saturating_sub(oldest)),
            first_expires_unix_s: lists.iter().map(|held| held.expires_unix_s).min(),
            unreadable_since_unix_s: self.status.unreadable_since_unix_s(issuer),
        }
    }
}
