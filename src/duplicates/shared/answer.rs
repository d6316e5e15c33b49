//! The script's answer: one line of seven words.

use std::fmt;

use super::SharedStore;
use crate::cose::MAX_UNIX_S;

/// Which memory a store has: its run, its data, and the question that found it empty. It changes
/// when the store starts, when another one takes its place, and when its content is erased.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Epoch(String);

impl Epoch {
    pub(super) fn read(text: &str) -> Option<Self> {
        let mut parts = text.split('.');
        let is_hex = |length: usize| {
            move |part: &str| {
                part.len() == length
                    && part.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
            }
        };
        let whole = parts.next().is_some_and(is_hex(40))
            && parts.next().is_some_and(is_hex(40))
            && parts.next().is_some_and(is_hex(32))
            && parts.next().is_none();
        whole.then(|| Epoch(text.to_owned()))
    }
}

impl fmt::Display for Epoch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Why a store's answer says nothing about a use. The gate goes by the application's rule: 707, or
/// an advisory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreProblem {
    /// It is not an answer of the script.
    #[error("the store does not answer as the script does")]
    Strange,
    /// The two clocks are more than 240 s apart. Nothing was recorded.
    #[error("the store's clock is {ahead_s} s ahead of this gate's")]
    Clock {
        /// Seconds by which the store is ahead. Negative when it is behind.
        ahead_s: i64,
    },
    /// The store's memory has begun anew: it was started, replaced or emptied. What was used before
    /// may be unknown to it.
    #[error("the store remembers nothing from before: it is enough from {until_unix_s} on (Unix seconds)")]
    Begun {
        /// From when on its answers are enough for this rule, by the gate's clock.
        until_unix_s: i64,
    },
}

/// What the script found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Word {
    Code,
    Card,
    New,
    Begun,
    Look,
    Undo,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) word: Word,
    /// Seconds since the use that was found, by the store's clock.
    pub(super) ago_s: i64,
    /// The store's clock.
    pub(super) time_unix_s: i64,
    /// Since when it remembers, by the store's clock.
    pub(super) since_unix_s: i64,
    /// The same by the clock of the gate that asked first.
    pub(super) since_gate_unix_s: i64,
    /// None where the clocks are too far apart to ask.
    pub(super) epoch: Option<Epoch>,
}

impl Answer {
    pub(super) fn read(bytes: &[u8]) -> Result<Self, StoreProblem> {
        Self::parse(bytes).ok_or(StoreProblem::Strange)
    }

    fn parse(bytes: &[u8]) -> Option<Self> {
        if bytes.len() > SharedStore::MAX_ANSWER {
            return None;
        }
        let mut words = std::str::from_utf8(bytes).ok()?.split(' ');
        let word = words.next()?;
        let mut number = || words.next().and_then(number);
        let (ago_s, time_unix_s) = (number()?, number()?);
        if word == "clock" {
            let (since_unix_s, since_gate_unix_s) = (time_unix_s, time_unix_s);
            let nothing_more = words.next().is_none();
            return nothing_more.then_some(Answer {
                word: Word::Look,
                ago_s,
                time_unix_s,
                since_unix_s,
                since_gate_unix_s,
                epoch: None,
            });
        }
        let (since_unix_s, since_gate_unix_s) = (number()?, number()?);
        let word = match word {
            "code" => Word::Code,
            "card" => Word::Card,
            "new" => Word::New,
            "begun" => Word::Begun,
            "look" => Word::Look,
            "undo" => Word::Undo,
            _ => return None,
        };
        let epoch = Some(Epoch::read(words.next()?)?);
        let nothing_more = words.next().is_none();
        nothing_more.then_some(Answer {
            word,
            ago_s,
            time_unix_s,
            since_unix_s,
            since_gate_unix_s,
            epoch,
        })
    }
}

/// A number as the script writes it: digits alone, and a time that can be.
fn number(text: &str) -> Option<i64> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let number = digits.then(|| text.parse().ok()).flatten()?;
    (number <= MAX_UNIX_S).then_some(number)
}
