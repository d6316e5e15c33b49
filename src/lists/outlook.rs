//! How old each list is, and how long each application works with the lists at hand.
//!
//! Asks the lists what a scan will ask them at later seconds, and decides nothing. Specification:
//! docs/SPEC.md section 20.

use super::catalogue::{Application, Beyond, Entry, Terms};
use super::status::Standing;
use super::trust::{Candidate, IssuerKey, KeyValidity, Trust};
use super::Lists;
use crate::clock::MAX_TOLERANCE_S;
use crate::code::ApplicationNumber;
use crate::cose::{time_of_host, KeyId};
use crate::jose::{DocumentKind, Edition, Name};
use crate::keys::{Algorithm, PublicKey};

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

/// One way in which an application stops.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ending {
    /// The last second before it.
    pub until: Until,
    /// Why.
    pub reason: EndReason,
    /// Who is concerned.
    pub affected: Affected,
    /// Whether they are refused from then on. Otherwise they are accepted and marked, because the
    /// application accepts cards with unknown status.
    pub refuses: bool,
}

/// Why an application stops.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EndReason {
    /// There is no trust list (701).
    NoTrustList,
    /// There is no catalogue (703).
    NoCatalogue,
    /// The scanner's clock is behind its own lists (706).
    ScannerClockBehind {
        /// By how much, at least.
        behind_s: i64,
    },
    /// The trust list expires (702).
    TrustListExpires,
    /// The catalogue expires (704).
    CatalogueExpires,
    /// The roots document expires (711).
    RootsExpire,
    /// An index has named a newer edition or a notice that this scanner does not have. That refuses
    /// nobody; until then it knew of nothing newer.
    NewerExists {
        /// Of which kind.
        kind: DocumentKind,
    },
    /// The entry in the catalogue ends (510).
    EntryEnds,
    /// The entry in the catalogue has not begun (510).
    EntryNotYet {
        /// When it begins (Unix seconds).
        from_unix_s: i64,
    },
    /// The time asked about is after the year 9999 (712): most likely milliseconds.
    NotATime,
    /// The scanner was never given any status list (710). It refuses every card whose credential
    /// does not prove its own status.
    NoStatusLists,
    /// It accepts the cards of no trusted issuer (201).
    NoIssuer,
    /// A key of an issuer ends (204).
    KeyEnds {
        /// The issuer's id.
        issuer: String,
    },
    /// A key of an issuer is withdrawn, by the trust list or by a notice (205).
    KeyWithdrawn {
        /// The issuer's id.
        issuer: String,
    },
    /// No key of an issuer counts yet (203).
    KeyNotYet {
        /// The issuer's id.
        issuer: String,
        /// When the first begins (Unix seconds).
        from_unix_s: i64,
    },
    /// The algorithm of an issuer's key is no longer admitted (211).
    IssuerAlgorithmEnds {
        /// The issuer's id.
        issuer: String,
        /// The algorithm.
        algorithm: Algorithm,
    },
    /// The algorithm of phones is no longer admitted (211).
    PhoneAlgorithmEnds {
        /// The algorithm.
        algorithm: Algorithm,
    },
    /// There is no status list of this issuer (403).
    NoStatusList {
        /// The issuer's id.
        issuer: String,
    },
    /// The issuer's status list becomes older than the application allows (403).
    StatusTooOld {
        /// The issuer's id.
        issuer: String,
        /// The list's time (Unix seconds).
        as_of_unix_s: i64,
    },
    /// The issuer's status list expires (403).
    StatusExpires {
        /// The issuer's id.
        issuer: String,
    },
    /// The key that signed the issuer's status list stops counting, and the list with it (403).
    StatusKeyEnds {
        /// The issuer's id.
        issuer: String,
    },
}

