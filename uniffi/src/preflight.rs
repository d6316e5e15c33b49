//! What a scanner is ready for, before the doors open.

use crate::usage::count;
use crate::{Algorithm, Name};

/// What a scanner is ready for, at one second.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct Preflight {
    /// The second that was asked about (Unix seconds).
    pub now_unix_s: i64,
    /// The trust list, if there is one.
    pub trust_list: Option<DocumentState>,
    /// The catalogue, if there is one.
    pub catalogue: Option<DocumentState>,
    /// The status lists of each issuer that may issue cards, by issuer.
    pub status: Vec<StatusState>,
    /// How many entries the memory of used codes holds.
    pub used_codes: i64,
    /// How many it may hold.
    pub used_codes_capacity: i64,
    /// How many challenges wait for an answer.
    pub open_challenges: i64,
    /// Each application of the catalogue, by number.
    pub applications: Vec<Outlook>,
}

/// A trust list or a catalogue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Record)]
pub struct DocumentState {
    /// Its sequence number.
    pub sequence: i64,
    /// When it was made (Unix seconds).
    pub issued_at_unix_s: i64,
    /// Seconds since then; negative when the scanner's clock is behind.
    pub age_s: i64,
    /// When the next one is due (Unix seconds).
    pub next_update_unix_s: i64,
    /// Whether that is over.
    pub overdue: bool,
    /// From this second on it is good for nothing (Unix seconds).
    pub expires_unix_s: i64,
}

/// The status lists of an issuer.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct StatusState {
    /// The issuer's id.
    pub issuer: String,
    /// How many lists there are.
    pub lists: i64,
    /// The time of the oldest of them (Unix seconds).
    pub oldest_unix_s: Option<i64>,
    /// Seconds since then.
    pub age_s: Option<i64>,
    /// When the first of them expires (Unix seconds).
    pub first_expires_unix_s: Option<i64>,
    /// When a list of this issuer was handed in that could not be used, if none was taken since.
    pub unreadable_since_unix_s: Option<i64>,
}

/// Until when an application works with the lists at hand.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct Outlook {
    /// Its number.
    pub application: i32,
    /// Its names.
    pub name: Name,
    /// Until when nobody is refused for a reason that lies in the lists.
    pub works_until: Until,
    /// Why it will stop, or has stopped, for whom and when; the first that comes first.
    pub endings: Vec<Ending>,
}

/// The last good second.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum Until {
    /// No end is in sight.
    Open,
    /// This one (Unix seconds). It is over when it lies before the second asked about.
    Second {
        /// When.
        unix_s: i64,
    },
    /// There never was one: what is missing was never there, or is still to come.
    NeverBegan,
}

impl From<i64> for Until {
    fn from(unix_s: i64) -> Self {
        match unix_s {
            onecode::preflight::Ending::NEVER_BEGAN => Until::NeverBegan,
            unix_s => Until::Second { unix_s },
        }
    }
}

/// One way in which an application stops.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct Ending {
    /// The last second before it.
    pub until: Until,
    /// Why.
    pub reason: EndReason,
    /// The number of the refusal that it leads to.
    pub number: i32,
    /// The id of the issuer that it is about, if it is about one.
    pub issuer: Option<String>,
    /// Who is concerned.
    pub affected: Affected,
    /// Whether they are refused from then on; otherwise they are accepted and marked.
    pub refuses: bool,
}

/// Why an application stops. The issuer it is about is in the [`Ending`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum EndReason {
    /// There is no trust list (701).
    NoTrustList,
    /// There is no catalogue (703).
    NoCatalogue,
    /// The scanner's clock is behind its own lists (706).
    ScannerClockBehind {
        /// By how much at least.
        behind_s: i64,
    },
    /// The trust list expires (702).
    TrustListExpires,
    /// The catalogue expires (704).
    CatalogueExpires,
    /// The entry in the catalogue ends (510).
    EntryEnds,
    /// The entry in the catalogue has not begun (510).
    EntryNotYet {
        /// When it begins (Unix seconds).
        from_unix_s: i64,
    },
    /// The scanner was never given any status list (710): everybody is refused whose credential is
    /// no proof of its status.
    NoStatusLists,
    /// No issuer is trusted whose cards it takes (201).
    NoIssuer,
    /// A key of an issuer comes to its end (204).
    KeyEnds,
    /// A key of an issuer is withdrawn (205).
    KeyWithdrawn,
    /// No key of an issuer has begun to count (203).
    KeyNotYet {
        /// When the first begins (Unix seconds).
        from_unix_s: i64,
    },
    /// The algorithm of an issuer's key is no longer admitted (211).
    IssuerAlgorithmEnds {
        /// The algorithm.
        algorithm: Algorithm,
    },
    /// The algorithm of phones is no longer admitted (211).
    PhoneAlgorithmEnds {
        /// The algorithm.
        algorithm: Algorithm,
    },
    /// There is no status list of this issuer (403).
    NoStatusList,
    /// The issuer's status list gets older than the application allows (403).
    StatusTooOld {
        /// The list's time (Unix seconds).
        as_of_unix_s: i64,
    },
    /// The issuer's status list expires (403).
    StatusExpires,
    /// The key that signed the issuer's status list counts no longer (403).
    StatusKeyEnds,
    /// One that this version of the binding has no name for; its number is in the [`Ending`].
    Other,
}

