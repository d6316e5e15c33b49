//! Which change a reader made to our code, so that the operator can set the reader right.
//!
//! Asked only about a text that is about to be refused. It only gives the refusal another name and
//! never leads to acceptance. A change is named when undoing it gives a code by form. Where it
//! cannot be undone, prefix and characters must tell. Uses text, base45 and the code.
//! Specification: docs/SPEC.md section 8.

mod kinds;
mod layouts;
#[cfg(test)]
mod tests;
mod trial;

use crate::text::{Alteration, MAX_CODE_TEXT, PREFIX};
use layouts::{is_retyped, without_shift, TELLING};
use trial::{begins_as_code, is_base45, Trial};

/// How far into the text the prefix may stand, behind what a reader put in front, in bytes.
const MAX_ADDED: usize = 32;

/// Longest text that is looked at, in bytes: a code with three characters for each one, and more
/// than two codes.
const MAX_CHANGED: usize = 3 * MAX_CODE_TEXT;

/// How a text that is no code was changed from one, or from another kind of ours. It has at most
/// [`crate::text::MAX_TEXT`] bytes.
///
/// The work is linear in the text: a fixed number of passes. Each pass ends at the first character
/// that no code has there.
pub(crate) fn find(text: &str) -> Option<Alteration> {
    if text.len() > MAX_CHANGED {
        return None;
    }
    let trial = &mut Trial::new();
    let (inner, wrapped) = unwrap(text);
    if let Some(how) = wrapped {
        if trial.is_code(plain(inner)) {
            return Some(how);
        }
    }
    joined(inner, trial)
        .or_else(|| added(inner, trial).map(|how| wrapped.unwrap_or(how)))
        .or_else(|| rewritten(inner, trial))
        .or_else(|| {
            // Quotation marks may be keys as well.
            let typed = text.trim_matches(unseen);
            is_retyped(typed, trial).then_some(Alteration::KeyboardLayout)
        })
        .or_else(|| lossy(inner, trial))
        .or_else(|| kinds::find(inner, wrapped))
}

/// The characters as they are.
fn plain(text: &str) -> impl Iterator<Item = Option<u8>> + '_ {
    text.bytes().map(Some)
}

/// A control character, a space or an invisible character: removing it loses no base45.
fn unseen(c: char) -> bool {
    c.is_control() || c.is_whitespace() || is_invisible(c)
}

fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{2069}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}')
}

fn is_quotation_mark(c: char) -> bool {
    matches!(c,
        '"' | '\'' | '`' | '´' | '«' | '»' | '\u{2018}'..='\u{201f}' | '‹' | '›'
        | '〈'..='』' | '\u{301d}'..='\u{301f}' | '＂' | '＇' | '｢' | '｣')
}

/// Takes off what stands at the two ends and is no part of a code. The first of it is named.
fn unwrap(text: &str) -> (&str, Option<Alteration>) {
    let (mut inner, mut how) = (text, None);
    while let Some((rest, taken)) = without_first(inner) {
        inner = rest;
        how = how.or(Some(taken));
    }
    // A space may be the end of something else; a code never ends with one.
    while let Some((rest, taken)) = without_last(inner) {
        inner = rest;
        how = how.or(Some(taken));
    }
    (inner, how)
}

fn without_first(text: &str) -> Option<(&str, Alteration)> {
    let first = text.chars().next()?;
    let rest = &text[first.len_utf8()..];
    let taken = match first {
        '\u{feff}' => Alteration::ByteOrderMark,
        c if is_invisible(c) => Alteration::InvisibleCharacter,
        c if c.is_control() => Alteration::LeadingControl,
        c if c.is_whitespace() => Alteration::LeadingSpace,
        c if is_quotation_mark(c) => Alteration::QuotationMarks,
        ']' => match rest.as_bytes() {
            [symbology, modifier, ..]
                if symbology.is_ascii_alphabetic() && modifier.is_ascii_alphanumeric() =>
            {
                return Some((&rest[2..], Alteration::AimIdentifier));
            }
            _ => return None,
        },
        '\\' => match rest.as_bytes().first_chunk::<6>() {
            Some(designator) if designator.iter().all(u8::is_ascii_digit) => {
                return Some((&rest[6..], Alteration::EciPrefix));
            }
            _ => return None,
        },
        _ => return None,
    };
    Some((rest, taken))
}

