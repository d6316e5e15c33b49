//! The file in which a gate tells the others of its venue what was used: its summaries, one after
//! the other.
//!
//! Uses `summary`. Specification: docs/SPEC.md section 14.

use super::memory::UsedCodes;
use super::summary::{encode, Merged, Summary, SummaryError, VenueKey, MAX_SUMMARY};

/// Most summaries in a file: two memories of the usual size.
const MAX_SUMMARIES: usize = 64;

/// Bytes of the length before each summary.
const LENGTH: usize = 2;

/// Longest file, in bytes.
pub const MAX_VENUE_FILE: usize = MAX_SUMMARIES * (LENGTH + MAX_SUMMARY);

/// What a file of another gate told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Heard {
    /// When the oldest of its summaries was made, by the other gate's clock (Unix seconds).
    pub made_unix_s: i64,
    /// What it added.
    pub merged: Merged,
}

/// A file of another gate was not taken, or not wholly.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VenueFileError {
    /// Longer than [`MAX_VENUE_FILE`].
    #[error("{length} bytes are over the limit of {MAX_VENUE_FILE}")]
    TooLarge {
        /// Bytes given.
        length: usize,
    },
    /// It is empty, ends in the middle of a summary, or has more than 64 of them.
    #[error("not a file of summaries of used codes")]
    Form,
    /// One of its summaries is not taken. Those before it are.
    #[error("summary {number}: {error}")]
    Summary {
        /// Which one, from 1.
        number: usize,
        /// Why.
        error: SummaryError,
    },
}

impl UsedCodes {
    /// The file of this gate. With nothing to tell it has one empty summary: the others can see that
    /// the gate is at work.
    pub(crate) fn venue_file(&mut self, key: &VenueKey, now_unix_s: i64) -> Vec<u8> {
        let mut summaries = self.summaries(key, now_unix_s);
        if summaries.is_empty() {
            summaries.push(encode(&[], &[], key, now_unix_s));
        }
        let mut file = Vec::new();
        for summary in summaries.iter().take(MAX_SUMMARIES) {
            // safe: a summary has at most MAX_SUMMARY bytes, which is u16::MAX
            let length = u16::try_from(summary.len()).unwrap_or(u16::MAX);
            file.extend(length.to_be_bytes());
            file.extend(summary);
        }
        file
    }

    /// Takes in the file of another gate. Its form and all its tags are checked before the first
    /// summary is merged.
    pub(crate) fn merge_venue_file(
        &mut self,
        file: &[u8],
        key: &VenueKey,
        now_unix_s: i64,
    ) -> Result<Heard, VenueFileError> {
        let read = |(at, summary): (usize, &&[u8])| {
            let failed = |error| VenueFileError::Summary { number: at + 1, error };
            Summary::read(summary, key, now_unix_s).map_err(failed)
        };
        let summaries = split(file)?;
        let summaries: Vec<Summary> =
            summaries.iter().enumerate().map(read).collect::<Result<_, _>>()?;
        let made = summaries.iter().map(|summary| summary.made_unix_s).min();
        let mut heard =
            Heard { made_unix_s: made.ok_or(VenueFileError::Form)?, merged: Merged::default() };
        for (at, summary) in summaries.into_iter().enumerate() {
            let added = self.take_in(summary, now_unix_s);
            let added = added.map_err(|error| VenueFileError::Summary { number: at + 1, error })?;
            heard.merged.new_codes += added.new_codes;
            heard.merged.new_cards += added.new_cards;
            heard.merged.left_out_cards += added.left_out_cards;
        }
        Ok(heard)
    }
}