impl EndReason {
    /// The number of the refusal that it leads to; 0 where it leads to none.
    pub fn number(&self) -> u16 {
        match self {
            EndReason::NewerExists { .. } => 0,
            EndReason::NoIssuer => 201,
            EndReason::KeyNotYet { .. } => 203,
            EndReason::KeyEnds { .. } => 204,
            EndReason::KeyWithdrawn { .. } => 205,
            EndReason::IssuerAlgorithmEnds { .. } | EndReason::PhoneAlgorithmEnds { .. } => 211,
            EndReason::NoStatusList { .. }
            | EndReason::StatusTooOld { .. }
            | EndReason::StatusExpires { .. }
            | EndReason::StatusKeyEnds { .. } => 403,
            EndReason::EntryEnds | EndReason::EntryNotYet { .. } => 510,
            EndReason::NoTrustList => 701,
            EndReason::TrustListExpires => 702,
            EndReason::NoCatalogue => 703,
            EndReason::CatalogueExpires => 704,
            EndReason::ScannerClockBehind { .. } => 706,
            EndReason::NoStatusLists => 710,
            EndReason::RootsExpire => 711,
            EndReason::NotATime => 712,
        }
    }

    /// The id of the issuer concerned, if there is one.
    pub fn issuer(&self) -> Option<&str> {
        match self {
            EndReason::KeyEnds { issuer }
            | EndReason::KeyWithdrawn { issuer }
            | EndReason::KeyNotYet { issuer, .. }
            | EndReason::IssuerAlgorithmEnds { issuer, .. }
            | EndReason::NoStatusList { issuer }
            | EndReason::StatusTooOld { issuer, .. }
            | EndReason::StatusExpires { issuer }
            | EndReason::StatusKeyEnds { issuer } => Some(issuer),
            EndReason::NoTrustList
            | EndReason::NoCatalogue
            | EndReason::ScannerClockBehind { .. }
            | EndReason::TrustListExpires
            | EndReason::CatalogueExpires
            | EndReason::RootsExpire
            | EndReason::NewerExists { .. }
            | EndReason::EntryEnds
            | EndReason::EntryNotYet { .. }
            | EndReason::NoIssuer
            | EndReason::NoStatusLists
            | EndReason::NotATime
            | EndReason::PhoneAlgorithmEnds { .. } => None,
        }
    }

    /// A short name that never changes, for vectors and logs.
    pub fn name(&self) -> &'static str {
        match self {
            EndReason::NoTrustList => "no_trust_list",
            EndReason::NoCatalogue => "no_catalogue",
            EndReason::ScannerClockBehind { .. } => "scanner_clock_behind",
            EndReason::TrustListExpires => "trust_list_expires",
            EndReason::CatalogueExpires => "catalogue_expires",
            EndReason::RootsExpire => "roots_expire",
            EndReason::NewerExists { .. } => "newer_exists",
            EndReason::EntryEnds => "entry_ends",
            EndReason::EntryNotYet { .. } => "entry_not_yet",
            EndReason::NoStatusLists => "no_status_lists",
            EndReason::NotATime => "not_a_time",
            EndReason::NoIssuer => "no_issuer",
            EndReason::KeyEnds { .. } => "key_ends",
            EndReason::KeyWithdrawn { .. } => "key_withdrawn",
            EndReason::KeyNotYet { .. } => "key_not_yet",
            EndReason::IssuerAlgorithmEnds { .. } => "issuer_algorithm_ends",
            EndReason::PhoneAlgorithmEnds { .. } => "phone_algorithm_ends",
            EndReason::NoStatusList { .. } => "no_status_list",
            EndReason::StatusTooOld { .. } => "status_too_old",
            EndReason::StatusExpires { .. } => "status_expires",
            EndReason::StatusKeyEnds { .. } => "status_key_ends",
        }
    }
}

