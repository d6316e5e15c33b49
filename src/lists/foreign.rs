//! Codes of other systems (随申码, 交通码, 医保码, …), recognised by a table in the catalogue, so that
//! people learn what they have shown.
//!
//! Uses the names of the signed-document layer. A pattern is compared, never executed: the work for
//! each entry is at most the text's length. Specification: docs/SPEC.md section 12.

use serde::{Deserialize, Serialize};

use crate::jose::{self, Name};

/// A kind of code that is no card's: another system's, as the catalogue names it, or one of ours that
/// a gate does not read.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct ForeignCode {
    /// A readable id that never changes, such as `suishenma`.
    pub id: String,
    /// What it is called.
    pub name: Name,
    /// What the attendant should do.
    pub advice: Name,
}

/// An entry of the catalogue's table of foreign codes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Members")]
pub struct ForeignEntry {
    /// What it is, and what to do.
    #[serde(flatten)]
    pub code: ForeignCode,
    /// How it is recognised.
    pub pattern: ForeignPattern,
}

/// An entry with its members side by side, as in the document.
#[derive(Deserialize)]
struct Members {
    id: String,
    #[serde(deserialize_with = "jose::object")]
    name: Name,
    #[serde(deserialize_with = "jose::object")]
    advice: Name,
    #[serde(deserialize_with = "jose::object")]
    pattern: ForeignPattern,
}

impl From<Members> for ForeignEntry {
    fn from(Members { id, name, advice, pattern }: Members) -> Self {
        ForeignEntry { code: ForeignCode { id, name, advice }, pattern }
    }
}

/// What a text must be to be a code of this kind: all conditions given here must hold. ASCII
/// letters are compared without regard to case.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ForeignPattern {
    /// It begins with one of these.
    #[serde(
        default,
        skip_serializing_if = "Vec::is_empty",
        deserialize_with = "jose::items::<_, _, MAX_BEGINNINGS>"
    )]
    pub begins_with: Vec<String>,
    /// It ends with this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ends_with: Option<String>,
    /// This occurs somewhere in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contains: Option<String>,
    /// All of its characters are of this class.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "character_class"
    )]
    pub characters: Option<CharacterClass>,
    /// Its length in bytes lies between these two, inclusive.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub length: Option<[u16; 2]>,
}

/// A set of characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CharacterClass {
    /// `0` to `9`.
    Digits,
    /// Digits and `A` to `F`, in either case.
    Hex,
    /// Digits and the letters of ASCII.
    Alphanumeric,
    /// The alphabets of RFC 4648 sections 4 and 5, and `=`.
    Base64,
    /// What ASCII can print, space included.
    Printable,
}

impl CharacterClass {
    fn has(self, byte: u8) -> bool {
        match self {
            CharacterClass::Digits => byte.is_ascii_digit(),
            CharacterClass::Hex => byte.is_ascii_hexdigit(),
            CharacterClass::Alphanumeric => byte.is_ascii_alphanumeric(),
            CharacterClass::Base64 => byte.is_ascii_alphanumeric() || b"+/-_=".contains(&byte),
            CharacterClass::Printable => (b' '..=b'~').contains(&byte),
        }
    }
}

/// Most entries of a table.
pub(super) const MAX_FOREIGN_CODES: usize = 1_024;
/// Most beginnings of a pattern.
const MAX_BEGINNINGS: usize = 16;
/// Longest string of a pattern, in bytes.
const MAX_PART: usize = 128;
/// Longest id, name and advice, in bytes.
const MAX_ID: usize = 64;
const MAX_NAME: usize = 128;
const MAX_ADVICE: usize = 512;

/// The table in force. The first entry that fits is the answer, so special entries come before
/// general ones.
#[derive(Clone, Debug, Default)]
pub(crate) struct ForeignTable {
    /// With patterns in lower case.
    entries: Vec<ForeignEntry>,
}

