//! The scanner that hosts see: what others have signed, what it has found out itself, and the
//! verdict on each code that it is shown.
//!
//! Uses the lists, the decision, and everything that is remembered. Holds no clock and no key.
//! Specification: docs/SPEC.md sections 15, 18 and 20.

mod batch;
mod install;
mod memory;
mod preflight;
mod snapshot;
mod used;

pub use batch::PastScan;
pub(crate) use memory::ReceiptChain;
pub use preflight::Preflight;
pub use snapshot::SnapshotError;

use std::fmt;
use std::sync::Arc;

use crate::challenge::{ChallengeError, ChallengeForm, IssuedChallenge};
use crate::clock::ClockEstimate;
use crate::code::Challenge;
use crate::keys::PublicKey;
use crate::lists::foreign::ForeignCode;
use crate::lists::Lists;
use crate::scan::evidence::{Evidence, Witness};
use crate::scan::{decide, Accepted, Context, Policy, Refusal, Verdict};
use memory::Memory;

/// Says yes or no to codes, offline, by the lists it has been given.
#[derive(Clone, Debug)]
pub struct Scanner {
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

impl Scanner {
    /// A scanner that believes lists signed by these operator roots, and has none yet.
    pub fn new(roots: impl IntoIterator<Item = PublicKey>, policy: Policy) -> Self {
        Scanner {
            policy,
            lists: Lists::believing(roots),
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
        &self.lists.roots
    }

    /// Believes these operator roots from now on, and no other: the deed of an operator who replaces
    /// a root by hand, at a scanner that goes on from a snapshot for instance.
    ///
    /// A trust list or catalogue that none of them has signed is out of force, and the scanner
    /// refuses with 701 or 703 until it has one that they did. What it remembers stays: used
    /// codes, and the numbers below which it takes no edition, whoever signed those.
    pub fn pin_roots(&mut self, roots: impl IntoIterator<Item = PublicKey>) {
        self.lists.pin_roots(roots.into_iter().collect());
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

    /// Makes a challenge for one code to answer within [`crate::challenge::CHALLENGE_S`], and keeps it open.
    ///
    /// Of [`crate::challenge::MAX_OPEN_CHALLENGES`] that are open, the oldest makes way.
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
    /// At most [`crate::text::MAX_TEXT`] bytes are looked at. Nothing that a code says of itself leads
    /// to an acceptance before both signatures hold.
    pub fn scan(&mut self, text: &str, context: &Context) -> Verdict {
        let decided = decide(&self.lists, text, context, self.policy, &mut self.memory);
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

    /// Scans, and tells what the verdict went by.
    pub(crate) fn scan_with_evidence(
        &mut self,
        text: &str,
        context: &Context,
    ) -> (Verdict, Evidence) {
        let mut witness = Witness::new(&mut self.memory, self.policy, &self.lists);
        let decided = decide(&self.lists, text, context, self.policy, &mut witness);
        let evidence = witness.into_evidence();
        (self.verdict(decided, text, context), evidence)
    }

    /// The chain of its receipts, once it was begun.
    pub(crate) fn chain_of_receipts(&self) -> Option<&ReceiptChain> {
        self.memory.receipts.as_ref()
    }

    pub(crate) fn chain_of_receipts_mut(&mut self) -> &mut Option<ReceiptChain> {
        &mut self.memory.receipts
    }
}
