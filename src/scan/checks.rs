//! The checks, one function each, in the order of [`super::decide`].

use std::sync::Arc;

use super::refusal::Refusal;
use super::{Context, Policy, Signer, PLAUSIBLE_S};
use crate::altered;
use crate::card::{CardClaims, UnverifiedCredential};
use crate::challenge::{Asked, Question};
use crate::clock::{ClockBlame, Sample, Shown};
use crate::code::{ApplicationNumber, CodeFormError, UnverifiedCode, VerifiedCode};
use crate::cose::CborProblem;
use crate::jose::Name;
use crate::keys::sha256;
use crate::lists::catalogue::{Application, Entry, Terms};
use crate::lists::foreign::ForeignCode;
use crate::lists::trust::{Candidate, Issuer, KeyValidity, Trust};
use crate::text::{TextError, MAX_TEXT};

/// Removing a signature makes a forgery, not an "unsigned code". The phone's key and the algorithm
/// named in the code must also agree.
pub(crate) fn signatures_present(code: &UnverifiedCode<'_>) -> Result<(), Refusal> {
    if !code.is_signed() {
        return Err(Refusal::SignatureMissing { signer: Signer::Phone });
    }
    if !code.credential().is_signed() {
        return Err(Refusal::SignatureMissing { signer: Signer::Issuer });
    }
    let (key, named) = (code.credential().holder_algorithm(), code.algorithm());
    if key != named {
        return Err(Refusal::AlgorithmMismatch { signer: Signer::Phone, key, named });
    }
    Ok(())
}

/// A scanner that was never given a status list was set up wrongly: it would accept lost cards. The
/// check does not apply to a card whose issuer has confirmed it as recently as the application
/// asks.
pub(super) fn status_lists_given(
    ever_given: bool,
    credential: &UnverifiedCredential<'_>,
    entry: &Entry,
    now: i64,
    policy: Policy,
) -> Result<(), Refusal> {
    if ever_given || policy.without_status_lists {
        return Ok(());
    }
    let latest = now.saturating_add(policy.tolerance_s());
    let oldest = now.saturating_sub(entry.application.status.max_age_s.into());
    let confirmed = credential.confirmed_unix_s();
    let is_proof = confirmed.is_some_and(|time| (oldest..=latest).contains(&time));
    is_proof.then_some(()).ok_or(Refusal::NoStatusLists)
}

/// The keys that may have signed the credential. The header must name the key's algorithm; it never
/// chooses one.
///
/// `withdrawn` says of a key that counts by the trust list since when a notice keeps it out of force.
pub(crate) fn candidates<'t>(
    trust: &'t Trust,
    credential: &UnverifiedCredential<'_>,
    now: i64,
    mut withdrawn: impl FnMut(&Candidate) -> Option<i64>,
) -> Result<Vec<&'t Candidate>, Refusal> {
    let mut candidates: Vec<&Candidate> = trust.with_key_id(credential.key_id()).iter().collect();
    if candidates.is_empty() {
        return Err(Refusal::UnknownIssuer { key_id: credential.key_id() });
    }
    // Each step rules out keys. The step that leaves none is the reason, for the first of them.
    let mut narrow = |check: &mut dyn FnMut(&Candidate) -> Result<(), Refusal>| {
        let mut first = None;
        candidates.retain(|candidate| {
            let checked = check(candidate);
            let passes = checked.is_ok();
            first.get_or_insert(checked);
            passes
        });
        match first {
            Some(Err(refusal)) if candidates.is_empty() => Err(refusal),
            _ => Ok(()),
        }
    };
    narrow(&mut |candidate| {
        let (key, named) = (candidate.key.key.algorithm(), credential.algorithm());
        let mismatch = Refusal::AlgorithmMismatch { signer: Signer::Issuer, key, named };
        (key == named).then_some(()).ok_or(mismatch)
    })?;
    narrow(&mut |candidate| {
        let region = credential.region();
        let areas = &candidate.key.may_sign.credentials;
        let refusal = || Refusal::RegionNotAllowed {
            issuer: candidate.issuer.id.clone(),
            issuer_name: candidate.issuer.name.clone(),
            region,
        };
        areas.iter().any(|area| area.contains(region)).then_some(()).ok_or_else(refusal)
    })?;
    narrow(&mut |candidate| {
        let key = &candidate.key;
        let issuer = || candidate.issuer.id.clone();
        let issuer_name = || candidate.issuer.name.clone();
        match key.validity(now) {
            KeyValidity::Valid => withdrawn(candidate).map_or(Ok(()), |withdrawn_from_unix_s| {
                Err(Refusal::IssuerKeyWithdrawn {
                    issuer: issuer(),
                    issuer_name: issuer_name(),
                    withdrawn_from_unix_s,
                })
            }),
            KeyValidity::Withdrawn { from_unix_s: withdrawn_from_unix_s } => {
                Err(Refusal::IssuerKeyWithdrawn {
                    issuer: issuer(),
                    issuer_name: issuer_name(),
                    withdrawn_from_unix_s,
                })
            }
            KeyValidity::NotYet => Err(Refusal::IssuerKeyNotYetValid {
                issuer: issuer(),
                issuer_name: issuer_name(),
                not_before_unix_s: key.not_before_unix_s,
            }),
            KeyValidity::Expired => Err(Refusal::IssuerKeyExpired {
                issuer: issuer(),
                issuer_name: issuer_name(),
                not_after_unix_s: key.not_after_unix_s,
            }),
        }
    })?;
    let algorithm = credential.algorithm();
    if !trust.admits_issuer(algorithm, now) {
        return Err(Refusal::AlgorithmNotAllowed { signer: Signer::Issuer, algorithm });
    }
    Ok(candidates)
}

