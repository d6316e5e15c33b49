//! Numbers that are given away and that no scanner says yet.
//!
//! A reader with a newer scanner may ask an older hotline for one. Specification: docs/SPEC.md
//! section 17.

use crate::language::{text, Text};

/// A number of a refusal to come. It has no other meaning, now or later.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reserved {
    /// The number.
    pub number: u16,
    /// The name of the refusal in snake case.
    pub name: &'static str,
    /// Why a code will be refused.
    pub reason: Text,
}

const fn reserved(number: u16, name: &'static str, zh: &'static str, en: &'static str) -> Reserved {
    Reserved { number, name, reason: text(zh, en) }
}

/// All reserved numbers, by ascending number.
pub static RESERVED: &[Reserved] = &[
    reserved(212, "pass_forged", "通行码是伪造的。", "The pass is forged."),
    reserved(
        213,
        "answer_not_opened",
        "身份信息答复无法解封。",
        "The identity answer does not open.",
    ),
    reserved(
        214,
        "card_mismatch",
        "身份信息与卡不相符。",
        "The identity and the card do not belong together.",
    ),
    reserved(405, "pass_withdrawn", "通行码已被撤销。", "The pass has been withdrawn."),
    reserved(512, "pass_not_accepted", "此处不受理通行码。", "Passes are not accepted here."),
];
