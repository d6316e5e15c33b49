//! The verdict: is this text, at this place and moment, good for this application?
//!
//! Uses everything to its left: text, codes, cards, trust. One function, [`Scanner::scan`], holds
//! the order of the checks, because the first one that fails is what people are told.
//! Specification: docs/SPEC.md sections 11 to 13.

mod refusal;
mod verdict;

pub use refusal::{Fact, Refusal, Signer, UnknownStatus};
pub use verdict::{Accepted, Advisory, CardReference, StatusAnswer, Verdict};

use crate::card::CardClaims;
use crate::code::{ApplicationNumber, Challenge, CodeFormError, UnverifiedCode, VerifiedCode};
use crate::cose::CborProblem;
use crate::region::Region;
use crate::text::{self, TextError};
use crate::trust::{Candidate, IssuerKey, Issuers};

/// Where, when and for what a code is scanned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Context {
    /// The application the scanner serves.
    pub application: ApplicationNumber,
    /// Where the scanner stands.
    pub place: Region,
    /// The scanner's clock (Unix seconds).
    pub now_unix_s: i64,
    /// The challenge that this scanner has shown, when it has.
    pub challenge: Option<Challenge>,
}

/// How strict a scanner is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// By how many seconds the clocks of phone and scanner may differ, in either direction.
    /// Values above [`Policy::MAX_TOLERANCE_S`] count as that.
    pub tolerance_s: u16,
    /// Whether practice cards are accepted, marked as such. Never at a live service.
    pub accept_specimens: bool,
}

impl Policy {
    /// The widest tolerance, in seconds.
    pub const MAX_TOLERANCE_S: u16 = 120;
}

impl Default for Policy {
    /// 30 seconds, no practice cards.
    fn default() -> Self {
        Policy {
            tolerance_s: 30,
            accept_specimens: false,
        }
    }
}

/// A code made for a moment further than this from the scanner's clock is refused before any
/// signature is checked.
pub const PLAUSIBLE_S: i64 = 15 * 60;

/// Says yes or no to codes, offline.
#[derive(Clone, Debug)]
pub struct Scanner {
    issuers: Issuers,
    policy: Policy,
}

impl Scanner {
    /// A scanner that believes these issuers.
    pub fn new(issuers: Issuers, policy: Policy) -> Self {
        Scanner { issuers, policy }
    }

    /// Decides about one text as it came from the reader: unchanged, not trimmed.
    ///
    /// At most [`crate::MAX_TEXT`] bytes are looked at. The order of the checks is: size and
    /// prefix; form; issuer and its key; a time out of all reason; the issuer's signature; the
    /// phone's signature; the window and the card's expiry; the card's status; the rules of the
    /// application. Nothing that the code says of itself leads to an acceptance before both
    /// signatures hold.
    pub fn scan(&mut self, text: &str, context: &Context) -> Verdict {
        match self.check(text, context) {
            Ok(accepted) => Verdict::Accepted(accepted),
            Err(refusal) => Verdict::Refused(refusal),
        }
    }

    fn check(&self, text: &str, context: &Context) -> Result<Accepted, Refusal> {
        let bytes = text::decode(text)?;
        let code = UnverifiedCode::parse(&bytes)?;
        check_signatures_present(&code)?;
        let candidates = self.candidates(&code, context.now_unix_s)?;
        check_plausible(&code, context.now_unix_s)?;
        let issuer = candidates
            .into_iter()
            .find(|candidate| code.credential().verify(&candidate.key.key).is_ok())
            .ok_or(Refusal::CardForged)?;
        let card = code
            .credential()
            .claims()
            .map_err(|_| Refusal::InvalidPhoneKey)?;
        let code = code.verify(card).map_err(|_| Refusal::CodeForged)?;

        let age_s = self.check_time(&code, context.now_unix_s)?;
        self.check_specimen(&code.card)?;
        let status = StatusAnswer::Unknown(UnknownStatus::NoList);
        check_binding(&code, context)?;

        Ok(Accepted {
            issuer: issuer.issuer.clone(),
            region: code.card.region,
            card: CardReference::new(&issuer.issuer, code.card.status_index, context.application),
            entitlements: code.card.entitlements,
            application: context.application,
            age_s,
            delegate: code.card.delegate,
            specimen: code.card.specimen,
            advisories: vec![Advisory::StatusUnknown(UnknownStatus::NoList)],
            status,
        })
    }

