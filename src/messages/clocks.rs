//! Time refusals where the wrong clock is known.

use super::fault::Fault;
use super::message::Message;
use super::shared::{SERVE_BY_CARD, SHOW_CARD};
use crate::language::{text, Text};

/// What people are told in place of the usual message when the wrong clock is known, and whether
/// that clock is ahead. Ordered by number, the phone's clock before the scanner's.
pub static CLOCK_MESSAGES: &[(bool, Message)] = &[
    (true, phone_fast(301, "far_from_now")),
    (false, phone_slow_since(301, "far_from_now", OLD_BY_DIFFERENCE)),
    (true, scanner_fast(301, "far_from_now")),
    (false, scanner_slow(301, "far_from_now")),
    (false, phone_slow_since(302, "code_expired", OLD_BY_AGE)),
    (true, scanner_fast(302, "code_expired")),
    (true, phone_fast(303, "code_not_yet_valid")),
    (false, scanner_slow(303, "code_not_yet_valid")),
];

const OLD_BY_AGE: Text = text(
    "此码已生成{age_s}秒，{of}部手机中{agreeing}部与本设备时间一致：是旧截图，或此手机时间慢了。",
    "The code is {age_s} s old, and {agreeing} of the last {of} phones agree with this scanner: \
     an old picture, or this phone's clock is slow.",
);

const OLD_BY_DIFFERENCE: Text = text(
    "此码是{-ahead_s}秒前的，{of}部手机中{agreeing}部与本设备时间一致：是旧截图，或手机慢了。",
    "The code is {-ahead_s} s old, and {agreeing} of the last {of} phones agree with this \
     scanner: an old picture, or this phone's clock is slow.",
);

const fn phone_fast(number: u16, name: &'static str) -> Message {
    Message {
        number,
        name,
        fault: Fault::PhoneClock,
        reason: text(
            "此手机时间快了{ahead_s}秒：最近{of}部手机中有{agreeing}部与本设备时间一致。",
            "This phone is {ahead_s} s ahead: {agreeing} of the last {of} phones agree with this \
             scanner.",
        ),
        holder: text(
            "请把手机时间设为自动，重新打开一码通再扫；仍不行的，请出示实体社会保障卡。",
            "Please set the phone's time to automatic and open the code again; if that fails, \
             show your physical card.",
        ),
        attendant: SET_PHONE,
        operator: CHECK_IF_SET,
    }
}

const fn phone_slow_since(number: u16, name: &'static str, reason: Text) -> Message {
    Message {
        number,
        name,
        fault: Fault::PhoneClock,
        reason,
        holder: text(
            "请重新打开一码通再扫，不要用截图；仍不行的，把手机时间设为自动。",
            "Please open the code again and scan it, not a picture; if that fails, set the \
             phone's time to automatic.",
        ),
        attendant: SET_PHONE,
        operator: CHECK_IF_SET,
    }
}

const fn scanner_slow(number: u16, name: &'static str) -> Message {
    Message {
        number,
        name,
        fault: Fault::ScannerClock,
        reason: text(
            "本扫码设备时间至少慢了{scanner_behind_s}秒：最近{of}部手机中{agreeing}部时间一致。",
            "This scanner is at least {scanner_behind_s} s behind: {agreeing} of the last {of} \
             phones agree.",
        ),
        holder: SHOW_CARD,
        attendant: SERVE_BY_CARD,
        operator: SET_SCANNER,
    }
}

const fn scanner_fast(number: u16, name: &'static str) -> Message {
    Message {
        number,
        name,
        fault: Fault::ScannerClock,
        reason: text(
            "本扫码设备时间至少快了{-scanner_behind_s}秒：最近{of}部手机中{agreeing}部时间一致。",
            "This scanner is at least {-scanner_behind_s} s ahead: {agreeing} of the last {of} \
             phones agree.",
        ),
        holder: SHOW_CARD,
        attendant: SERVE_BY_CARD,
        operator: SET_SCANNER,
    }
}

/// For the attendant, when the phone's clock is wrong.
const SET_PHONE: Text = text(
    "本设备时间正常。请持卡人重新打开一码通，把手机时间设为自动；不便的，用实体卡办理。",
    "This scanner's clock is right. Have the code opened again and the phone's time set to \
     automatic, or serve them by physical card.",
);

/// For the operator, when the phone's clock is wrong.
const CHECK_IF_SET: Text = text(
    "只有个别手机这样的，不必处理；突然增多的，查扫码设备的时间是否被改过。",
    "Nothing to do for single phones; if there are suddenly many, check whether the scanner's \
     clock was changed.",
);

/// For the operator, when the scanner's clock is wrong.
const SET_SCANNER: Text = text(
    "请校准扫码设备的时间，并打开自动校时。",
    "Set the scanner's clock right, and turn on automatic time.",
);
