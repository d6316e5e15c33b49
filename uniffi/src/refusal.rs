//! Why a code is refused: the core's refusals, their facts, and the types that the facts have.

use crate::usage::{bits, code, count};
use crate::{Algorithm, ClockBlame, Name};

/// One reason with its facts, by the number that a hotline asks for. The first digit is its
/// family: 1 not our code or unreadable, 2 trust, 3 time, 4 the card's status, 5 rules of the
/// application, 6 used before, 7 the scanner is not ready.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum Refusal {
    /// 101: The reader gave nothing.
    Empty,
    /// 102: Longer than any code; it was not looked at.
    TooLong {
        /// Bytes of text.
        length: i64,
        /// Bytes that are looked at.
        limit: i64,
    },
    /// 103: Some other kind of code.
    NotOurs,
    /// 104: A code of a later version of the format.
    NewerVersion {
        /// Its version.
        version: i32,
    },
    /// 105: Our code, changed between camera and scanner.
    Altered {
        /// In which way.
        how: Alteration,
    },
    /// 106: Damaged text.
    NotBase45 {
        /// The first wrong character, counted from 0.
        at: i64,
    },
    /// 107: Damaged, or made by software that does not keep to the format.
    Malformed {
        /// Offset of the problem in the decoded bytes.
        at: i64,
        /// What is wrong there.
        problem: CborProblem,
    },
    /// 108: A credential of a later scheme.
    NewerScheme,
    /// 109: An algorithm that this scanner does not know.
    UnknownAlgorithm {
        /// Offset of its number in the decoded bytes.
        at: i64,
    },
    /// 110: A code of another system, which the catalogue knows by name.
    ForeignCode {
        /// What it is.
        kind: ForeignKind,
    },

    /// 201: No known issuer has such a key.
    UnknownIssuer {
        /// The key id in the credential.
        key_id: String,
    },
    /// 202: The issuer's key may not sign cards of that region.
    RegionNotAllowed {
        /// The issuer.
        issuer: String,
        /// The region in the credential.
        region: i32,
    },
    /// 203: The issuer's key does not count yet.
    IssuerKeyNotYetValid {
        /// The issuer.
        issuer: String,
        /// From when it counts.
        not_before_unix_s: i64,
    },
    /// 204: The issuer's key has expired.
    IssuerKeyExpired {
        /// The issuer.
        issuer: String,
        /// Until when it counted.
        not_after_unix_s: i64,
    },
    /// 205: The issuer's key has been withdrawn.
    IssuerKeyWithdrawn {
        /// The issuer.
        issuer: String,
        /// From when nothing of it counts.
        withdrawn_from_unix_s: i64,
    },
    /// 206: The issuer's signature does not hold.
    CardForged,
    /// 207: The phone's signature does not hold.
    CodeForged,
    /// 208: A signature has been taken off.
    SignatureMissing {
        /// Whose.
        signer: Signer,
    },
    /// 209: The code names another algorithm than that of the key.
    AlgorithmMismatch {
        /// Whose key.
        signer: Signer,
        /// The key's algorithm.
        key: Algorithm,
        /// The algorithm that is named.
        named: Algorithm,
    },
    /// 210: The issuer signed a phone key that is no key.
    InvalidPhoneKey,
    /// 211: The trust list does not admit this algorithm, or no longer does.
    AlgorithmNotAllowed {
        /// Whose key.
        signer: Signer,
        /// Its algorithm.
        algorithm: Algorithm,
    },

    /// 301: Made for another time altogether; the signatures were not checked.
    FarFromNow {
        /// How far after the scanner's time; negative for before.
        ahead_s: i64,
        /// How far it may be for its signatures to be checked.
        limit_s: i64,
        /// Which clock to blame, as far as this scanner can tell.
        clock: ClockBlame,
    },
    /// 302: Shown too late: a picture of a code, or a clock that is wrong.
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
    /// 303: Made for a moment that has not come: one of the two clocks is wrong.
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
    /// 403: The application needs to know the card's status, and this scanner does not.
    StatusUnknown {
        /// Why not.
        why: UnknownStatus,
    },
    /// 404: A practice card at a live service.
    Specimen,

    /// 501: The application is not offered at this place.
    NotAcceptedHere {
        /// The application.
        application: i32,
        /// The place.
        place: i32,
    },
    /// 502: The application does not take cards of this issuer.
    IssuerNotAccepted {
        /// The issuer.
        issuer: String,
    },
    /// 503: The card lacks a function that the application needs.
    EntitlementMissing {
        /// The missing functions.
        missing: Vec<i32>,
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
    /// 505: The application takes only codes made for it.
    NotBound {
        /// The application.
        application: i32,
    },
    /// 506: The code was made for another application.
    BoundToOther {
        /// Which one.
        bound_to: i32,
        /// The one it was shown to.
        application: i32,
    },
    /// 507: The scanner asked and the code does not answer.
    ChallengeMissing,
    /// 508: The code answers another challenge than the one this scanner has shown.
    ChallengeWrong,
    /// 509: A relative may not show the card here.
    DelegateNotAllowed,
    /// 510: The application's entry in the catalogue holds for another time.
    NotInForce {
        /// The application.
        application: i32,
        /// From when it holds.
        from_unix_s: i64,
        /// Until when it holds, if it ends.
        until_unix_s: Option<i64>,
    },
    /// 511: The code answers a challenge of this scanner that is over.
    ChallengeExpired {
        /// When it ended.
        expired_unix_s: i64,
    },

    /// 601: This very code has been used.
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
        application: i32,
    },
    /// 706: The scanner's clock is before the time at which its own lists were made.
    ScannerClockBehind {
        /// By how much at least.
        behind_s: i64,
    },
    /// 707: The application refuses codes that were used before, and the scanner cannot tell.
    DuplicatesUnavailable {
        /// Why not.
        why: MemoryProblem,
    },
    /// 708: The application takes only codes that answer a challenge, and the scanner has shown
    /// none.
    ChallengeNotShown,
    /// 709: The scanner's clock was set back over codes that it has forgotten since.
    ScannerClockWentBack {
        /// By how much at least.
        behind_s: i64,
    },
    /// 710: The scanner was never given any status list, so it was set up wrongly.
    NoStatusLists,

    /// A reason that this version of the binding has no name for; its number and facts are
    /// beside it.
    Other,
}

