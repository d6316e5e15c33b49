//! Why a code is refused: one reason, its facts, and a number that never changes.

use super::why::{Fact, MemoryProblem, Signer, UnknownStatus};
use crate::card::Entitlements;
use crate::clock::ClockBlame;
use crate::code::ApplicationNumber;
use crate::cose::{CborProblem, KeyId};
use crate::jose::Name;
use crate::keys::Algorithm;
use crate::lists::foreign::ForeignCode;
use crate::region::Region;
use crate::text::Alteration;

/// One reason with its facts. The first digit of its [number](Refusal::number) is its family:
/// 1 not our code or unreadable, 2 trust, 3 time, 4 the card's status, 5 rules of the
/// application, 6 used before, 7 the scanner is not ready.
///
/// The texts for people are in [`crate::messages::Message`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// 101: The reader gave nothing.
    Empty,
    /// 102: Longer than any code, so it was not read.
    TooLong {
        /// Bytes of text.
        length: usize,
        /// Most bytes that are read.
        limit: usize,
    },
    /// 103: Some other kind of code.
    NotOurs,
    /// 104: A later version of the format, or a kind that this version of the library does not
    /// know.
    NewerVersion {
        /// Its version.
        version: u8,
        /// The letter of its kind, `A` to `Z`; `None` for a code.
        kind: Option<char>,
    },
    /// 105: Our code, changed between camera and scanner.
    Altered {
        /// In which way.
        how: Alteration,
    },
    /// 106: Damaged text.
    NotBase45 {
        /// The first wrong character, counted from 0.
        at: usize,
    },
    /// 107: Damaged, or made by software that breaks the format.
    Malformed {
        /// Offset of the problem in the decoded bytes.
        at: usize,
        /// What is wrong there.
        problem: CborProblem,
    },
    /// 108: A credential of a later scheme.
    NewerScheme,
    /// 109: An algorithm that this scanner does not know.
    UnknownAlgorithm {
        /// Offset of its number in the decoded bytes.
        at: usize,
    },
    /// 110: A code of another system that the catalogue knows by name, or a kind of ours that is not
    /// for a gate.
    ForeignCode(ForeignCode),

    /// 201: No known issuer has such a key.
    UnknownIssuer {
        /// The key id in the credential.
        key_id: KeyId,
    },
    /// 202: The issuer's key may not sign cards of that region.
    RegionNotAllowed {
        /// The issuer.
        issuer: String,
        /// Its names.
        issuer_name: Name,
        /// The region in the credential.
        region: Region,
    },
    /// 203: The issuer's key does not count yet.
    IssuerKeyNotYetValid {
        /// The issuer.
        issuer: String,
        /// Its names.
        issuer_name: Name,
        /// From when it counts.
        not_before_unix_s: i64,
    },
    /// 204: The issuer's key has expired.
    IssuerKeyExpired {
        /// The issuer.
        issuer: String,
        /// Its names.
        issuer_name: Name,
        /// Until when it counted.
        not_after_unix_s: i64,
    },
    /// 205: The issuer's key has been withdrawn.
    IssuerKeyWithdrawn {
        /// The issuer.
        issuer: String,
        /// Its names.
        issuer_name: Name,
        /// From when its signatures no longer count.
        withdrawn_from_unix_s: i64,
    },
    /// 206: The issuer's signature does not hold.
    CardForged,
    /// 207: The phone's signature does not hold.
    CodeForged,
    /// 208: A signature was removed.
    SignatureMissing {
        /// Whose.
        signer: Signer,
    },
    /// 209: The code names an algorithm other than the key's.
    AlgorithmMismatch {
        /// Whose key.
        signer: Signer,
        /// The key's algorithm.
        key: Algorithm,
        /// The algorithm named in the code.
        named: Algorithm,
    },
    /// 210: The issuer signed a phone key that is not a key.
    InvalidPhoneKey,
    /// 211: The trust list does not admit this algorithm, or no longer does.
    AlgorithmNotAllowed {
        /// Whose key.
        signer: Signer,
        /// Its algorithm.
        algorithm: Algorithm,
    },

    /// 301: Made for a time too far away; the signatures were not checked.
    FarFromNow {
        /// How far after the scanner's time; negative: before.
        ahead_s: i64,
        /// How far it may be for its signatures to be checked.
        limit_s: i64,
        /// Which clock to blame, as far as this scanner can tell.
        clock: ClockBlame,
    },
    /// 302: Shown too late: a picture of a code, or a wrong clock.
    CodeExpired {
        /// Seconds since it was made, by the two clocks.
        age_s: i64,
        /// Seconds it may be shown.
        window_s: i64,
        /// Seconds by which the clocks may differ.
        tolerance_s: i64,
        /// Which clock to blame, as far as this scanner can tell.
        clock: ClockBlame,
    },
    /// 303: Made for a moment still to come: one of the two clocks is wrong.
    CodeNotYetValid {
        /// Seconds by which the phone's clock is ahead of the scanner's.
        ahead_s: i64,
        /// Seconds by which the clocks may differ.
        tolerance_s: i64,
        /// Which clock to blame, as far as this scanner can tell.
        clock: ClockBlame,
    },
    /// 304: The card in the app has expired.
    CardExpired {
        /// When.
        expired_unix_s: i64,
    },

    /// 401: The card has been cancelled or replaced (注销, 补换).
    CardRevoked {
        /// The time of the list that says so.
        as_of_unix_s: i64,
    },
    /// 402: The card has been reported lost (挂失).
    CardSuspended {
        /// The time of the list that says so.
        as_of_unix_s: i64,
    },
    /// 403: The application needs the card's status, and this scanner does not know it.
    StatusUnknown(UnknownStatus),
    /// 404: A practice card at a live service.
    Specimen,

    /// 501: The application is not offered at this place.
    NotAcceptedHere {
        /// The application.
        application: ApplicationNumber,
        /// Its names.
        application_name: Name,
        /// The place.
        place: Region,
    },
    /// 502: The application does not accept cards of this issuer.
    IssuerNotAccepted {
        /// The issuer.
        issuer: String,
        /// Its names.
        issuer_name: Name,
    },
    /// 503: The card lacks a function that the application needs.
    EntitlementMissing {
        /// The missing functions.
        missing: Entitlements,
        /// Their names in Chinese, as far as the catalogue names them.
        missing_zh: String,
        /// Their names in English.
        missing_en: String,
    },
    /// 504: Within its window, but too old for this application.
    CodeTooOld {
        /// Seconds since it was made.
        age_s: i64,
        /// Seconds allowed here.
        max_age_s: i64,
    },
    /// 505: The application accepts only codes made for it.
    NotBound {
        /// The application.
        application: ApplicationNumber,
        /// Its names.
        application_name: Name,
    },
    /// 506: The code was made for another application.
    BoundToOther {
        /// Which one.
        bound_to: ApplicationNumber,
        /// Its names, or words with its number if the catalogue lacks it.
        bound_to_name: Name,
        /// The one it was shown to.
        application: ApplicationNumber,
        /// Its names.
        application_name: Name,
    },
    /// 507: The scanner showed a challenge and the code does not answer one.
    ChallengeMissing,
    /// 508: The code answers another challenge than the one this scanner showed.
    ChallengeWrong,
    /// 509: A relative may not show the card here.
    DelegateNotAllowed,
    /// 510: The application's entry in the catalogue is for another time.
    NotInForce {
        /// The application.
        application: ApplicationNumber,
        /// Its names.
        application_name: Name,
        /// From when it holds.
        from_unix_s: i64,
        /// Until when it holds, if it ends.
        until_unix_s: Option<i64>,
    },
    /// 511: The code answers a challenge of this scanner that has ended.
    ChallengeExpired {
        /// When it ended.
        expired_unix_s: i64,
    },

    /// 601: This code has been used before.
    UsedBefore {
        /// When.
        first_unix_s: i64,
    },
    /// 602: The same card was used here a moment ago.
    UsedMomentsAgo {
        /// Seconds since.
        seconds: i64,
        /// Seconds to wait between two uses.
        wait_s: i64,
    },

    /// 701: The scanner has no trust list.
    NoTrustList,
    /// 702: The scanner's trust list has expired.
    TrustListExpired {
        /// When.
        expired_unix_s: i64,
    },
    /// 703: The scanner has no catalogue.
    NoCatalogue,
    /// 704: The scanner's catalogue has expired.
    CatalogueExpired {
        /// When.
        expired_unix_s: i64,
    },
    /// 705: The catalogue has no such application.
    UnknownApplication {
        /// The application.
        application: ApplicationNumber,
    },
    /// 706: The scanner's clock is earlier than its own lists.
    ScannerClockBehind {
        /// By how much, at least.
        behind_s: i64,
    },
    /// 707: The application refuses used codes, and the scanner cannot tell whether this one was
    /// used.
    DuplicatesUnavailable(MemoryProblem),
    /// 708: The application accepts only codes that answer a challenge, and the scanner has shown
    /// none.
    ChallengeNotShown,
    /// 709: The scanner's clock was set back over codes it has forgotten since.
    ScannerClockWentBack {
        /// By how much, at least.
        behind_s: i64,
    },
    /// 710: The scanner was never given any status list, so it was set up wrongly.
    NoStatusLists,
    /// 711: The roots document has expired.
    RootsExpired {
        /// When.
        expired_unix_s: i64,
    },
    /// 712: The scanner's program handed in a time after the year 9999: most likely milliseconds.
    NotATime {
        /// What it handed in.
        unix_s: i64,
    },
}

