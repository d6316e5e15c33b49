//! The language in which people are answered, and texts in both languages side by side.
//!
//! Whatever a person reads is written with [`said!`], or with [`tell!`], [`warn!`] and [`answer!`],
//! which put it out. The compiler sees that both texts are there and name the same facts. Lines of
//! JSON are the same in both languages. Uses nothing else of the command.

use std::ffi::{OsStr, OsString};
use std::fmt;
use std::sync::OnceLock;

use onecode::jose::Name;
use onecode::Language;

static LANGUAGE: OnceLock<Language> = OnceLock::new();

/// The language of this process: English until one is chosen.
pub(crate) fn language() -> Language {
    LANGUAGE.get().copied().unwrap_or(Language::En)
}

/// Chooses it, once: what `--lang` asks for, or else the language of the system.
pub(crate) fn choose() {
    let asked = asked(std::env::args_os().skip(1));
    let language = asked.unwrap_or_else(|| of_system(|name| std::env::var_os(name)));
    // A second choice would leave texts of both languages behind.
    let _ = LANGUAGE.set(language);
}

/// The value of `--lang`, before clap reads the line: its own answers are in that language, too.
fn asked(arguments: impl Iterator<Item = OsString>) -> Option<Language> {
    let mut asked = None;
    let mut arguments = arguments.take_while(|argument| argument != "--");
    while let Some(argument) = arguments.next() {
        let value = match argument.to_str().and_then(|text| text.strip_prefix("--lang")) {
            Some("") => arguments.next(),
            Some(rest) => rest.strip_prefix('=').map(OsString::from),
            None => None,
        };
        asked = value.as_deref().and_then(OsStr::to_str).and_then(named).or(asked);
    }
    asked
}

fn named(name: &str) -> Option<Language> {
    match name {
        "zh" => Some(Language::Zh),
        "en" => Some(Language::En),
        _ => None,
    }
}

/// The first of `LC_ALL`, `LC_MESSAGES` and `LANG` that is set and not empty (POSIX, XBD 8.2).
fn of_system(variable: impl Fn(&str) -> Option<OsString>) -> Language {
    let set = ["LC_ALL", "LC_MESSAGES", "LANG"]
        .into_iter()
        .find_map(|name| variable(name).filter(|value| !value.is_empty()));
    match set.as_deref().and_then(OsStr::to_str) {
        Some(locale) if locale.starts_with("zh") => Language::Zh,
        _ => Language::En,
    }
}

/// A text for a person, in the language of this process. [`said!`] makes it, and [`crate::cause`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Said(String);

