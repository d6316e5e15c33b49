//! Texts typed by a reader whose keyboard layout differs from the computer's.
//!
//! A reader that types presses the keys of its own layout. The computer reads them by another one.
//! One of the two is US English here. Uses base45's alphabet and `trial`. The tables come from the
//! first two levels of xkeyboard-config 2.35.

use std::sync::LazyLock;

use super::trial::{is_other_kind, Trial};
use crate::base45::ALPHABET;
use crate::text::{KIND_PREFIX, PREFIX};

/// Layouts by the 45 characters of base45, in the order of its alphabet. The first text is what a
/// computer with the layout shows when a US reader types them. The second is what a US computer
/// shows when a reader with the layout types them. `∅` marks a character that no key gives. Layouts
/// that agree with US English in all 45 are left out.
#[rustfmt::skip]
const LAYOUTS: &[(&str, [&str; 2])] = &[
    ("German, Austrian", [
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXZY $%(`ß.-Ö",
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXZY $%}]/.&>",
    ]),
    ("Swiss German", [
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXZY ç%(`'.-é",
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXZY \\%#!/.&>",
    ]),
    ("Swiss French", [
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXZY ç%(`'.-ö",
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXZY \\%#!/.&>",
    ]),
    ("French", [
        "à&é\"'(-è_çQBCDEFGHIJKL?NOPARSTUVZXYW 458+):!M",
        ")!@#$%^&*(QBCDEFGHIJKL:NOPARSTUVZXYW ]\"\\+6<>.",
    ]),
    ("Belgian", [
        "à&é\"'(§è!çQBCDEFGHIJKL?NOPARSTUVZXYW 458_):=M",
        ")!@#$%^&*(QBCDEFGHIJKL:NOPARSTUVZXYW ]\"}?=<>.",
    ]),
    ("Italian", [
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%(^'.-ç",
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%}]/.&>",
    ]),
    ("Spanish", [
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%(¿'.-Ñ",
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%}]/.&>",
    ]),
    ("Latin American", [
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%(¡'.-Ñ",
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%}]/.&>",
    ]),
    ("Portuguese", [
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%(»'.-Ç",
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%{[/.&>",
    ]),
    ("Brazilian", [
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-.;Ç",
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-.∅?",
    ]),
    ("Swedish, Finnish, Estonian", [
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ ¤%(`+.-Ö",
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ ∅%|-/.&>",
    ]),
    ("Danish", [
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ ¤%(`+.-Æ",
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ ∅%|-/.&>",
    ]),
    ("Norwegian", [
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ ¤%(`+.-Ø",
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ ∅%|-/.&>",
    ]),
    ("Dutch", [
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%(~/.-±",
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%];/.->",
    ]),
    ("Czech", [
        "é+ěščřžýáíABCDEFGHIJKLMNOPQRSTUVWXZY 458ˇ=.-\"",
        ")!@#$%^&*(ABCDEFGHIJKLMNOPQRSTUVWXZY ∅_∅1/.{>",
    ]),
    ("Slovak", [
        "é+ľščťžýáíABCDEFGHIJKLMNOPQRSTUVWXZY 458ˇ=.-\"",
        ")!@#$%^&*(ABCDEFGHIJKLMNOPQRSTUVWXZY ∅_∅1/.{>",
    ]),
    ("Hungarian", [
        "ö123456789ABCDEFGHIJKLMNOPQRSTUVWXZY !%(Óü.-É",
        "`123456789ABCDEFGHIJKLMNOPQRSTUVWXZY ∅%∅#/.^>",
    ]),
    ("Croatian, Serbian, Slovene", [
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXZY $%(*'.-Č",
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXZY $%+=/.&>",
    ]),
    ("Turkish", [
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ +%(_*ç.Ş",
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ ∅%-$=/&?",
    ]),
    ("Icelandic", [
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%(_ö.þÆ",
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%|\\=.&>",
    ]),
    ("Russian", [
        "0123456789ФИСВУАПРШОЛДЬТЩЗЙКЫЕГМЦЧНЯ ;%*+-ю.Ж",
        "0123456789∅∅∅∅∅∅∅∅∅∅∅∅∅∅∅∅∅∅∅∅∅∅∅∅∅∅ ∅%*+-/|^",
    ]),
    ("Canadian French", [
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-.é:",
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-.#:",
    ]),
    ("Hebrew", [
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-ץ.:",
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-/q:",
    ]),
    ("Japanese", [
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%(~-./+",
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%\":-./'",
    ]),
];

/// An accent, the letters it joins, and the joined characters.
type Accents = &'static [(char, &'static str, &'static str)];

/// Letters that a dead accent joins. First those that Windows joins; X11 joins the others as well.
const ACCENTED: Accents = &[
    ('`', "AEIOU", "ÀÈÌÒÙ"),
    ('ˇ', "CDELNRSTZ", "ČĎĚĽŇŘŠŤŽ"),
    ('~', "ANO", "ÃÑÕ"),
    ('`', "NWY", "ǸẀỲ"),
    ('ˇ', "AGHIKOU", "ǍǦȞǏǨǑǓ"),
    ('~', "EIUVY", "ẼĨŨṼỸ"),
];

/// The letters that join accents.
const WAYS: [Accents; 2] = [ACCENTED.split_at(3).0, ACCENTED];

/// What each layout shows for the prefix, and for the alphabet: found once.
static HEADS: LazyLock<Vec<([char; 4], &str)>> = LazyLock::new(|| {
    let places = PREFIX.bytes().map(|byte| ALPHABET.iter().position(|it| *it == byte));
    let places: Vec<usize> = places.flatten().collect();
    let ways = LAYOUTS.iter().flat_map(|(_, ways)| ways.iter());
    ways.filter_map(|shown| {
        let head: Vec<char> = places.iter().filter_map(|at| shown.chars().nth(*at)).collect();
        Some((head.try_into().ok()?, *shown))
    })
    .collect()
});

/// Shortest text that prefix and characters alone can identify, in characters of base45.
pub(super) const TELLING: usize = 300;

/// Whether the text is a code by some layout, with Caps Lock or without.
pub(super) fn is_retyped(text: &str, trial: &mut Trial) -> bool {
    let mut characters = text.chars();
    let head = [(); 4].map(|()| characters.next().unwrap_or('∅'));
    [false, true].into_iter().any(|caps_lock| {
        let head = head.map(|c| if caps_lock { upper(c) } else { c });
        // For most texts, only the prefix is looked at.
        let mut shown = HEADS.iter().filter(|(shown, _)| *shown == head && !head.contains(&'∅'));
        shown.any(|(_, shown)| {
            WAYS.iter().any(|joined| is_retyped_by(shown, caps_lock, joined, text, trial))
        })
    })
}

/// Whether the text is another kind of ours by some layout. Accents on dead keys are not joined
/// again: what a dead key swallowed in such a text makes it a text of something else.
pub(super) fn is_retyped_kind(text: &str) -> bool {
    let mut characters = text.chars();
    let head = [(); KIND_PREFIX].map(|()| characters.next().unwrap_or('∅'));
    [false, true].into_iter().any(|caps_lock| {
        let shown_as = |c: char| if caps_lock { upper(c) } else { c };
        let [o, c, one, _, colon] = head.map(shown_as);
        let mut shown = HEADS.iter().filter(|(shown, _)| *shown == [o, c, one, colon]);
        shown.any(|(_, shown)| {
            is_other_kind(text.chars().map(|c| {
                let c = shown_as(c);
                let at = shown.chars().position(|shown| shown == c && shown != '∅')?;
                ALPHABET.get(at).copied()
            }))
        })
    })
}

/// Whether a key gives this character without Shift, on a US keyboard, for one of the 45.
pub(super) fn without_shift(byte: u8) -> bool {
    matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b' ' | b';' | b'=' | b'-' | b'.' | b'/')
}

/// Dead keys lose some accents. Then three things must tell: a prefix that only this layout gives,
/// the characters every code goes on with, and enough characters.
fn is_retyped_by(
    shown: &str,
    caps_lock: bool,
    joined: Accents,
    text: &str,
    trial: &mut Trial,
) -> bool {
    let key = |c: char| {
        let at = shown.chars().position(|shown| shown == c && shown != '∅')?;
        ALPHABET.get(at).copied()
    };
    trial.clear();
    let mut typed = text.chars().map(|c| if caps_lock { upper(c) } else { c }).peekable();
    while let Some(c) = typed.next() {
        let taken = if let Some(pressed) = key(c) {
            // A dead key would join this letter if no space stood between them.
            let swallowed = typed.peek().is_some_and(|next| stands_on(joined, c, *next));
            trial.push(pressed) && (!swallowed || trial.push(b' '))
        } else {
            let both = accented(c).and_then(|(accent, letter)| Some((key(accent)?, key(letter)?)));
            both.is_some_and(|(accent, letter)| trial.push(accent) && trial.push(letter))
        };
        if !taken || (trial.has_head() && !trial.goes_on_as_code()) {
            return false;
        }
    }
    trial.holds()
        || (!text.starts_with(PREFIX) && trial.length() >= TELLING && trial.goes_on_as_code())
}

/// Whether this accent and letter become one character.
fn stands_on(joined: Accents, accent: char, letter: char) -> bool {
    joined.iter().any(|(it, letters, _)| *it == accent && letters.contains(letter))
}

fn upper(c: char) -> char {
    let mut upper = c.to_uppercase();
    match (upper.next(), upper.next()) {
        (Some(upper), None) => upper,
        _ => c,
    }
}

/// The dead accent and the letter that a character is made of.
fn accented(c: char) -> Option<(char, char)> {
    ACCENTED.iter().find_map(|(accent, letters, together)| {
        let at = together.chars().position(|together| together == c)?;
        Some((*accent, letters.chars().nth(at)?))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_layout_has_the_prefix() {
        let ways: usize = LAYOUTS.iter().map(|(_, ways)| ways.len()).sum();
        assert_eq!(HEADS.len(), ways);
        assert!(HEADS.iter().all(|(head, shown)| head.iter().all(|c| shown.contains(*c))));
    }

    #[test]
    fn each_key_gives_one_character() {
        for (name, ways) in LAYOUTS {
            for shown in ways {
                let mut characters: Vec<char> = shown.chars().collect();
                assert_eq!(characters.len(), ALPHABET.len(), "{name}");
                characters.retain(|c| *c != '∅');
                let count = characters.len();
                characters.sort_unstable();
                characters.dedup();
                assert_eq!(characters.len(), count, "{name}");
                assert!(!shown.chars().eq(ALPHABET.iter().map(|c| char::from(*c))), "{name}");
            }
        }
        for (_, letters, together) in ACCENTED {
            assert_eq!(letters.chars().count(), together.chars().count());
        }
    }
}
