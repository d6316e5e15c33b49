//! The scanner that hosts see: what others have signed, what it has found out itself, and the
//! verdict on each code.
//!
//! Uses the lists, the decision, and all memory. Holds no clock and no key. Specification:
//! docs/SPEC.md sections 15, 18 and 20.

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
use crate::lists::foreign::ForeignCode;
use crate::lists::roots::Roots;
use crate::lists::Lists;
use crate::scan::evidence::{Evidence, Witness};
use crate::scan::{decide, Accepted, Context, Policy, Refusal, Verdict};
use memory::Memory;

/// Accepts or refuses codes offline, by the lists it has been given.
#[derive(Clone, Debug)]
pub struct Scanner {
    policy: Policy,
    lists: Lists,
    memory: Memory,
    foreign_handler: Option<Arc<dyn ForeignCodeHandler>>,
}

/// A host that serves codes of other systems as well.
pub trait ForeignCodeHandler: Send + Sync + fmt::Debug {
    /// Returns whether the host handles this code. `code` is what the catalogue calls it, `text` is
    /// what was scanned. It is asked only about codes that would be refused with 110.
    fn take(&self, code: &ForeignCode, text: &str, context: &Context) -> bool;
}

impl Scanner {
    /// A scanner that believes lists signed by these roots: an edition, the hash of one, or a lone
    /// key. It has no lists yet.
    pub fn new(roots: impl Into<Roots>, policy: Policy) -> Self {
        Scanner {
            policy,
            lists: Lists::believing(roots.into()),
            memory: Memory::default(),
            foreign_handler: None,
        }
    }

    /// From now on, this handler is offered the codes of other systems that the catalogue names.
    pub fn set_foreign_handler(&mut self, handler: Arc<dyn ForeignCodeHandler>) {
        self.foreign_handler = Some(handler);
    }

    /// The roots in force.
    pub fn roots(&self) -> &Roots {
        &self.lists.roots
    }

    /// Believes only these roots from now on, as if it had been set up with them. A host does so
    /// when its operator has chosen other roots by hand and [`Roots::came_by`] says that the state
    /// has other ones.
    ///
    /// A trust list or catalogue that they would not take goes out of force. The scanner then
    /// refuses with 701 or 703 until it has one that they take. All else stays: used codes, status
    /// lists, and the numbers below which it takes no edition that the new roots would have taken.
    pub fn begin_anew(&mut self, roots: impl Into<Roots>) {
        self.lists.begin_anew(roots.into());
    }

    /// Bytes of memory used by the status lists.
    pub fn status_bytes(&self) -> usize {
        self.lists.status.resident_bytes()
    }

    /// What the genuine codes of the last hour say about this scanner's clock. It counts the 32
    /// cards seen last, and needs at least eight, of which most must agree. It changes no verdict.
    pub fn clock_estimate(&self, now_unix_s: i64) -> Option<ClockEstimate> {
        self.memory.clock.estimate(now_unix_s, self.policy.tolerance_s())
    }

    /// Makes a challenge for one code to answer within [`crate::challenge::CHALLENGE_S`], and keeps
    /// it open.
    ///
    /// When [`crate::challenge::MAX_OPEN_CHALLENGES`] are open, the oldest is closed.
    pub fn issue_challenge(
        &mut self,
        form: ChallengeForm,
        now_unix_s: i64,
    ) -> Result<IssuedChallenge, ChallengeError> {
        self.memory.challenges.issue(form, now_unix_s)
    }

    /// Keeps a challenge open that the host has made itself, for one code, until `expires_unix_s`.
    /// Its bytes must be random and never used before.
    pub fn expect_challenge(
        &mut self,
        challenge: Challenge,
        expires_unix_s: i64,
        now_unix_s: i64,
    ) -> Result<(), ChallengeError> {
        self.memory.challenges.open(challenge, expires_unix_s, now_unix_s)
    }

    /// Decides about one text, unchanged and untrimmed as it came from the reader.
    ///
    /// At most [`crate::text::MAX_TEXT`] bytes are read. A code's own claims lead to an acceptance
    /// only after both signatures hold.
    pub fn scan(&mut self, text: &str, context: &Context) -> Verdict {
        let decided = decide(&self.lists, text, context, self.policy, &mut self.memory);
        self.verdict(decided, text, context)
    }

    /// The host may handle codes of other systems.
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

    /// Scans, and returns the evidence for the verdict as well.
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
