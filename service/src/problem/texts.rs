//! The words for each problem. A table.

use super::{Kind, Text};

const fn texts(zh: [&'static str; 2], en: [&'static str; 2]) -> [Text; 2] {
    [Text { reason: zh[0], advice: zh[1] }, Text { reason: en[0], advice: en[1] }]
}

pub(super) fn of(kind: Kind) -> [Text; 2] {
    match kind {
        Kind::Form => texts(
            ["请求的格式不对。", "请应用开发者对照接口文档检查请求。"],
            [
                "The request has another form.",
                "The app's developers compare it with the interface.",
            ],
        ),
        Kind::TooLarge => texts(
            ["请求超过大小上限。", "请应用开发者检查请求内容。"],
            ["The request is too large.", "The app's developers check what it sends."],
        ),
        Kind::NoSuchEndpoint => texts(
            ["没有这个接口。", "请应用开发者对照接口文档检查地址和方法。"],
            ["There is no such endpoint.", "The app's developers check address and method."],
        ),
        Kind::TimedOut => texts(
            ["处理超时，结果未知。", "请稍后用同一请求重试，不会重复办理。"],
            [
                "The request took too long.",
                "Send the same request again later; nothing is done twice.",
            ],
        ),
        Kind::NoToken => {
            texts(["没有登录。", "请先登录再办理。"], ["Nobody is signed in.", "Sign in first."])
        }
        Kind::BadToken => texts(
            ["登录凭据无效。", "请重新登录。"],
            ["The sign-in is not valid.", "Sign in again."],
        ),
        Kind::TokenTime => texts(
            ["登录已过期或尚未生效。", "请重新登录。"],
            ["The sign-in has expired, or is not valid yet.", "Sign in again."],
        ),
        Kind::TokenAudience => texts(
            ["登录凭据不是给本服务的。", "请从发卡机构的应用重新登录。"],
            ["The sign-in is for another service.", "Sign in again in the issuer's app."],
        ),
        Kind::NotAllowed => texts(
            ["无权办理此项业务。", "请由有权限的人员办理。"],
            ["This account may not do that.", "Somebody with that role does it."],
        ),
        Kind::NoKeys => texts(
            ["暂时无法核验登录。", "请稍后重试。"],
            ["The sign-in cannot be checked at the moment.", "Try again later."],
        ),
        Kind::BadGrant => texts(
            ["领卡码无效、已用过或已过期。", "请向窗口索取新的领卡码。"],
            [
                "The code from the counter is unknown, used or expired.",
                "Ask the counter for a new one.",
            ],
        ),
        Kind::NoAttestation => texts(
            ["缺少手机密钥的证明。", "请使用发卡机构的正式应用。"],
            ["The proof of the phone's hardware is missing.", "Use the issuer's own app."],
        ),
        Kind::BadAttestation => texts(
            ["手机密钥的证明不成立。", "请换一部手机，或到窗口办理。"],
            [
                "The proof of the phone's hardware does not hold.",
                "Use another phone, or go to a counter.",
            ],
        ),
        Kind::NoSuchCard => texts(
            ["没有这张卡。", "请核对后重试，或到窗口办理。"],
            ["There is no such card.", "Check it, or go to a counter."],
        ),
        Kind::TooManyPhones => texts(
            ["此卡已在允许数量的手机上。", "请先迁移或注销其中一部手机上的卡。"],
            ["The card is on as many phones as are allowed.", "Move it, or report one phone."],
        ),
        Kind::NoPosition => texts(
            ["暂时不能发新卡。", "请稍后重试；发卡机构须扩充名单。"],
            ["No new card can be issued now.", "Try later; the issuer has to enlarge its lists."],
        ),
        Kind::UnknownPhone => texts(
            ["这部手机上没有卡。", "请重新申领。"],
            ["No card is on this phone.", "Apply for one."],
        ),
        Kind::TooMany => texts(
            ["请求过于频繁。", "请过一会儿再试。"],
            ["There were too many requests.", "Wait a while and try again."],
        ),
        Kind::Overloaded => texts(
            ["服务繁忙。", "应用会自动稍后重试；现有的码照常可用。"],
            ["The service is busy.", "The app tries again by itself; codes go on working."],
        ),
        Kind::NoBooks => texts(
            ["服务暂时不可用。", "应用会自动稍后重试；现有的码照常可用。"],
            [
                "The service is not available.",
                "The app tries again by itself; codes go on working.",
            ],
        ),
        Kind::NoSignature => texts(
            ["暂时无法签发。", "应用会自动稍后重试；现有的码照常可用。"],
            [
                "Nothing can be signed at the moment.",
                "The app tries again by itself; codes go on working.",
            ],
        ),
        Kind::Internal => texts(
            ["服务出错。", "请稍后重试，并告知运营人员错误编号。"],
            ["The service made a mistake.", "Try later, and tell the operator this number."],
        ),
        Kind::ReferenceTaken => texts(
            ["此编号已有内容不同的卡。", "请核对编号和内容。"],
            ["This reference has a different card.", "Check the reference and what was sent."],
        ),
        Kind::NotPublished => texts(
            ["名单没有发布成功。", "业务已记录；请运营人员检查密钥和目录，服务会再试。"],
            [
                "The lists were not published.",
                "The books are safe; check key and folder. It is tried again.",
            ],
        ),
    }
}
