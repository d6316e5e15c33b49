//! A text built character by character, to see whether it is a code.
//!
//! Uses base45 and the code. Two buffers, as long as the longest code, for all trials of a scan.

use crate::base45;
use crate::code::UnverifiedCode;
use crate::text::{MAX_CODE, MAX_CODE_TEXT, PREFIX};

/// How every code begins after the prefix: an array of four, then a string of 24 to 255 bytes.
pub(super) const FIRST: &[u8] = b"+WG";

/// Whether a character is one of the 45.
pub(super) fn is_base45(character: u8) -> bool {
    base45::ALPHABET.contains(&character)
}

pub(super) struct Trial {
    text: Vec<u8>,
    bytes: Vec<u8>,
}

impl Trial {
    pub(super) fn new() -> Self {
        Trial { text: Vec::with_capacity(MAX_CODE_TEXT), bytes: Vec::with_capacity(MAX_CODE) }
    }

    pub(super) fn clear(&mut self) {
        self.text.clear();
    }

    /// Adds a character. Returns whether the text can still become a code. Most texts that are not
    /// ours end here, within the prefix.
    pub(super) fn push(&mut self, character: u8) -> bool {
        let at = self.text.len();
        let fits = match PREFIX.as_bytes().get(at) {
            Some(expected) => character == *expected,
            None => at < MAX_CODE_TEXT && is_base45(character),
        };
        if fits {
            self.text.push(character);
        }
        fits
    }

    pub(super) fn length(&self) -> usize {
        self.text.len()
    }

    /// Whether these characters are a code by form.
    pub(super) fn is_code(&mut self, characters: impl IntoIterator<Item = Option<u8>>) -> bool {
        self.fill(characters) && self.holds()
    }

    /// Whether these can be the characters of a code.
    pub(super) fn fill(&mut self, characters: impl IntoIterator<Item = Option<u8>>) -> bool {
        self.clear();
        characters.into_iter().all(|character| character.is_some_and(|it| self.push(it)))
    }

    /// Whether the text is a code by form.
    pub(super) fn holds(&mut self) -> bool {
        let body = self.text.get(PREFIX.len()..).unwrap_or_default();
        base45::decode_into(&mut self.bytes, body).is_ok()
            && UnverifiedCode::parse(&self.bytes).is_ok()
    }

    /// Whether the characters after the prefix are those of every code. The first may be lost.
    pub(super) fn goes_on_as_code(&self) -> bool {
        let body = self.text.get(PREFIX.len()..).unwrap_or_default();
        [FIRST, &FIRST[1..]].iter().any(|first| body.starts_with(first))
    }

    /// Whether the text begins as codes do, whatever follows.
    pub(super) fn is_begun(&mut self) -> bool {
        let body = self.text.get(PREFIX.len()..).unwrap_or_default();
        // As far as it can be decoded.
        let _ = base45::decode_into(&mut self.bytes, body);
        UnverifiedCode::is_begun(&self.bytes)
    }

    /// Whether the text is a code whose end is missing.
    pub(super) fn is_cut(&mut self) -> bool {
        let body = self.text.get(PREFIX.len()..).unwrap_or_default();
        if base45::decode_into(&mut self.bytes, body).is_ok() {
            return UnverifiedCode::is_cut(&self.bytes);
        }
        // A group cut in the middle is left out.
        let (groups, rest) = body.split_at(body.len() / 3 * 3);
        if base45::decode_into(&mut self.bytes, groups).is_err() {
            return false;
        }
        if !UnverifiedCode::is_cut(&self.bytes) {
            return false;
        }
        // Two characters may also be a damaged last byte.
        self.bytes.push(0);
        rest.len() < 2 || UnverifiedCode::parse(&self.bytes).is_err()
    }
}
