//! The text in the QR picture: a prefix and base45.
//!
//! Uses base45. Nothing is trimmed or repaired: space is a base45 character.
//! Specification: RFC 9285, docs/SPEC.md section 8.

use crate::base45;

/// Every text of this version begins with this.
pub(crate) const PREFIX: &str = "OC1:";

/// The text of a scanner's challenge begins with this. Phones read it, scanners name it.
pub(crate) const CHALLENGE_PREFIX: &str = "OC1C:";

/// The text of a card request begins with this. Counters and the old phone of a move read it.
pub(crate) const CARD_REQUEST_PREFIX: &str = "OC1Q:";

/// Largest card request in bytes: its picture has version 13 at level M.
pub const MAX_CARD_REQUEST: usize = 318;

/// Longest text that is read, in bytes. A longer one is refused unread, whatever it is.
pub const MAX_TEXT: usize = 4_096;

/// Largest code in bytes: what a QR picture of version 13 at level M holds.
pub const MAX_CODE: usize = 319;

/// Longest text of a code of this version: that of [`MAX_CODE`] bytes.
pub(crate) const MAX_CODE_TEXT: usize = PREFIX.len() + encoded_length(MAX_CODE);

/// This version cannot have made the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TextError {
    Empty,
    TooLong {
        length: usize,
        limit: usize,
    },
    /// Ours, but changed on its way by a keyboard, a clipboard or a reader's settings.
    Altered(Alteration),
    /// `OC` and another version number, then the letter of a kind if it is no code.
    Version {
        version: u8,
        kind: Option<char>,
    },
    /// `OC1` and the letter of another kind.
    Kind {
        letter: char,
    },
    /// Not ours.
    Foreign,
    /// Ours, but not base45 from this character on, counted from 0 at the start of the text.
    NotBase45 {
        at: usize,
    },
}

/// How a code's text was changed on its way from the camera. Most changes are recognised in
/// `altered`, when a text is about to be refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Alteration {
    /// A byte order mark in front of it.
    ByteOrderMark,
    /// White space in front of it.
    LeadingSpace,
    /// Capital letters became small ones: Caps Lock on a keyboard-wedge scanner.
    LowerCase,
    /// The prefix is there twice: the scanner adds one of its own.
    DoubledPrefix,
    /// A line end, tab or another control character behind it: the scanner's suffix was not
    /// removed.
    TrailingControl,
    /// A control character in front of it, such as STX.
    LeadingControl,
    /// White space behind it, other than a line end or tab.
    TrailingSpace,
    /// A control character or a line end within it.
    InnerControl,
    /// An AIM symbology identifier in front of it, such as `]Q1`.
    AimIdentifier,
    /// An ECI designator in front of it, such as `\000026`.
    EciPrefix,
    /// Something else in front of it, such as `QR-Code:`.
    AddedPrefix,
    /// Something else behind it.
    AddedSuffix,
    /// Quotation marks around it, or at one end.
    QuotationMarks,
    /// Invisible characters: of zero width, or for writing direction.
    InvisibleCharacter,
    /// Two codes, or one code twice, in one text.
    JoinedCodes,
    /// The first characters are missing.
    BeginningLost,
    /// Characters are missing, mostly the end.
    CutOff,
    /// Reader and computer are set to different keyboard layouts.
    KeyboardLayout,
    /// Shift was lost: `oc1;` for `OC1:`.
    ShiftLost,
    /// Full-width characters or Chinese punctuation: an input method was on.
    FullWidth,
    /// Another space character, such as a no-break space, in place of the space.
    OtherSpace,
    /// No space is left: they were removed, or became `+`, as in form data.
    SpacesLost,
    /// `+` became a space: read as form data.
    PlusToSpace,
    /// Characters were written as `%20` and the like.
    PercentEncoded,
    /// `%` and two digits were decoded as an encoded character.
    PercentDecoded,
    /// Backslashes within it: an escape was not removed.
    Escaped,
    /// Written in hexadecimal digits.
    Hexadecimal,
}