impl Said {
    /// What has been written in the language of this process.
    pub(crate) fn in_language(text: String) -> Self {
        Said(text)
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// So that it can be the reason of an error of clap, or of one of the standard library.
impl std::error::Error for Said {}

/// A text in Chinese and English, of which one is made, like `format!`.
macro_rules! said {
    ($zh:literal, $en:literal $(, $($argument:tt)*)?) => {{
        const _: () = assert!(
            $crate::lang::same_facts($zh, $en),
            "the Chinese and the English text name different facts"
        );
        $crate::lang::Said::in_language(match $crate::lang::language() {
            ::onecode::Language::Zh => format!($zh $(, $($argument)*)?),
            ::onecode::Language::En => format!($en $(, $($argument)*)?),
        })
    }};
    ($($other:tt)*) => {
        compile_error!("what people read is said in both languages: \"中文\", \"English\", facts…")
    };
}

/// A text in both languages, for an error of the system: whoever tells of it chooses.
macro_rules! both {
    ($zh:literal, $en:literal $(, $($argument:tt)*)?) => {{
        const _: () = assert!(
            $crate::lang::same_facts($zh, $en),
            "the Chinese and the English text name different facts"
        );
        $crate::cause::Both {
            zh: format!($zh $(, $($argument)*)?),
            en: format!($en $(, $($argument)*)?),
        }
    }};
}

/// A line to the person at the terminal, like `eprintln!`.
macro_rules! tell {
    ($($text:tt)*) => { $crate::out::say(said!($($text)*).as_str()) };
}

/// A warning: a line that names the command, which may be one of many in a pipe or a log.
macro_rules! warn {
    ($($text:tt)*) => { $crate::out::warn(&said!($($text)*)) };
}

/// A line of the answer, on standard output.
macro_rules! answer {
    ($($text:tt)*) => { $crate::out::put(format_args!("{}\n", said!($($text)*))) };
}

/// Whether two format strings have the same arguments in braces, each as often in both. Those
/// without a name must be in the same order, which nobody can check: give them names.
pub(crate) const fn same_facts(zh: &str, en: &str) -> bool {
    let (zh, en) = (zh.as_bytes(), en.as_bytes());
    let mut from = 0;
    let mut facts = 0_usize;
    while let Some((start, end)) = next_fact(zh, from) {
        if count(zh, zh, start, end) != count(en, zh, start, end) {
            return false;
        }
        facts += 1;
        from = end;
    }
    let mut from = 0;
    while let Some((_, end)) = next_fact(en, from) {
        if facts == 0 {
            return false;
        }
        facts -= 1;
        from = end;
    }
    facts == 0
}

/// Where the name of the next argument begins and ends.
const fn next_fact(text: &[u8], from: usize) -> Option<(usize, usize)> {
    let mut at = from;
    while at < text.len() {
        if text[at] == b'{' {
            if at + 1 < text.len() && text[at + 1] == b'{' {
                at += 2;
                continue;
            }
            let start = at + 1;
            let mut end = start;
            while end < text.len() && text[end] != b'}' && text[end] != b':' {
                end += 1;
            }
            return Some((start, end));
        }
        at += 1;
    }
    None
}

/// How often `text` has the argument `of[start..end]`.
const fn count(text: &[u8], of: &[u8], start: usize, end: usize) -> usize {
    let (mut from, mut found) = (0, 0);
    while let Some((begins, ends)) = next_fact(text, from) {
        let mut same = ends - begins == end - start;
        let mut at = 0;
        while same && at < end - start {
            same = text[begins + at] == of[start + at];
            at += 1;
        }
        found += same as usize;
        from = ends;
    }
    found
}

/// Whether a format string has no words of its own: then it needs no second language.
pub(crate) const fn no_words(text: &str) -> bool {
    let text = text.as_bytes();
    let mut at = 0;
    while at < text.len() {
        match text[at] {
            b'{' => {
                while at < text.len() && text[at] != b'}' {
                    at += 1;
                }
            }
            byte if byte.is_ascii_alphabetic() || !byte.is_ascii() => return false,
            _ => {}
        }
        at += 1;
    }
    true
}

/// A name of a list in the language of this process.
pub(crate) fn in_language(name: &Name) -> &str {
    match language() {
        Language::Zh => &name.zh,
        Language::En => &name.en,
    }
}

/// A text filled up with spaces to so many columns of a terminal, where a Chinese character takes
/// two.
pub(crate) fn padded(text: &str, columns: usize) -> String {
    let wide = |c: &char| ('\u{2e80}'..='\u{ffef}').contains(c);
    let taken = text.chars().count() + text.chars().filter(wide).count();
    format!("{text}{}", " ".repeat(columns.saturating_sub(taken)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked_by(line: &str) -> Option<Language> {
        asked(line.split(' ').map(OsString::from))
    }

    #[test]
    fn the_option_is_found_wherever_it_stands() {
        assert_eq!(asked_by("--lang zh reason 302"), Some(Language::Zh));
        assert_eq!(asked_by("reason --lang=en 302"), Some(Language::En));
        assert_eq!(asked_by("reason 302 --lang"), None);
        assert_eq!(asked_by("reason --lang fr"), None);
        assert_eq!(asked_by("reason --language zh"), None);
        assert_eq!(asked_by("key -- --lang zh"), None);
    }

    #[test]
    fn the_first_variable_that_is_set_counts() {
        let system = |set: &[(&str, &str)]| {
            of_system(|name| {
                let found = set.iter().find(|(variable, _)| *variable == name);
                found.map(|(_, value)| OsString::from(value))
            })
        };
        assert_eq!(system(&[]), Language::En);
        assert_eq!(system(&[("LANG", "zh_CN.UTF-8")]), Language::Zh);
        assert_eq!(system(&[("LANG", "zh")]), Language::Zh);
        assert_eq!(system(&[("LANG", "de_DE.UTF-8")]), Language::En);
        assert_eq!(system(&[("LC_ALL", ""), ("LANG", "zh_CN.UTF-8")]), Language::Zh);
        assert_eq!(system(&[("LC_ALL", "C"), ("LANG", "zh_CN.UTF-8")]), Language::En);
        assert_eq!(system(&[("LC_MESSAGES", "zh_CN"), ("LANG", "en_GB")]), Language::Zh);
    }

    #[test]
    fn texts_that_name_different_facts_are_found() {
        assert!(same_facts("{file}：{count} 份", "{count} of {file}"));
        assert!(same_facts("{} 和 {:?}", "{:>5} and {}"));
        assert!(same_facts("花括号 {{x}}", "braces"));
        assert!(!same_facts("{file}", "{file}: {error}"));
        assert!(!same_facts("{file}：{error}", "{file}"));
        assert!(!same_facts("{a} {a} {b}", "{a} {b} {b}"));
        assert!(!same_facts("{count}", "{counts}"));
        assert!(no_words("{name:<22}{value} {:#}\n") && !no_words("{name} is") && !no_words("好"));
    }
}
