//! What a scanner is ready for, before the doors open.

use onecode::governance::DocumentKind;
use onecode::jose::Name;
use onecode::preflight::Until;
use onecode::Algorithm;

use crate::mirror::{mirror, Cross};
use crate::{ClockEstimate, DuplicateFill};

mirror! {
    /// What a scanner is ready for, at one second.
    #[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
    pub struct Preflight = onecode::preflight::Preflight {
        /// The second asked about (Unix seconds).
        pub now_unix_s: i64,
        /// The roots document, unless the scanner was set up with a lone key or waits for an
        /// edition.
        pub roots: Option<DocumentState>,
        /// The newest index, if there is one.
        pub index: Option<IndexState>,
        /// The trust list, if there is one.
        pub trust_list: Option<DocumentState>,
        /// The catalogue, if there is one.
        pub catalogue: Option<DocumentState>,
        /// The status lists of each issuer that may issue cards, by issuer.
        pub status: Vec<StatusState>,
        /// How full the memory of used codes is.
        pub used_codes: DuplicateFill,
        /// What recent genuine codes say about the scanner's clock, if there are enough of them.
        pub clock: Option<ClockEstimate>,
        /// How many challenges wait for an answer.
        pub open_challenges: i64,
        /// Each application of the catalogue, by number.
        pub applications: Vec<Outlook>,
    }
}

mirror! {
    /// A roots document, a trust list or a catalogue.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Record)]
    pub struct DocumentState = onecode::preflight::DocumentState {
        /// Its sequence number.
        pub sequence: i64,
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
}

mirror! {
    /// The newest index that a scanner was given. A server that shows nothing new is noticed by its
    /// age.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Record)]
    pub struct IndexState = onecode::preflight::IndexState {
        /// When it was made (Unix seconds).
        pub issued_at_unix_s: i64,
        /// Seconds since then; negative when the scanner's clock is behind.
        pub age_s: i64,
        /// When the next one was or is due (Unix seconds).
        pub expires_unix_s: i64,
    }
}

mirror! {
    /// The status lists of an issuer.
    #[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
    pub struct StatusState = onecode::preflight::StatusState {
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
        /// When an unusable list of this issuer was handed in, if none has been installed since.
        pub unreadable_since_unix_s: Option<i64>,
    }
}

/// How long an application works with the lists at hand.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct Outlook {
    /// Its number.
    pub application: i32,
    /// Its names.
    pub name: Name,
    /// Until when the lists give no reason to refuse anybody.
    pub works_until: Until,
    /// Why it will stop or has stopped, for whom and when, the earliest first.
    pub endings: Vec<Ending>,
}

/// The last good second.
#[uniffi::remote(Enum)]
pub enum Until {
    /// No end is in sight.
    Open,
    /// This second (Unix seconds). The application has stopped if it lies before the second asked
    /// about.
    Second {
        /// When.
        unix_s: i64,
    },
    /// There never was one: what is missing was never there, or is still to come.
    NeverBegan,
}

/// One way in which an application stops.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct Ending {
    /// The last second before it.
    pub until: Until,
    /// Why.
    pub reason: EndReason,
    /// The number of the refusal that it leads to; 0 if it refuses nobody.
    pub number: i32,
    /// The id of the issuer concerned, if there is one.
    pub issuer: Option<String>,
    /// Who is concerned.
    pub affected: Affected,
    /// Whether they are refused from then on. Otherwise they are accepted and marked.
    pub refuses: bool,
}

mirror! {
    /// Why an application stops. The issuer it is about is in the [`Ending`].
    #[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Enum)]
    pub enum EndReason = onecode::preflight::EndReason {
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
        /// An index has named a newer edition or a notice that this scanner does not have. That
        /// refuses nobody; until then it knew of nothing newer.
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
        /// The scanner was never given any status list (710). It refuses every card whose
        /// credential does not prove its own status.
        NoStatusLists,
        /// It accepts the cards of no trusted issuer (201).
        NoIssuer,
        /// A key of an issuer ends (204).
        KeyEnds = KeyEnds { .. },
        /// A key of an issuer is withdrawn (205).
        KeyWithdrawn = KeyWithdrawn { .. },
        /// No key of an issuer counts yet (203).
        KeyNotYet {
            /// When the first begins (Unix seconds).
            from_unix_s: i64,
        } = KeyNotYet { issuer: _, from_unix_s },
        /// The algorithm of an issuer's key is no longer admitted (211).
        IssuerAlgorithmEnds {
            /// The algorithm.
            algorithm: Algorithm,
        } = IssuerAlgorithmEnds { issuer: _, algorithm },
        /// The algorithm of phones is no longer admitted (211).
        PhoneAlgorithmEnds {
            /// The algorithm.
            algorithm: Algorithm,
        },
        /// There is no status list of this issuer (403).
        NoStatusList = NoStatusList { .. },
        /// The issuer's status list becomes older than the application allows (403).
        StatusTooOld {
            /// The list's time (Unix seconds).
            as_of_unix_s: i64,
        } = StatusTooOld { issuer: _, as_of_unix_s },
        /// The issuer's status list expires (403).
        StatusExpires = StatusExpires { .. },
        /// The key that signed the issuer's status list stops counting (403).
        StatusKeyEnds = StatusKeyEnds { .. },
    }
}

mirror! {
    /// For whom an application stops.
    #[derive(Clone, Debug, PartialEq, Eq, uniffi::Enum)]
    pub enum Affected = onecode::preflight::Affected {
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
    }
}

impl Cross<Outlook> for onecode::preflight::Outlook {
    fn cross(self) -> Outlook {
        let outlook = self;
        Outlook {
            application: outlook.application.get().into(),
            works_until: outlook.works_until(),
            name: outlook.name,
            endings: outlook.endings.cross(),
        }
    }
}

impl Cross<Ending> for onecode::preflight::Ending {
    fn cross(self) -> Ending {
        let onecode::preflight::Ending { until, reason, affected, refuses } = self;
        Ending {
            until,
            number: reason.number().into(),
            issuer: reason.issuer().map(str::to_owned),
            reason: reason.into(),
            affected: affected.into(),
            refuses,
        }
    }
}