fn without_last(text: &str) -> Option<(&str, Alteration)> {
    let last = text.chars().next_back()?;
    let rest = &text[..text.len() - last.len_utf8()];
    let taken = match last {
        c if is_invisible(c) => Alteration::InvisibleCharacter,
        c if c.is_control() => Alteration::TrailingControl,
        c if c.is_whitespace() => Alteration::TrailingSpace,
        c if is_quotation_mark(c) => Alteration::QuotationMarks,
        _ => return None,
    };
    Some((rest, taken))
}

/// A code with something in front of it or behind it.
fn added(text: &str, trial: &mut Trial) -> Option<Alteration> {
    let start = text.find(PREFIX).filter(|start| *start <= MAX_ADDED)?;
    let (before, code) = text.split_at(start);
    // A link that carries a code counts as a link.
    if before.contains("://") || !begins_as_code(code) {
        return None;
    }
    let end = code.bytes().position(|byte| !is_base45(byte)).unwrap_or(code.len());
    let how = match (before, end == code.len()) {
        ("", true) => return None,
        ("", false) => Alteration::AddedSuffix,
        _ => Alteration::AddedPrefix,
    };
    let code = code[..end].trim_end_matches(' ');
    trial.is_code(plain(code)).then_some(how)
}

/// A code whose characters were written in another way.
fn rewritten(text: &str, trial: &mut Trial) -> Option<Alteration> {
    let ascii = |c: char| u8::try_from(c).ok();
    if trial.is_code(text.chars().filter(|c| !is_invisible(*c)).map(ascii)) {
        return Some(Alteration::InvisibleCharacter);
    }
    if trial.is_code(text.chars().filter(|c| !is_invisible(*c) && !c.is_control()).map(ascii)) {
        return Some(Alteration::InnerControl);
    }
    // One small letter among capitals is damage.
    let body = text.get(PREFIX.len()..).unwrap_or_default();
    if !body.contains(|c: char| c.is_ascii_uppercase())
        && trial.is_code(text.bytes().map(|byte| Some(byte.to_ascii_uppercase())))
    {
        return Some(Alteration::LowerCase);
    }
    let (other, space) = (!text.is_ascii(), |c: char| if c.is_whitespace() { ' ' } else { c });
    if other && trial.is_code(text.chars().map(|c| ascii(space(c)))) {
        return Some(Alteration::OtherSpace);
    }
    if other && trial.is_code(text.chars().map(|c| ascii(narrow(space(c)).to_ascii_uppercase()))) {
        return Some(Alteration::FullWidth);
    }
    if trial.is_code(text.bytes().filter(|byte| *byte != b'\\').map(Some)) {
        return Some(Alteration::Escaped);
    }
    if trial.is_code(from_hex(text)) {
        return Some(Alteration::Hexadecimal);
    }
    encoded(text, trial)
        .or_else(|| trial.is_code(percent_again(text)).then_some(Alteration::PercentDecoded))
        .or_else(|| without_beginning(text, trial))
}

/// What a Chinese input method gives for a key, as the character of the key.
fn narrow(c: char) -> char {
    match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(c as u32 - 0xfee0).unwrap_or(c),
        '。' | '｡' => '.',
        '、' => '/',
        '￥' | '¥' => '$',
        '×' => '*',
        '—' | '–' | '−' | '\u{2010}' | '\u{2011}' => '-',
        '∶' | '︰' | '﹕' => ':',
        c => c,
    }
}

/// The characters that two hexadecimal digits each stand for.
fn from_hex(text: &str) -> impl Iterator<Item = Option<u8>> + '_ {
    let (pairs, last) = text.as_bytes().as_chunks::<2>();
    pairs.iter().map(|[high, low]| hex_pair(*high, *low)).chain(last.iter().map(|_| None))
}

