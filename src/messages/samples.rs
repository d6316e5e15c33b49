//! One refusal of each kind, for the tests.

use crate::card::Entitlements;
use crate::clock::{ClockBlame, ClockEstimate};
use crate::code::ApplicationNumber;
use crate::cose::{CborProblem, KeyId};
use crate::jose::Name;
use crate::keys::Algorithm;
use crate::lists::foreign::ForeignCode;
use crate::region::Region;
use crate::scan::{MemoryProblem, Refusal, Signer, UnknownStatus};
use crate::text::Alteration;

/// A sample of the refusal that follows `last` by number. A new refusal compiles only once it has
/// its place in this chain.
fn sample_after(last: Option<&Refusal>) -> Option<Refusal> {
    let application = ApplicationNumber::new(65_535).unwrap();
    let issuer = || "cn-3205".to_owned();
    let name = |zh: &str, en: &str| Name { zh: zh.to_owned(), en: en.to_owned() };
    let issuer_name = || name("苏州市社会保障卡管理中心", "Suzhou Social Security Card Centre");
    let application_name = || name("异地就医住院费用结算", "hospital bills in another province");
    let unix_s = 1_893_456_000;
    Some(match last {
        None => Refusal::Empty,
        Some(Refusal::Empty) => Refusal::TooLong { length: 4_097, limit: 4_096 },
        Some(Refusal::TooLong { .. }) => Refusal::NotOurs,
        Some(Refusal::NotOurs) => Refusal::NewerVersion { version: 2, kind: None },
        Some(Refusal::NewerVersion { .. }) => Refusal::Altered { how: Alteration::DoubledPrefix },
        Some(Refusal::Altered { .. }) => Refusal::NotBase45 { at: 7 },
        Some(Refusal::NotBase45 { .. }) => {
            Refusal::Malformed { at: 7, problem: CborProblem::Truncated }
        }
        Some(Refusal::Malformed { .. }) => Refusal::NewerScheme,
        Some(Refusal::NewerScheme) => Refusal::UnknownAlgorithm { at: 7 },
        Some(Refusal::UnknownAlgorithm { .. }) => Refusal::ForeignCode(ForeignCode {
            id: "traffic".to_owned(),
            name: Name { zh: "交通码".to_owned(), en: "a transport code".to_owned() },
            advice: Name {
                zh: "请走旁边的闸机。".to_owned(), en: "Use the next gate.".to_owned()
            },
        }),
        Some(Refusal::ForeignCode(_)) => {
            Refusal::UnknownIssuer { key_id: KeyId([0xab; KeyId::LENGTH]) }
        }
        Some(Refusal::UnknownIssuer { .. }) => Refusal::RegionNotAllowed {
            issuer: issuer(),
            issuer_name: issuer_name(),
            region: Region::ANHUI,
        },
        Some(Refusal::RegionNotAllowed { .. }) => Refusal::IssuerKeyNotYetValid {
            issuer: issuer(),
            issuer_name: issuer_name(),
            not_before_unix_s: unix_s,
        },
        Some(Refusal::IssuerKeyNotYetValid { .. }) => Refusal::IssuerKeyExpired {
            issuer: issuer(),
            issuer_name: issuer_name(),
            not_after_unix_s: unix_s,
        },
        Some(Refusal::IssuerKeyExpired { .. }) => Refusal::IssuerKeyWithdrawn {
            issuer: issuer(),
            issuer_name: issuer_name(),
            withdrawn_from_unix_s: unix_s,
        },
        Some(Refusal::IssuerKeyWithdrawn { .. }) => Refusal::CardForged,
        Some(Refusal::CardForged) => Refusal::CodeForged,
        Some(Refusal::CodeForged) => Refusal::SignatureMissing { signer: Signer::Phone },
        Some(Refusal::SignatureMissing { .. }) => Refusal::AlgorithmMismatch {
            signer: Signer::Phone,
            key: Algorithm::Esp256,
            named: Algorithm::Ed25519,
        },
        Some(Refusal::AlgorithmMismatch { .. }) => Refusal::InvalidPhoneKey,
        Some(Refusal::InvalidPhoneKey) => {
            Refusal::AlgorithmNotAllowed { signer: Signer::Issuer, algorithm: Algorithm::Ed25519 }
        }
        Some(Refusal::AlgorithmNotAllowed { .. }) => {
            Refusal::FarFromNow { ahead_s: -31_536_000, limit_s: 900, clock: ClockBlame::Unknown }
        }
        Some(Refusal::FarFromNow { .. }) => Refusal::CodeExpired {
            age_s: 899,
            window_s: 300,
            tolerance_s: 120,
            clock: ClockBlame::Unknown,
        },
        Some(Refusal::CodeExpired { .. }) => {
            Refusal::CodeNotYetValid { ahead_s: 899, tolerance_s: 120, clock: ClockBlame::Unknown }
        }
        Some(Refusal::CodeNotYetValid { .. }) => Refusal::CardExpired { expired_unix_s: unix_s },
        Some(Refusal::CardExpired { .. }) => Refusal::CardRevoked { as_of_unix_s: unix_s },
        Some(Refusal::CardRevoked { .. }) => Refusal::CardSuspended { as_of_unix_s: unix_s },
        Some(Refusal::CardSuspended { .. }) => {
            Refusal::StatusUnknown(UnknownStatus::OldList { as_of_unix_s: unix_s })
        }
        Some(Refusal::StatusUnknown(_)) => Refusal::Specimen,
        Some(Refusal::Specimen) => Refusal::NotAcceptedHere {
            application,
            application_name: application_name(),
            place: Region::SHANGHAI,
        },
        Some(Refusal::NotAcceptedHere { .. }) => {
            Refusal::IssuerNotAccepted { issuer: issuer(), issuer_name: issuer_name() }
        }
        Some(Refusal::IssuerNotAccepted { .. }) => Refusal::EntitlementMissing {
            missing: Entitlements::of([4]),
            missing_zh: "异地就医备案".to_owned(),
            missing_en: "treatment in another province, registered".to_owned(),
        },
        Some(Refusal::EntitlementMissing { .. }) => {
            Refusal::CodeTooOld { age_s: 419, max_age_s: 30 }
        }
        Some(Refusal::CodeTooOld { .. }) => {
            Refusal::NotBound { application, application_name: application_name() }
        }
        Some(Refusal::NotBound { .. }) => Refusal::BoundToOther {
            bound_to: application,
            bound_to_name: application_name(),
            application,
            application_name: application_name(),
        },
        Some(Refusal::BoundToOther { .. }) => Refusal::ChallengeMissing,
        Some(Refusal::ChallengeMissing) => Refusal::ChallengeWrong,
        Some(Refusal::ChallengeWrong) => Refusal::DelegateNotAllowed,
        Some(Refusal::DelegateNotAllowed) => Refusal::NotInForce {
            application,
            application_name: application_name(),
            from_unix_s: unix_s,
            until_unix_s: Some(unix_s),
        },
        Some(Refusal::NotInForce { .. }) => Refusal::ChallengeExpired { expired_unix_s: unix_s },
        Some(Refusal::ChallengeExpired { .. }) => Refusal::UsedBefore { first_unix_s: unix_s },
        Some(Refusal::UsedBefore { .. }) => Refusal::UsedMomentsAgo { seconds: 299, wait_s: 300 },
        Some(Refusal::UsedMomentsAgo { .. }) => Refusal::NoTrustList,
        Some(Refusal::NoTrustList) => Refusal::TrustListExpired { expired_unix_s: unix_s },
        Some(Refusal::TrustListExpired { .. }) => Refusal::NoCatalogue,
        Some(Refusal::NoCatalogue) => Refusal::CatalogueExpired { expired_unix_s: unix_s },
        Some(Refusal::CatalogueExpired { .. }) => Refusal::UnknownApplication { application },
        Some(Refusal::UnknownApplication { .. }) => {
            Refusal::ScannerClockBehind { behind_s: 31_536_000 }
        }
        Some(Refusal::ScannerClockBehind { .. }) => {
            Refusal::DuplicatesUnavailable(MemoryProblem::Full)
        }
        Some(Refusal::DuplicatesUnavailable(_)) => Refusal::ChallengeNotShown,
        Some(Refusal::ChallengeNotShown) => Refusal::ScannerClockWentBack { behind_s: 31_536_000 },
        Some(Refusal::ScannerClockWentBack { .. }) => Refusal::NoStatusLists,
        Some(Refusal::NoStatusLists) => Refusal::RootsExpired { expired_unix_s: unix_s },
        Some(Refusal::RootsExpired { .. }) => Refusal::NotATime { unix_s: 1_893_456_000_000 },
        Some(Refusal::NotATime { .. }) => return None,
    })
}