/// The trust list may have ended an algorithm for phones.
pub(super) fn phone_algorithm_admitted(
    trust: &Trust,
    code: &UnverifiedCode<'_>,
    now: i64,
) -> Result<(), Refusal> {
    let algorithm = code.algorithm();
    if !trust.admits_phone(algorithm, now) {
        return Err(Refusal::AlgorithmNotAllowed { signer: Signer::Phone, algorithm });
    }
    Ok(())
}

/// What a code would say about clocks, if it is genuine.
///
/// The card is named after the first issuer that may have signed it. If two issuers have keys with
/// one key id, a card may get the wrong name, but always the same one.
pub(super) fn sample(code: &UnverifiedCode<'_>, candidates: &[&Candidate], now: i64) -> Sample {
    let credential = code.credential();
    // On the stack, because every scan does this, refused ones included.
    let mut input = [0; 4 + 32];
    let issuer_id = candidates.first().map_or(&[][..], |first| first.issuer.id.as_bytes());
    input[..4].copy_from_slice(&credential.status_index().to_be_bytes());
    input[4..].iter_mut().zip(issuer_id).for_each(|(to, from)| *to = *from);
    let mut card = [0; 8];
    card.copy_from_slice(&sha256(&input)[..8]);
    Sample {
        card,
        shown: Shown::new(code.claimed_time_unix_s(), credential.max_window_s(), now),
        seen_unix_s: now,
    }
}

/// A code that is hours away from now is not worth two signature checks.
pub(super) fn plausible(code: &UnverifiedCode<'_>, now: i64) -> Result<(), Refusal> {
    let ahead_s = code.claimed_time_unix_s().saturating_sub(now);
    if !(-PLAUSIBLE_S..=PLAUSIBLE_S).contains(&ahead_s) {
        return Err(Refusal::FarFromNow {
            ahead_s,
            limit_s: PLAUSIBLE_S,
            clock: ClockBlame::Unknown,
        });
    }
    Ok(())
}

/// The code's age in seconds, if the time is right: made no later than now and shown no longer than
/// its window, within the tolerance between two clocks.
pub(super) fn window(code: &VerifiedCode, now: i64, tolerance_s: i64) -> Result<i64, Refusal> {
    let window_s = i64::from(code.card.max_window_s);
    let age_s = now - code.issued_at_unix_s;
    if age_s < -tolerance_s {
        return Err(Refusal::CodeNotYetValid {
            ahead_s: -age_s,
            tolerance_s,
            clock: ClockBlame::Unknown,
        });
    }
    if age_s > window_s + tolerance_s {
        return Err(Refusal::CodeExpired {
            age_s,
            window_s,
            tolerance_s,
            clock: ClockBlame::Unknown,
        });
    }
    if now >= code.card.expires_unix_s {
        return Err(Refusal::CardExpired { expired_unix_s: code.card.expires_unix_s });
    }
    Ok(age_s)
}

/// Practice cards are only for practice.
pub(super) fn specimen(card: &CardClaims, policy: Policy) -> Result<(), Refusal> {
    if card.specimen && !policy.accept_specimens {
        return Err(Refusal::Specimen);
    }
    Ok(())
}

