//! 3xx: time.

use crate::language::text;
use crate::messages::fault::Fault;
use crate::messages::message::Message;
use crate::messages::shared::{RENEW_CARD, SERVE_AND_REMIND};

pub(super) const MESSAGES: &[Message] = &[
    Message {
        number: 301,
        name: "far_from_now",
        fault: Fault::Clocks,
        reason: text(
            "此码与扫码设备时间相差{ahead_s}秒（负数为早），上限{limit_s}秒：可能是旧图片，\
             或一方时间不准。",
            "The code's time is {ahead_s} s from the scanner's (minus: earlier), limit \
             {limit_s} s: an old picture, or one of the clocks is wrong.",
        ),
        holder: text(
            "请把手机时间设为自动，重新打开一码通再扫，不要用截图。",
            "Please set the phone's time to automatic, open the code again and scan it, not a \
             picture of it.",
        ),
        attendant: text(
            "请持卡人重新打开一码通；多人都这样的，是设备时间不准，请用实体卡办理并报修。",
            "Have the code opened again; if it happens to many, this clock is wrong: serve by \
             physical card and report it.",
        ),
        operator: text(
            "请核对扫码设备的时间；只有个别手机这样的，请其把手机时间设为自动。",
            "Check the scanner's clock; if only single phones are affected, have their time \
             set to automatic.",
        ),
    },
    Message {
        number: 302,
        name: "code_expired",
        fault: Fault::Clocks,
        reason: text(
            "此码已生成{age_s}秒，有效{window_s}秒、可差{tolerance_s}秒：可能是旧截图，\
             或一方时间不准。",
            "The code is {age_s} s old and good for {window_s} s, give or take {tolerance_s} \
             s: shown late, a picture, or one of the clocks is wrong.",
        ),
        holder: text(
            "请重新打开一码通再扫，不要用截图；仍不行的，把手机时间设为自动。",
            "Please open the code again and scan it, not a picture; if that fails, set the \
             phone's time to automatic.",
        ),
        attendant: text(
            "请持卡人重新打开一码通；多人都这样的，是设备时间快了，请用实体卡办理并报修。",
            "Have the code opened again; if it happens to many, this clock is fast: serve by \
             physical card and report it.",
        ),
        operator: text(
            "请核对扫码设备的时间是否快了；只有个别手机这样的，是手机时间慢了或用了截图。",
            "Check whether the scanner's clock is fast; if only single phones are affected, \
             theirs is slow or it was a picture.",
        ),
    },
    Message {
        number: 303,
        name: "code_not_yet_valid",
        fault: Fault::Clocks,
        reason: text(
            "此码的时间早了{ahead_s}秒，只允许差{tolerance_s}秒：手机时间快了，\
             或扫码设备时间慢了。",
            "The code is {ahead_s} s ahead of the scanner's clock, {tolerance_s} s are \
             allowed: the phone's clock is fast or the scanner's slow.",
        ),
        holder: text(
            "请把手机时间设为自动，重新打开一码通再扫；仍不行的，请出示实体社会保障卡。",
            "Please set the phone's time to automatic and open the code again; if that fails, \
             show your physical card.",
        ),
        attendant: text(
            "请持卡人重新打开一码通；多人都这样的，是设备时间慢了，请用实体卡办理并报修。",
            "Have the code opened again; if it happens to many, this clock is slow: serve by \
             physical card and report it.",
        ),
        operator: text(
            "请核对扫码设备的时间是否慢了；只有个别手机这样的，是手机时间快了。",
            "Check whether the scanner's clock is slow; if only single phones are affected, \
             theirs is fast.",
        ),
    },
    Message {
        number: 304,
        name: "card_expired",
        fault: Fault::Card,
        reason: text(
            "手机里的电子社会保障卡已到期，需要更新。",
            "The card in the app has expired and needs renewing.",
        ),
        holder: RENEW_CARD,
        attendant: SERVE_AND_REMIND,
        operator: text(
            "请核对扫码设备的时间是否快了；时间无误的，指导持卡人在应用中更新。",
            "Check whether the scanner's clock is fast; if not, guide the holder through \
             renewing in the app.",
        ),
    },
];
