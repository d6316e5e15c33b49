//! The verdict: is this text, at this place and moment, good for this application?
//!
//! [`decide`] holds the order of the checks. The order matters because people are told the first
//! check that fails. It reads what others have signed ([`Lists`]) and what may be recalled
//! ([`Recall`]), and keeps no state. Specification: docs/SPEC.md sections 15 to 17.

pub(crate) mod checks;
mod context;
pub(crate) mod evidence;
mod governed;
mod known_cards;
mod recall;
mod refusal;
mod status;
mod verdict;
mod why;

pub use context::{Context, Policy, PLAUSIBLE_S};
pub(crate) use known_cards::KnownCards;
pub(crate) use recall::Recall;
pub use refusal::Refusal;
pub use verdict::{Accepted, Advisory, CardReference, StatusAnswer, Verdict};
pub use why::{Fact, MemoryProblem, Signer, UnknownStatus};

use std::sync::Arc;

use crate::card::{CardClaims, UnverifiedCredential};
use crate::clock::{Sample, MAX_TOLERANCE_S};
use crate::code::{UnverifiedCode, VerifiedCode};
use crate::cose::time_of_host;
use crate::jose::Edition;
use crate::lists::catalogue::{Entry, Terms};
use crate::lists::trust::{Candidate, Issuer, Trust};
use crate::lists::Lists;
use crate::text;
use known_cards::{CredentialHash, KnownCard};
use status::Listed;

/// A code whose two signatures hold, by lists in force.
pub(crate) struct Genuine<'l> {
    trust: &'l Trust,
    terms: &'l Terms,
    pub(crate) entry: &'l Entry,
    pub(crate) issuer: &'l Arc<Issuer>,
    pub(crate) code: VerifiedCode,
    /// What it tells about clocks.
    sample: Sample,
}

/// The order of the checks: cheapest and safest first. The first half decides whether the code is
/// genuine, the second whether it is good now and here.
pub(crate) fn decide(
    lists: &Lists,
    text: &str,
    context: &Context,
    policy: Policy,
    memory: &mut dyn Recall,
) -> Result<Accepted, Refusal> {
    let bytes = text::decode(text).map_err(|error| unread(lists, error.into(), text))?;
    let code = UnverifiedCode::parse(&bytes).map_err(|error| unread(lists, error.into(), text))?;
    let genuine = authenticate(lists, code, context, policy, memory)?;
    let mut accepted = judge(lists, &genuine, context, policy, memory)?;
    // The last check of all: only accepted codes count as used.
    accepted.advisories.extend(memory.note_use(&genuine, context)?);
    let off = memory.clock_off(context.now_unix_s, policy.tolerance_s());
    accepted.advisories.extend(off.map(Advisory::ClockOff));
    Ok(accepted)
}

/// What a text is if it is no code. The catalogue names other systems' codes, even when it has
/// expired: it changes only the words. A text it does not name may be ours, changed by a reader.
fn unread(lists: &Lists, refusal: Refusal, text: &str) -> Refusal {
    let terms = lists.terms.list().filter(|_| refusal == Refusal::NotOurs);
    match terms.and_then(|terms| terms.foreign.find(text)) {
        Some(code) => Refusal::ForeignCode(code.clone()),
        None => checks::altered(refusal, text),
    }
}

/// Who signed a code.
fn authenticate<'l>(
    lists: &'l Lists,
    code: UnverifiedCode<'_>,
    context: &Context,
    policy: Policy,
    memory: &mut dyn Recall,
) -> Result<Genuine<'l>, Refusal> {
    let (now, tolerance_s) = (context.now_unix_s, policy.tolerance_s());
    checks::signatures_present(&code)?;
    // Is this scanner ready to decide?
    time_of_host(now).ok_or(Refusal::NotATime { unix_s: now })?;
    let (trust, terms) = in_force(lists, now)?;
    let entry = terms
        .entry(context.application)
        .ok_or(Refusal::UnknownApplication { application: context.application })?;
    let ever_given = memory.ever_given_status(lists.status.was_ever_given());
    checks::status_lists_given(ever_given, code.credential(), entry, now, policy)?;
    // Who signed it?
    let candidates = checks::candidates(trust, code.credential(), now, |candidate| {
        let (id, key) = (&candidate.issuer.id, &candidate.thumbprint);
        let notice = governed::notice_against(lists, trust, id, key, now, memory);
        notice.map(|notice| notice.withdrawal.issued_at_unix_s)
    })?;
    checks::phone_algorithm_admitted(trust, &code, now)?;
    let claimed = checks::sample(&code, &candidates, now);
    if let Err(refusal) = checks::plausible(&code, now) {
        let refusal = refusal.blaming(|| memory.blame(&claimed, tolerance_s));
        // This does not affect the verdict. A scanner that is hours off has no other way to learn.
        if memory.may_learn(now) {
            let card = verify_card(code.credential(), &candidates, memory.known_cards());
            let code = card.ok().and_then(|(_, card)| code.verify(card).ok());
            if code.is_some_and(|code| is_witness(&code)) {
                memory.learn(claimed, tolerance_s);
            }
        }
        return Err(refusal);
    }
    let (issuer, card) = verify_card(code.credential(), &candidates, memory.known_cards())?;
    memory.saw_card(code.credential());
    let code = code.verify(card).map_err(|_| Refusal::CodeForged)?;
    // By now, everything it says has been signed.
    if is_witness(&code) {
        memory.hear(claimed, tolerance_s);
    }
    Ok(Genuine { trust, terms, entry, issuer, code, sample: claimed })
}

