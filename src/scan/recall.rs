//! What a scan asks of the scanner's own memory. It is the only part of a verdict that is not in
//! the text, the context or the signed lists.

use super::known_cards::KnownCards;
use super::status::Listed;
use super::{Advisory, Context, Genuine, Refusal};
use crate::card::UnverifiedCredential;
use crate::challenge::Question;
use crate::clock::{ClockBlame, ClockEstimate, Sample};
use crate::code::Challenge;
use crate::jose::Sha256Hash;

/// Answers from memory. The same answers give the same verdict.
pub(crate) trait Recall {
    /// Cards verified before. They save time and change no answer.
    fn known_cards(&mut self) -> &mut KnownCards;

    /// How a code that answers this challenge relates to the scanner's own challenges.
    fn question(&mut self, answered: Option<&Challenge>, now: i64) -> Question;

    /// Whether an otherwise accepted code was used before. From now on it is used.
    fn note_use(
        &mut self,
        genuine: &Genuine<'_>,
        context: &Context,
    ) -> Result<Option<Advisory>, Refusal>;

    /// A genuine code was shown, accepted or refused. It tells about clocks.
    fn hear(&mut self, sample: Sample, tolerance_s: i64);

    /// Whether a code far from now may be verified, for what it tells about clocks.
    fn may_learn(&mut self, now: i64) -> bool;

    /// A code far from now was found genuine.
    fn learn(&mut self, sample: Sample, tolerance_s: i64);

    /// Which clock to blame when this code is refused because of its time.
    fn blame(&mut self, sample: &Sample, tolerance_s: i64) -> ClockBlame;

    /// By how much the scanner's clock is off, if that is worth reporting.
    fn clock_off(&mut self, now: i64, tolerance_s: i64) -> Option<ClockEstimate>;

    /// Whether the scanner was ever given a status list. `held` says whether it holds any now. For
    /// a past scan, the lists at hand cannot tell.
    fn ever_given_status(&mut self, held: bool) -> bool {
        held
    }

    /// Whether this notice or this index counted at the time of the scan. It would change the
    /// verdict. For a past scan, some at hand may have come later.
    fn applies(&mut self, _document: &Sha256Hash) -> bool {
        true
    }

    /// The issuer's signature on this credential holds.
    fn saw_card(&mut self, _credential: &UnverifiedCredential<'_>) {}

    /// This is what the status lists say. The time since when a list could not be used is memory
    /// too.
    fn saw_status(&mut self, _listed: &mut Listed) {}
}
