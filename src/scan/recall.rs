//! What a scan asks of the scanner's own memory: the one part of a verdict that lies neither in
//! the text, nor in the context, nor in what others have signed.

use super::checks::Listed;
use super::known_cards::KnownCards;
use super::{Advisory, Context, Genuine, Memory, Refusal};
use crate::card::UnverifiedCredential;
use crate::challenge::Question;
use crate::code::Challenge;

/// Answers from memory. Whoever gives the same answers gets the same verdict.
pub(super) trait Recall {
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

    /// The issuer's signature on this credential holds.
    fn saw_card(&mut self, _credential: &UnverifiedCredential<'_>) {}

    /// This is what the status lists say.
    fn saw_status(&mut self, _listed: &Listed) {}
}

impl Recall for Memory {
    fn known_cards(&mut self) -> &mut KnownCards {
        &mut self.known_cards
    }

    fn question(&mut self, answered: Option<&Challenge>, now: i64) -> Question {
        self.challenges.question(answered, now)
    }

    fn note_use(
        &mut self,
        genuine: &Genuine<'_>,
        context: &Context,
    ) -> Result<Option<Advisory>, Refusal> {
        let advisory = self.note_used_code(genuine, context)?;
        if let Some(challenge) = &genuine.code.challenge {
            self.challenges.close(challenge);
        }
        Ok(advisory)
    }
}
