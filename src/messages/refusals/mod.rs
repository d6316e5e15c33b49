//! The messages of all refusals, one file for each family of numbers.

mod rules;
mod scanner;
mod status;
mod time;
mod trust;
mod unreadable;
mod used;

use super::fault::Fault;
use super::message::Message;
use super::shared::{SERVE_BY_CARD, SHOW_CARD_LIKELY};
use crate::language::text;

/// By the first digit of the number, in ascending order.
const FAMILIES: [&[Message]; 7] = [
    unreadable::MESSAGES,
    trust::MESSAGES,
    time::MESSAGES,
    status::MESSAGES,
    rules::MESSAGES,
    used::MESSAGES,
    scanner::MESSAGES,
];

const COUNT: usize = {
    let (mut count, mut family) = (0, 0);
    while family < FAMILIES.len() {
        count += FAMILIES[family].len();
        family += 1;
    }
    count
};

/// All messages, by ascending number.
pub static MESSAGES: &[Message] = &{
    let mut all = [UNLISTED; COUNT];
    let (mut next, mut family) = (0, 0);
    while family < FAMILIES.len() {
        let (of_family, mut at) = (FAMILIES[family], 0);
        while at < of_family.len() {
            all[next] = of_family[at];
            (next, at) = (next + 1, at + 1);
        }
        family += 1;
    }
    all
};

/// Used where [`MESSAGES`] lacks a message.
pub(super) const UNLISTED: Message = Message {
    number: 0,
    name: "unlisted",
    fault: Fault::Scanner,
    reason: text(
        "这个码暂时不能受理，请记下编号。",
        "The code cannot be accepted at present; please note the number.",
    ),
    holder: SHOW_CARD_LIKELY,
    attendant: SERVE_BY_CARD,
    operator: text(
        "请升级扫码设备的软件，并按编号查询说明。",
        "Update the scanner's software, and look the number up.",
    ),
};
