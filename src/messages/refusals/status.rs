//! 4xx: the status of the card.

use crate::language::text;
use crate::messages::fault::Fault;
use crate::messages::message::Message;
use crate::messages::shared::{SERVE_BY_CARD, SHOW_CARD_LIKELY};

pub(super) const MESSAGES: &[Message] = &[
    Message {
        number: 401,
        name: "card_revoked",
        fault: Fault::Card,
        reason: text(
            "此卡已注销，或已补换新卡。",
            "This card has been cancelled, or replaced by a new one.",
        ),
        holder: text(
            "已补换的，请在手机应用中更新电子卡；有疑问请拨打12345热线报此编号。",
            "If you have a new card, renew it in the app; if in doubt, tell the 12345 hotline \
             this number.",
        ),
        attendant: text(
            "请其出示补换后的新卡或其他身份证件办理；可能只是手机里还未更新，请勿指责。",
            "Ask for the new card or other ID. Perhaps the app is just not up to date: accuse \
             nobody.",
        ),
        operator: text(
            "请向发卡机构核实注销、补换情况；登记有误的，请其更正并重发状态名单。",
            "Ask the issuer about the cancelling or replacing; if it is a mistake, have the \
             status list corrected.",
        ),
    },
    Message {
        number: 402,
        name: "card_suspended",
        fault: Fault::Card,
        reason: text("此卡已挂失。", "This card has been reported lost."),
        holder: text(
            "卡已找回的，请向发卡机构解除挂失；本次请出示其他身份证件办理。",
            "If you have found the card, ask its issuing agency to lift the report; this time, \
             show other ID.",
        ),
        attendant: text(
            "请核验其他身份证件后办理；可能是本人挂失后未解除，请勿指责或扣留手机。",
            "Serve the person by other ID. Perhaps they reported it themselves: accuse nobody, \
             keep no phone.",
        ),
        operator: text(
            "已解除挂失仍出现的，请更新状态名单，并看名单时间（as_of_unix_s）。",
            "If the report has been lifted, update the status list and look at its time, \
             as_of_unix_s.",
        ),
    },
    Message {
        number: 403,
        name: "status_unknown",
        fault: Fault::Scanner,
        reason: text(
            "本扫码设备暂时查不到这张卡的状态；这不表示卡有问题。",
            "This scanner cannot tell the card's status at present; this does not mean \
             anything is wrong with the card.",
        ),
        holder: SHOW_CARD_LIKELY,
        attendant: SERVE_BY_CARD,
        operator: text(
            "请更新状态名单；why：none 没有，old 过旧，unreadable 读不出，withdrawn 密钥已停用。",
            "Update the status list; the fact why says whether it is missing (none), too old \
             (old), unreadable, or by a key that has been withdrawn.",
        ),
    },
    Message {
        number: 404,
        name: "specimen",
        fault: Fault::Code,
        reason: text(
            "这是演练用卡，不能办理真实业务。",
            "This is a practice card, not for real services.",
        ),
        holder: text(
            "请换成您本人的电子社会保障卡，再打开一码通。",
            "Please switch to your own card in the app and open its code.",
        ),
        attendant: text(
            "请持卡人出示本人的卡；属于演练的，请换用演练设备。",
            "Ask for the person's own card; for a rehearsal, use a practice scanner.",
        ),
        operator: text(
            "演练请用允许演练卡的设备；市民手机里有演练卡的，请发卡机构查明。",
            "Rehearse on scanners that admit practice cards; if a citizen's phone holds one, \
             ask the issuer why.",
        ),
    },
];