/// The summaries of a file.
fn split(mut file: &[u8]) -> Result<Vec<&[u8]>, VenueFileError> {
    if file.len() > MAX_VENUE_FILE {
        return Err(VenueFileError::TooLarge { length: file.len() });
    }
    let mut summaries = Vec::new();
    while let Some((length, rest)) = file.split_first_chunk::<LENGTH>() {
        let length = usize::from(u16::from_be_bytes(*length));
        let (summary, rest) = rest.split_at_checked(length).ok_or(VenueFileError::Form)?;
        if summaries.len() == MAX_SUMMARIES {
            return Err(VenueFileError::Form);
        }
        summaries.push(summary);
        file = rest;
    }
    if summaries.is_empty() || !file.is_empty() {
        return Err(VenueFileError::Form);
    }
    Ok(summaries)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::duplicates::{CodeName, CodeUse, Earlier};
    use crate::spec::{assert_says, number};

    const NOW: i64 = 1_795_392_000;

    fn key() -> VenueKey {
        VenueKey::new([7; 32])
    }

    fn code_use(number: u32) -> CodeUse {
        let mut name = [0; 16];
        name[..4].copy_from_slice(&number.to_be_bytes());
        CodeUse {
            code: CodeName(name),
            code_until_unix_s: NOW + 180,
            refuse_repeat: true,
            pass_back: None,
            now_unix_s: NOW,
        }
    }

    #[test]
    fn a_gate_with_nothing_to_tell_is_heard_all_the_same() {
        let file = UsedCodes::default().venue_file(&key(), NOW);
        let heard = UsedCodes::default().merge_venue_file(&file, &key(), NOW + 3);
        assert_eq!(heard, Ok(Heard { made_unix_s: NOW, merged: Merged::default() }));
    }

    #[test]
    fn a_file_has_everything_that_a_full_memory_knows() {
        let mut memory = UsedCodes::default();
        for number in 0..5_000 {
            memory.record(&code_use(number)).unwrap();
        }
        let file = memory.venue_file(&key(), NOW + 1);
        assert!(file.len() <= MAX_VENUE_FILE);
        let mut other = UsedCodes::default();
        let heard = other.merge_venue_file(&file, &key(), NOW + 2).unwrap();
        assert_eq!(heard.merged.new_codes, 5_000);
        assert_eq!(other.record(&code_use(4_999)), Ok(Earlier::Code { first_unix_s: NOW }));
    }

    #[test]
    fn what_is_no_file_of_this_venue_changes_nothing() {
        let mut memory = UsedCodes::default();
        memory.record(&code_use(1)).unwrap();
        let file = memory.venue_file(&key(), NOW);
        let other_venue = memory.venue_file(&VenueKey::new([8; 32]), NOW);
        let summary = |error| VenueFileError::Summary { number: 1, error };
        let mut last_changed = file.clone();
        *last_changed.last_mut().unwrap() ^= 1;
        let many = [&[0, 0][..]; MAX_SUMMARIES + 1].concat();
        let future = memory.venue_file(&key(), NOW + 901);
        let out_of_time = SummaryError::OutOfTime { unix_s: NOW + 901, now_unix_s: NOW };
        let second_is_wrong = [&file[..], &other_venue].concat();
        for (bytes, error) in [
            (&[][..], VenueFileError::Form),
            (&file[..file.len() - 1], VenueFileError::Form),
            (&[&file[..], &[0]].concat(), VenueFileError::Form),
            (&many, VenueFileError::Form),
            (&vec![0; MAX_VENUE_FILE + 1], VenueFileError::TooLarge { length: MAX_VENUE_FILE + 1 }),
            (&last_changed, summary(SummaryError::BadTag)),
            (&other_venue, summary(SummaryError::BadTag)),
            (&future, summary(out_of_time)),
            (&second_is_wrong, VenueFileError::Summary { number: 2, error: SummaryError::BadTag }),
        ] {
            let mut gate = UsedCodes::default();
            assert_eq!(gate.merge_venue_file(bytes, &key(), NOW), Err(error));
            assert_eq!(gate.fill(NOW).entries, 0, "{error}");
        }
    }

    #[test]
    fn the_specification_states_what_is_here() {
        assert_says([
            &format!("at most {MAX_SUMMARIES} summaries"),
            &format!("{} bytes", number(MAX_VENUE_FILE)),
        ]);
    }
}
