//! What a scanner has found out itself, and how it answers from that.

use std::sync::Arc;

use crate::challenge::{OpenChallenges, Question};
use crate::clock::{ClockBlame, ClockEstimate, ClockSense, Sample};
use crate::code::Challenge;
use crate::duplicates::{DuplicateStore, Others, UsedCodes};
use crate::keys::PublicKey;
use crate::scan::{Advisory, Context, Genuine, KnownCards, Recall, Refusal};

/// What the scanner has found out itself: a scan adds to it.
#[derive(Clone, Debug, Default)]
pub(super) struct Memory {
    pub(super) known_cards: KnownCards,
    pub(super) challenges: OpenChallenges,
    pub(super) clock: ClockSense,
    pub(super) receipts: Option<ReceiptChain>,
    pub(super) used_codes: UsedCodes,
    /// The host's own store, which is asked as well.
    pub(super) store: Option<Arc<dyn DuplicateStore>>,
    /// How well the other gates of the venue are heard.
    pub(super) others: Others,
}

/// Where a scanner's chain of receipts stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ReceiptChain {
    pub(crate) scanner: String,
    /// The number of the next receipt.
    pub(crate) number: u64,
    /// The hash of the one before it.
    pub(crate) previous: [u8; 32],
    /// The key last seen to sign receipts properly, since the scanner was started.
    pub(crate) checked: Option<PublicKey>,
}

impl ReceiptChain {
    pub(crate) fn new(scanner: String, number: u64, previous: [u8; 32]) -> Self {
        ReceiptChain { scanner, number, previous, checked: None }
    }
}

impl Recall for Memory {
    fn known_cards(&mut self) -> &mut KnownCards {
        &mut self.known_cards
    }

    fn question(&mut self, answered: Option<&Challenge>, now: i64) -> Question {
        self.challenges.question(answered, now)
    }

    fn hear(&mut self, sample: Sample, tolerance_s: i64) {
        self.clock.hear(sample, tolerance_s);
    }

    fn may_learn(&mut self, now: i64) -> bool {
        self.clock.may_learn(now)
    }

    fn learn(&mut self, sample: Sample, tolerance_s: i64) {
        self.clock.learn(sample, tolerance_s);
    }

    fn blame(&mut self, sample: &Sample, tolerance_s: i64) -> ClockBlame {
        self.clock.blame(sample, tolerance_s)
    }

    fn clock_off(&mut self, now: i64, tolerance_s: i64) -> Option<ClockEstimate> {
        self.clock.off(now, tolerance_s)
    }

    fn note_use(
        &mut self,
        genuine: &Genuine<'_>,
        context: &Context,
    ) -> Result<Option<Advisory>, Refusal> {
        let advisory = self.note_used_code(genuine, context)?;
        if let Some(challenge) = genuine.code.challenge() {
            self.challenges.close(challenge);
        }
        Ok(advisory)
    }
}