    /// The keys that may have signed the credential. The header must name the algorithm of the
    /// key: it is never used to choose one.
    fn candidates(&self, code: &UnverifiedCode<'_>, now: i64) -> Result<Vec<&Candidate>, Refusal> {
        let credential = code.credential();
        let mut candidates: Vec<&Candidate> = self
            .issuers
            .with_key_id(credential.key_id())
            .iter()
            .collect();
        let mut narrow = |keep: &dyn Fn(&Candidate) -> Result<(), Refusal>| {
            let first = candidates.first().map(|candidate| keep(candidate));
            candidates.retain(|candidate| keep(candidate).is_ok());
            match first {
                Some(Err(refusal)) if candidates.is_empty() => Err(refusal),
                _ => Ok(()),
            }
        };
        narrow(&|candidate| {
            let key = candidate.key.key.algorithm();
            let named = credential.algorithm();
            (key == named)
                .then_some(())
                .ok_or(Refusal::AlgorithmMismatch {
                    signer: Signer::Issuer,
                    key,
                    named,
                })
        })?;
        narrow(&|candidate| {
            let region = credential.region();
            let allowed = candidate
                .key
                .credential_regions
                .iter()
                .any(|area| area.contains(region));
            allowed
                .then_some(())
                .ok_or_else(|| Refusal::RegionNotAllowed {
                    issuer: candidate.issuer.id.clone(),
                    region,
                })
        })?;
        narrow(&|candidate| {
            let IssuerKey {
                not_before_unix_s,
                not_after_unix_s,
                withdrawn_from_unix_s,
                ..
            } = candidate.key;
            let issuer = || candidate.issuer.id.clone();
            match withdrawn_from_unix_s {
                Some(withdrawn_from_unix_s) if withdrawn_from_unix_s <= now => {
                    Err(Refusal::IssuerKeyWithdrawn {
                        issuer: issuer(),
                        withdrawn_from_unix_s,
                    })
                }
                _ if now < not_before_unix_s => Err(Refusal::IssuerKeyNotYetValid {
                    issuer: issuer(),
                    not_before_unix_s,
                }),
                _ if now > not_after_unix_s => Err(Refusal::IssuerKeyExpired {
                    issuer: issuer(),
                    not_after_unix_s,
                }),
                _ => Ok(()),
            }
        })?;
        if candidates.is_empty() {
            return Err(Refusal::UnknownIssuer {
                key_id: credential.key_id(),
            });
        }
        Ok(candidates)
    }

    /// The code's age in seconds, if the moment is right: made no later than now, shown no longer
    /// than its window, both give or take the tolerance between two clocks.
    fn check_time(&self, code: &VerifiedCode, now: i64) -> Result<i64, Refusal> {
        let tolerance_s = i64::from(self.policy.tolerance_s.min(Policy::MAX_TOLERANCE_S));
        let window_s = i64::from(code.card.max_window_s);
        let age_s = now - code.issued_at_unix_s;
        if age_s < -tolerance_s {
            return Err(Refusal::CodeNotYetValid {
                ahead_s: -age_s,
                tolerance_s,
            });
        }
        if age_s > window_s + tolerance_s {
            return Err(Refusal::CodeExpired {
                age_s,
                window_s,
                tolerance_s,
            });
        }
        if now >= code.card.expires_unix_s {
            return Err(Refusal::CardExpired {
                expired_unix_s: code.card.expires_unix_s,
            });
        }
        Ok(age_s)
    }

    fn check_specimen(&self, card: &CardClaims) -> Result<(), Refusal> {
        if card.specimen && !self.policy.accept_specimens {
            return Err(Refusal::Specimen);
        }
        Ok(())
    }
}

/// A signature that was taken off makes a forgery, not an "unsigned code"; the phone's key and
/// the algorithm that the code names must agree as well.
fn check_signatures_present(code: &UnverifiedCode<'_>) -> Result<(), Refusal> {
    if !code.is_signed() {
        return Err(Refusal::SignatureMissing {
            signer: Signer::Phone,
        });
    }
    if !code.credential().is_signed() {
        return Err(Refusal::SignatureMissing {
            signer: Signer::Issuer,
        });
    }
    let (key, named) = (code.credential().holder_algorithm(), code.algorithm());
    if key != named {
        return Err(Refusal::AlgorithmMismatch {
            signer: Signer::Phone,
            key,
            named,
        });
    }
    Ok(())
}

fn check_plausible(code: &UnverifiedCode<'_>, now: i64) -> Result<(), Refusal> {
    let ahead_s = code.claimed_time_unix_s().saturating_sub(now);
    if ahead_s.abs() > PLAUSIBLE_S {
        return Err(Refusal::FarFromNow {
            ahead_s,
            limit_s: PLAUSIBLE_S,
        });
    }
    Ok(())
}

/// A code for one application is no good for another, and a challenge needs its own answer.
fn check_binding(code: &VerifiedCode, context: &Context) -> Result<(), Refusal> {
    if let Some(bound_to) = code
        .application
        .filter(|bound_to| *bound_to != context.application)
    {
        return Err(Refusal::BoundToOther {
            bound_to,
            application: context.application,
        });
    }
    match (&context.challenge, &code.challenge) {
        (Some(_), None) => Err(Refusal::ChallengeMissing),
        (asked, Some(answered)) if asked.as_ref() != Some(answered) => Err(Refusal::ChallengeWrong),
        _ => Ok(()),
    }
}

impl From<TextError> for Refusal {
    fn from(error: TextError) -> Self {
        match error {
            TextError::Empty => Refusal::Empty,
            TextError::TooLong { length, limit } => Refusal::TooLong { length, limit },
            TextError::Altered(how) => Refusal::Altered { how },
            TextError::Version { version } => Refusal::NewerVersion { version },
            TextError::Foreign => Refusal::NotOurs,
            TextError::NotBase45 { at } => Refusal::NotBase45 { at },
        }
    }
}

impl From<CodeFormError> for Refusal {
    fn from(error: CodeFormError) -> Self {
        match error {
            CodeFormError::BareCredential => Refusal::SignatureMissing {
                signer: Signer::Phone,
            },
            CodeFormError::Cbor(error) => match error.problem {
                CborProblem::UnknownScheme => Refusal::NewerScheme,
                CborProblem::UnknownAlgorithm => Refusal::UnknownAlgorithm { at: error.at },
                problem => Refusal::Malformed {
                    at: error.at,
                    problem,
                },
            },
        }
    }
}