impl From<&onecode::Refusal> for Refusal {
    fn from(refusal: &onecode::Refusal) -> Self {
        use onecode::Refusal as Core;
        match refusal.clone() {
            Core::Empty => Refusal::Empty,
            Core::TooLong { length, limit } => {
                Refusal::TooLong { length: count(length), limit: count(limit) }
            }
            Core::NotOurs => Refusal::NotOurs,
            Core::NewerVersion { version } => Refusal::NewerVersion { version: version.into() },
            Core::Altered { how } => Refusal::Altered { how: how.into() },
            Core::NotBase45 { at } => Refusal::NotBase45 { at: count(at) },
            Core::Malformed { at, problem } => {
                Refusal::Malformed { at: count(at), problem: problem.into() }
            }
            Core::NewerScheme => Refusal::NewerScheme,
            Core::UnknownAlgorithm { at } => Refusal::UnknownAlgorithm { at: count(at) },
            Core::ForeignCode(kind) => Refusal::ForeignCode { kind: kind.into() },
            Core::UnknownIssuer { key_id } => Refusal::UnknownIssuer { key_id: key_id.to_string() },
            Core::RegionNotAllowed { issuer, region } => {
                Refusal::RegionNotAllowed { issuer, region: code(region) }
            }
            Core::IssuerKeyNotYetValid { issuer, not_before_unix_s } => {
                Refusal::IssuerKeyNotYetValid { issuer, not_before_unix_s }
            }
            Core::IssuerKeyExpired { issuer, not_after_unix_s } => {
                Refusal::IssuerKeyExpired { issuer, not_after_unix_s }
            }
            Core::IssuerKeyWithdrawn { issuer, withdrawn_from_unix_s } => {
                Refusal::IssuerKeyWithdrawn { issuer, withdrawn_from_unix_s }
            }
            Core::CardForged => Refusal::CardForged,
            Core::CodeForged => Refusal::CodeForged,
            Core::SignatureMissing { signer } => {
                Refusal::SignatureMissing { signer: signer.into() }
            }
            Core::AlgorithmMismatch { signer, key, named } => Refusal::AlgorithmMismatch {
                signer: signer.into(),
                key: key.into(),
                named: named.into(),
            },
            Core::InvalidPhoneKey => Refusal::InvalidPhoneKey,
            Core::AlgorithmNotAllowed { signer, algorithm } => {
                Refusal::AlgorithmNotAllowed { signer: signer.into(), algorithm: algorithm.into() }
            }
            Core::FarFromNow { ahead_s, limit_s, clock } => {
                Refusal::FarFromNow { ahead_s, limit_s, clock: clock.into() }
            }
            Core::CodeExpired { age_s, window_s, tolerance_s, clock } => {
                Refusal::CodeExpired { age_s, window_s, tolerance_s, clock: clock.into() }
            }
            Core::CodeNotYetValid { ahead_s, tolerance_s, clock } => {
                Refusal::CodeNotYetValid { ahead_s, tolerance_s, clock: clock.into() }
            }
            Core::CardExpired { expired_unix_s } => Refusal::CardExpired { expired_unix_s },
            Core::CardRevoked { as_of_unix_s } => Refusal::CardRevoked { as_of_unix_s },
            Core::CardSuspended { as_of_unix_s } => Refusal::CardSuspended { as_of_unix_s },
            Core::StatusUnknown(why) => Refusal::StatusUnknown { why: why.into() },
            Core::Specimen => Refusal::Specimen,
            Core::NotAcceptedHere { application, place } => Refusal::NotAcceptedHere {
                application: application.get().into(),
                place: code(place),
            },
            Core::IssuerNotAccepted { issuer } => Refusal::IssuerNotAccepted { issuer },
            Core::EntitlementMissing { missing, missing_zh, missing_en } => {
                Refusal::EntitlementMissing { missing: bits(missing), missing_zh, missing_en }
            }
            Core::CodeTooOld { age_s, max_age_s } => Refusal::CodeTooOld { age_s, max_age_s },
            Core::NotBound { application } => {
                Refusal::NotBound { application: application.get().into() }
            }
            Core::BoundToOther { bound_to, application } => Refusal::BoundToOther {
                bound_to: bound_to.get().into(),
                application: application.get().into(),
            },
            Core::ChallengeMissing => Refusal::ChallengeMissing,
            Core::ChallengeWrong => Refusal::ChallengeWrong,
            Core::DelegateNotAllowed => Refusal::DelegateNotAllowed,
            Core::NotInForce { application, from_unix_s, until_unix_s } => Refusal::NotInForce {
                application: application.get().into(),
                from_unix_s,
                until_unix_s,
            },
            Core::ChallengeExpired { expired_unix_s } => {
                Refusal::ChallengeExpired { expired_unix_s }
            }
            Core::UsedBefore { first_unix_s } => Refusal::UsedBefore { first_unix_s },
            Core::UsedMomentsAgo { seconds, wait_s } => Refusal::UsedMomentsAgo { seconds, wait_s },
            Core::NoTrustList => Refusal::NoTrustList,
            Core::TrustListExpired { expired_unix_s } => {
                Refusal::TrustListExpired { expired_unix_s }
            }
            Core::NoCatalogue => Refusal::NoCatalogue,
            Core::CatalogueExpired { expired_unix_s } => {
                Refusal::CatalogueExpired { expired_unix_s }
            }
            Core::UnknownApplication { application } => {
                Refusal::UnknownApplication { application: application.get().into() }
            }
            Core::ScannerClockBehind { behind_s } => Refusal::ScannerClockBehind { behind_s },
            Core::DuplicatesUnavailable(why) => Refusal::DuplicatesUnavailable { why: why.into() },
            Core::ChallengeNotShown => Refusal::ChallengeNotShown,
            Core::ScannerClockWentBack { behind_s } => Refusal::ScannerClockWentBack { behind_s },
            Core::NoStatusLists => Refusal::NoStatusLists,
            _ => Refusal::Other,
        }
    }
}

