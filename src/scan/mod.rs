//! The verdict: is this text, at this place and moment, good for this application?
//!
//! Uses everything to its left: text, codes, cards, and the three lists. [`Scanner::scan`] holds
//! the order of the checks, because the first one that fails is what people are told.
//! Specification: docs/SPEC.md sections 11 to 13.

mod batch;
pub(crate) mod checks;
pub(crate) mod evidence;
mod install;
mod known_cards;
mod preflight;
mod recall;
mod refusal;
mod snapshot;
mod used;
mod verdict;

pub use batch::PastScan;
pub use install::InstallError;
pub use preflight::{
    Affected, DocumentState, EndReason, Ending, Outlook, Preflight, StatusState, Until,
};
pub use refusal::{Fact, MemoryProblem, Refusal, Signer, UnknownStatus};
pub use snapshot::SnapshotError;
pub use verdict::{Accepted, Advisory, CardReference, StatusAnswer, Verdict};

use std::fmt;
use std::sync::Arc;

use crate::card::{CardClaims, UnverifiedCredential};
use crate::catalogue::{Entry, Terms};
use crate::challenge::{ChallengeError, ChallengeForm, IssuedChallenge, OpenChallenges};
use crate::clock::{ClockEstimate, ClockSense, Sample};
use crate::code::{ApplicationNumber, Challenge, UnverifiedCode, VerifiedCode};
use crate::duplicates::{DuplicateStore, UsedCodes};
use crate::foreign::ForeignCode;
use crate::keys::PublicKey;
use crate::region::Region;
use crate::status::StatusBook;
use crate::text::{self, TextError};
use crate::trust::{Candidate, Issuer, Trust};
use evidence::ReceiptChain;
use install::{InForce, Mark};
use known_cards::{CredentialHash, KnownCard, KnownCards};
use recall::Recall;

/// Where, when and for what a code is scanned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Context {
    /// The application the scanner serves.
    pub application: ApplicationNumber,
    /// Where the scanner stands.
    pub place: Region,
    /// The scanner's clock (Unix seconds).
    pub now_unix_s: i64,
    /// The one challenge that has been shown, for a host that keeps challenges itself. With `None`
    /// a code may answer any challenge that this scanner has open
    /// ([`Scanner::issue_challenge`]), each once.
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

    fn tolerance_s(&self) -> i64 {
        self.tolerance_s.min(Self::MAX_TOLERANCE_S).into()
    }
}

impl Default for Policy {
    /// 30 seconds, no practice cards.
    fn default() -> Self {
        Policy { tolerance_s: 30, accept_specimens: false }
    }
}

/// A code made for a moment further than this from the scanner's clock is refused before any
/// signature is checked, in seconds.
pub const PLAUSIBLE_S: i64 = 15 * 60;

/// Says yes or no to codes, offline, by the lists it has been given.
#[derive(Clone, Debug)]
pub struct Scanner {
    roots: Vec<PublicKey>,
    policy: Policy,
    lists: Lists,
    memory: Memory,
    foreign_handler: Option<Arc<dyn ForeignCodeHandler>>,
}

/// A host that serves codes of other systems as well.
pub trait ForeignCodeHandler: Send + Sync + fmt::Debug {
    /// Whether the host takes this code over. `code` is what the catalogue calls it, `text` what
    /// was scanned. Asked for each code that would be refused with 110, and for no other.
    fn take(&self, code: &ForeignCode, text: &str, context: &Context) -> bool;
}

/// What others have signed: a scan only reads it.
#[derive(Clone, Debug, Default)]
struct Lists {
    trust: Option<InForce<Trust>>,
    terms: Option<InForce<Terms>>,
    status: StatusBook,
    /// What was in force before a restart, until it is installed again.
    trust_before_restart: Option<Mark>,
    terms_before_restart: Option<Mark>,
}

/// What the scanner has found out itself: a scan adds to it.
#[derive(Clone, Debug, Default)]
struct Memory {
    known_cards: KnownCards,
    challenges: OpenChallenges,
    clock: ClockSense,
    receipts: Option<ReceiptChain>,
    used_codes: UsedCodes,
    /// The host's own store, in place of `used_codes`.
    store: Option<Arc<dyn DuplicateStore>>,
}