pub(super) fn samples() -> Vec<Refusal> {
    let chain = std::iter::successors(sample_after(None), |last| sample_after(Some(last)));
    chain.flat_map(|refusal| blamed(&refusal).into_iter().chain([refusal])).collect()
}

/// The same refusal with each clock that may be to blame.
fn blamed(refusal: &Refusal) -> Vec<Refusal> {
    let estimate = |behind_s| ClockEstimate { behind_s, agreeing: 32, of: 32 };
    let day_s = 86_400;
    let fast = ClockBlame::Scanner(estimate(-day_s));
    let slow = ClockBlame::Scanner(estimate(day_s));
    let phone = ClockBlame::Phone(estimate(0));
    let scanners = match refusal {
        Refusal::FarFromNow { .. } => vec![fast, slow],
        Refusal::CodeExpired { .. } => vec![fast],
        Refusal::CodeNotYetValid { .. } => vec![slow],
        _ => return vec![],
    };
    let mut all: Vec<Refusal> = scanners
        .into_iter()
        .chain([phone])
        .map(|clock| refusal.clone().blaming(|| clock))
        .collect();
    if let Refusal::FarFromNow { ahead_s, limit_s, .. } = *refusal {
        let ahead_s = -ahead_s;
        all.push(Refusal::FarFromNow { ahead_s, limit_s, clock: phone });
    }
    all
}
