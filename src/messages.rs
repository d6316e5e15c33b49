//! What people are told about each refusal, in Chinese and English, as data in one place.
//!
//! Uses refusals, their numbers and facts, and nothing else; it decides nothing.
//! Specification: docs/SPEC.md section 13.

use std::fmt;

use crate::clock::ClockBlame;
use crate::scan::{EndReason, Ending, Fact, Refusal};

/// A language of the texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Language {
    /// Chinese as written in mainland China (zh-CN).
    Zh,
    /// English (en).
    En,
}

/// One sentence, or two short ones, in both languages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Text {
    /// Chinese (zh-CN).
    pub zh: &'static str,
    /// English.
    pub en: &'static str,
}

impl Text {
    /// The text in one language.
    pub fn in_language(self, language: Language) -> &'static str {
        match language {
            Language::Zh => self.zh,
            Language::En => self.en,
        }
    }
}

/// Where the cause of a refusal most likely lies, and so who can put it right.
///
/// It sorts refusals for a hotline and for statistics. It accuses nobody, and is not for display.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Fault {
    /// What was shown, or how it was held: another kind of code, an old one, one for something
    /// else. Showing the right one helps.
    Code,
    /// The app on the phone: it makes codes that are none. Its makers can put it right.
    App,
    /// The clock of the phone or that of the scanner, or a picture of a code; one scan cannot
    /// tell which.
    Clocks,
    /// The phone's clock, or an old picture: the scanner's clock agrees with those of other phones.
    PhoneClock,
    /// The scanner's clock.
    ScannerClock,
    /// The scanner's lists, settings or software. The holder must be served in another way.
    Scanner,
    /// The card: expired, reported lost, cancelled, or a function is not activated. Holder and
    /// issuer can put it right together.
    Card,
    /// The card-issuing agency and its keys. It must reissue or explain.
    Issuer,
    /// A rule of the application, as published in the catalogue. Another way may be open.
    Rule,
    /// A forgery or a broken app; a scan cannot tell which. The operator must look into it.
    Forgery,
}

impl Fault {
    /// A short name that never changes, for vectors and logs.
    pub fn name(self) -> &'static str {
        match self {
            Fault::Code => "code",
            Fault::App => "app",
            Fault::Clocks => "clocks",
            Fault::PhoneClock => "phone_clock",
            Fault::ScannerClock => "scanner_clock",
            Fault::Scanner => "scanner",
            Fault::Card => "card",
            Fault::Issuer => "issuer",
            Fault::Rule => "rule",
            Fault::Forgery => "forgery",
        }
    }
}

/// What people are told about one number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Message {
    /// The number; see [`Refusal::number`].
    pub number: u16,
    /// The refusal's name in snake case. It never changes.
    pub name: &'static str,
    /// Where the cause most likely lies.
    pub fault: Fault,
    /// Why the code is refused, for everybody to read. `{age_s}` and the like stand for facts of
    /// the refusal; [`Refusal::text`] fills them in.
    pub reason: Text,
    /// What the citizen can do.
    pub holder: Text,
    /// What the person at the desk can do. Where it names facts, [`Refusal::attendant`] fills
    /// them in.
    pub attendant: Text,
    /// What the operator's technician and the hotline look at. It may name a fact of the refusal.
    pub operator: Text,
}

impl Message {
    /// The message with this number, for a hotline that has nothing but the number.
    pub fn of(number: u16) -> Option<&'static Message> {
        let index = MESSAGES.binary_search_by_key(&number, |message| message.number).ok()?;
        MESSAGES.get(index)
    }
}

impl Refusal {
    /// What people are told about it. A refusal because of time has another message where it is
    /// known which clock is to blame; see [`CLOCK_MESSAGES`].
    pub fn message(&self) -> &'static Message {
        // A test shows that every refusal has its message.
        self.clock_message().or_else(|| Message::of(self.number())).unwrap_or(&UNLISTED)
    }

    /// Where the cause lies, as far as it is known.
    pub fn fault(&self) -> Fault {
        self.message().fault
    }

    fn clock_message(&self) -> Option<&'static Message> {
        let (fault, ahead) = match (self.clock(), self) {
            (ClockBlame::Unknown, _) => return None,
            (ClockBlame::Scanner(estimate), _) => (Fault::ScannerClock, estimate.behind_s < 0),
            (ClockBlame::Phone(_), Refusal::FarFromNow { ahead_s, .. }) => {
                (Fault::PhoneClock, *ahead_s > 0)
            }
            (ClockBlame::Phone(_), Refusal::CodeNotYetValid { .. }) => (Fault::PhoneClock, true),
            (ClockBlame::Phone(_), _) => (Fault::PhoneClock, false),
        };
        let number = self.number();
        CLOCK_MESSAGES.iter().find_map(|(blamed_ahead, message)| {
            let wanted = (message.number, message.fault, *blamed_ahead) == (number, fault, ahead);
            wanted.then_some(message)
        })
    }

    /// The reason as one sentence, with its facts filled in.
    pub fn text(&self, language: Language) -> String {
        fill(self.message().reason.in_language(language), &self.facts())
    }

    /// What the person at the desk can do, with its facts filled in: for a code of another system
    /// that is the advice of the catalogue.
    pub fn attendant(&self, language: Language) -> String {
        fill(self.message().attendant.in_language(language), &self.facts())
    }
}

