//! The prefix of another kind of ours, changed by a reader.
//!
//! A gate reads nothing of such a text, so its form is not asked. The prefix must stand there once
//! the change is undone, with base45 in its one form behind it. Nearly every other text ends within
//! its first characters. Uses text, `layouts` and `trial`.

use super::layouts::{is_retyped_kind, without_shift};
use super::trial::{is_base45, is_other_kind, LEAST};
use super::{decoded, from_hex, is_invisible, narrow, plain, MAX_ADDED};
use crate::text::{encoded_length, other_kind, Alteration, KIND_PREFIX, PREFIX};

/// How a text that does not begin as one of ours was changed from another kind. `inner` is the text
/// without what stands around it, of which `wrapped` is the first.
pub(super) fn find(inner: &str, wrapped: Option<Alteration>) -> Option<Alteration> {
    if inner.starts_with(PREFIX) {
        return None;
    }
    if is_other_kind(plain(inner)) {
        return wrapped;
    }
    added(inner).map(|how| wrapped.unwrap_or(how)).or_else(|| rewritten(inner))
}

/// Something in front of it, or at both ends.
fn added(text: &str) -> Option<Alteration> {
    let (start, _) = text.char_indices().take_while(|(at, _)| *at <= MAX_ADDED).find(
        // A link that carries one counts as a link.
        |(at, _)| other_kind(&text[*at..]).is_some() && !text[..*at].contains("://"),
    )?;
    let (prefix, body) = text[start..].split_at(KIND_PREFIX);
    let end = body.bytes().position(|byte| !is_base45(byte)).unwrap_or(body.len());
    let body = body[..end].trim_end_matches(' ');
    is_other_kind(plain(prefix).chain(plain(body))).then_some(Alteration::AddedPrefix)
}

/// Its characters were written in another way.
fn rewritten(text: &str) -> Option<Alteration> {
    let ascii = |c: char| u8::try_from(c).ok();
    if is_other_kind(text.chars().filter(|c| !is_invisible(*c)).map(ascii)) {
        return Some(Alteration::InvisibleCharacter);
    }
    if is_other_kind(text.chars().filter(|c| !is_invisible(*c) && !c.is_control()).map(ascii)) {
        return Some(Alteration::InnerControl);
    }
    let wide =
        |c: char| ascii(narrow(if c.is_whitespace() { ' ' } else { c }).to_ascii_uppercase());
    if !text.is_ascii() && is_other_kind(text.chars().map(wide)) {
        return Some(Alteration::FullWidth);
    }
    if is_other_kind(from_hex(text)) {
        return Some(Alteration::Hexadecimal);
    }
    if is_other_kind(decoded(text, false, b'+')) || is_other_kind(decoded(text, false, b' ')) {
        return Some(Alteration::PercentEncoded);
    }
    if is_retyped_kind(text) {
        return Some(Alteration::KeyboardLayout);
    }
    // What Shift made of the other characters is lost.
    let lost = matches!(text.as_bytes(), [b'o', b'c', b'1', b'a'..=b'z', b';', ..]);
    let long = text.len() >= KIND_PREFIX + encoded_length(LEAST);
    (lost && long && text.bytes().all(without_shift)).then_some(Alteration::ShiftLost)
}