/// A kind of code that is not ours (随申码, 交通码, 医保码, …), as the catalogue names it.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct ForeignKind {
    /// A readable id that never changes, such as `suishenma`.
    pub id: String,
    /// What it is called.
    pub name: Name,
    /// What the attendant should do.
    pub advice: Name,
}

impl From<onecode::catalogue::ForeignCode> for ForeignKind {
    fn from(code: onecode::catalogue::ForeignCode) -> Self {
        ForeignKind { id: code.id, name: (&code.name).into(), advice: (&code.advice).into() }
    }
}

/// Why a scanner cannot tell whether a code has been used before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum MemoryProblem {
    /// Its memory is full of codes that could still be used.
    Full,
    /// The host's own store does not answer.
    Store,
    /// One that this version of the binding has no name for.
    Other,
}

impl From<onecode::gate::MemoryProblem> for MemoryProblem {
    fn from(problem: onecode::gate::MemoryProblem) -> Self {
        match problem {
            onecode::gate::MemoryProblem::Full => MemoryProblem::Full,
            onecode::gate::MemoryProblem::Store => MemoryProblem::Store,
            _ => MemoryProblem::Other,
        }
    }
}

/// Whose signature a fact is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum Signer {
    /// The card-issuing agency.
    Issuer,
    /// The phone.
    Phone,
}

impl From<onecode::gate::Signer> for Signer {
    fn from(signer: onecode::gate::Signer) -> Self {
        match signer {
            onecode::gate::Signer::Issuer => Signer::Issuer,
            onecode::gate::Signer::Phone => Signer::Phone,
        }
    }
}

/// Why a card's status is not known. None of them means that the card is not valid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum UnknownStatus {
    /// The scanner has no list for this card.
    NoList,
    /// The scanner's list is older than the application allows.
    OldList {
        /// The list's time.
        as_of_unix_s: i64,
    },
    /// The last list that was handed in could not be used, and there is no older one.
    Unreadable {
        /// When that was.
        since_unix_s: i64,
    },
}