impl Ending {
    /// Why an application stops, as one sentence; when and for whom is in the fields.
    pub fn text(&self, language: Language) -> String {
        let mut facts = Vec::new();
        let template = match &self.reason {
            EndReason::NoTrustList => text("没有发卡机构名单。", "There is no trust list."),
            EndReason::NoCatalogue => text("没有应用项目清单。", "There is no catalogue."),
            EndReason::ScannerClockBehind { behind_s } => {
                facts.push(("behind_s", Fact::Number(*behind_s)));
                text(
                    "扫码设备的时间慢了至少{behind_s}秒。",
                    "The scanner's clock is at least {behind_s} s behind.",
                )
            }
            EndReason::TrustListExpires => text("发卡机构名单到期。", "The trust list expires."),
            EndReason::CatalogueExpires => text("应用项目清单到期。", "The catalogue expires."),
            EndReason::EntryEnds => text(
                "本服务项目在清单中的期限结束。",
                "The application's entry in the catalogue ends.",
            ),
            EndReason::EntryNotYet { .. } => text(
                "本服务项目在清单中的期限还没有开始。",
                "The application's entry in the catalogue has not begun.",
            ),
            EndReason::NoIssuer => text(
                "名单中没有本服务项目接受的发卡机构。",
                "The trust list has no issuer whose cards the application takes.",
            ),
            EndReason::KeyEnds { .. } => {
                text("发卡机构（{issuer}）的密钥到期。", "A key of the issuer {issuer} expires.")
            }
            EndReason::KeyWithdrawn { .. } => text(
                "发卡机构（{issuer}）的密钥被停用。",
                "A key of the issuer {issuer} is withdrawn.",
            ),
            EndReason::KeyNotYet { .. } => text(
                "发卡机构（{issuer}）的密钥还没有启用。",
                "No key of the issuer {issuer} has begun to count.",
            ),
            EndReason::IssuerAlgorithmEnds { algorithm, .. } => {
                facts.push(("algorithm", Fact::Text(algorithm.to_string())));
                text(
                    "发卡机构（{issuer}）的密钥所用算法{algorithm}停用。",
                    "The algorithm {algorithm} is no longer admitted for the issuer {issuer}.",
                )
            }
            EndReason::PhoneAlgorithmEnds { algorithm } => {
                facts.push(("algorithm", Fact::Text(algorithm.to_string())));
                text(
                    "手机密钥所用算法{algorithm}停用。",
                    "The algorithm {algorithm} is no longer admitted for phones.",
                )
            }
            EndReason::NoStatusList { .. } => text(
                "没有发卡机构（{issuer}）的卡状态名单。",
                "There is no status list of the issuer {issuer}.",
            ),
            EndReason::StatusTooOld { .. } => text(
                "发卡机构（{issuer}）的卡状态名单超出本服务项目允许的时间。",
                "The status list of the issuer {issuer} gets too old for this application.",
            ),
            EndReason::StatusExpires { .. } => text(
                "发卡机构（{issuer}）的卡状态名单到期。",
                "The status list of the issuer {issuer} expires.",
            ),
            EndReason::StatusKeyEnds { .. } => text(
                "签发该名单的密钥不再有效：发卡机构（{issuer}）的卡状态名单不能再用。",
                "The key that signed the status list of the issuer {issuer} counts no longer.",
            ),
        };
        facts.extend(self.reason.issuer().map(|id| ("issuer", Fact::Text(id.to_owned()))));
        fill(template.in_language(language), &facts)
    }
}

/// The number and the reason in English: `401 This card has been cancelled, or …`.
impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.number(), self.text(Language::En))
    }
}

impl std::error::Error for Refusal {}