impl Alteration {
    /// All of them, in the order of the specification's table.
    pub const ALL: [Self; 27] = [
        Alteration::ByteOrderMark,
        Alteration::LeadingSpace,
        Alteration::LowerCase,
        Alteration::DoubledPrefix,
        Alteration::TrailingControl,
        Alteration::LeadingControl,
        Alteration::TrailingSpace,
        Alteration::InnerControl,
        Alteration::AimIdentifier,
        Alteration::EciPrefix,
        Alteration::AddedPrefix,
        Alteration::AddedSuffix,
        Alteration::QuotationMarks,
        Alteration::InvisibleCharacter,
        Alteration::JoinedCodes,
        Alteration::BeginningLost,
        Alteration::CutOff,
        Alteration::KeyboardLayout,
        Alteration::ShiftLost,
        Alteration::FullWidth,
        Alteration::OtherSpace,
        Alteration::SpacesLost,
        Alteration::PlusToSpace,
        Alteration::PercentEncoded,
        Alteration::PercentDecoded,
        Alteration::Escaped,
        Alteration::Hexadecimal,
    ];

    /// A short name that never changes, for vectors and logs.
    pub fn name(self) -> &'static str {
        match self {
            Alteration::ByteOrderMark => "byte_order_mark",
            Alteration::LeadingSpace => "leading_space",
            Alteration::LowerCase => "lower_case",
            Alteration::DoubledPrefix => "doubled_prefix",
            Alteration::TrailingControl => "trailing_control",
            Alteration::LeadingControl => "leading_control",
            Alteration::TrailingSpace => "trailing_space",
            Alteration::InnerControl => "inner_control",
            Alteration::AimIdentifier => "aim_identifier",
            Alteration::EciPrefix => "eci_prefix",
            Alteration::AddedPrefix => "added_prefix",
            Alteration::AddedSuffix => "added_suffix",
            Alteration::QuotationMarks => "quotation_marks",
            Alteration::InvisibleCharacter => "invisible_character",
            Alteration::JoinedCodes => "joined_codes",
            Alteration::BeginningLost => "beginning_lost",
            Alteration::CutOff => "cut_off",
            Alteration::KeyboardLayout => "keyboard_layout",
            Alteration::ShiftLost => "shift_lost",
            Alteration::FullWidth => "full_width",
            Alteration::OtherSpace => "other_space",
            Alteration::SpacesLost => "spaces_lost",
            Alteration::PlusToSpace => "plus_to_space",
            Alteration::PercentEncoded => "percent_encoded",
            Alteration::PercentDecoded => "percent_decoded",
            Alteration::Escaped => "escaped",
            Alteration::Hexadecimal => "hexadecimal",
        }
    }
}

pub(crate) fn encode(code: &[u8]) -> String {
    let mut text = String::with_capacity(PREFIX.len() + code.len().div_ceil(2) * 3);
    text.push_str(PREFIX);
    text.push_str(&base45::encode(code));
    text
}

pub(crate) fn decode(text: &str) -> Result<Vec<u8>, TextError> {
    if text.is_empty() {
        return Err(TextError::Empty);
    }
    if text.len() > MAX_TEXT {
        return Err(TextError::TooLong { length: text.len(), limit: MAX_TEXT });
    }
    let Some(body) = text.strip_prefix(PREFIX) else {
        return Err(name_foreign(text));
    };
    if let Some(how) = around(text, body) {
        return Err(TextError::Altered(how));
    }
    if text.len() > MAX_CODE_TEXT {
        return Err(TextError::TooLong { length: text.len(), limit: MAX_CODE_TEXT });
    }
    base45::decode(body.as_bytes()).map_err(|at| TextError::NotBase45 { at: PREFIX.len() + at })
}

/// How many base45 characters this many bytes take.
pub(crate) const fn encoded_length(bytes: usize) -> usize {
    bytes / 2 * 3 + bytes % 2 * 2
}

/// The letter of another kind of this version, and what stands behind its prefix.
pub(crate) fn other_kind(text: &str) -> Option<(char, &str)> {
    match text.as_bytes() {
        [b'O', b'C', b'1', letter @ b'A'..=b'Z', b':', ..] => {
            Some((char::from(*letter), &text[KIND_PREFIX..]))
        }
        _ => None,
    }
}

/// Bytes of the prefix of another kind.
pub(crate) const KIND_PREFIX: usize = CHALLENGE_PREFIX.len();

/// Whether this version wrote the beginning, whatever kind it is.
fn is_ours(text: &str) -> bool {
    text.starts_with(PREFIX) || other_kind(text).is_some()
}

/// What a reader's settings put around a text of ours.
fn around(text: &str, body: &str) -> Option<Alteration> {
    if is_ours(body) {
        return Some(Alteration::DoubledPrefix);
    }
    text.ends_with(['\r', '\n', '\t']).then_some(Alteration::TrailingControl)
}

