//! 1xx: not our code, or unreadable.

use crate::language::text;
use crate::messages::fault::Fault;
use crate::messages::message::Message;
use crate::messages::shared::{OPEN_CODE, SERVE_BY_CARD, SHOW_CARD_LIKELY};

pub(super) const MESSAGES: &[Message] = &[
    Message {
        number: 101,
        name: "empty",
        fault: Fault::Code,
        reason: text("没有读到二维码内容。", "Nothing was read."),
        holder: text(
            "请调亮屏幕，将二维码平对扫码口，再扫一次。",
            "Please turn up the brightness, hold the code flat to the reader and try again.",
        ),
        attendant: text(
            "请持卡人再扫一次；仍读不到的，请改用实体社会保障卡办理。",
            "Let them try again; if still nothing is read, serve them by physical card.",
        ),
        operator: text(
            "检查扫码窗口是否干净，扫码头与设备的连接是否正常。",
            "Check that the reader's window is clean and that the reader is connected.",
        ),
    },
    Message {
        number: 102,
        name: "too_long",
        fault: Fault::Code,
        reason: text(
            "读到{length}字节，超出上限{limit}字节：是别的二维码，或两个码连在了一起。",
            "{length} bytes were read and the limit is {limit}: this is another kind of code, \
             or two codes were read as one.",
        ),
        holder: text(
            "请打开一码通，只将这一个二维码对准扫码口。",
            "Please open the social security card code and hold only that one to the reader.",
        ),
        attendant: text(
            "请持卡人打开一码通再扫一次；仍不行的，请改用实体社会保障卡办理。",
            "Ask for the social security card code and scan again; if that fails, serve them \
             by physical card.",
        ),
        operator: text(
            "检查扫码头是否会把两次扫描连成一次。",
            "Check that the reader ends each scan, so that two scans are not joined.",
        ),
    },
    Message {
        number: 103,
        name: "not_ours",
        fault: Fault::Code,
        reason: text(
            "这是别的二维码，不是社会保障卡一码通。",
            "This is another kind of code, not a social security card code.",
        ),
        holder: OPEN_CODE,
        attendant: text(
            "请帮持卡人打开一码通；不便操作的，请改用实体社会保障卡办理。",
            "Help them open the social security card code, or serve them by physical card.",
        ),
        operator: text(
            "常有人出示同一种码的，请在应用项目清单中登记该码的名称和办法。",
            "If one kind of code is shown often, have its name and what to do listed in the \
             catalogue.",
        ),
    },
    Message {
        number: 104,
        name: "newer_version",
        fault: Fault::Scanner,
        reason: text(
            "这是一码通较新的版本或码种，本扫码设备的软件还不能识别。",
            "This is a newer version or kind of social security card code, which this scanner's \
             software does not know yet.",
        ),
        holder: SHOW_CARD_LIKELY,
        attendant: SERVE_BY_CARD,
        operator: text("请升级扫码设备的软件。", "Update the scanner's software."),
    },
    Message {
        number: 105,
        name: "altered",
        fault: Fault::Scanner,
        reason: text(
            "这是一码通，但内容在传给扫码设备时被改动了。",
            "This is a social security card code, but it was changed on its way to the scanner.",
        ),
        holder: SHOW_CARD_LIKELY,
        attendant: SERVE_BY_CARD,
        operator: text(
            "检查扫码头设置：不改大小写，不加前缀、后缀、空格、换行；具体看 how。",
            "Check the reader's settings: no change of case, no prefix, suffix, space or line \
             end; see the fact how.",
        ),
    },
    Message {
        number: 106,
        name: "not_base45",
        fault: Fault::Code,
        reason: text(
            "二维码内容有缺损，没有读完整。",
            "The code is damaged or was not read in full.",
        ),
        holder: text(
            "请擦净并调亮屏幕，打开一码通再扫一次。",
            "Please wipe the screen, turn up the brightness, open the code and scan again.",
        ),
        attendant: text(
            "请持卡人再扫一次；仍不行的，请改用实体社会保障卡办理。",
            "Let them try again; if that fails, serve them by physical card.",
        ),
        operator: text(
            "同一设备反复出现的，检查扫码头的键盘布局和字符编码设置。",
            "If this scanner keeps saying so, check its reader's keyboard layout and character \
             set.",
        ),
    },
    Message {
        number: 107,
        name: "malformed",
        fault: Fault::App,
        reason: text(
            "二维码内容不完整，或生成它的手机应用有问题。",
            "The code is incomplete, or the app that made it has a fault.",
        ),
        holder: text(
            "请更新手机应用后重新打开一码通；仍不行的，请出示实体社会保障卡。",
            "Please update the app and open the code again; if that fails, show your physical \
             card.",
        ),
        attendant: text(
            "请持卡人再扫一次；仍不行的，请改用实体社会保障卡办理。",
            "Let them try again; if that fails, serve them by physical card.",
        ),
        operator: text(
            "记下 at 和 problem 及手机应用的版本，转应用开发单位查明。",
            "Note the facts at and problem and the app's version, and pass them to the app's \
             makers.",
        ),
    },
    Message {
        number: 108,
        name: "newer_scheme",
        fault: Fault::Scanner,
        reason: text(
            "这张电子卡的格式较新，本扫码设备的软件还不能识别。",
            "This card is of a newer kind, which this scanner's software does not know yet.",
        ),
        holder: SHOW_CARD_LIKELY,
        attendant: SERVE_BY_CARD,
        operator: text("请升级扫码设备的软件。", "Update the scanner's software."),
    },
    Message {
        number: 109,
        name: "unknown_algorithm",
        fault: Fault::Scanner,
        reason: text(
            "本扫码设备还不支持这个码的签名方式。",
            "The code is signed in a way that this scanner does not support yet.",
        ),
        holder: SHOW_CARD_LIKELY,
        attendant: SERVE_BY_CARD,
        operator: text(
            "请升级扫码设备的软件；已是最新版的，转发卡机构查明。",
            "Update the scanner's software; if it is the newest, pass this to the card-issuing \
             agency.",
        ),
    },
    Message {
        number: 110,
        name: "foreign_code",
        fault: Fault::Code,
        reason: text(
            "这是{name_zh}，不是社会保障卡一码通。",
            "This is {name_en}, not a social security card code.",
        ),
        holder: OPEN_CODE,
        attendant: text(
            "{advice_zh}也可请持卡人打开一码通，或出示实体社会保障卡。",
            "{advice_en} Or ask for the social security card code or the physical card.",
        ),
        operator: text(
            "这里也应受理该码的，请联系应用项目清单的发布单位。",
            "If that code should be taken here as well, tell the publisher of the catalogue.",
        ),
    },
];