/// Puts facts in the place of their names in braces, in one pass: a fact that has braces itself
/// stays as it is. A name without a fact is left out; `{-name}` is a number with its sign changed.
fn fill(template: &str, facts: &[(&'static str, Fact)]) -> String {
    let mut text = String::with_capacity(template.len());
    let mut rest = template;
    while let Some((before, (name, after))) =
        rest.split_once('{').and_then(|(before, rest)| Some((before, rest.split_once('}')?)))
    {
        text.push_str(before);
        let (name, negated) = name.strip_prefix('-').map_or((name, false), |name| (name, true));
        if let Some((_, fact)) = facts.iter().find(|(fact, _)| *fact == name) {
            match fact {
                Fact::Number(number) if negated => {
                    text.push_str(&number.saturating_neg().to_string())
                }
                fact => text.push_str(&fact.to_string()),
            }
        }
        rest = after;
    }
    text.push_str(rest);
    text
}

const fn text(zh: &'static str, en: &'static str) -> Text {
    Text { zh, en }
}

/// To the holder, when the scanner is the cause.
const SHOW_CARD: Text = text(
    "问题在扫码设备，不在您的卡。请出示实体社会保障卡办理。",
    "The scanner is the cause, not your card. Please show your physical card instead.",
);

/// To the holder, when the scanner is the likely cause.
const SHOW_CARD_LIKELY: Text = text(
    "问题多半在扫码设备。请出示实体社会保障卡办理。",
    "The scanner is the likely cause. Please show your physical card instead.",
);

/// To the holder, when something else was shown.
const OPEN_CODE: Text = text(
    "请在手机应用中打开电子社会保障卡的一码通，再扫一次。",
    "Please open the social security card code in the app and scan again.",
);

/// To the holder, when the card in the app has to be renewed.
const RENEW_CARD: Text = text(
    "请联网后在手机应用中更新电子社会保障卡；本次请出示实体卡办理。",
    "Please go online and renew the card in the app; this time, show your physical card.",
);

/// To the attendant, when the scanner is the cause: nobody is sent away for it (article 22).
const SERVE_BY_CARD: Text = text(
    "请改用实体社会保障卡或其他有效证件办理，不得因此拒绝服务，并报修设备。",
    "Serve the person by physical card or other ID; do not turn them away. Report this scanner.",
);

/// To the attendant, when the card in the app has to be renewed.
const SERVE_AND_REMIND: Text = text(
    "请改用实体社会保障卡办理，并提醒持卡人更新手机里的电子社会保障卡。",
    "Serve the person by physical card and remind them to renew the card in the app.",
);

/// To the attendant, when the code may be a forgery. A broken app makes such codes, too.
const ASK_CALMLY: Text = text(
    "请平和地请其出示实体社会保障卡或其他身份证件；应用故障也会这样，请勿指责。",
    "Calmly ask for the physical card or other ID. A broken app can cause this too: accuse nobody.",
);

/// In place of a message that is missing from [`MESSAGES`].
static UNLISTED: Message = Message {
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

/// What is told in place of the usual message where it is known which clock is to blame, and
/// whether that clock is ahead: by number, then the phone's, then the scanner's.
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

/// To the attendant, when it is the phone's clock.
const SET_PHONE: Text = text(
    "本设备时间正常。请持卡人重新打开一码通，把手机时间设为自动；不便的，用实体卡办理。",
    "This scanner's clock is right. Have the code opened again and the phone's time set to \
     automatic, or serve them by physical card.",
);

/// To the operator, when it is the phone's clock.
const CHECK_IF_SET: Text = text(
    "只有个别手机这样的，不必处理；突然增多的，查扫码设备的时间是否被改过。",
    "Nothing to do for single phones; if there are suddenly many, check whether the scanner's \
     clock was changed.",
);

/// To the operator, when it is the scanner's clock.
const SET_SCANNER: Text = text(
    "请校准扫码设备的时间，并打开自动校时。",
    "Set the scanner's clock right, and turn on automatic time.",
);

/// All messages, ascending by number.
pub static MESSAGES: &[Message] = &[
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
            "这是第{version}版一码通，本扫码设备的软件还不能识别。",
            "This code is of version {version}, which this scanner's software does not know yet.",
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
            "发卡机构（{issuer}）的授权不包括这张卡所写的地区（{region}）。",
            "The issuer ({issuer}) is not authorised for the region that this card states \
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
            "发卡机构（{issuer}）的签发授权还未生效，也可能是扫码设备时间慢了。",
            "The issuer's ({issuer}) authority to sign has not begun, or this scanner's clock \
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
            "发卡机构（{issuer}）签发这张电子卡的授权已到期，需要更新。",
            "The authority with which the issuer ({issuer}) signed this card has expired; the \
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
            "发卡机构（{issuer}）停用了签发这张电子卡的授权；这不表示卡已注销。",
            "The issuer ({issuer}) has withdrawn the key that signed this card; this does not \
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
            "请更新状态名单；看 why：none 为没有，old 为过旧，unreadable 为无法读取。",
            "Update the status list; the fact why says whether it is missing (none), too old \
             (old) or unreadable.",
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
    Message {
        number: 501,
        name: "not_accepted_here",
        fault: Fault::Rule,
        reason: text(
            "第{application}号服务项目没有在本地区（{place}）开通。",
            "Service no. {application} is not offered in this area ({place}).",
        ),
        holder: text(
            "请询问工作人员其他办法，或拨打12345热线查询受理地点。",
            "Please ask the staff for another way, or ask the 12345 hotline where it is offered.",
        ),
        attendant: text(
            "请说明原因并提供其他办理方式；本地已开通的，请用实体卡办理并报修设备。",
            "Explain, and offer another way; if it is offered here, serve by physical card and \
             report this scanner.",
        ),
        operator: text(
            "请核对扫码设备的地区代码和服务项目号，并更新应用项目清单。",
            "Check which place and service this scanner is set to, and update the catalogue.",
        ),
    },
    Message {
        number: 502,
        name: "issuer_not_accepted",
        fault: Fault::Rule,
        reason: text(
            "本服务项目还不受理该发卡机构（{issuer}）的卡。",
            "This service does not take cards of this issuer ({issuer}) yet.",
        ),
        holder: text(
            "请询问工作人员其他办法，或拨打12345热线报此编号。",
            "Please ask the staff for another way, or tell the 12345 hotline this number.",
        ),
        attendant: text(
            "请说明原因，并提供其他办理方式，如人工窗口或其他身份证件。",
            "Explain, and offer another way, such as the staffed counter or other ID.",
        ),
        operator: text(
            "请更新应用项目清单；应受理而未列入的，请发布单位更正。",
            "Update the catalogue; if the issuer should be in it, have its publisher correct it.",
        ),
    },
    Message {
        number: 503,
        name: "entitlement_missing",
        fault: Fault::Card,
        reason: text(
            "这张电子卡还没有开通本服务需要的功能：{missing_zh}。",
            "This card lacks a function that this service needs: {missing_en}.",
        ),
        holder: text(
            "请在手机应用或发卡机构开通后更新电子卡；跨省就医请先办理异地就医备案。",
            "Activate it in the app or with the issuer, then renew the card; for treatment in \
             another province, register first.",
        ),
        attendant: text(
            "请告知怎样开通；就医等急事，请先用其他方式办理。",
            "Explain how to activate it; if it is urgent, such as medical care, serve the \
             person another way first.",
        ),
        operator: text(
            "按 missing 和清单查明缺哪项功能；已开通的，请其在应用中更新电子卡。",
            "Find the function from missing and the catalogue; if it is active, have the card \
             renewed in the app.",
        ),
    },
    Message {
        number: 504,
        name: "code_too_old",
        fault: Fault::Code,
        reason: text(
            "此码已生成{age_s}秒，本服务要求不超过{max_age_s}秒。",
            "The code is {age_s} s old; this service asks for one of at most {max_age_s} s.",
        ),
        holder: text(
            "请重新打开一码通，马上再扫。",
            "Please open the code again and scan it at once.",
        ),
        attendant: text(
            "请持卡人重新打开一码通后马上再扫；仍不行的，请改用实体社会保障卡办理。",
            "Have the code opened again and scanned at once; if that fails, serve them by \
             physical card.",
        ),
        operator: text(
            "多人都这样的，请核对扫码设备的时间和清单规定的秒数。",
            "If it happens to many, check the scanner's clock and the seconds that the \
             catalogue sets.",
        ),
    },
    Message {
        number: 505,
        name: "not_bound",
        fault: Fault::Code,
        reason: text(
            "本服务（第{application}号）需要专门为它生成的码。",
            "This service (no. {application}) takes only a code made for it.",
        ),
        holder: text(
            "请在手机应用中选择本服务项目，再出示新的码。",
            "Please choose this service in the app and show the new code.",
        ),
        attendant: text(
            "请帮持卡人在应用中选择本服务；不便操作的，请改用实体社会保障卡办理。",
            "Help them choose this service in the app, or serve them by physical card.",
        ),
        operator: text(
            "请核对清单是否要求专用码，以及手机应用的版本是否支持。",
            "Check that the catalogue asks for codes of its own here, and that the app's \
             version can make them.",
        ),
    },
    Message {
        number: 506,
        name: "bound_to_other",
        fault: Fault::Code,
        reason: text(
            "此码是为第{bound_to}号服务生成的，这里是第{application}号服务。",
            "The code was made for service no. {bound_to}; this is service no. {application}.",
        ),
        holder: text(
            "请在手机应用中返回一码通，或选择本服务项目，再出示新的码。",
            "Please go back to the everyday code in the app, or choose this service, and show \
             the new code.",
        ),
        attendant: text(
            "请帮持卡人换成本服务的码；不便操作的，请改用实体社会保障卡办理。",
            "Help them switch to a code for this service, or serve them by physical card.",
        ),
        operator: text(
            "多人都这样的，请核对扫码设备设置的服务项目号。",
            "If it happens to many, check which service this scanner is set to.",
        ),
    },
    Message {
        number: 507,
        name: "challenge_missing",
        fault: Fault::Code,
        reason: text(
            "此码没有回应扫码设备显示的核验码。",
            "The code does not answer the check code that this scanner shows.",
        ),
        holder: text(
            "请用手机应用扫描或输入设备显示的核验码，再出示新的码。",
            "Please scan or type the scanner's check code in the app, then show the new code.",
        ),
        attendant: text(
            "请帮持卡人扫描或输入核验码；不便操作的，请改用实体社会保障卡办理。",
            "Help them scan or type the check code, or serve them by physical card.",
        ),
        operator: text(
            "请核对核验码显示是否清楚，手机应用的版本是否支持。",
            "Check that the check code is shown clearly, and that the app's version can answer it.",
        ),
    },
    Message {
        number: 508,
        name: "challenge_wrong",
        fault: Fault::Code,
        reason: text(
            "此码回应的不是扫码设备现在的核验码。",
            "The code answers another check code than the one of this scanner now.",
        ),
        holder: text(
            "请重新扫描或输入设备现在显示的核验码，再出示新的码。",
            "Please scan or type the check code that the scanner shows now, then show the new \
             code.",
        ),
        attendant: text(
            "请持卡人按现在的核验码重做一次；仍不行的，请改用实体社会保障卡办理。",
            "Let them try again with the check code shown now; if that fails, serve them by \
             physical card.",
        ),
        operator: text(
            "多人都这样的，检查核验码是否更换太快，或是否显示了别的设备的核验码。",
            "If it happens to many, check whether the check code changes too soon or is \
             another scanner's.",
        ),
    },
    Message {
        number: 509,
        name: "delegate_not_allowed",
        fault: Fault::Rule,
        reason: text(
            "本服务须持卡人本人出示，不受理亲情卡（代他人出示）。",
            "This service needs the holder in person; a family card, shown by a relative, is \
             not taken here.",
        ),
        holder: text(
            "请持卡人本人出示，或出示您自己的码；需要代办的，请询问工作人员。",
            "Let the holder show it, or show your own code; if you act for somebody, please \
             ask the staff.",
        ),
        attendant: text(
            "请说明须本人办理；老人、儿童等本人不便的，按代办规定协助办理。",
            "Explain that it needs the holder; for the old, children and others, help by the \
             rules for acting for another.",
        ),
        operator: text(
            "本服务应允许亲情卡的，请应用项目清单的发布单位修改。",
            "If family cards should be taken here, have the publisher of the catalogue change it.",
        ),
    },
    Message {
        number: 510,
        name: "not_in_force",
        fault: Fault::Rule,
        reason: text(
            "第{application}号服务项目现在不在受理期内。",
            "Service no. {application} is not in force at this time.",
        ),
        holder: text(
            "请询问工作人员受理时间或其他办法，或拨打12345热线。",
            "Please ask the staff, or the 12345 hotline, when it is in force or what else can \
             be done.",
        ),
        attendant: text(
            "请告知受理时间；正在受理期内的，请用实体社会保障卡办理并报修设备。",
            "Say when it is in force; if it should be now, serve by physical card and report \
             this scanner.",
        ),
        operator: text(
            "请核对扫码设备的时间，更新应用项目清单，再看本项目的起止时间。",
            "Check the scanner's clock, update the catalogue, then look at from when until \
             when it holds.",
        ),
    },
    Message {
        number: 511,
        name: "challenge_expired",
        fault: Fault::Code,
        reason: text(
            "此码回应的核验码已过时限。",
            "The code answers a check code whose time is over.",
        ),
        holder: text(
            "请重新扫描或输入设备现在显示的核验码，再出示新的码。",
            "Please scan or type the check code that the scanner shows now, then show the new \
             code.",
        ),
        attendant: text(
            "请让设备显示新的核验码，请持卡人再做一次。",
            "Have the scanner show a new check code and let them try again.",
        ),
        operator: text(
            "常常超时的，请放慢流程，或检查扫码设备的时间是否快了。",
            "If it happens often, allow more time, or check whether the scanner's clock is fast.",
        ),
    },
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
    Message {
        number: 701,
        name: "no_trust_list",
        fault: Fault::Scanner,
        reason: text(
            "本扫码设备还没有发卡机构名单，暂时不能核验。",
            "This scanner has no list of issuers yet and cannot check any card.",
        ),
        holder: SHOW_CARD,
        attendant: SERVE_BY_CARD,
        operator: text("请给扫码设备装入发卡机构名单。", "Load the trust list into the scanner."),
    },
    Message {
        number: 702,
        name: "trust_list_expired",
        fault: Fault::Scanner,
        reason: text(
            "本扫码设备的发卡机构名单已过期，需要更新。",
            "This scanner's list of issuers has expired and must be updated.",
        ),
        holder: SHOW_CARD,
        attendant: SERVE_BY_CARD,
        operator: text(
            "请更新发卡机构名单；刚更新过的，核对扫码设备的时间是否快了。",
            "Update the trust list; if that was just done, check whether the scanner's clock \
             is fast.",
        ),
    },
    Message {
        number: 703,
        name: "no_catalogue",
        fault: Fault::Scanner,
        reason: text(
            "本扫码设备还没有应用项目清单，暂时不能核验。",
            "This scanner has no catalogue of services yet and cannot check any card.",
        ),
        holder: SHOW_CARD,
        attendant: SERVE_BY_CARD,
        operator: text("请给扫码设备装入应用项目清单。", "Load the catalogue into the scanner."),
    },
    Message {
        number: 704,
        name: "catalogue_expired",
        fault: Fault::Scanner,
        reason: text(
            "本扫码设备的应用项目清单已过期，需要更新。",
            "This scanner's catalogue of services has expired and must be updated.",
        ),
        holder: SHOW_CARD,
        attendant: SERVE_BY_CARD,
        operator: text(
            "请更新应用项目清单；刚更新过的，核对扫码设备的时间是否快了。",
            "Update the catalogue; if that was just done, check whether the scanner's clock is \
             fast.",
        ),
    },
    Message {
        number: 705,
        name: "unknown_application",
        fault: Fault::Scanner,
        reason: text(
            "本扫码设备的应用项目清单里没有第{application}号服务项目。",
            "This scanner's catalogue does not have service no. {application}.",
        ),
        holder: SHOW_CARD,
        attendant: SERVE_BY_CARD,
        operator: text(
            "请更新应用项目清单，并核对扫码设备设置的服务项目号。",
            "Update the catalogue, and check which service this scanner is set to.",
        ),
    },
    Message {
        number: 706,
        name: "scanner_clock_behind",
        fault: Fault::ScannerClock,
        reason: text(
            "本扫码设备的时间至少慢了{behind_s}秒。",
            "This scanner's clock is at least {behind_s} s slow.",
        ),
        holder: SHOW_CARD,
        attendant: SERVE_BY_CARD,
        operator: text(
            "请校准扫码设备的时间，并打开自动校时。",
            "Set the scanner's clock right, and turn on automatic time.",
        ),
    },
    Message {
        number: 707,
        name: "duplicates_unavailable",
        fault: Fault::Scanner,
        reason: text(
            "本扫码设备暂时查不到这个码是否用过。",
            "This scanner cannot tell at present whether the code has been used.",
        ),
        holder: SHOW_CARD,
        attendant: SERVE_BY_CARD,
        operator: text(
            "看 why：full 为记录已满，请加大容量；store 为外接存储无应答，请检查。",
            "See the fact why: full, raise the capacity of the memory; store, check the host's \
             own store.",
        ),
    },
    Message {
        number: 708,
        name: "challenge_not_shown",
        fault: Fault::Scanner,
        reason: text(
            "本服务须先由扫码设备显示核验码，设备没有显示。",
            "This service needs a check code from the scanner, and the scanner has shown none.",
        ),
        holder: SHOW_CARD,
        attendant: SERVE_BY_CARD,
        operator: text(
            "请检查扫码程序：本服务项目须在扫码前显示核验码。",
            "Check the scanner's program: for this service it must show a check code first.",
        ),
    },
    Message {
        number: 709,
        name: "scanner_clock_went_back",
        fault: Fault::ScannerClock,
        reason: text(
            "本扫码设备的时间被拨慢了至少{behind_s}秒，查不到这个码是否用过。",
            "This scanner's clock was set back by at least {behind_s} s, so it cannot tell \
             whether the code has been used.",
        ),
        holder: SHOW_CARD,
        attendant: SERVE_BY_CARD,
        operator: text(
            "请校准扫码设备的时间；时间正确的，几分钟后自行恢复。",
            "Set the scanner's clock right; if it is right now, this ends by itself in minutes.",
        ),
    },
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::card::Entitlements;
    use crate::clock::{ClockBlame, ClockEstimate};
    use crate::code::ApplicationNumber;
    use crate::cose::{CborProblem, KeyId};
    use crate::foreign::ForeignCode;
    use crate::jose::Name;
    use crate::keys::Algorithm;
    use crate::region::Region;
    use crate::scan::{Affected, MemoryProblem, Signer, UnknownStatus};
    use crate::text::Alteration;

    /// A sample of the refusal that follows `last` by number. A new refusal does not compile
    /// until it has its place in this chain.
    fn sample_after(last: Option<&Refusal>) -> Option<Refusal> {
        let application = ApplicationNumber::new(65_535).unwrap();
        let issuer = || "cn-3205".to_owned();
        let unix_s = 1_893_456_000;
        Some(match last {
            None => Refusal::Empty,
            Some(Refusal::Empty) => Refusal::TooLong { length: 4_097, limit: 4_096 },
            Some(Refusal::TooLong { .. }) => Refusal::NotOurs,
            Some(Refusal::NotOurs) => Refusal::NewerVersion { version: 2 },
            Some(Refusal::NewerVersion { .. }) => {
                Refusal::Altered { how: Alteration::DoubledPrefix }
            }
            Some(Refusal::Altered { .. }) => Refusal::NotBase45 { at: 7 },
            Some(Refusal::NotBase45 { .. }) => {
                Refusal::Malformed { at: 7, problem: CborProblem::Truncated }
            }
            Some(Refusal::Malformed { .. }) => Refusal::NewerScheme,
            Some(Refusal::NewerScheme) => Refusal::UnknownAlgorithm { at: 7 },
            Some(Refusal::UnknownAlgorithm { .. }) => Refusal::ForeignCode(ForeignCode {
                id: "traffic".to_owned(),
                name: Name { zh: "交通码".to_owned(), en: "a transport code".to_owned() },
                advice: Name {
                    zh: "请走旁边的闸机。".to_owned(),
                    en: "Use the next gate.".to_owned(),
                },
            }),
            Some(Refusal::ForeignCode(_)) => {
                Refusal::UnknownIssuer { key_id: KeyId([0xab; KeyId::LENGTH]) }
            }
            Some(Refusal::UnknownIssuer { .. }) => {
                Refusal::RegionNotAllowed { issuer: issuer(), region: Region::ANHUI }
            }
            Some(Refusal::RegionNotAllowed { .. }) => {
                Refusal::IssuerKeyNotYetValid { issuer: issuer(), not_before_unix_s: unix_s }
            }
            Some(Refusal::IssuerKeyNotYetValid { .. }) => {
                Refusal::IssuerKeyExpired { issuer: issuer(), not_after_unix_s: unix_s }
            }
            Some(Refusal::IssuerKeyExpired { .. }) => {
                Refusal::IssuerKeyWithdrawn { issuer: issuer(), withdrawn_from_unix_s: unix_s }
            }
            Some(Refusal::IssuerKeyWithdrawn { .. }) => Refusal::CardForged,
            Some(Refusal::CardForged) => Refusal::CodeForged,
            Some(Refusal::CodeForged) => Refusal::SignatureMissing { signer: Signer::Phone },
            Some(Refusal::SignatureMissing { .. }) => Refusal::AlgorithmMismatch {
                signer: Signer::Phone,
                key: Algorithm::Esp256,
                named: Algorithm::Ed25519,
            },
            Some(Refusal::AlgorithmMismatch { .. }) => Refusal::InvalidPhoneKey,
            Some(Refusal::InvalidPhoneKey) => Refusal::AlgorithmNotAllowed {
                signer: Signer::Issuer,
                algorithm: Algorithm::Ed25519,
            },
            Some(Refusal::AlgorithmNotAllowed { .. }) => Refusal::FarFromNow {
                ahead_s: -31_536_000,
                limit_s: 900,
                clock: ClockBlame::Unknown,
            },
            Some(Refusal::FarFromNow { .. }) => Refusal::CodeExpired {
                age_s: 899,
                window_s: 300,
                tolerance_s: 120,
                clock: ClockBlame::Unknown,
            },
            Some(Refusal::CodeExpired { .. }) => Refusal::CodeNotYetValid {
                ahead_s: 899,
                tolerance_s: 120,
                clock: ClockBlame::Unknown,
            },
            Some(Refusal::CodeNotYetValid { .. }) => {
                Refusal::CardExpired { expired_unix_s: unix_s }
            }
            Some(Refusal::CardExpired { .. }) => Refusal::CardRevoked { as_of_unix_s: unix_s },
            Some(Refusal::CardRevoked { .. }) => Refusal::CardSuspended { as_of_unix_s: unix_s },
            Some(Refusal::CardSuspended { .. }) => {
                Refusal::StatusUnknown(UnknownStatus::OldList { as_of_unix_s: unix_s })
            }
            Some(Refusal::StatusUnknown(_)) => Refusal::Specimen,
            Some(Refusal::Specimen) => {
                Refusal::NotAcceptedHere { application, place: Region::SHANGHAI }
            }
            Some(Refusal::NotAcceptedHere { .. }) => {
                Refusal::IssuerNotAccepted { issuer: issuer() }
            }
            Some(Refusal::IssuerNotAccepted { .. }) => Refusal::EntitlementMissing {
                missing: Entitlements::of([4]),
                missing_zh: "异地就医备案".to_owned(),
                missing_en: "treatment in another province, registered".to_owned(),
            },
            Some(Refusal::EntitlementMissing { .. }) => {
                Refusal::CodeTooOld { age_s: 419, max_age_s: 30 }
            }
            Some(Refusal::CodeTooOld { .. }) => Refusal::NotBound { application },
            Some(Refusal::NotBound { .. }) => {
                Refusal::BoundToOther { bound_to: application, application }
            }
            Some(Refusal::BoundToOther { .. }) => Refusal::ChallengeMissing,
            Some(Refusal::ChallengeMissing) => Refusal::ChallengeWrong,
            Some(Refusal::ChallengeWrong) => Refusal::DelegateNotAllowed,
            Some(Refusal::DelegateNotAllowed) => {
                Refusal::NotInForce { application, from_unix_s: unix_s, until_unix_s: Some(unix_s) }
            }
            Some(Refusal::NotInForce { .. }) => {
                Refusal::ChallengeExpired { expired_unix_s: unix_s }
            }
            Some(Refusal::ChallengeExpired { .. }) => Refusal::UsedBefore { first_unix_s: unix_s },
            Some(Refusal::UsedBefore { .. }) => {
                Refusal::UsedMomentsAgo { seconds: 299, wait_s: 300 }
            }
            Some(Refusal::UsedMomentsAgo { .. }) => Refusal::NoTrustList,
            Some(Refusal::NoTrustList) => Refusal::TrustListExpired { expired_unix_s: unix_s },
            Some(Refusal::TrustListExpired { .. }) => Refusal::NoCatalogue,
            Some(Refusal::NoCatalogue) => Refusal::CatalogueExpired { expired_unix_s: unix_s },
            Some(Refusal::CatalogueExpired { .. }) => Refusal::UnknownApplication { application },
            Some(Refusal::UnknownApplication { .. }) => {
                Refusal::ScannerClockBehind { behind_s: 31_536_000 }
            }
            Some(Refusal::ScannerClockBehind { .. }) => {
                Refusal::DuplicatesUnavailable(MemoryProblem::Full)
            }
            Some(Refusal::DuplicatesUnavailable(_)) => Refusal::ChallengeNotShown,
            Some(Refusal::ChallengeNotShown) => {
                Refusal::ScannerClockWentBack { behind_s: 31_536_000 }
            }
            Some(Refusal::ScannerClockWentBack { .. }) => return None,
        })
    }

    fn samples() -> Vec<Refusal> {
        let chain = std::iter::successors(sample_after(None), |last| sample_after(Some(last)));
        chain.flat_map(|refusal| blamed(&refusal).into_iter().chain([refusal])).collect()
    }

    /// The same with each clock that can be to blame for it.
    fn blamed(refusal: &Refusal) -> Vec<Refusal> {
        let estimate = |behind_s| ClockEstimate { behind_s, agreeing: 32, of: 32 };
        let day_s = 86_400;
        let fast = ClockBlame::Scanner(estimate(-day_s));
        let slow = ClockBlame::Scanner(estimate(day_s));
        let phone = ClockBlame::Phone(estimate(0));
        let scanners = match refusal {
            Refusal::FarFromNow { .. } => vec![fast, slow],
            Refusal::CodeExpired { .. } => vec![fast],
            Refusal::CodeNotYetValid { .. } => vec![slow],
            _ => return vec![],
        };
        let mut all: Vec<Refusal> = scanners
            .into_iter()
            .chain([phone])
            .map(|clock| refusal.clone().blaming(|| clock))
            .collect();
        if let Refusal::FarFromNow { ahead_s, limit_s, .. } = *refusal {
            let ahead_s = -ahead_s;
            all.push(Refusal::FarFromNow { ahead_s, limit_s, clock: phone });
        }
        all
    }

    fn all_messages() -> impl Iterator<Item = &'static Message> {
        let blamed = CLOCK_MESSAGES.iter().map(|(_, message)| message);
        MESSAGES.iter().chain([&UNLISTED]).chain(blamed)
    }

    fn texts(message: &Message) -> [Text; 4] {
        [message.reason, message.holder, message.attendant, message.operator]
    }

    fn placeholders(text: &str) -> BTreeSet<&str> {
        text.split('{')
            .skip(1)
            .map(|rest| rest.split_once('}').expect("a closing brace").0)
            .map(|name| name.strip_prefix('-').unwrap_or(name))
            .collect()
    }

    /// What fits the display of a gate.
    fn assert_fits(number: u16, text: &str, language: Language) {
        let (limit, end) = match language {
            Language::Zh => (60, '。'),
            Language::En => (160, '.'),
        };
        let han = text.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c));
        assert_eq!(han, language == Language::Zh, "{number}: {text}");
        assert!(text.ends_with(end), "{number}: {text}");
        assert!(text.chars().count() <= limit, "{number}: {text}");
        // Chinese has its own marks.
        let ascii_mark = text.contains([',', ';', ':', '(', ')']);
        assert!(!han || !ascii_mark, "{number}: {text}");
    }

    #[test]
    fn numbers_ascend_and_find_their_message() {
        assert!(MESSAGES.is_sorted_by(|a, b| a.number < b.number));
        for message in MESSAGES {
            assert_eq!(Message::of(message.number), Some(message));
        }
        for number in [0, 100, 199, 999, u16::MAX] {
            assert_eq!(Message::of(number), None);
        }
    }

    #[test]
    fn every_refusal_has_its_message_by_number_and_name() {
        let samples = samples();
        for refusal in &samples {
            let message = refusal.message();
            assert_eq!(message.number, refusal.number());
            let debug = format!("{refusal:?}");
            let variant = debug.split([' ', '(']).next().unwrap();
            let mut name = String::new();
            for c in variant.chars() {
                if c.is_ascii_uppercase() && !name.is_empty() {
                    name.push('_');
                }
                name.push(c.to_ascii_lowercase());
            }
            assert_eq!(message.name, name);
        }
        for message in MESSAGES {
            let number = message.number;
            let refusal = samples.iter().find(|refusal| refusal.number() == number);
            assert!(
                refusal.is_some(),
                "{number} is no refusal, or has no place in the chain of samples"
            );
        }
    }

    #[test]
    fn placeholders_are_facts_and_stand_in_reasons() {
        for message in all_messages() {
            let Text { zh, en } = message.reason;
            // A fact that is a name has one form for each language.
            let plain = |text: &str| text.replace("_zh}", "}").replace("_en}", "}");
            let (zh, en) = (plain(zh), plain(en));
            assert_eq!(placeholders(&zh), placeholders(&en), "{}", message.number);
            // The advice for a code of another system is a fact, too.
            let advised = message.number == 110;
            for text in &texts(message)[1..] {
                let filled_in = advised && *text == message.attendant;
                assert_eq!(text.zh.contains('{') || text.en.contains('{'), filled_in);
            }
        }
        for refusal in samples() {
            let facts = refusal.facts();
            let Message { reason, attendant, .. } = refusal.message();
            for name in placeholders(reason.zh).into_iter().chain(placeholders(attendant.en)) {
                // The core knows no time zone, and bits are not for people.
                assert!(!name.ends_with("unix_s") && name != "missing", "{name}");
                assert!(
                    facts.iter().any(|(fact, _)| *fact == name),
                    "{name} is no fact of {refusal:?}"
                );
            }
        }
    }

    #[test]
    fn every_text_fits_a_display() {
        for message in all_messages() {
            for text in texts(message) {
                assert_fits(message.number, text.zh, Language::Zh);
                assert_fits(message.number, text.en, Language::En);
            }
        }
        for refusal in samples() {
            for language in [Language::Zh, Language::En] {
                for text in [refusal.text(language), refusal.attendant(language)] {
                    assert!(!text.contains(['{', '}']), "{text}");
                    assert_fits(refusal.number(), &text, language);
                }
            }
        }
    }

    #[test]
    fn each_message_about_clocks_is_somebodys() {
        let samples = samples();
        for (_, message) in CLOCK_MESSAGES {
            let named = samples.iter().any(|refusal| std::ptr::eq(refusal.message(), message));
            assert!(named, "{} {}", message.number, message.fault.name());
        }
    }

    #[test]
    fn the_clock_to_blame_is_named_with_its_figure() {
        let (ahead_s, tolerance_s) = (95, 30);
        let told = |clock| Refusal::CodeNotYetValid { ahead_s, tolerance_s, clock };
        let phone = told(ClockBlame::Phone(ClockEstimate { behind_s: 0, agreeing: 17, of: 20 }));
        assert_eq!(phone.fault(), Fault::PhoneClock);
        assert_eq!(
            phone.to_string(),
            "303 This phone is 95 s ahead: 17 of the last 20 phones agree with this scanner."
        );
        let scanner =
            told(ClockBlame::Scanner(ClockEstimate { behind_s: 90, agreeing: 17, of: 20 }));
        assert_eq!(scanner.fault(), Fault::ScannerClock);
        assert_eq!(
            scanner.to_string(),
            "303 This scanner is at least 90 s behind: 17 of the last 20 phones agree."
        );
        assert_eq!(
            scanner.text(Language::Zh),
            "本扫码设备时间至少慢了90秒：最近20部手机中17部时间一致。"
        );
        assert_eq!(scanner.message().attendant, SERVE_BY_CARD);
        assert_eq!(told(ClockBlame::Unknown).fault(), Fault::Clocks);
        // A clock that is ahead is told without a sign.
        let clock = ClockBlame::Scanner(ClockEstimate { behind_s: -65, agreeing: 9, of: 9 });
        let fast = Refusal::CodeExpired { age_s: 100, window_s: 60, tolerance_s, clock };
        assert!(fast.to_string().contains("at least 65 s ahead"), "{fast}");
    }

    #[test]
    fn facts_are_filled_in() {
        let refusal =
            Refusal::CodeNotYetValid { ahead_s: 90, tolerance_s: 30, clock: ClockBlame::Unknown };
        assert_eq!(
            refusal.to_string(),
            "303 The code is 90 s ahead of the scanner's clock, 30 s are allowed: the phone's \
             clock is fast or the scanner's slow."
        );
        assert_eq!(
            refusal.text(Language::Zh),
            "此码的时间早了90秒，只允许差30秒：手机时间快了，或扫码设备时间慢了。"
        );
        let facts = [("a", Fact::Text("{b}".into())), ("b", Fact::Number(-1))];
        assert_eq!(fill("{a}, {b}{c}.", &facts), "{b}, -1.");
        assert_eq!(fill("open {", &facts), "open {");
    }

    #[test]
    fn nobody_is_accused_or_sent_away() {
        for message in all_messages() {
            for text in [message.reason, message.holder, message.attendant] {
                for word in ["无效", "伪造", "假", "骗", "invalid", "forge", "fake", "fraud"]
                {
                    assert!(!text.zh.contains(word), "{}: {}", message.number, text.zh);
                    assert!(!text.en.contains(word), "{}: {}", message.number, text.en);
                }
            }
            // Article 22: a scanner that is not ready is no reason to refuse a service.
            let scanner = matches!(message.fault, Fault::Scanner | Fault::ScannerClock);
            assert_eq!(message.attendant == SERVE_BY_CARD, scanner);
            assert!(scanner || message.number < 700, "{}", message.number);
        }
    }

    #[test]
    fn every_ending_has_its_text() {
        let issuer = || "cn-3205".to_owned();
        let algorithm = Algorithm::Esp256;
        let unix_s = 1_893_456_000;
        for reason in [
            EndReason::NoTrustList,
            EndReason::NoCatalogue,
            EndReason::ScannerClockBehind { behind_s: 31_536_000 },
            EndReason::TrustListExpires,
            EndReason::CatalogueExpires,
            EndReason::EntryEnds,
            EndReason::EntryNotYet { from_unix_s: unix_s },
            EndReason::NoIssuer,
            EndReason::KeyEnds { issuer: issuer() },
            EndReason::KeyWithdrawn { issuer: issuer() },
            EndReason::KeyNotYet { issuer: issuer(), from_unix_s: unix_s },
            EndReason::IssuerAlgorithmEnds { issuer: issuer(), algorithm },
            EndReason::PhoneAlgorithmEnds { algorithm },
            EndReason::NoStatusList { issuer: issuer() },
            EndReason::StatusTooOld { issuer: issuer(), as_of_unix_s: unix_s },
            EndReason::StatusExpires { issuer: issuer() },
            EndReason::StatusKeyEnds { issuer: issuer() },
        ] {
            let affected = Affected::Everybody;
            let ending =
                Ending { until: Until::Second { unix_s }, reason, affected, refuses: true };
            for language in [Language::Zh, Language::En] {
                let text = ending.text(language);
                assert!(!text.contains(['{', '}']), "{text}");
                assert_fits(ending.reason.number(), &text, language);
                if let Some(issuer) = ending.reason.issuer() {
                    assert!(text.contains(issuer), "{text}");
                }
            }
            // What it leads to is a refusal.
            assert!(Message::of(ending.reason.number()).is_some());
        }
    }

    #[test]
    fn unknown_is_not_revoked() {
        let unknown = Message::of(403).unwrap();
        for text in texts(unknown) {
            for word in ["注销", "挂失", "失效", "cancelled", "revoked", "lost", "expired"] {
                assert!(!text.zh.contains(word) && !text.en.contains(word));
            }
        }
    }
}
