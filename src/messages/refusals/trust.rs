//! 2xx: who has signed.

use crate::language::text;
use crate::messages::fault::Fault;
use crate::messages::message::Message;
use crate::messages::shared::{
    ASK_CALMLY, RENEW_CARD, SERVE_AND_REMIND, SERVE_BY_CARD, SHOW_CARD_LIKELY,
};

pub(super) const MESSAGES: &[Message] = &[
    Message {
        number: 201,
        name: "unknown_issuer",
        fault: Fault::Scanner,
        reason: text(
            "本扫码设备的名单里查不到这张卡的发卡机构（编号{key_id}），名单可能未更新。",
            "This scanner's list does not have the issuer of this card (key {key_id}); the \
             list may be out of date.",
        ),
        holder: SHOW_CARD_LIKELY,
        attendant: SERVE_BY_CARD,
        operator: text(
            "请更新发卡机构名单；名单已是最新的，查明这个码的来源。",
            "Update the trust list; if it is the newest, look into where this code comes from.",
        ),
    },
    Message {
        number: 202,
        name: "region_not_allowed",
        fault: Fault::Issuer,
        reason: text(
            "发卡机构（{issuer_zh}）的授权不包括这张卡所写的地区（{region}）。",
            "The issuer ({issuer_en}) is not authorised for the region that this card states \
             ({region}).",
        ),
        holder: text(
            "请出示实体社会保障卡办理，并拨打12345热线报此编号。",
            "Please show your physical card, and tell the 12345 hotline this number.",
        ),
        attendant: ASK_CALMLY,
        operator: text(
            "请更新发卡机构名单；仍出现的，向发卡机构核实是误签还是伪造。",
            "Update the trust list; if it recurs, ask the issuer whether it is a mistake or a \
             forgery.",
        ),
    },
    Message {
        number: 203,
        name: "issuer_key_not_yet_valid",
        fault: Fault::ScannerClock,
        reason: text(
            "发卡机构（{issuer_zh}）的签发授权还未生效，也可能是扫码设备时间慢了。",
            "The issuer's ({issuer_en}) authority to sign has not begun, or this scanner's clock \
             is slow.",
        ),
        holder: SHOW_CARD_LIKELY,
        attendant: SERVE_BY_CARD,
        operator: text(
            "请核对扫码设备的时间；时间无误的，向发卡机构核实启用日期。",
            "Check the scanner's clock; if it is right, ask the issuer from when its key counts.",
        ),
    },
    Message {
        number: 204,
        name: "issuer_key_expired",
        fault: Fault::Issuer,
        reason: text(
            "发卡机构（{issuer_zh}）签发这张电子卡的授权已到期，需要更新。",
            "The authority with which the issuer ({issuer_en}) signed this card has expired; the \
             card needs renewing.",
        ),
        holder: RENEW_CARD,
        attendant: SERVE_AND_REMIND,
        operator: text(
            "请更新发卡机构名单并核对设备时间；都无误的，请发卡机构换发。",
            "Update the trust list and check the scanner's clock; if both are right, ask the \
             issuer to reissue.",
        ),
    },
    Message {
        number: 205,
        name: "issuer_key_withdrawn",
        fault: Fault::Issuer,
        reason: text(
            "发卡机构（{issuer_zh}）停用了签发这张电子卡的授权；这不表示卡已注销。",
            "The issuer ({issuer_en}) has withdrawn the key that signed this card; this does not \
             mean the card is cancelled.",
        ),
        holder: RENEW_CARD,
        attendant: SERVE_AND_REMIND,
        operator: text(
            "请按发卡机构的停用公告处理，并核查同一密钥的受理记录。",
            "Follow the issuer's notice, and review what was accepted under the same key.",
        ),
    },
    Message {
        number: 206,
        name: "card_forged",
        fault: Fault::Forgery,
        reason: text(
            "无法确认这张电子卡由发卡机构签发。",
            "It cannot be confirmed that this card comes from its issuing agency.",
        ),
        holder: text(
            "请在手机应用中重新领取电子社会保障卡；本次请出示实体卡办理。",
            "Please load the card into the app again; this time, show your physical card.",
        ),
        attendant: ASK_CALMLY,
        operator: text(
            "记下时间、地点和应用版本，更新名单；仍出现的，按疑似伪造查明。",
            "Note time, place and app version; update the trust list; if it recurs, look into \
             a forgery.",
        ),
    },
    Message {
        number: 207,
        name: "code_forged",
        fault: Fault::Forgery,
        reason: text(
            "无法确认这个码由登记的那部手机生成。",
            "It cannot be confirmed that this code was made by the phone registered for the card.",
        ),
        holder: text(
            "请重新打开一码通再扫；仍不行的，请重新领取电子社会保障卡，并先出示实体卡。",
            "Please open the code again; if that fails, load the card again and show your \
             physical card meanwhile.",
        ),
        attendant: ASK_CALMLY,
        operator: text(
            "记下时间、地点和应用版本；同一应用多次出现查应用，否则按疑似伪造查明。",
            "Note time, place and app version; if one app recurs, check it, else look into a \
             forgery.",
        ),
    },
    Message {
        number: 208,
        name: "signature_missing",
        fault: Fault::Forgery,
        reason: text(
            "这个码缺少必需的防伪签名。",
            "The code lacks a signature that every code must have.",
        ),
        holder: text(
            "请从官方渠道更新手机应用，再打开一码通；本次请出示实体卡办理。",
            "Please update the app from its official source; this time, show your physical card.",
        ),
        attendant: ASK_CALMLY,
        operator: text(
            "看 signer 缺谁的签名，记下应用版本；查明是应用故障还是签名被去掉。",
            "See signer for whose it is, note the app's version; find out if the app failed or \
             it was taken off.",
        ),
    },
    Message {
        number: 209,
        name: "algorithm_mismatch",
        fault: Fault::Forgery,
        reason: text(
            "这个码的签名方式（{named}）与登记的（{key}）不一致。",
            "The code states another way of signing ({named}) than the registered one ({key}).",
        ),
        holder: text(
            "请从官方渠道更新手机应用，再打开一码通；本次请出示实体卡办理。",
            "Please update the app from its official source; this time, show your physical card.",
        ),
        attendant: ASK_CALMLY,
        operator: text(
            "看 signer 是哪一方，更新名单，记下应用版本；查明是故障还是伪造。",
            "See signer for whose it is, update the trust list, note the app's version; find \
             out if it is a fault or a forgery.",
        ),
    },
    Message {
        number: 210,
        name: "invalid_phone_key",
        fault: Fault::Issuer,
        reason: text(
            "发卡机构签发这张电子卡时，登记的手机信息有误。",
            "The issuing agency signed this card with phone details that cannot be right.",
        ),
        holder: text(
            "请在手机应用中重新领取电子社会保障卡；本次请出示实体卡办理。",
            "Please load the card into the app again; this time, show your physical card.",
        ),
        attendant: text(
            "请改用实体社会保障卡办理，并提醒持卡人重新领取电子社会保障卡。",
            "Serve the person by physical card and remind them to load the card into the app \
             again.",
        ),
        operator: text(
            "请发卡机构检查签发程序，并重新签发这张电子卡。",
            "Ask the issuer to check how it signs cards, and to sign this one again.",
        ),
    },
    Message {
        number: 211,
        name: "algorithm_not_allowed",
        fault: Fault::Issuer,
        reason: text(
            "这张电子卡或这个码的签名方式（{algorithm}）已停止使用。",
            "The card or the code is signed in a way ({algorithm}) that is no longer admitted.",
        ),
        holder: text(
            "请更新手机应用和电子社会保障卡；本次请出示实体卡办理。",
            "Please update the app and renew the card in it; this time, show your physical card.",
        ),
        attendant: SERVE_AND_REMIND,
        operator: text(
            "请核对名单中准许的签名方式；属正常停用的，请发卡机构换发。",
            "Check which algorithms the trust list admits; if it was retired as planned, ask \
             the issuer to reissue.",
        ),
    },
];
