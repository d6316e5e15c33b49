//! Why a code is refused: the core's refusals with their facts.

use onecode::catalogue::ForeignCode;
use onecode::cose::CborProblem;
use onecode::gate::{MemoryProblem, Signer, UnknownStatus};
use onecode::jose::Name;
use onecode::text::Alteration;
use onecode::Algorithm;

use crate::mirror::mirror;
use crate::ClockBlame;

mirror! {
    /// One reason with its facts, by the number that a hotline asks for. The first digit is its
    /// family: 1 not our code or unreadable, 2 trust, 3 time, 4 the card's status, 5 rules of the
    /// application, 6 used before, 7 the scanner is not ready.
    #[derive(Clone, Debug, PartialEq, Eq, uniffi::Enum)]
    pub enum Refusal = onecode::Refusal {
        /// 101: The reader gave nothing.
        Empty,
        /// 102: Longer than any code, so it was not read.
        TooLong {
            /// Bytes of text.
            length: i64,
            /// Most bytes that are read.
            limit: i64,
        },
        /// 103: Some other kind of code.
        NotOurs,
        /// 104: A later version of the format, or a kind that this version of the library does not
        /// know.
        NewerVersion {
            /// Its version.
            version: i32,
            /// The letter of its kind, `A` to `Z`; absent for a code.
            kind: Option<String>,
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
        /// 107: Damaged, or made by software that breaks the format.
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
        /// 110: A code of another system that the catalogue knows by name.
        ForeignCode {
            /// What it is.
            kind: ForeignCode,
        } = ForeignCode(kind),

        /// 201: No known issuer has such a key.
        UnknownIssuer {
            /// The key id in the credential.
            key_id: String,
        },
        /// 202: The issuer's key may not sign cards of that region.
        RegionNotAllowed {
            /// The issuer.
            issuer: String,
            /// Its names.
            issuer_name: Name,
            /// The region in the credential.
            region: i32,
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
        StatusUnknown {
            /// Why not.
            why: UnknownStatus,
        } = StatusUnknown(why),
        /// 404: A practice card at a live service.
        Specimen,

        /// 501: The application is not offered at this place.
        NotAcceptedHere {
            /// The application.
            application: i32,
            /// Its names.
            application_name: Name,
            /// The place.
            place: i32,
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
        /// 505: The application accepts only codes made for it.
        NotBound {
            /// The application.
            application: i32,
            /// Its names.
            application_name: Name,
        },
        /// 506: The code was made for another application.
        BoundToOther {
            /// Which one.
            bound_to: i32,
            /// Its names, or words with its number if the catalogue lacks it.
            bound_to_name: Name,
            /// The one it was shown to.
            application: i32,
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
            application: i32,
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
            application: i32,
        },
        /// 706: The scanner's clock is earlier than its own lists.
        ScannerClockBehind {
            /// By how much, at least.
            behind_s: i64,
        },
        /// 707: The application refuses used codes, and the scanner cannot tell whether this one
        /// was used.
        DuplicatesUnavailable {
            /// Why not.
            why: MemoryProblem,
        } = DuplicatesUnavailable(why),
        /// 708: The application accepts only codes that answer a challenge, and the scanner has
        /// shown none.
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
        /// 712: The scanner's program handed in a time after the year 9999: most likely
        /// milliseconds. In these bindings a `UsageError` catches such a time earlier.
        NotATime {
            /// What it handed in.
            unix_s: i64,
        },
    }
}