/// For whom an application stops.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Affected {
    /// Everybody.
    Everybody,
    /// The cards of this issuer. If the reason is about status: only those whose credential does
    /// not prove its own status, and that the list in question covers.
    CardsOf {
        /// The issuer's id.
        issuer: String,
    },
    /// The cards of this issuer that this key has signed.
    CardsSignedBy {
        /// The issuer's id.
        issuer: String,
        /// The key.
        key_id: KeyId,
    },
    /// Phones with keys of this algorithm.
    Phones {
        /// The algorithm.
        algorithm: Algorithm,
    },
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
        let mut outlooks: Vec<Outlook> = entries
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
            .collect();
        outlooks.sort_by_key(|outlook| outlook.application);
        outlooks
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
fn card_issuers(trust: &Trust) -> Vec<(&str, Vec<&Candidate>)> {
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
            let key_until = signed.map_or(Until::NeverBegan, |key| key_end(trust, key, now).0);
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

    /// When the first of the keys that count now ends. When none counts: the key that counted last,
    /// or will count first.
    fn card_key_ending(
        &self,
        trust: &Trust,
        issuer_id: &str,
        keys: &[&Candidate],
        now: i64,
    ) -> Option<Ending> {
        // A notice stops a key that would count.
        let stopped = |candidate: &Candidate| {
            let valid = candidate.key.validity(now) == KeyValidity::Valid;
            let thumbprint = &candidate.thumbprint;
            let mut notices = self.notices.0.iter();
            notices
                .find(|notice| {
                    valid && notice.is_against(&self.roots, trust, issuer_id, thumbprint, now)
                })
                .map(|notice| notice.withdrawal.issued_at_unix_s.min(now))
                .map(|from_unix_s| Until::second(from_unix_s.saturating_sub(1)))
        };
        let end = |candidate: &Candidate| {
            let (until, why) = key_end(trust, &candidate.key, now);
            match stopped(candidate) {
                Some(stopped) => (until.min(stopped), KeyEnd::Withdrawn),
                None => (until, why),
            }
        };
        let counts = |candidate: &&&Candidate| {
            candidate.key.validity(now) == KeyValidity::Valid
                && trust.admits_issuer(candidate.key.key.algorithm(), now)
                && stopped(candidate).is_none()
        };
        let issuer = || issuer_id.to_owned();
        let reason = |why, key: &PublicKey| match why {
            KeyEnd::Ends => EndReason::KeyEnds { issuer: issuer() },
            KeyEnd::Withdrawn => EndReason::KeyWithdrawn { issuer: issuer() },
            KeyEnd::Algorithm => {
                EndReason::IssuerAlgorithmEnds { issuer: issuer(), algorithm: key.algorithm() }
            }
        };
        let first = keys.iter().filter(counts).min_by_key(|key| end(key).0);
        if let Some(candidate) = first {
            let ((until, why), key) = (end(candidate), &candidate.key.key);
            return Some(Ending {
                until,
                reason: reason(why, key),
                affected: Affected::CardsSignedBy { issuer: issuer(), key_id: key.key_id() },
                refuses: true,
            });
        }
        let affected = Affected::CardsOf { issuer: issuer() };
        let begins = keys.iter().map(|candidate| &candidate.key);
        let begins = begins.filter(|key| key.validity(now) == KeyValidity::NotYet);
        if let Some(from_unix_s) = begins.map(|key| key.not_before_unix_s).min() {
            let reason = EndReason::KeyNotYet { issuer: issuer(), from_unix_s };
            let until = Until::NeverBegan;
            return Some(Ending { until, reason, affected, refuses: true });
        }
        let last = keys.iter().max_by_key(|key| end(key).0)?;
        let (until, why) = end(last);
        Some(Ending { until, reason: reason(why, &last.key.key), affected, refuses: true })
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

/// What ends a key.
#[derive(Clone, Copy)]
enum KeyEnd {
    Ends,
    Withdrawn,
    Algorithm,
}

/// The last second at which a key's signatures count, past or future.
fn key_end(trust: &Trust, key: &IssuerKey, now: i64) -> (Until, KeyEnd) {
    let algorithm = key.key.algorithm();
    let admitted_until = if trust.admits_issuer(algorithm, now) {
        let end = trust.ends_admitting(now, |at| trust.admits_issuer(algorithm, at));
        end.map_or(Until::Open, Until::second)
    } else {
        Until::NeverBegan
    };
    let withdrawn = key.withdrawn_from_unix_s.map(|from| Until::second(from.saturating_sub(1)));
    // In the order in which a scan asks.
    let ends = [
        (withdrawn.unwrap_or(Until::Open), KeyEnd::Withdrawn),
        (Until::second(key.not_after_unix_s), KeyEnd::Ends),
        (admitted_until, KeyEnd::Algorithm),
    ];
    let first = ends.into_iter().min_by_key(|(until, _)| *until);
    let (until, why) = first.unwrap_or((Until::Open, KeyEnd::Ends));
    // A key that has ended is named as a scan names it now, whichever end came first.
    let why = match key.validity(now) {
        KeyValidity::Withdrawn { .. } => KeyEnd::Withdrawn,
        KeyValidity::Expired => KeyEnd::Ends,
        KeyValidity::Valid | KeyValidity::NotYet => why,
    };
    (until, why)
}
