//! A text built character by character, to see whether it is a code.
//!
//! Uses base45 and the code. Two buffers on the stack, as long as the longest code, for all trials
//! of a scan.

use crate::base45;
use crate::code::UnverifiedCode;
use crate::text::{encoded_length, KIND_PREFIX, MAX_CODE, MAX_CODE_TEXT, PREFIX};

/// How every code begins after the prefix: an array of four, then a string of 24 to 255 bytes.
pub(super) const FIRST: &[u8] = b"+WG";

/// Whether a text begins as every code does: what does not is none, whatever follows.
pub(super) fn begins_as_code(text: &str) -> bool {
    text.strip_prefix(PREFIX).is_some_and(|body| body.as_bytes().starts_with(FIRST))
}

/// Whether a character is one of the 45.
pub(super) fn is_base45(character: u8) -> bool {
    base45::has(character)
}

/// The least bytes of any kind: those of a challenge.
pub(super) const LEAST: usize = 8;

/// The most bytes of any kind: what a picture of version 16 at level M holds.
pub(super) const MOST: usize = 434;

pub(super) struct Trial {
    text: [u8; MAX_CODE_TEXT],
    length: usize,
    bytes: [u8; MAX_CODE + 1],
}

impl Trial {
    pub(super) fn new() -> Self {
        Trial { text: [0; MAX_CODE_TEXT], length: 0, bytes: [0; MAX_CODE + 1] }
    }

    pub(super) fn clear(&mut self) {
        self.length = 0;
    }

    /// Adds a character. Returns whether the text can still become a code. Most texts that are not
    /// ours end here, within the prefix.
    pub(super) fn push(&mut self, character: u8) -> bool {
        let fits = match PREFIX.as_bytes().get(self.length) {
            Some(expected) => character == *expected,
            None => is_base45(character),
        };
        let Some(place) = self.text.get_mut(self.length).filter(|_| fits) else { return false };
        *place = character;
        self.length += 1;
        true
    }

    pub(super) fn length(&self) -> usize {
        self.length
    }

    /// Whether these characters are a code by form.
    pub(super) fn is_code(&mut self, characters: impl IntoIterator<Item = Option<u8>>) -> bool {
        self.fill(characters) && self.holds()
    }

    /// Whether these can be the characters of a code.
    pub(super) fn fill(&mut self, characters: impl IntoIterator<Item = Option<u8>>) -> bool {
        self.clear();
        let mut characters = characters.into_iter();
        // Nearly every other text ends here, whatever its length.
        let head = characters.by_ref().take(PREFIX.len() + FIRST.len());
        self.add(head) && self.body().starts_with(FIRST) && self.add(characters)
    }

    fn add(&mut self, characters: impl IntoIterator<Item = Option<u8>>) -> bool {
        characters.into_iter().all(|character| character.is_some_and(|it| self.push(it)))
    }

    /// Whether so many characters are there that a code would tell by them.
    pub(super) fn has_head(&self) -> bool {
        self.length == PREFIX.len() + FIRST.len()
    }

    /// The characters after the prefix.
    fn body(&self) -> &[u8] {
        self.text.get(PREFIX.len()..self.length).unwrap_or_default()
    }

    /// Decodes the first `length` characters after the prefix, as far as that goes: the bytes, and
    /// whether they are all.
    fn decode(&mut self, length: usize) -> (&[u8], bool) {
        let body = self.text.get(PREFIX.len()..PREFIX.len() + length).unwrap_or_default();
        let mut filled = 0;
        let take = |part: &[u8]| {
            if let Some(place) = self.bytes.get_mut(filled..filled + part.len()) {
                place.copy_from_slice(part);
                filled += part.len();
            }
        };
        let whole = base45::decode_to(take, body).is_ok();
        (&self.bytes[..filled], whole)
    }

    /// Whether the text is a code by form.
    pub(super) fn holds(&mut self) -> bool {
        let (bytes, whole) = self.decode(self.body().len());
        whole && UnverifiedCode::parse(bytes).is_ok()
    }

    /// Whether the characters after the prefix are those of every code. The first may be lost.
    pub(super) fn goes_on_as_code(&self) -> bool {
        [FIRST, &FIRST[1..]].iter().any(|first| self.body().starts_with(first))
    }

    /// Whether the text begins as codes do, whatever follows.
    pub(super) fn is_begun(&mut self) -> bool {
        UnverifiedCode::is_begun(self.decode(self.body().len()).0)
    }

    /// Whether the text is a code whose end is missing.
    pub(super) fn is_cut(&mut self) -> bool {
        let length = self.body().len();
        if let (bytes, true) = self.decode(length) {
            return UnverifiedCode::is_cut(bytes);
        }
        // A group cut in the middle is left out.
        let (bytes, whole) = self.decode(length / 3 * 3);
        if !whole || !UnverifiedCode::is_cut(bytes) {
            return false;
        }
        // Two characters may also be a damaged last byte.
        let longer = [bytes, &[0]].concat();
        length % 3 < 2 || UnverifiedCode::parse(&longer).is_err()
    }
}

/// Whether these are the characters of another kind of ours: its prefix, and base45 in its one form.
pub(super) fn is_other_kind(characters: impl IntoIterator<Item = Option<u8>>) -> bool {
    let mut characters = characters.into_iter();
    let prefix: [Option<u8>; KIND_PREFIX] = std::array::from_fn(|_| characters.next().flatten());
    if !matches!(prefix, [Some(b'O'), Some(b'C'), Some(b'1'), Some(b'A'..=b'Z'), Some(b':')]) {
        return false;
    }
    let body: Option<Vec<u8>> = characters.take(encoded_length(MOST) + 1).collect();
    let bytes = body.and_then(|body| base45::decode(&body).ok());
    bytes.is_some_and(|bytes| (LEAST..=MOST).contains(&bytes.len()))
}