impl ForeignTable {
    /// Checks a table; the error says where and why.
    pub(crate) fn index(mut entries: Vec<ForeignEntry>) -> Result<Self, String> {
        if entries.len() > MAX_FOREIGN_CODES {
            let found = entries.len();
            return Err(format!("{found} foreign codes; at most {MAX_FOREIGN_CODES} are taken"));
        }
        let mut ids = std::collections::HashSet::new();
        for ForeignEntry { code: ForeignCode { id, name, advice }, pattern } in &mut entries {
            check(id).map_err(|why| format!("foreign code {:.64}: {why}", id.escape_debug()))?;
            if !ids.insert(id.clone()) {
                return Err(format!("foreign code {id} is there twice"));
            }
            let wrong = |why: &str| format!("foreign code {id}: {why}");
            let short = |text: &Name, most: usize| {
                (1..=most).contains(&text.zh.len()) && (1..=most).contains(&text.en.len())
            };
            if !short(name, MAX_NAME) || !short(advice, MAX_ADVICE) {
                return Err(wrong("a name or an advice is empty or too long"));
            }
            pattern.prepare().map_err(wrong)?;
        }
        Ok(ForeignTable { entries })
    }

    /// What kind of code a text is. It has at most [`crate::text::MAX_TEXT`] bytes. The line end
    /// that a keyboard-wedge reader adds is ignored.
    pub(crate) fn find(&self, text: &str) -> Option<&ForeignCode> {
        if self.entries.is_empty() {
            return None;
        }
        let text = text.trim_end_matches(['\r', '\n', '\t']).to_ascii_lowercase();
        self.entries.iter().find(|entry| entry.pattern.fits(&text)).map(|entry| &entry.code)
    }
}

fn character_class<'de, D>(from: D) -> Result<Option<CharacterClass>, D::Error>
where
    D: serde::Deserializer<'de>,
{
    jose::word(from).map(Some)
}

/// Checks a readable id.
fn check(id: &str) -> Result<(), &'static str> {
    let plain = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.');
    if !(1..=MAX_ID).contains(&id.len()) || !id.bytes().all(plain) {
        return Err("the id is not 1 to 64 of a-z, 0-9, -, _ and .");
    }
    Ok(())
}