impl From<onecode::gate::UnknownStatus> for UnknownStatus {
    fn from(why: onecode::gate::UnknownStatus) -> Self {
        match why {
            onecode::gate::UnknownStatus::OldList { as_of_unix_s } => {
                UnknownStatus::OldList { as_of_unix_s }
            }
            onecode::gate::UnknownStatus::Unreadable { since_unix_s } => {
                UnknownStatus::Unreadable { since_unix_s }
            }
            _ => UnknownStatus::NoList,
        }
    }
}

/// How a code's text was changed on its way from the camera.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum Alteration {
    /// A byte order mark in front of it.
    ByteOrderMark,
    /// White space in front of it.
    LeadingSpace,
    /// Capital letters became small ones: Caps Lock on a keyboard-wedge scanner.
    LowerCase,
    /// The prefix stands there twice: the scanner is set to add one of its own.
    DoubledPrefix,
    /// A line end or tab behind it: the scanner's suffix was not taken off.
    TrailingControl,
    /// One that this version of the binding has no name for.
    Other,
}

impl From<onecode::text::Alteration> for Alteration {
    fn from(how: onecode::text::Alteration) -> Self {
        use onecode::text::Alteration as Core;
        match how {
            Core::ByteOrderMark => Alteration::ByteOrderMark,
            Core::LeadingSpace => Alteration::LeadingSpace,
            Core::LowerCase => Alteration::LowerCase,
            Core::DoubledPrefix => Alteration::DoubledPrefix,
            Core::TrailingControl => Alteration::TrailingControl,
            _ => Alteration::Other,
        }
    }
}

/// How bytes depart from the one encoding that is allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum CborProblem {
    /// The bytes end inside an item.
    Truncated,
    /// Bytes follow where the structure has ended.
    TrailingBytes,
    /// A string, array or map of indefinite length.
    IndefiniteLength,
    /// A number or length in more bytes than it needs.
    NotShortest,
    /// An item of another type than belongs here.
    WrongType,
    /// An array or map with another number of entries than belongs here.
    WrongCount,
    /// Map keys that are not in ascending order, or one key twice.
    UnsortedKeys,
    /// A map key that does not belong here.
    UnexpectedKey,
    /// A required map key is not there.
    MissingKey,
    /// A byte string of a length it cannot have.
    WrongLength,
    /// A number outside its permitted range.
    OutOfRange,
    /// An unprotected header, where none is allowed.
    UnprotectedHeader,
    /// A scheme number that this version does not know.
    UnknownScheme,
    /// An algorithm number that this version does not know, or one that the key cannot have.
    UnknownAlgorithm,
    /// One that this version of the binding has no name for.
    Other,
}

impl From<onecode::cose::CborProblem> for CborProblem {
    fn from(problem: onecode::cose::CborProblem) -> Self {
        use onecode::cose::CborProblem as Core;
        #[allow(unreachable_patterns)]
        match problem {
            Core::Truncated => CborProblem::Truncated,
            Core::TrailingBytes => CborProblem::TrailingBytes,
            Core::IndefiniteLength => CborProblem::IndefiniteLength,
            Core::NotShortest => CborProblem::NotShortest,
            Core::WrongType => CborProblem::WrongType,
            Core::WrongCount => CborProblem::WrongCount,
            Core::UnsortedKeys => CborProblem::UnsortedKeys,
            Core::UnexpectedKey => CborProblem::UnexpectedKey,
            Core::MissingKey => CborProblem::MissingKey,
            Core::WrongLength => CborProblem::WrongLength,
            Core::OutOfRange => CborProblem::OutOfRange,
            Core::UnprotectedHeader => CborProblem::UnprotectedHeader,
            Core::UnknownScheme => CborProblem::UnknownScheme,
            Core::UnknownAlgorithm => CborProblem::UnknownAlgorithm,
            _ => CborProblem::Other,
        }
    }
}

/// The value of a fact.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum Fact {
    /// A number; its unit is part of the fact's name.
    Number {
        /// The number.
        value: i64,
    },
    /// A short name or code.
    Text {
        /// The text.
        value: String,
    },
}

/// One fact of a refusal, for a log or a program that does not know each refusal.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct NamedFact {
    /// Its name, in snake case. It never changes.
    pub name: String,
    /// Its value.
    pub fact: Fact,
}

/// The facts by name, in a fixed order.
pub(crate) fn facts(refusal: &onecode::Refusal) -> Vec<NamedFact> {
    let fact = |fact| match fact {
        onecode::gate::Fact::Number(value) => Fact::Number { value },
        onecode::gate::Fact::Text(value) => Fact::Text { value },
    };
    let named = |(name, value): (&str, _)| NamedFact { name: name.to_owned(), fact: fact(value) };
    refusal.facts().into_iter().map(named).collect()
}
