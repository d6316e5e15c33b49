//! Why an application stops, for whom, and when.

use super::Until;
use crate::cose::KeyId;
use crate::jose::DocumentKind;
use crate::keys::Algorithm;

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
    /// A key of an issuer is withdrawn (205).
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