/// The terms of the application.
pub(super) fn application(
    terms: &Terms,
    entry: &Entry,
    issuer: &Arc<Issuer>,
    code: &VerifiedCode,
    age_s: i64,
    context: &Context,
    question: Question,
) -> Result<(), Refusal> {
    let application = &entry.application;
    let (now, place) = (context.now_unix_s, context.place);
    if !entry.in_force(now) {
        return Err(Refusal::NotInForce {
            application: application.number,
            application_name: application.name.clone(),
            from_unix_s: application.from_unix_s,
            until_unix_s: application.until_unix_s,
        });
    }
    if !entry.is_offered_at(place) {
        return Err(Refusal::NotAcceptedHere {
            application: application.number,
            application_name: application.name.clone(),
            place,
        });
    }
    if !entry.takes_cards_of(issuer) {
        return Err(Refusal::IssuerNotAccepted {
            issuer: issuer.id.clone(),
            issuer_name: issuer.name.clone(),
        });
    }
    let missing = entry.required(code.card.region, place).without(code.card.entitlements);
    if missing.bits() != 0 {
        let names = terms.names_of(missing);
        let join = |names: Vec<&str>, with: &str| names.join(with);
        return Err(Refusal::EntitlementMissing {
            missing,
            missing_zh: join(names.iter().map(|name| name.zh.as_str()).collect(), "、"),
            missing_en: join(names.iter().map(|name| name.en.as_str()).collect(), ", "),
        });
    }
    let max_age_s = application.max_code_age_s.map(i64::from);
    if let Some(max_age_s) = max_age_s.filter(|max_age_s| age_s > *max_age_s) {
        return Err(Refusal::CodeTooOld { age_s, max_age_s });
    }
    binding(terms, application, code)?;
    challenge(application.challenge, code, context, question)?;
    if code.card.delegate && !application.delegate {
        return Err(Refusal::DelegateNotAllowed);
    }
    Ok(())
}

/// A code for one application is refused by all others.
fn binding(terms: &Terms, application: &Application, code: &VerifiedCode) -> Result<(), Refusal> {
    match code.application {
        None if application.bound => Err(Refusal::NotBound {
            application: application.number,
            application_name: application.name.clone(),
        }),
        Some(bound_to) if bound_to != application.number => Err(Refusal::BoundToOther {
            bound_to,
            bound_to_name: name_of(terms, bound_to),
            application: application.number,
            application_name: application.name.clone(),
        }),
        _ => Ok(()),
    }
}

/// What an application is called, for people.
fn name_of(terms: &Terms, application: ApplicationNumber) -> Name {
    let by_number = || Name {
        zh: format!("第{application}号服务项目"),
        en: format!("service no. {application}"),
    };
    terms.entry(application).map_or_else(by_number, |entry| entry.application.name.clone())
}

/// A challenge needs its own answer, and an answer its own challenge. That is the one the host says
/// it has shown, otherwise one that this scanner has open. A consent answers neither.
fn challenge(
    required: bool,
    code: &VerifiedCode,
    context: &Context,
    question: Question,
) -> Result<(), Refusal> {
    match (&context.challenge, &code.answers) {
        (Some(shown), Some(answer)) if answer.challenge() == Some(shown) => Ok(()),
        (Some(_), Some(_)) => Err(Refusal::ChallengeWrong),
        (Some(_), None) => Err(Refusal::ChallengeMissing),
        (None, Some(_)) => match question.asked {
            Asked::Open => Ok(()),
            Asked::Over { expired_unix_s } => Err(Refusal::ChallengeExpired { expired_unix_s }),
            Asked::Unknown => Err(Refusal::ChallengeWrong),
        },
        (None, None) if !required => Ok(()),
        (None, None) if question.any_open => Err(Refusal::ChallengeMissing),
        (None, None) => Err(Refusal::ChallengeNotShown),
    }
}

/// Gives the refusal of a text that is no code its better name, if a reader has changed it. Only
/// texts that are refused anyway come here.
pub(crate) fn altered(refusal: Refusal, text: &str) -> Refusal {
    let looked_at = match refusal {
        Refusal::TooLong { .. } => text.len() <= MAX_TEXT,
        Refusal::NotOurs | Refusal::NotBase45 { .. } | Refusal::Malformed { .. } => true,
        _ => false,
    };
    let how = if looked_at { altered::find(text) } else { None };
    how.map_or(refusal, |how| Refusal::Altered { how })
}

impl From<TextError> for Refusal {
    fn from(error: TextError) -> Self {
        match error {
            TextError::Empty => Refusal::Empty,
            TextError::TooLong { length, limit } => Refusal::TooLong { length, limit },
            TextError::Altered(how) => Refusal::Altered { how },
            TextError::Version { version, kind } => Refusal::NewerVersion { version, kind },
            TextError::Kind { letter } => ForeignCode::of_our_kind(letter).map_or(
                Refusal::NewerVersion { version: 1, kind: Some(letter) },
                Refusal::ForeignCode,
            ),
            TextError::Foreign => Refusal::NotOurs,
            TextError::NotBase45 { at } => Refusal::NotBase45 { at },
        }
    }
}

impl From<CodeFormError> for Refusal {
    fn from(error: CodeFormError) -> Self {
        match error {
            CodeFormError::BareCredential => Refusal::SignatureMissing { signer: Signer::Phone },
            CodeFormError::Cbor(error) => match error.problem {
                CborProblem::UnknownScheme => Refusal::NewerScheme,
                CborProblem::UnknownAlgorithm => Refusal::UnknownAlgorithm { at: error.at },
                problem => Refusal::Malformed { at: error.at, problem },
            },
        }
    }
}