fn hex_pair(high: u8, low: u8) -> Option<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    u8::try_from(digit(high)? * 16 + digit(low)?).ok()
}

/// `%20` and the like: for all characters that an address encoder changes, for spaces alone, or as
/// form data, where a space is `+`.
fn encoded(text: &str, trial: &mut Trial) -> Option<Alteration> {
    if !text.contains('%') {
        return None;
    }
    [(false, b'+'), (true, b'+'), (false, b' ')]
        .into_iter()
        .any(|(spaces_alone, plus)| trial.is_code(decoded(text, spaces_alone, plus)))
        .then_some(Alteration::PercentEncoded)
}

fn decoded(text: &str, spaces_alone: bool, plus: u8) -> impl Iterator<Item = Option<u8>> + '_ {
    let mut rest = text.as_bytes();
    std::iter::from_fn(move || {
        let (first, mut after) = rest.split_first()?;
        let mut character = *first;
        if let ([b'%', high, low, ..], true) = (rest, *first == b'%') {
            match hex_pair(*high, *low) {
                Some(it) if !spaces_alone || it == b' ' => {
                    character = it;
                    after = &rest[3..];
                }
                _ => {}
            }
        } else if *first == b'+' {
            character = plus;
        }
        rest = after;
        Some(Some(character))
    })
}

/// Each character that no code has, written as `%` and its two digits again.
fn percent_again(text: &str) -> impl Iterator<Item = Option<u8>> + '_ {
    text.chars().flat_map(|c| {
        let byte = u8::try_from(c).ok();
        let digits = |nibble: u8| Some(b"0123456789ABCDEF"[usize::from(nibble)]);
        match byte {
            Some(byte) if is_base45(byte) => [Some(Some(byte)), None, None],
            Some(byte) => [Some(Some(b'%')), Some(digits(byte >> 4)), Some(digits(byte & 15))],
            None => [Some(None), None, None],
        }
        .into_iter()
        .flatten()
    })
}

/// A code whose first characters are missing.
fn without_beginning(text: &str, trial: &mut Trial) -> Option<Alteration> {
    (1..=PREFIX.len())
        .any(|lost| trial.is_code(plain(&PREFIX[..lost]).chain(plain(text))))
        .then_some(Alteration::BeginningLost)
}

/// Two codes in one text, with nothing or with a line end between them.
fn joined(text: &str, trial: &mut Trial) -> Option<Alteration> {
    if !begins_as_code(text) {
        return None;
    }
    let second = text.get(PREFIX.len()..)?.find(PREFIX)? + PREFIX.len();
    let (first, rest) = text.split_at(second);
    let end = rest[PREFIX.len()..].find(PREFIX).map_or(rest.len(), |at| at + PREFIX.len());
    let mut both = [first, &rest[..end]].into_iter();
    both.all(|code| trial.is_code(plain(code.trim_end_matches(unseen))))
        .then_some(Alteration::JoinedCodes)
}

/// Changes that cannot be undone: the prefix, the characters and their number tell.
fn lossy(text: &str, trial: &mut Trial) -> Option<Alteration> {
    if text.len() >= TELLING && text.starts_with("oc1;=wg") && text.bytes().all(without_shift) {
        return Some(Alteration::ShiftLost);
    }
    // The first character of every code is `+`.
    let plus_first = percent_again(text).enumerate().map(|(at, character)| {
        if at == PREFIX.len() {
            Some(b'+')
        } else {
            character
        }
    });
    let begins_with_space = text.get(PREFIX.len()..).is_some_and(|body| body.starts_with(' '));
    if begins_with_space && !text.contains('+') && trial.fill(plus_first) && trial.is_begun() {
        return Some(Alteration::PlusToSpace);
    }
    if !trial.fill(plain(text)) {
        return None;
    }
    // One code in 200 has no space.
    if !text.contains(' ') && text.len() >= TELLING && trial.is_begun() {
        return Some(Alteration::SpacesLost);
    }
    trial.is_cut().then_some(Alteration::CutOff)
}