impl Refusal {
    /// The number that a hotline asks for. It never changes its meaning.
    pub fn number(&self) -> u16 {
        match self {
            Refusal::Empty => 101,
            Refusal::TooLong { .. } => 102,
            Refusal::NotOurs => 103,
            Refusal::NewerVersion { .. } => 104,
            Refusal::Altered { .. } => 105,
            Refusal::NotBase45 { .. } => 106,
            Refusal::Malformed { .. } => 107,
            Refusal::NewerScheme => 108,
            Refusal::UnknownAlgorithm { .. } => 109,
            Refusal::ForeignCode(_) => 110,
            Refusal::UnknownIssuer { .. } => 201,
            Refusal::RegionNotAllowed { .. } => 202,
            Refusal::IssuerKeyNotYetValid { .. } => 203,
            Refusal::IssuerKeyExpired { .. } => 204,
            Refusal::IssuerKeyWithdrawn { .. } => 205,
            Refusal::CardForged => 206,
            Refusal::CodeForged => 207,
            Refusal::SignatureMissing { .. } => 208,
            Refusal::AlgorithmMismatch { .. } => 209,
            Refusal::InvalidPhoneKey => 210,
            Refusal::AlgorithmNotAllowed { .. } => 211,
            Refusal::FarFromNow { .. } => 301,
            Refusal::CodeExpired { .. } => 302,
            Refusal::CodeNotYetValid { .. } => 303,
            Refusal::CardExpired { .. } => 304,
            Refusal::CardRevoked { .. } => 401,
            Refusal::CardSuspended { .. } => 402,
            Refusal::StatusUnknown(_) => 403,
            Refusal::Specimen => 404,
            Refusal::NotAcceptedHere { .. } => 501,
            Refusal::IssuerNotAccepted { .. } => 502,
            Refusal::EntitlementMissing { .. } => 503,
            Refusal::CodeTooOld { .. } => 504,
            Refusal::NotBound { .. } => 505,
            Refusal::BoundToOther { .. } => 506,
            Refusal::ChallengeMissing => 507,
            Refusal::ChallengeWrong => 508,
            Refusal::DelegateNotAllowed => 509,
            Refusal::NotInForce { .. } => 510,
            Refusal::ChallengeExpired { .. } => 511,
            Refusal::UsedBefore { .. } => 601,
            Refusal::UsedMomentsAgo { .. } => 602,
            Refusal::NoTrustList => 701,
            Refusal::TrustListExpired { .. } => 702,
            Refusal::NoCatalogue => 703,
            Refusal::CatalogueExpired { .. } => 704,
            Refusal::UnknownApplication { .. } => 705,
            Refusal::ScannerClockBehind { .. } => 706,
            Refusal::DuplicatesUnavailable(_) => 707,
            Refusal::ChallengeNotShown => 708,
            Refusal::ScannerClockWentBack { .. } => 709,
            Refusal::NoStatusLists => 710,
            Refusal::RootsExpired { .. } => 711,
            Refusal::NotATime { .. } => 712,
        }
    }

