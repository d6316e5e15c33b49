//! Texts that several messages share.

use crate::language::{text, Text};

/// For the holder, when the scanner is the cause.
pub(super) const SHOW_CARD: Text = text(
    "问题在扫码设备，不在您的卡。请出示实体社会保障卡办理。",
    "The scanner is the cause, not your card. Please show your physical card instead.",
);

/// For the holder, when the scanner is the likely cause.
pub(super) const SHOW_CARD_LIKELY: Text = text(
    "问题多半在扫码设备。请出示实体社会保障卡办理。",
    "The scanner is the likely cause. Please show your physical card instead.",
);

/// For the holder, when something else was shown.
pub(super) const OPEN_CODE: Text = text(
    "请在手机应用中打开电子社会保障卡的一码通，再扫一次。",
    "Please open the social security card code in the app and scan again.",
);

/// For the holder, when the card in the app must be renewed.
pub(super) const RENEW_CARD: Text = text(
    "请联网后在手机应用中更新电子社会保障卡；本次请出示实体卡办理。",
    "Please go online and renew the card in the app; this time, show your physical card.",
);

/// For the attendant, when the scanner is the cause: nobody may be sent away for it (article 22).
pub(super) const SERVE_BY_CARD: Text = text(
    "请改用实体社会保障卡或其他有效证件办理，不得因此拒绝服务，并报修设备。",
    "Serve the person by physical card or other ID; do not turn them away. Report this scanner.",
);

/// For the attendant, when the card in the app must be renewed.
pub(super) const SERVE_AND_REMIND: Text = text(
    "请改用实体社会保障卡办理，并提醒持卡人更新手机里的电子社会保障卡。",
    "Serve the person by physical card and remind them to renew the card in the app.",
);

/// For the attendant, when the code may be a forgery. A broken app makes such codes too.
pub(super) const ASK_CALMLY: Text = text(
    "请平和地请其出示实体社会保障卡或其他身份证件；应用故障也会这样，请勿指责。",
    "Calmly ask for the physical card or other ID. A broken app can cause this too: accuse nobody.",
);