/// For whom an application stops.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum Affected {
    /// Everybody.
    Everybody,
    /// The cards of this issuer.
    CardsOf {
        /// The issuer's id.
        issuer: String,
    },
    /// The cards of this issuer that this key has signed.
    CardsSignedBy {
        /// The issuer's id.
        issuer: String,
        /// The key, 4 hex digits.
        key_id: String,
    },
    /// Phones with keys of this algorithm.
    Phones {
        /// The algorithm.
        algorithm: Algorithm,
    },
    /// Some; how they are told from others is not known to this version of the binding.
    Other,
}

impl From<onecode::preflight::Preflight> for Preflight {
    fn from(preflight: onecode::preflight::Preflight) -> Self {
        Preflight {
            now_unix_s: preflight.now_unix_s,
            trust_list: preflight.trust_list.map(DocumentState::from),
            catalogue: preflight.catalogue.map(DocumentState::from),
            status: preflight.status.into_iter().map(StatusState::from).collect(),
            used_codes: count(preflight.used_codes),
            used_codes_capacity: count(preflight.used_codes_capacity),
            open_challenges: count(preflight.open_challenges),
            applications: preflight.applications.into_iter().map(Outlook::from).collect(),
        }
    }
}

impl From<onecode::preflight::DocumentState> for DocumentState {
    fn from(state: onecode::preflight::DocumentState) -> Self {
        DocumentState {
            sequence: i64::try_from(state.sequence).unwrap_or(i64::MAX),
            issued_at_unix_s: state.issued_at_unix_s,
            age_s: state.age_s,
            next_update_unix_s: state.next_update_unix_s,
            overdue: state.overdue,
            expires_unix_s: state.expires_unix_s,
        }
    }
}

impl From<onecode::preflight::StatusState> for StatusState {
    fn from(state: onecode::preflight::StatusState) -> Self {
        StatusState {
            issuer: state.issuer,
            lists: count(state.lists),
            oldest_unix_s: state.oldest_unix_s,
            age_s: state.age_s,
            first_expires_unix_s: state.first_expires_unix_s,
            unreadable_since_unix_s: state.unreadable_since_unix_s,
        }
    }
}

impl From<onecode::preflight::Outlook> for Outlook {
    fn from(outlook: onecode::preflight::Outlook) -> Self {
        Outlook {
            application: outlook.application.get().into(),
            name: (&outlook.name).into(),
            works_until: outlook.works_until_unix_s().map_or(Until::Open, Until::from),
            endings: outlook.endings.iter().map(Ending::from).collect(),
        }
    }
}

impl From<&onecode::preflight::Ending> for Ending {
    fn from(ending: &onecode::preflight::Ending) -> Self {
        Ending {
            until: ending.until_unix_s.into(),
            reason: (&ending.reason).into(),
            number: ending.reason.number().into(),
            issuer: ending.reason.issuer().map(str::to_owned),
            affected: (&ending.affected).into(),
            refuses: ending.refuses,
        }
    }
}

impl From<&onecode::preflight::EndReason> for EndReason {
    fn from(reason: &onecode::preflight::EndReason) -> Self {
        use onecode::preflight::EndReason as Core;
        match *reason {
            Core::NoTrustList => EndReason::NoTrustList,
            Core::NoCatalogue => EndReason::NoCatalogue,
            Core::ScannerClockBehind { behind_s } => EndReason::ScannerClockBehind { behind_s },
            Core::TrustListExpires => EndReason::TrustListExpires,
            Core::CatalogueExpires => EndReason::CatalogueExpires,
            Core::EntryEnds => EndReason::EntryEnds,
            Core::EntryNotYet { from_unix_s } => EndReason::EntryNotYet { from_unix_s },
            Core::NoStatusLists => EndReason::NoStatusLists,
            Core::NoIssuer => EndReason::NoIssuer,
            Core::KeyEnds { .. } => EndReason::KeyEnds,
            Core::KeyWithdrawn { .. } => EndReason::KeyWithdrawn,
            Core::KeyNotYet { from_unix_s, .. } => EndReason::KeyNotYet { from_unix_s },
            Core::IssuerAlgorithmEnds { algorithm, .. } => {
                EndReason::IssuerAlgorithmEnds { algorithm: algorithm.into() }
            }
            Core::PhoneAlgorithmEnds { algorithm } => {
                EndReason::PhoneAlgorithmEnds { algorithm: algorithm.into() }
            }
            Core::NoStatusList { .. } => EndReason::NoStatusList,
            Core::StatusTooOld { as_of_unix_s, .. } => EndReason::StatusTooOld { as_of_unix_s },
            Core::StatusExpires { .. } => EndReason::StatusExpires,
            Core::StatusKeyEnds { .. } => EndReason::StatusKeyEnds,
            _ => EndReason::Other,
        }
    }
}

impl From<&onecode::preflight::Affected> for Affected {
    fn from(affected: &onecode::preflight::Affected) -> Self {
        use onecode::preflight::Affected as Core;
        match affected {
            Core::Everybody => Affected::Everybody,
            Core::CardsOf { issuer } => Affected::CardsOf { issuer: issuer.clone() },
            Core::CardsSignedBy { issuer, key_id } => {
                Affected::CardsSignedBy { issuer: issuer.clone(), key_id: key_id.to_string() }
            }
            Core::Phones { algorithm } => Affected::Phones { algorithm: (*algorithm).into() },
            _ => Affected::Other,
        }
    }
}