    /// Which clock a time refusal blames.
    pub fn clock(&self) -> ClockBlame {
        match self {
            Refusal::FarFromNow { clock, .. }
            | Refusal::CodeExpired { clock, .. }
            | Refusal::CodeNotYetValid { clock, .. } => *clock,
            _ => ClockBlame::Unknown,
        }
    }

    /// The same refusal, with the clock it blames if it is a time refusal.
    pub(crate) fn blaming(mut self, blame: impl FnOnce() -> ClockBlame) -> Self {
        match &mut self {
            Refusal::FarFromNow { clock, .. }
            | Refusal::CodeExpired { clock, .. }
            | Refusal::CodeNotYetValid { clock, .. } => *clock = blame(),
            _ => {}
        }
        self
    }

    /// The facts by name, in a fixed order, for logs, test vectors and other languages.
    pub fn facts(&self) -> Vec<(&'static str, Fact)> {
        use Fact::Number;
        match self {
            Refusal::Empty
            | Refusal::NotOurs
            | Refusal::NewerScheme
            | Refusal::CardForged
            | Refusal::CodeForged
            | Refusal::InvalidPhoneKey
            | Refusal::Specimen
            | Refusal::ChallengeMissing
            | Refusal::ChallengeWrong
            | Refusal::DelegateNotAllowed
            | Refusal::ChallengeNotShown
            | Refusal::NoTrustList
            | Refusal::NoCatalogue
            | Refusal::NoStatusLists => vec![],
            Refusal::TooLong { length, limit } => {
                vec![("length", Number(*length as i64)), ("limit", Number(*limit as i64))]
            }
            Refusal::NewerVersion { version, kind } => {
                let mut facts = vec![("version", Number((*version).into()))];
                facts.extend(kind.map(|letter| ("kind", Fact::text(letter))));
                facts
            }
            Refusal::Altered { how } => vec![("how", Fact::text(how.name()))],
            Refusal::NotBase45 { at } | Refusal::UnknownAlgorithm { at } => {
                vec![("at", Number(*at as i64))]
            }
            Refusal::Malformed { at, problem } => {
                vec![("at", Number(*at as i64)), ("problem", Fact::text(problem.name()))]
            }
            Refusal::UnknownIssuer { key_id } => vec![("key_id", Fact::text(key_id))],
            Refusal::RegionNotAllowed { issuer, issuer_name, region } => {
                with_issuer(issuer, issuer_name, &[("region", Fact::text(region))])
            }
            Refusal::IssuerKeyNotYetValid { issuer, issuer_name, not_before_unix_s } => {
                with_issuer(
                    issuer,
                    issuer_name,
                    &[("not_before_unix_s", Number(*not_before_unix_s))],
                )
            }
            Refusal::IssuerKeyExpired { issuer, issuer_name, not_after_unix_s } => {
                with_issuer(issuer, issuer_name, &[("not_after_unix_s", Number(*not_after_unix_s))])
            }
            Refusal::IssuerKeyWithdrawn { issuer, issuer_name, withdrawn_from_unix_s } => {
                with_issuer(
                    issuer,
                    issuer_name,
                    &[("withdrawn_from_unix_s", Number(*withdrawn_from_unix_s))],
                )
            }
            Refusal::SignatureMissing { signer } => vec![("signer", Fact::text(signer.name()))],
            Refusal::AlgorithmMismatch { signer, key, named } => vec![
                ("signer", Fact::text(signer.name())),
                ("key", Fact::text(key)),
                ("named", Fact::text(named)),
            ],
            Refusal::AlgorithmNotAllowed { signer, algorithm } => {
                vec![("signer", Fact::text(signer.name())), ("algorithm", Fact::text(algorithm))]
            }
            Refusal::FarFromNow { ahead_s, limit_s, clock } => {
                let facts = vec![("ahead_s", Number(*ahead_s)), ("limit_s", Number(*limit_s))];
                with_blame(facts, *clock)
            }
            Refusal::CodeExpired { age_s, window_s, tolerance_s, clock } => {
                let facts = vec![
                    ("age_s", Number(*age_s)),
                    ("window_s", Number(*window_s)),
                    ("tolerance_s", Number(*tolerance_s)),
                ];
                with_blame(facts, *clock)
            }
            Refusal::CodeNotYetValid { ahead_s, tolerance_s, clock } => {
                let facts =
                    vec![("ahead_s", Number(*ahead_s)), ("tolerance_s", Number(*tolerance_s))];
                with_blame(facts, *clock)
            }
            Refusal::ForeignCode(ForeignCode { id, name, advice }) => vec![
                ("id", Fact::text(id)),
                ("name_zh", Fact::text(&name.zh)),
                ("name_en", Fact::text(&name.en)),
                ("advice_zh", Fact::text(&advice.zh)),
                ("advice_en", Fact::text(&advice.en)),
            ],
            Refusal::CardExpired { expired_unix_s }
            | Refusal::TrustListExpired { expired_unix_s }
            | Refusal::CatalogueExpired { expired_unix_s }
            | Refusal::RootsExpired { expired_unix_s }
            | Refusal::ChallengeExpired { expired_unix_s } => {
                vec![("expired_unix_s", Number(*expired_unix_s))]
            }
            Refusal::CardRevoked { as_of_unix_s } | Refusal::CardSuspended { as_of_unix_s } => {
                vec![("as_of_unix_s", Number(*as_of_unix_s))]
            }
            Refusal::StatusUnknown(why) => {
                let mut facts = vec![("why", Fact::text(why.name()))];
                facts.extend(why.since_unix_s().map(|since| ("since_unix_s", Number(since))));
                facts
            }
            Refusal::NotAcceptedHere { application, application_name, place } => {
                let mut facts = application_facts(*application, application_name);
                facts.push(("place", Fact::text(place)));
                facts
            }
            Refusal::IssuerNotAccepted { issuer, issuer_name } => {
                with_issuer(issuer, issuer_name, &[])
            }
            Refusal::EntitlementMissing { missing, missing_zh, missing_en } => vec![
                ("missing", Fact::Text(format!("{:#x}", missing.bits()))),
                ("missing_zh", Fact::text(missing_zh)),
                ("missing_en", Fact::text(missing_en)),
            ],
            Refusal::CodeTooOld { age_s, max_age_s } => {
                vec![("age_s", Number(*age_s)), ("max_age_s", Number(*max_age_s))]
            }
            Refusal::NotBound { application, application_name } => {
                application_facts(*application, application_name)
            }
            Refusal::UnknownApplication { application } => {
                vec![("application", number(*application))]
            }
            Refusal::BoundToOther { bound_to, bound_to_name, application, application_name } => {
                let mut facts = vec![
                    ("bound_to", number(*bound_to)),
                    ("bound_to_zh", Fact::text(&bound_to_name.zh)),
                    ("bound_to_en", Fact::text(&bound_to_name.en)),
                ];
                facts.extend(application_facts(*application, application_name));
                facts
            }
            Refusal::NotInForce { application, application_name, from_unix_s, until_unix_s } => {
                let mut facts = application_facts(*application, application_name);
                facts.push(("from_unix_s", Number(*from_unix_s)));
                facts.extend(until_unix_s.map(|until| ("until_unix_s", Number(until))));
                facts
            }
            Refusal::UsedBefore { first_unix_s } => vec![("first_unix_s", Number(*first_unix_s))],
            Refusal::UsedMomentsAgo { seconds, wait_s } => {
                vec![("seconds", Number(*seconds)), ("wait_s", Number(*wait_s))]
            }
            Refusal::ScannerClockBehind { behind_s }
            | Refusal::ScannerClockWentBack { behind_s } => vec![("behind_s", Number(*behind_s))],
            Refusal::NotATime { unix_s } => vec![("unix_s", Number(*unix_s))],
            Refusal::DuplicatesUnavailable(problem) => vec![("why", Fact::text(problem.name()))],
        }
    }
}

