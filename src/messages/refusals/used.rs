//! 6xx: used before.

use crate::language::text;
use crate::messages::fault::Fault;
use crate::messages::message::Message;

pub(super) const MESSAGES: &[Message] = &[
    Message {
        number: 601,
        name: "used_before",
        fault: Fault::Code,
        reason: text("这个码已经用过一次。", "This very code has been used already."),
        holder: text(
            "请重新打开一码通，出示新的码。",
            "Please open the code again and show the new one.",
        ),
        attendant: text(
            "请先看上一次是否已放行或办成；没有的，请其重新打开一码通再扫，请勿指责。",
            "See whether the first use went through; if not, have the code opened again. \
             Accuse nobody.",
        ),
        operator: text(
            "反复出现的，检查设备是否一码多读，再看 first_unix_s 那次的记录。",
            "If it recurs, check for double reads, and look up the use at first_unix_s.",
        ),
    },
    Message {
        number: 602,
        name: "used_moments_ago",
        fault: Fault::Rule,
        reason: text(
            "此卡{seconds}秒前刚在这里用过，两次须间隔{wait_s}秒。",
            "This card was used here {seconds} s ago; {wait_s} s must pass between two uses.",
        ),
        holder: text(
            "请稍候再扫；同行的人请各自出示自己的码。",
            "Please wait a little and scan again; each person shows a code of their own.",
        ),
        attendant: text(
            "请看上一次是否已放行或办成；没有的，请人工协助。",
            "See whether the last use went through; if not, help by hand.",
        ),
        operator: text(
            "检查设备是否一码多读；间隔秒数由应用项目清单规定。",
            "Check for double reads; the catalogue sets the seconds to wait.",
        ),
    },
];