/// A code whose two signatures hold, by lists that are in force.
struct Genuine<'l> {
    trust: &'l Trust,
    terms: &'l Terms,
    entry: &'l Entry,
    issuer: &'l Arc<Issuer>,
    code: VerifiedCode,
    /// What it tells about clocks.
    sample: Sample,
}

impl Scanner {
    /// A scanner that believes lists signed by these operator roots, and has none yet.
    pub fn new(roots: impl IntoIterator<Item = PublicKey>, policy: Policy) -> Self {
        Scanner {
            roots: roots.into_iter().collect(),
            policy,
            lists: Lists::default(),
            memory: Memory::default(),
            foreign_handler: None,
        }
    }

    /// Codes of other systems that the catalogue names are offered to this handler from now on.
    pub fn set_foreign_handler(&mut self, handler: Arc<dyn ForeignCodeHandler>) {
        self.foreign_handler = Some(handler);
    }

    /// The operator roots in force.
    pub fn roots(&self) -> &[PublicKey] {
        &self.roots
    }

    /// Bytes of memory that the status lists take.
    pub fn status_bytes(&self) -> usize {
        self.lists.status.resident_bytes()
    }

    /// What the genuine codes of the last hour say about this scanner's clock: those of the 32
    /// cards seen last, if there are eight and most of them agree. It changes no verdict.
    pub fn clock_estimate(&self, now_unix_s: i64) -> Option<ClockEstimate> {
        self.memory.clock.estimate(now_unix_s, self.policy.tolerance_s())
    }

    /// Makes a challenge for one code to answer within [`crate::CHALLENGE_S`], and keeps it open.
    ///
    /// Of [`crate::MAX_OPEN_CHALLENGES`] that are open, the oldest makes way.
    pub fn issue_challenge(
        &mut self,
        form: ChallengeForm,
        now_unix_s: i64,
    ) -> Result<IssuedChallenge, ChallengeError> {
        self.memory.challenges.issue(form, now_unix_s)
    }

    /// Keeps a challenge open that the host has made itself, before `expires_unix_s` and for one
    /// code. Its bytes must be random and never used before.
    pub fn expect_challenge(
        &mut self,
        challenge: Challenge,
        expires_unix_s: i64,
        now_unix_s: i64,
    ) -> Result<(), ChallengeError> {
        self.memory.challenges.open(challenge, expires_unix_s, now_unix_s)
    }

    /// Decides about one text as it came from the reader: unchanged, not trimmed.
    ///
    /// At most [`crate::MAX_TEXT`] bytes are looked at. Nothing that a code says of itself leads
    /// to an acceptance before both signatures hold.
    pub fn scan(&mut self, text: &str, context: &Context) -> Verdict {
        let decided = self.lists.decide(text, context, self.policy, &mut self.memory);
        self.verdict(decided, text, context)
    }

    /// A code of another system may be the host's to serve.
    fn verdict(
        &self,
        decided: Result<Accepted, Refusal>,
        text: &str,
        context: &Context,
    ) -> Verdict {
        match decided {
            Ok(accepted) => Verdict::Accepted(accepted),
            Err(Refusal::ForeignCode(code)) if self.hands_over(&code, text, context) => {
                Verdict::HandedOver(code)
            }
            Err(refusal) => Verdict::Refused(refusal),
        }
    }

    fn hands_over(&self, code: &ForeignCode, text: &str, context: &Context) -> bool {
        self.foreign_handler.as_ref().is_some_and(|handler| handler.take(code, text, context))
    }
}

impl Lists {
    /// The order of the checks: cheapest and safest first. The first half says whether the code is
    /// genuine, the second whether it is good now and here.
    fn decide(
        &self,
        text: &str,
        context: &Context,
        policy: Policy,
        memory: &mut dyn Recall,
    ) -> Result<Accepted, Refusal> {
        let bytes = text::decode(text).map_err(|error| self.refusal(error, text))?;
        let genuine = self.authenticate(&bytes, context, policy, memory)?;
        let mut accepted = self.judge(&genuine, context, policy, memory)?;
        // The last of all checks: only what is accepted counts as used.
        accepted.advisories.extend(memory.note_use(&genuine, context)?);
        let off = memory.clock_off(context.now_unix_s, policy.tolerance_s());
        accepted.advisories.extend(off.map(Advisory::ClockOff));
        Ok(accepted)
    }