fn number(application: ApplicationNumber) -> Fact {
    Fact::Number(application.get().into())
}

/// An application: its number, and its names for people.
fn application_facts(application: ApplicationNumber, name: &Name) -> Vec<(&'static str, Fact)> {
    vec![
        ("application", number(application)),
        ("application_zh", Fact::text(&name.zh)),
        ("application_en", Fact::text(&name.en)),
    ]
}

/// An issuer: its short name, and its names for people.
fn with_issuer(
    issuer: &str,
    name: &Name,
    more: &[(&'static str, Fact)],
) -> Vec<(&'static str, Fact)> {
    let mut facts = vec![
        ("issuer", Fact::text(issuer)),
        ("issuer_zh", Fact::text(&name.zh)),
        ("issuer_en", Fact::text(&name.en)),
    ];
    facts.extend_from_slice(more);
    facts
}

/// The clock to blame, if there is one: `clock`, and its evidence.
fn with_blame(
    mut facts: Vec<(&'static str, Fact)>,
    clock: ClockBlame,
) -> Vec<(&'static str, Fact)> {
    if let Some(estimate) = clock.estimate() {
        facts.extend([
            ("clock", Fact::text(clock.name())),
            ("scanner_behind_s", Fact::Number(estimate.behind_s)),
            ("agreeing", Fact::Number(estimate.agreeing.into())),
            ("of", Fact::Number(estimate.of.into())),
        ]);
    }
    facts
}
