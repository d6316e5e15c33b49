//! Words in Chinese and English side by side, and what stands in them: names that somebody else
//! has chosen, times, durations, lists.
//!
//! Uses `lang`. What a catalogue says is never taken as it is: [`Foreign`] makes visible what would
//! be invisible or turn the text around it, and sets it apart.

use std::fmt::Write;

use onecode::jose::Name;
use onecode::Language;
use time::{OffsetDateTime, UtcOffset};

/// FIRST STRONG ISOLATE and POP DIRECTIONAL ISOLATE (UAX 9), around each foreign text. No foreign
/// text has them: they are made visible in it.
const ISOLATE: char = '\u{2068}';
const POP: char = '\u{2069}';

/// A text in both languages. [`words!`] makes it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Words {
    pub(super) zh: String,
    pub(super) en: String,
}

/// What can stand in a text of either language.
pub(super) trait Spoken {
    fn spoken(&self, language: Language) -> String;
}

/// A text in Chinese and English, with facts that are said in the language around them.
macro_rules! words {
    ($zh:literal, $en:literal $(, $name:ident = $fact:expr)* $(,)?) => {{
        const _: () = assert!(
            $crate::lang::same_facts($zh, $en),
            "the Chinese and the English text name different facts"
        );
        #[allow(unused_imports)] // A text without facts has no use for it.
        use $crate::commands::catalogue::words::Spoken as _;
        $crate::commands::catalogue::words::Words {
            zh: format!($zh $(, $name = ($fact).spoken(::onecode::Language::Zh))*),
            en: format!($en $(, $name = ($fact).spoken(::onecode::Language::En))*),
        }
    }};
}

impl Spoken for Words {
    fn spoken(&self, language: Language) -> String {
        match language {
            Language::Zh => self.zh.clone(),
            Language::En => self.en.clone(),
        }
    }
}

impl Words {
    /// Both one after the other.
    pub(super) fn and(mut self, other: Words) -> Words {
        self.zh += &other.zh;
        // Sentences in English have a space between them.
        if !self.en.is_empty() && !other.en.is_empty() {
            self.en.push(' ');
        }
        self.en += &other.en;
        self
    }

    /// For a terminal or a protocol. Marks that set texts apart are needed only where a text runs
    /// from right to left; many terminals show them as boxes.
    pub(super) fn plain(&self, language: Language) -> String {
        let text = self.spoken(language);
        match text.chars().any(runs_from_right_to_left) {
            true => text,
            false => text.replace([ISOLATE, POP], ""),
        }
    }

    /// For a page: what HTML has a meaning for is escaped, and foreign texts are in `<bdi>`.
    pub(super) fn html(&self, language: Language) -> String {
        let text = self.spoken(language);
        let mut html = String::with_capacity(text.len());
        for c in text.chars() {
            match c {
                '&' => html.push_str("&amp;"),
                '<' => html.push_str("&lt;"),
                '>' => html.push_str("&gt;"),
                '"' => html.push_str("&quot;"),
                '\'' => html.push_str("&#39;"),
                ISOLATE => html.push_str("<bdi>"),
                POP => html.push_str("</bdi>"),
                c => html.push(c),
            }
        }
        html
    }
}

impl Spoken for Name {
    fn spoken(&self, language: Language) -> String {
        let text = match language {
            Language::Zh => &self.zh,
            Language::En => &self.en,
        };
        match (text.trim().is_empty(), language) {
            (true, Language::Zh) => "（未命名）".to_owned(),
            (true, Language::En) => "(unnamed)".to_owned(),
            (false, _) => Foreign(text).spoken(language),
        }
    }
}

/// A text that is the same in both languages and that this command has not written: an id, JSON.
pub(super) struct Foreign<'a>(pub(super) &'a str);

impl Spoken for Foreign<'_> {
    fn spoken(&self, _: Language) -> String {
        let mut shown = String::with_capacity(self.0.len() + 6);
        shown.push(ISOLATE);
        for c in self.0.chars() {
            if is_hidden(c) {
                // Writing to a string cannot fail.
                let _ = write!(shown, "⟨U+{:04X}⟩", u32::from(c));
            } else {
                shown.push(c);
            }
        }
        shown.push(POP);
        shown
    }
}

/// Whether a character shows nothing by itself, or changes how those around it are shown: controls,
/// line ends, marks of direction, zero width, variation selectors, tags, fillers.
fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
            | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// Hebrew, Arabic and the other scripts that run from right to left.
fn runs_from_right_to_left(c: char) -> bool {
    matches!(c,
        '\u{590}'..='\u{8ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{fefc}'
        | '\u{10800}'..='\u{10fff}' | '\u{1e800}'..='\u{1efff}')
}

macro_rules! numbers {
    ($($number:ty)*) => {$(
        impl Spoken for $number {
            fn spoken(&self, _: Language) -> String {
                self.to_string()
            }
        }
    )*};
}
numbers!(u8 u16 u32 u64 usize);

/// A time, in Beijing time with UTC beside it.
pub(super) struct Time(pub(super) i64);