impl ForeignPattern {
    /// Checks the pattern and converts its letters to lower case.
    fn prepare(&mut self) -> Result<(), &'static str> {
        if *self == ForeignPattern::default() {
            return Err("the pattern says nothing");
        }
        if self.begins_with.len() > MAX_BEGINNINGS {
            return Err("more than 16 beginnings");
        }
        let parts =
            self.begins_with.iter_mut().chain(&mut self.ends_with).chain(&mut self.contains);
        for part in parts {
            if !(1..=MAX_PART).contains(&part.len()) {
                return Err("a string of the pattern is empty or longer than 128 bytes");
            }
            part.make_ascii_lowercase();
        }
        if self.length.is_some_and(|[least, most]| least > most) {
            return Err("the least length is above the greatest");
        }
        Ok(())
    }

    /// Whether all conditions fit; `text` is in lower case.
    fn fits(&self, text: &str) -> bool {
        let length = self.length.is_none_or(|[least, most]| {
            (usize::from(least)..=usize::from(most)).contains(&text.len())
        });
        length
            && (self.begins_with.is_empty()
                || self.begins_with.iter().any(|part| text.starts_with(part.as_str())))
            && self.ends_with.as_ref().is_none_or(|part| text.ends_with(part.as_str()))
            && self.characters.is_none_or(|class| text.bytes().all(|byte| class.has(byte)))
            && self.contains.as_ref().is_none_or(|part| text.contains(part.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::{assert_says, number};

    fn entry(id: &str, pattern: ForeignPattern) -> ForeignEntry {
        let name = Name { zh: "某码".to_owned(), en: "some code".to_owned() };
        ForeignEntry {
            code: ForeignCode { id: id.to_owned(), name: name.clone(), advice: name },
            pattern,
        }
    }

    fn begins(parts: &[&str]) -> ForeignPattern {
        let begins_with = parts.iter().map(|part| part.to_string()).collect();
        ForeignPattern { begins_with, ..ForeignPattern::default() }
    }

    #[test]
    fn the_specification_states_what_is_here() {
        let entries = number(MAX_FOREIGN_CODES);
        assert_says([
            &format!("codes of other systems, see below. At most {entries}, each id once"),
            &format!("readable, 1 to {MAX_ID} of"),
            &format!("what it is called: `zh` and `en`, 1 to {MAX_NAME} bytes each"),
            &format!("what the attendant should do: `zh` and `en`, 1 to {MAX_ADVICE} bytes each"),
            &format!("begins with one of these, at most {MAX_BEGINNINGS};"),
            &format!("The strings of a pattern have 1 to {MAX_PART} bytes"),
        ]);
    }

    #[test]
    fn each_member_narrows() {
        let digits = Some(CharacterClass::Digits);
        let ten = Some([10, 12]);
        for (pattern, yes, no) in [
            (begins(&["HTTP://", "https://"]), "HttpS://example.cn", "ftp://example.cn"),
            (
                ForeignPattern { ends_with: Some("=OK".into()), ..Default::default() },
                "x=ok\r\n",
                "x=ok.",
            ),
            (
                ForeignPattern { contains: Some("card".into()), ..Default::default() },
                "a CARD b",
                "a car",
            ),
            (ForeignPattern { characters: digits, ..Default::default() }, "0123", "012x"),
            (ForeignPattern { length: ten, ..Default::default() }, "012345678912", "012345678"),
            (
                ForeignPattern { characters: digits, length: ten, ..begins(&["10", "11"]) },
                "1100000000",
                "1200000000",
            ),
        ] {
            let table = ForeignTable::index(vec![entry("a", pattern.clone())]).unwrap();
            assert!(table.find(yes).is_some(), "{pattern:?} {yes}");
            assert!(table.find(no).is_none(), "{pattern:?} {no}");
        }
    }

    #[test]
    fn the_first_entry_that_fits_is_the_answer() {
        let special = entry("special", begins(&["https://example.cn/"]));
        let general = entry("general", begins(&["https://"]));
        let found = |entries: Vec<ForeignEntry>| {
            let table = ForeignTable::index(entries).unwrap();
            table.find("https://example.cn/x").map(|code| code.id.clone()).unwrap()
        };
        assert_eq!(found(vec![special.clone(), general.clone()]), "special");
        assert_eq!(found(vec![general, special]), "general");
    }

    #[test]
    fn classes() {
        let all: Vec<u8> = (0..=255).collect();
        for (class, count) in [
            (CharacterClass::Digits, 10),
            (CharacterClass::Hex, 22),
            (CharacterClass::Alphanumeric, 62),
            (CharacterClass::Base64, 67),
            (CharacterClass::Printable, 95),
        ] {
            assert_eq!(all.iter().filter(|byte| class.has(**byte)).count(), count, "{class:?}");
        }
    }

    #[test]
    fn tables_that_are_not_taken() {
        let good = || entry("a", begins(&["x"]));
        let many = |n: usize| (0..n).map(|n| entry(&n.to_string(), begins(&["x"]))).collect();
        assert!(ForeignTable::index(many(MAX_FOREIGN_CODES)).is_ok());
        assert!(ForeignTable::index(many(10_000)).unwrap_err().starts_with("10000 foreign codes"));
        assert!(ForeignTable::index(vec![good(), good()]).unwrap_err().ends_with("twice"));
        let long = "x".repeat(MAX_PART + 1);
        for (change, why) in [
            ((|entry| entry.code.id = "A".into()) as fn(&mut ForeignEntry), "the id is not"),
            (|entry| entry.code.id = String::new(), "the id is not"),
            (|entry| entry.code.name.en = String::new(), "a name or an advice"),
            (|entry| entry.code.advice.zh = "办".repeat(171), "a name or an advice"),
            (|entry| entry.pattern = ForeignPattern::default(), "the pattern says nothing"),
            (|entry| entry.pattern.begins_with = vec!["x".into(); 17], "more than 16 beginnings"),
            (|entry| entry.pattern.contains = Some(String::new()), "a string of the pattern"),
            (|entry| entry.pattern.length = Some([2, 1]), "the least length"),
        ] {
            let mut entry = good();
            change(&mut entry);
            let error = ForeignTable::index(vec![entry]).unwrap_err();
            assert!(error.contains(why), "{error}");
        }
        assert!(ForeignTable::index(vec![entry("a", begins(&[&long]))]).is_err());
    }
}