/// Whether a genuine code tells about clocks. Practice cards lie around, and nobody is responsible
/// for them.
fn is_witness(code: &VerifiedCode) -> bool {
    !code.card.specimen
}

/// Whether a genuine code is good now and here.
///
/// The window comes first, so that only genuine codes say anything about clocks.
fn judge(
    lists: &Lists,
    genuine: &Genuine<'_>,
    context: &Context,
    policy: Policy,
    memory: &mut dyn Recall,
) -> Result<Accepted, Refusal> {
    let Genuine { trust, terms, entry, issuer, code, sample } = genuine;
    let now = context.now_unix_s;
    let tolerance_s = policy.tolerance_s();
    let age_s = checks::window(code, now, tolerance_s)
        .map_err(|refusal| refusal.blaming(|| memory.blame(sample, tolerance_s)))?;
    checks::specimen(&code.card, policy)?;
    let rule = entry.application.status;
    let mut listed = Listed::of(&code.card, issuer, lists, trust, memory, now);
    memory.saw_status(&mut listed);
    let known = status::known_status(&listed, &code.card, now, policy);
    let status = status::answer(known, rule, now)?;
    let question = memory.question(code.challenge(), now);
    checks::application(terms, entry, issuer, code, age_s, context, question)?;

    let mut advisories = stale(lists, now);
    advisories.extend(governed::newer(lists, trust, now, memory));
    if let StatusAnswer::Unknown(why) = status {
        advisories.push(Advisory::StatusUnknown(why));
    }
    Ok(Accepted {
        issuer: Arc::clone(issuer),
        region: code.card.region,
        card: CardReference::new(issuer, code.card.status_index, context.application),
        entitlements: code.card.entitlements,
        application: context.application,
        age_s,
        delegate: code.card.delegate,
        specimen: code.card.specimen,
        status,
        advisories,
    })
}

/// The two lists needed for any decision.
fn in_force(lists: &Lists, now: i64) -> Result<(&Trust, &Terms), Refusal> {
    let trust = lists.trust.list().ok_or(Refusal::NoTrustList)?;
    let terms = lists.terms.list().ok_or(Refusal::NoCatalogue)?;
    let made = trust.edition.issued_at_unix_s.max(terms.edition.issued_at_unix_s);
    let behind_s = made.saturating_sub(now);
    if behind_s > i64::from(MAX_TOLERANCE_S) {
        return Err(Refusal::ScannerClockBehind { behind_s });
    }
    if now >= trust.edition.expires_unix_s {
        let expired_unix_s = trust.edition.expires_unix_s;
        return Err(Refusal::TrustListExpired { expired_unix_s });
    }
    if now >= terms.edition.expires_unix_s {
        let expired_unix_s = terms.edition.expires_unix_s;
        return Err(Refusal::CatalogueExpired { expired_unix_s });
    }
    if let Some(roots) = lists.roots.edition_in_force().filter(|roots| now >= roots.expires_unix_s)
    {
        let expired_unix_s = roots.expires_unix_s;
        return Err(Refusal::RootsExpired { expired_unix_s });
    }
    Ok((trust, terms))
}

/// Lists that should have been replaced by now.
fn stale(lists: &Lists, now: i64) -> Vec<Advisory> {
    let mut advisories = Vec::new();
    let due =
        |edition: &Edition| Some(edition.next_update_unix_s).filter(|due_unix_s| now > *due_unix_s);
    if let Some(due_unix_s) = lists.trust.list().and_then(|trust| due(&trust.edition)) {
        advisories.push(Advisory::TrustListDue { due_unix_s });
    }
    if let Some(due_unix_s) = lists.terms.list().and_then(|terms| due(&terms.edition)) {
        advisories.push(Advisory::CatalogueDue { due_unix_s });
    }
    if let Some(due_unix_s) = lists.roots.edition_in_force().and_then(due) {
        advisories.push(Advisory::RootsDue { due_unix_s });
    }
    advisories
}

/// Checks the issuer's signature, unless these exact bytes were found to hold before. Returns which
/// of the possible keys made it, and what the credential says.
fn verify_card<'t>(
    credential: &UnverifiedCredential<'_>,
    candidates: &[&'t Candidate],
    known_cards: &mut KnownCards,
) -> Result<(&'t Arc<Issuer>, CardClaims), Refusal> {
    let hash = CredentialHash::of(credential.as_bytes());
    if let Some(known) = known_cards.find(hash) {
        let signer = candidates.iter().find(|candidate| candidate.key.key == known.issuer_key);
        if let Some(signer) = signer {
            return Ok((&signer.issuer, known.claims.clone()));
        }
    }
    let signer = candidates
        .iter()
        .find(|candidate| credential.verify(&candidate.key.key).is_ok())
        .ok_or(Refusal::CardForged)?;
    let claims = credential.claims().map_err(|_| Refusal::InvalidPhoneKey)?;
    let issuer_key = signer.key.key;
    known_cards.remember(hash, KnownCard { issuer_key, claims: claims.clone() });
    Ok((&signer.issuer, claims))
}
