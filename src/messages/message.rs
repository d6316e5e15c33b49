//! A message, and how a refusal gets its own.

use std::fmt;

use super::altered::ALTERED_MESSAGES;
use super::clocks::CLOCK_MESSAGES;
use super::fault::Fault;
use super::refusals::{MESSAGES, UNLISTED};
use super::text::fill;
use crate::clock::ClockBlame;
use crate::language::{Language, Text};
use crate::scan::Refusal;

/// What people are told about one number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Message {
    /// The number; see [`Refusal::number`].
    pub number: u16,
    /// The refusal's name in snake case. It never changes.
    pub name: &'static str,
    /// Where the cause most likely is.
    pub fault: Fault,
    /// Why the code is refused, for everybody to read. `{age_s}` and the like stand for facts of
    /// the refusal; [`Refusal::text`] inserts them.
    pub reason: Text,
    /// What the citizen can do.
    pub holder: Text,
    /// What the person at the desk can do. If it names facts, [`Refusal::attendant`] inserts them.
    pub attendant: Text,
    /// What the operator's technician and the hotline look at. It may name a fact of the refusal.
    pub operator: Text,
}

impl Message {
    /// The message with this number, for a hotline that has only the number.
    pub fn of(number: u16) -> Option<&'static Message> {
        let index = MESSAGES.binary_search_by_key(&number, |message| message.number).ok()?;
        MESSAGES.get(index)
    }
}

impl Refusal {
    /// What people are told about it. A time refusal has another message when the wrong clock is
    /// known, see [`CLOCK_MESSAGES`]. A code changed by a reader has a message for each change, see
    /// [`ALTERED_MESSAGES`].
    pub fn message(&self) -> &'static Message {
        // A test shows that every refusal has a message.
        self.clock_message()
            .or_else(|| self.altered_message())
            .or_else(|| Message::of(self.number()))
            .unwrap_or(&UNLISTED)
    }

    /// Where the cause is, as far as known.
    pub fn fault(&self) -> Fault {
        self.message().fault
    }

    fn altered_message(&self) -> Option<&'static Message> {
        let Refusal::Altered { how } = self else { return None };
        let (_, message) = ALTERED_MESSAGES.iter().find(|(named, _)| named == how)?;
        Some(message)
    }

    fn clock_message(&self) -> Option<&'static Message> {
        let (fault, ahead) = match (self.clock(), self) {
            (ClockBlame::Unknown, _) => return None,
            (ClockBlame::Scanner(estimate), _) => (Fault::ScannerClock, estimate.behind_s < 0),
            (ClockBlame::Phone(_), Refusal::FarFromNow { ahead_s, .. }) => {
                (Fault::PhoneClock, *ahead_s > 0)
            }
            (ClockBlame::Phone(_), Refusal::CodeNotYetValid { .. }) => (Fault::PhoneClock, true),
            (ClockBlame::Phone(_), _) => (Fault::PhoneClock, false),
        };
        let number = self.number();
        CLOCK_MESSAGES.iter().find_map(|(blamed_ahead, message)| {
            let wanted = (message.number, message.fault, *blamed_ahead) == (number, fault, ahead);
            wanted.then_some(message)
        })
    }

    /// The reason as one sentence, with its facts inserted.
    pub fn text(&self, language: Language) -> String {
        fill(self.message().reason.in_language(language), &self.facts())
    }

    /// What the person at the desk can do, with its facts inserted. For a code of another system,
    /// this is the catalogue's advice.
    pub fn attendant(&self, language: Language) -> String {
        fill(self.message().attendant.in_language(language), &self.facts())
    }
}

/// The number and the reason in English: `401 This card has been cancelled, or …`.
impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.number(), self.text(Language::En))
    }
}

impl std::error::Error for Refusal {}