/// Says what a text without the prefix of a code is, as far as possible.
fn name_foreign(text: &str) -> TextError {
    if let Some((letter, body)) = other_kind(text) {
        return around(text, body).map_or(TextError::Kind { letter }, TextError::Altered);
    }
    if text.strip_prefix('\u{feff}').is_some_and(is_ours) {
        return TextError::Altered(Alteration::ByteOrderMark);
    }
    if is_ours(text.trim_start()) {
        return TextError::Altered(Alteration::LeadingSpace);
    }
    match *text.as_bytes() {
        [b'o' | b'O', b'c' | b'C', b'1', b':', ..] => TextError::Altered(Alteration::LowerCase),
        [b'o' | b'O', b'c' | b'C', b'1', letter, b':', ..] if letter.is_ascii_alphabetic() => {
            TextError::Altered(Alteration::LowerCase)
        }
        [b'O', b'C', digit @ b'2'..=b'9', b':', ..] => {
            TextError::Version { version: digit - b'0', kind: None }
        }
        [b'O', b'C', digit @ b'2'..=b'9', letter @ b'A'..=b'Z', b':', ..] => {
            TextError::Version { version: digit - b'0', kind: Some(char::from(letter)) }
        }
        _ => TextError::Foreign,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::{assert_says, number};

    #[test]
    fn the_specification_states_what_is_here() {
        assert_says([
            &format!("the four characters `{PREFIX}`"),
            &format!("A text of more than {} bytes is refused unread", number(MAX_TEXT)),
            &format!("at most **{MAX_CODE} bytes**, which is {MAX_CODE_TEXT} characters"),
            &format!("`{CHALLENGE_PREFIX}`"),
        ]);
    }

    #[test]
    fn base45_has_one_form() {
        for (body, at) in [
            ("GGW", 4),
            ("BB8GGW", 7),
            ("BB8B", 7),
            ("BB8::", 7),
            ("BB8V5", 7),
            ("bb8", 4),
            ("BBé", 4),
        ] {
            assert_eq!(decode(&format!("OC1:{body}")), Err(TextError::NotBase45 { at }), "{body}");
        }
        // 30 + 5 * 45 = 255, the largest byte; one more is refused above.
        assert_eq!(decode("OC1:U5"), Ok(vec![255]));
    }

    #[test]
    fn a_text_that_is_not_ours_is_named() {
        use Alteration::*;
        for (text, expected) in [
            ("", TextError::Empty),
            ("https://example.cn", TextError::Foreign),
            ("OC", TextError::Foreign),
            ("OC2:BB8", TextError::Version { version: 2, kind: None }),
            ("OC2P:BB8", TextError::Version { version: 2, kind: Some('P') }),
            ("OC1C:BB8", TextError::Kind { letter: 'C' }),
            ("OC1Z:", TextError::Kind { letter: 'Z' }),
            ("OC1C", TextError::Foreign),
            ("OC11:BB8", TextError::Foreign),
            ("OC1CC:BB8", TextError::Foreign),
            ("OC1é:BB8", TextError::Foreign),
            ("oc1c:bb8", TextError::Altered(LowerCase)),
            ("OC1c:BB8", TextError::Altered(LowerCase)),
            ("\u{feff}OC1P:BB8", TextError::Altered(ByteOrderMark)),
            ("\tOC1P:BB8", TextError::Altered(LeadingSpace)),
            ("OC1P:OC1P:BB8", TextError::Altered(DoubledPrefix)),
            ("OC1:OC1P:BB8", TextError::Altered(DoubledPrefix)),
            ("OC1P:BB8\t", TextError::Altered(TrailingControl)),
            ("\u{feff}OC1:BB8", TextError::Altered(ByteOrderMark)),
            (" OC1:BB8", TextError::Altered(LeadingSpace)),
            ("oc1:bb8", TextError::Altered(LowerCase)),
            ("OC1:OC1:BB8", TextError::Altered(DoubledPrefix)),
            ("OC1:BB8\r\n", TextError::Altered(TrailingControl)),
        ] {
            assert_eq!(decode(text), Err(expected), "{text:?}");
        }
    }

    #[test]
    fn length_is_bounded_before_anything_is_read() {
        let longest = encode(&[0; MAX_CODE]);
        assert_eq!(longest.len(), MAX_CODE_TEXT);
        assert_eq!(decode(&longest).map(|code| code.len()), Ok(MAX_CODE));
        let longer = encode(&[0; MAX_CODE + 1]);
        assert_eq!(decode(&longer), Err(TextError::TooLong { length: 484, limit: 483 }));
        let huge = "x".repeat(MAX_TEXT + 1);
        assert_eq!(decode(&huge), Err(TextError::TooLong { length: 4_097, limit: 4_096 }));
    }
}
