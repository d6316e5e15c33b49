//! Which card fits, or why none does: in the words of the phone, for the person who holds it.

use std::fmt;

use crate::card::{CardId, Entitlements};
use crate::code::ApplicationNumber;
use crate::jose::Name;
use crate::language::{Language, Text};
use crate::region::Region;
use crate::scan::Refusal;

/// The card for an application, and what kind of code the application accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Choice {
    /// The card.
    pub card: CardId,
    /// What the code must be bound to: the application, if it accepts only codes made for it.
    /// `None` means that the everyday code is enough.
    pub application: Option<ApplicationNumber>,
    /// Whether the code must answer a challenge that the scanner shows.
    pub challenge: bool,
}

/// No card of the wallet can be shown for an application.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoCard {
    /// The application.
    pub application: ApplicationNumber,
    /// Its names, when the catalogue has it.
    pub name: Option<Name>,
    /// Why.
    pub why: WhyNoCard,
}

/// Why no card can be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WhyNoCard {
    /// The phone's catalogue has no such application.
    UnknownApplication,
    /// The caller's time is after the year 9999, which usually means milliseconds.
    NotATime {
        /// What was handed in.
        unix_s: i64,
    },
    /// It is not offered at this time, for any card.
    NotInForce {
        /// From when it is (Unix seconds).
        from_unix_s: i64,
        /// Until when it is, if it ends.
        until_unix_s: Option<i64>,
    },
    /// It is not offered at this place, for any card.
    NotOfferedHere {
        /// The place.
        place: Region,
    },
    /// There is no card.
    EmptyWallet,
    /// Each card has its reason, in the order of the wallet.
    NoneFits(Vec<UnfitCard>),
}

/// A card that does not fit, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnfitCard {
    /// The card.
    pub card: CardId,
    /// What its holder calls it.
    pub label: String,
    /// Why it does not fit.
    pub why: Unfit,
}

/// Why one card does not fit: the first reason a gate would find.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unfit {
    /// Its issuer's signature does not count, for this reason of family 2.
    Untrusted(Refusal),
    /// The credential has expired.
    Expired {
        /// When (Unix seconds).
        expired_unix_s: i64,
    },
    /// A practice card.
    Specimen,
    /// The application does not accept cards of this issuer.
    IssuerNotAccepted {
        /// The issuer's names.
        issuer: Name,
    },
    /// The card lacks functions.
    EntitlementMissing {
        /// Which.
        missing: Entitlements,
        /// Their names, as far as the catalogue names them.
        names: Vec<Name>,
    },
    /// Another person's card, where the holder must come in person.
    DelegateNotAllowed,
}

impl Unfit {
    /// The number of the refusal that a gate would give; see [`Refusal::number`].
    pub fn number(&self) -> u16 {
        match self {
            Unfit::Untrusted(refusal) => refusal.number(),
            Unfit::Expired { .. } => 304,
            Unfit::Specimen => 404,
            Unfit::IssuerNotAccepted { .. } => 502,
            Unfit::EntitlementMissing { .. } => 503,
            Unfit::DelegateNotAllowed => 509,
        }
    }

    /// Why, in a sentence for the holder of the phone.
    pub fn text(&self, language: Language) -> String {
        let plain = |zh, en| Text { zh, en }.in_language(language).to_owned();
        match self {
            Unfit::Untrusted(_) => plain(
                "这张电子卡的签发未获认可，请联网更新卡和名单。",
                "This card's signature is not recognised; please go online to update card and lists.",
            ),
            Unfit::Expired { .. } => plain(
                "这张电子卡已到期，请联网更新。",
                "This card has expired; please go online and renew it.",
            ),
            Unfit::Specimen => plain(
                "这是演练用卡，不能办理真实业务。",
                "This is a practice card, not for real services.",
            ),
            Unfit::IssuerNotAccepted { issuer } => match language {
                Language::Zh => format!("本服务还不受理{}的卡。", issuer.zh),
                Language::En => format!("This service does not take cards of {} yet.", issuer.en),
            },
            Unfit::EntitlementMissing { names, .. } => match language {
                Language::Zh => {
                    let names: Vec<&str> = names.iter().map(|name| name.zh.as_str()).collect();
                    format!("这张卡还没有开通：{}。", names.join("、"))
                }
                Language::En => {
                    let names: Vec<&str> = names.iter().map(|name| name.en.as_str()).collect();
                    format!("This card does not have: {}.", names.join(", "))
                }
            },
            Unfit::DelegateNotAllowed => plain(
                "本服务须持卡人本人出示，不受理亲情卡。",
                "This service needs the holder in person; a family card is not taken.",
            ),
        }
    }
}

