//! Binary as text: base64url without padding, on one line.
//!
//! Specification: RFC 4648 section 5, docs/SPEC.md section 11.

use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use base64::Engine;

/// The bytes that a text stands for. Each byte string has exactly one text. Padding, white space,
/// `+` or `/`, and stray bits in the last character are refused. The error says where and which.
pub fn decode_base64url(text: impl AsRef<[u8]>) -> Result<Vec<u8>, NotBase64Url> {
    let text = text.as_ref();
    URL_SAFE_NO_PAD.decode(text).map_err(|_| NotBase64Url::in_text(text))
}

/// A text is not base64url without padding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not base64url: character {at} is {problem}")]
pub struct NotBase64Url {
    /// The first wrong character, counted from 1.
    pub at: usize,
    /// What it is.
    pub problem: Base64UrlProblem,
}

/// What does not belong in base64url.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Base64UrlProblem {
    /// A byte order mark, which some editors put before a text.
    #[error("a byte order mark; save the text as UTF-8 without one")]
    ByteOrderMark,
    /// A line end: the text is wrapped or ends with one.
    #[error("a line end; the text stands in one piece, with nothing behind it")]
    LineEnd,
    /// A space or a tab.
    #[error("a space")]
    Space,
    /// Padding.
    #[error("padding (=), which is left out here")]
    Padding,
    /// A character of standard base64.
    #[error("one of standard base64; base64url has - for + and _ for /")]
    Standard,
    /// Any other character.
    #[error("none of A to Z, a to z, 0 to 9, - and _")]
    Character,
    /// The last character stands alone: the text is cut short.
    #[error("alone at the end, where two or more belong together; the text is cut short")]
    CutShort,
    /// The last character has bits that belong to no byte. The text is damaged.
    #[error("the last and has bits that belong to no byte; the text is damaged")]
    StrayBits,
}

impl NotBase64Url {
    /// What is wrong with a text that cannot be decoded.
    fn in_text(text: &[u8]) -> Self {
        let strange = |byte: &u8| !matches!(byte, b'-' | b'_') && !byte.is_ascii_alphanumeric();
        let Some(at) = text.iter().position(strange) else {
            let alone = text.len() % 4 == 1;
            let problem =
                if alone { Base64UrlProblem::CutShort } else { Base64UrlProblem::StrayBits };
            return NotBase64Url { at: text.len(), problem };
        };
        let problem = match text[at] {
            _ if text.starts_with(BYTE_ORDER_MARK.as_bytes()) => Base64UrlProblem::ByteOrderMark,
            b'\r' | b'\n' => Base64UrlProblem::LineEnd,
            b' ' | b'\t' => Base64UrlProblem::Space,
            b'=' => Base64UrlProblem::Padding,
            b'+' | b'/' => Base64UrlProblem::Standard,
            _ => Base64UrlProblem::Character,
        };
        NotBase64Url { at: at + 1, problem }
    }
}

/// What some editors put before a text (U+FEFF).
const BYTE_ORDER_MARK: &str = "\u{feff}";

/// A text that people write, without the byte order mark their editor may have added. Never for
/// signed text, which must be exactly as it was signed.
pub(crate) fn without_byte_order_mark(text: &str) -> &str {
    text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_base64url_is_named_with_its_place() {
        use Base64UrlProblem::*;
        assert_eq!(decode_base64url("-_8A").as_deref(), Ok(&b"\xfb\xff\x00"[..]));
        assert_eq!(decode_base64url("").as_deref(), Ok(&b""[..]));
        for (text, at, problem) in [
            ("\u{feff}AAAA", 1, ByteOrderMark),
            ("AAAA\nAAAA", 5, LineEnd),
            ("AAAA\r\n", 5, LineEnd),
            ("AA AA", 3, Space),
            ("AAAA\t", 5, Space),
            ("AA==", 3, Padding),
            ("AAA=", 4, Padding),
            ("A+8A", 2, Standard),
            ("AAA/", 4, Standard),
            ("AA.A", 3, Character),
            ("AA\u{e9}", 3, Character),
            ("AA\u{feff}", 3, Character),
            ("AAAAA", 5, CutShort),
            ("A", 1, CutShort),
            ("AB", 2, StrayBits),
            ("AAB", 3, StrayBits),
        ] {
            assert_eq!(decode_base64url(text), Err(NotBase64Url { at, problem }), "{text:?}");
        }
    }
}
