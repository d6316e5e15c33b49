//! What a scan asks of the scanner's own memory: the one part of a verdict that lies neither in
//! the text, nor in the context, nor in what others have signed.

use super::known_cards::KnownCards;
use super::status::Listed;
use super::{Advisory, Context, Genuine, Refusal};
use crate::card::UnverifiedCredential;
use crate::challenge::Question;
use crate::clock::{ClockBlame, ClockEstimate, Sample};
use crate::code::Challenge;

/// Answers from memory. Whoever gives the same answers gets the same verdict.
pub(crate) trait Recall {
    /// Cards that were verified before. They save time and change no answer.
    fn known_cards(&mut self) -> &mut KnownCards;

    /// What the scanner's own challenges have to do with a code that answers this one.
    fn question(&mut self, answered: Option<&Challenge>, now: i64) -> Question;

    /// Whether a code that is otherwise accepted was used before; it is from now on.
    fn note_use(
        &mut self,
        genuine: &Genuine<'_>,
        context: &Context,
    ) -> Result<Option<Advisory>, Refusal>;

    /// A genuine code was shown, whether or not it is good now: it tells about clocks.
    fn hear(&mut self, sample: Sample, tolerance_s: i64);

    /// Whether a code that is far from now may be verified, for what it tells about clocks.
    fn may_learn(&mut self, now: i64) -> bool;

    /// Such a code is genuine.
    fn learn(&mut self, sample: Sample, tolerance_s: i64);

    /// Which clock to blame when this code is refused because of its time.
    fn blame(&mut self, sample: &Sample, tolerance_s: i64) -> ClockBlame;

    /// By how much the scanner's clock is off, where that is worth a word.
    fn clock_off(&mut self, now: i64, tolerance_s: i64) -> Option<ClockEstimate>;

    /// Whether the scanner was ever given a status list: `held` says so of its lists. Of a scan of
    /// the past the lists at hand do not tell.
    fn ever_given_status(&mut self, held: bool) -> bool {
        held
    }

    /// The issuer's signature on this credential holds.
    fn saw_card(&mut self, _credential: &UnverifiedCredential<'_>) {}

    /// This is what the status lists say. Since when a list could not be used is memory, too.
    fn saw_status(&mut self, _listed: &mut Listed) {}
}