impl NoCard {
    /// The number of the refusal that a gate would give, if one number covers all cards. `None`
    /// when the wallet is empty or its cards have different reasons.
    pub fn number(&self) -> Option<u16> {
        match &self.why {
            WhyNoCard::UnknownApplication => Some(705),
            WhyNoCard::NotATime { .. } => Some(712),
            WhyNoCard::NotInForce { .. } => Some(510),
            WhyNoCard::NotOfferedHere { .. } => Some(501),
            WhyNoCard::EmptyWallet => None,
            WhyNoCard::NoneFits(cards) => {
                let number = cards.first()?.why.number();
                cards.iter().all(|card| card.why.number() == number).then_some(number)
            }
        }
    }

    /// Why, for the holder of the phone: one line, and one more for each card that does not fit.
    pub fn text(&self, language: Language) -> String {
        let number = self.application;
        let service = match (&self.name, language) {
            (Some(name), Language::Zh) => format!("“{}”", name.zh),
            (Some(name), Language::En) => format!("“{}”", name.en),
            (None, Language::Zh) => format!("第{number}号服务项目"),
            (None, Language::En) => format!("Service no. {number}"),
        };
        let line = match (&self.why, language) {
            (WhyNoCard::UnknownApplication, Language::Zh) => {
                format!("应用项目清单里没有{service}，请联网更新清单。")
            }
            (WhyNoCard::UnknownApplication, Language::En) => {
                format!("{service} is not in the catalogue; please go online to update it.")
            }
            (WhyNoCard::NotATime { .. }, Language::Zh) => {
                "手机应用给出的时间不对，请更新应用。".to_owned()
            }
            (WhyNoCard::NotATime { .. }, Language::En) => {
                "The app gives a time that cannot be; please update it.".to_owned()
            }
            (WhyNoCard::NotInForce { .. }, Language::Zh) => format!("{service}现在不在受理期内。"),
            (WhyNoCard::NotInForce { .. }, Language::En) => {
                format!("{service} is not offered at this time.")
            }
            (WhyNoCard::NotOfferedHere { place }, Language::Zh) => {
                format!("{service}没有在本地区（{place}）开通。")
            }
            (WhyNoCard::NotOfferedHere { place }, Language::En) => {
                format!("{service} is not offered in this area ({place}).")
            }
            (WhyNoCard::EmptyWallet, Language::Zh) => {
                format!("手机里没有可用于{service}的电子社会保障卡，请先领取。")
            }
            (WhyNoCard::EmptyWallet, Language::En) => {
                format!("There is no card in this phone for {service}; please load one first.")
            }
            (WhyNoCard::NoneFits(_), Language::Zh) => format!("手机里没有适用于{service}的卡："),
            (WhyNoCard::NoneFits(_), Language::En) => {
                format!("No card in this phone is good for {service}:")
            }
        };
        let WhyNoCard::NoneFits(cards) = &self.why else { return line };
        cards.iter().fold(line, |text, UnfitCard { label, why, .. }| {
            let why = why.text(language);
            match language {
                Language::Zh => format!("{text}\n{label}：{why}"),
                Language::En => format!("{text}\n{label}: {why}"),
            }
        })
    }
}

/// The text in English.
impl fmt::Display for NoCard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text(Language::En))
    }
}

impl std::error::Error for NoCard {}
