//! Our own kinds of picture that a gate names and does not read.
//!
//! A scanner knows these without a catalogue. Specification: docs/SPEC.md section 8.

use super::foreign::ForeignCode;
use crate::jose::Name;

/// What a kind is and what to do: the letter of its prefix, the id, and name and advice in Chinese
/// and English.
type Kind = (char, &'static str, [&'static str; 2], [&'static str; 2]);

const KINDS: [Kind; 4] = [
    (
        'C',
        "onecode.challenge",
        ["扫码设备的核验码", "the check code of a scanner"],
        [
            "请持卡人用手机应用扫描核验码，再出示应用生成的码。",
            "Ask the holder to scan it with the app and to show the code that the app then makes.",
        ],
    ),
    (
        'R',
        "onecode.request",
        ["服务窗口的身份信息请求码", "a desk's request for identity data"],
        [
            "请持卡人用手机应用扫描该码，由本人决定是否同意。",
            "Ask the holder to scan it with the app and to decide there.",
        ],
    ),
    (
        'I',
        "onecode.answer",
        ["给服务窗口的身份信息答复码", "an answer for the desk that asked for identity data"],
        ["请持卡人向提出请求的窗口出示该码。", "Ask the holder to show it at the desk that asked."],
    ),
    (
        'Q',
        "onecode.card-request",
        ["手机的电子卡申领码", "a phone's request for a card"],
        [
            "请持卡人到经办窗口出示，或用原手机扫描该码。",
            "It is for a service counter, or for the holder's old phone to scan.",
        ],
    ),
];

impl ForeignCode {
    /// What the prefix `OC1`, this letter and `:` stand for, if a gate has a name for it.
    pub(crate) fn of_our_kind(letter: char) -> Option<Self> {
        let (_, id, name, advice) = KINDS.into_iter().find(|(of, ..)| *of == letter)?;
        let both = |[zh, en]: [&str; 2]| Name { zh: zh.to_owned(), en: en.to_owned() };
        Some(ForeignCode { id: id.to_owned(), name: both(name), advice: both(advice) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::assert_says;

    #[test]
    fn the_specification_states_what_is_here() {
        for (letter, id, ..) in KINDS {
            assert_says([&format!("| `OC1{letter}:` |"), &format!("`{id}`")]);
        }
    }
}