    /// What is wrong with a text. The catalogue names what is not ours, an expired one as well:
    /// it changes words and no answer.
    fn refusal(&self, error: TextError, text: &str) -> Refusal {
        let terms = self.terms.as_ref().filter(|_| error == TextError::Foreign);
        match terms.and_then(|held| held.list.foreign.find(text)) {
            Some(code) => Refusal::ForeignCode(code.clone()),
            None => error.into(),
        }
    }

    /// Whether this is a code, and who signed it.
    fn authenticate(
        &self,
        bytes: &[u8],
        context: &Context,
        policy: Policy,
        memory: &mut dyn Recall,
    ) -> Result<Genuine<'_>, Refusal> {
        let (now, tolerance_s) = (context.now_unix_s, policy.tolerance_s());
        // What is it?
        let code = UnverifiedCode::parse(bytes)?;
        checks::signatures_present(&code)?;
        // Is this scanner ready to decide?
        let (trust, terms) = self.in_force(now)?;
        let entry = terms
            .entry(context.application)
            .ok_or(Refusal::UnknownApplication { application: context.application })?;
        // Who signed it?
        let candidates = checks::candidates(trust, code.credential(), now)?;
        checks::phone_algorithm_admitted(trust, &code, now)?;
        let claimed = checks::sample(&code, &candidates, now);
        if let Err(refusal) = checks::plausible(&code, now) {
            let refusal = refusal.blaming(|| memory.blame(&claimed, tolerance_s));
            // Not for the verdict: a scanner that is hours off has nothing else to learn from.
            if memory.may_learn(now) {
                let card = verify_card(code.credential(), &candidates, memory.known_cards());
                if card.is_ok_and(|(_, card)| code.verify(card).is_ok()) {
                    memory.hear(claimed, tolerance_s);
                }
            }
            return Err(refusal);
        }
        let (issuer, card) = verify_card(code.credential(), &candidates, memory.known_cards())?;
        memory.saw_card(code.credential());
        let code = code.verify(card).map_err(|_| Refusal::CodeForged)?;
        // It says nothing that has not been signed by now.
        memory.hear(claimed, tolerance_s);
        Ok(Genuine { trust, terms, entry, issuer, code, sample: claimed })
    }

    /// Whether a genuine code is good now and here.
    ///
    /// The window is the first thing asked, so that it is only genuine codes that say anything
    /// about clocks.
    fn judge(
        &self,
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
        let mut listed = self.listed(trust, issuer, &code.card, now);
        memory.saw_status(&mut listed);
        let known = checks::known_status(&listed, &code.card, now, policy);
        let status = checks::status(known, rule, now)?;
        let question = memory.question(code.challenge.as_ref(), now);
        checks::application(terms, entry, issuer, code, age_s, context, question)?;

        let mut advisories = self.stale(now);
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

    /// The two lists without which there is no deciding.
    fn in_force(&self, now: i64) -> Result<(&Trust, &Terms), Refusal> {
        let trust = &self.trust.as_ref().ok_or(Refusal::NoTrustList)?.list;
        let terms = &self.terms.as_ref().ok_or(Refusal::NoCatalogue)?.list;
        let made = trust.edition.issued_at_unix_s.max(terms.edition.issued_at_unix_s);
        let behind_s = made.saturating_sub(now);
        if behind_s > i64::from(Policy::MAX_TOLERANCE_S) {
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
        Ok((trust, terms))
    }

    /// Lists that should have been replaced by now.
    fn stale(&self, now: i64) -> Vec<Advisory> {
        let mut advisories = Vec::new();
        let due = |edition: &crate::jose::Edition| {
            Some(edition.next_update_unix_s).filter(|due_unix_s| now > *due_unix_s)
        };
        if let Some(due_unix_s) = self.trust.as_ref().and_then(|held| due(&held.list.edition)) {
            advisories.push(Advisory::TrustListDue { due_unix_s });
        }
        if let Some(due_unix_s) = self.terms.as_ref().and_then(|held| due(&held.list.edition)) {
            advisories.push(Advisory::CatalogueDue { due_unix_s });
        }
        advisories
    }
}

/// The issuer's signature, unless these very bytes were found to hold before: which of the keys
/// that may have made it did, and what the credential says.
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
