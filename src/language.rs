//! The two languages that everything for people is said in, and facts as lines of text. Uses
//! nothing else of the crate.

use std::fmt::{self, Display, Write};

/// A language of the texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Language {
    /// Chinese as written in mainland China (zh-CN).
    Zh,
    /// English (en).
    En,
}

/// One sentence, or two short ones, in both languages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Text {
    /// Chinese (zh-CN).
    pub zh: &'static str,
    /// English.
    pub en: &'static str,
}

impl Text {
    /// The text in one language.
    pub fn in_language(self, language: Language) -> &'static str {
        match language {
            Language::Zh => self.zh,
            Language::En => self.en,
        }
    }
}

pub(crate) const fn text(zh: &'static str, en: &'static str) -> Text {
    Text { zh, en }
}

/// Facts for a person to read, one a line: a heading, then a name and a value each.
pub(crate) struct Lines {
    language: Language,
    written: String,
}

impl Lines {
    pub(crate) fn new(language: Language, heading: Text) -> Self {
        Lines { language, written: heading.in_language(language).to_owned() }
    }

    /// A line with the name of a fact and its value.
    pub(crate) fn fact(&mut self, name: Text, value: impl Display) -> &mut Self {
        let colon = self.colon();
        self.line(format_args!("{}{colon}{value}", name.in_language(self.language)))
    }

    /// The same for a time as it is written; one that cannot be written has no line.
    pub(crate) fn time(&mut self, name: Text, written: Option<String>) -> &mut Self {
        match written {
            Some(written) => self.fact(name, written),
            None => self,
        }
    }

    /// The same for a value that is said in words.
    pub(crate) fn said(&mut self, name: Text, value: Text) -> &mut Self {
        let language = self.language;
        self.fact(name, value.in_language(language))
    }

    fn colon(&self) -> &'static str {
        text("：", ": ").in_language(self.language)
    }

    fn line(&mut self, line: fmt::Arguments<'_>) -> &mut Self {
        self.written.push('\n');
        // Writing to a String does not fail.
        let _ = self.written.write_fmt(line);
        self
    }

    pub(crate) fn finish(&mut self) -> String {
        std::mem::take(&mut self.written)
    }
}

/// Bytes as small hex digits.
pub(crate) struct Hex<'b>(pub(crate) &'b [u8]);

impl Display for Hex<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}