impl Spoken for Time {
    fn spoken(&self, language: Language) -> String {
        let Ok(utc) = OffsetDateTime::from_unix_timestamp(self.0) else {
            return self.0.to_string();
        };
        let day = |time: OffsetDateTime| {
            let month = u8::from(time.month());
            match language {
                Language::Zh => format!("{}年{month}月{}日", time.year(), time.day()),
                Language::En => format!("{} {} {}", time.day(), time.month(), time.year()),
            }
        };
        let clock = |time: OffsetDateTime| {
            format!("{:02}:{:02}:{:02}", time.hour(), time.minute(), time.second())
        };
        let iso = |time: OffsetDateTime| {
            let month = u8::from(time.month());
            format!("{:04}-{month:02}-{:02} {}", time.year(), time.day(), clock(time))
        };
        // The last hours of the year 9999 have no Beijing time.
        let beijing = UtcOffset::from_hms(8, 0, 0).ok().and_then(|o| utc.checked_to_offset(o));
        match (beijing, language) {
            (Some(time), Language::Zh) => {
                format!("{} {}（北京时间；UTC {}）", day(time), clock(time), iso(utc))
            }
            (Some(time), Language::En) => {
                format!("{}, {} Beijing time (UTC {})", day(time), clock(time), iso(utc))
            }
            (None, _) => format!("UTC {}", iso(utc)),
        }
    }
}

/// A number of seconds, in the largest unit that leaves nothing over. Below two minutes people
/// count seconds.
pub(super) struct Seconds(pub(super) u32);

impl Spoken for Seconds {
    fn spoken(&self, language: Language) -> String {
        let units = [(86_400, "天", "day"), (3_600, "小时", "hour"), (60, "分钟", "minute")];
        let whole = |unit: u32| self.0 >= unit.max(120) && self.0.is_multiple_of(unit);
        let found =
            units.into_iter().find(|(unit, ..)| whole(*unit)).unwrap_or((1, "秒", "second"));
        let (count, (_, zh, en)) = (self.0 / found.0, found);
        match language {
            Language::Zh => format!("{count} {zh}"),
            Language::En if count == 1 => format!("1 {en}"),
            Language::En => format!("{count} {en}s"),
        }
    }
}

/// A list of things.
pub(super) struct List<T>(pub(super) Vec<T>);

impl<T: Spoken> Spoken for List<T> {
    fn spoken(&self, language: Language) -> String {
        let all: Vec<String> = self.0.iter().map(|thing| thing.spoken(language)).collect();
        match (language, all.as_slice()) {
            (Language::Zh, all) => all.join("、"),
            (Language::En, [before @ .., last]) if !before.is_empty() => {
                format!("{} and {last}", before.join(", "))
            }
            (Language::En, all) => all.concat(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn both(fact: &dyn Spoken) -> [String; 2] {
        [Language::Zh, Language::En].map(|language| fact.spoken(language))
    }

    #[test]
    fn durations_are_said_in_the_unit_that_people_use() {
        for (seconds, zh, en) in [
            (0, "0 秒", "0 seconds"),
            (1, "1 秒", "1 second"),
            (60, "60 秒", "60 seconds"),
            (119, "119 秒", "119 seconds"),
            (120, "2 分钟", "2 minutes"),
            (121, "121 秒", "121 seconds"),
            (3_600, "1 小时", "1 hour"),
            (5_400, "90 分钟", "90 minutes"),
            (86_400, "1 天", "1 day"),
            (604_800, "7 天", "7 days"),
            (u32::MAX, "4294967295 秒", "4294967295 seconds"),
        ] {
            assert_eq!(both(&Seconds(seconds)), [zh, en]);
        }
    }

    #[test]
    fn times_are_beijing_time_with_utc_beside() {
        assert_eq!(
            both(&Time(1_664_553_600)),
            [
                "2022年10月1日 00:00:00（北京时间；UTC 2022-09-30 16:00:00）",
                "1 October 2022, 00:00:00 Beijing time (UTC 2022-09-30 16:00:00)"
            ]
        );
        // The last second that a document can name is none in Beijing.
        assert_eq!(both(&Time(253_402_300_799)), ["UTC 9999-12-31 23:59:59"; 2]);
        assert_eq!(both(&Time(i64::MIN)), [i64::MIN.to_string(), i64::MIN.to_string()]);
    }

    #[test]
    fn what_is_hidden_in_a_name_is_shown_and_what_html_reads_is_escaped() {
        let name = "<script>\u{202e}\"a\"&'\u{200b}\u{2069}\0\n";
        let shown = words!("“{name}”", "“{name}”", name = Foreign(name));
        assert_eq!(
            shown.html(Language::Zh),
            "“<bdi>&lt;script&gt;⟨U+202E⟩&quot;a&quot;&amp;&#39;⟨U+200B⟩⟨U+2069⟩⟨U+0000⟩⟨U+000A⟩</bdi>”"
        );
        assert_eq!(
            shown.plain(Language::En),
            "“<script>⟨U+202E⟩\"a\"&'⟨U+200B⟩⟨U+2069⟩⟨U+0000⟩⟨U+000A⟩”"
        );
        // A text that runs from right to left does not turn what stands behind it.
        let shown = words!("“{name}” 1", "“{name}” 1", name = Foreign("كتاب"));
        assert_eq!(shown.plain(Language::Zh), "“\u{2068}كتاب\u{2069}” 1");
    }

    #[test]
    fn lists_are_said_as_people_say_them() {
        let list = |count: u8| both(&List((1..=count).collect()));
        assert_eq!(list(1), ["1", "1"]);
        assert_eq!(list(2), ["1、2", "1 and 2"]);
        assert_eq!(list(3), ["1、2、3", "1, 2 and 3"]);
    }
}
