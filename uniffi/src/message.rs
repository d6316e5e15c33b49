//! What people are told.

use onecode::messages::Fault;
use onecode::Language;

/// A language of the texts, for an app that lets its user choose.
#[uniffi::remote(Enum)]
pub enum Language {
    /// Chinese as written in mainland China (zh-CN).
    Zh,
    /// English (en).
    En,
}

/// One sentence, or two short ones, in both languages.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct Wording {
    /// Chinese (zh-CN).
    pub zh: String,
    /// English.
    pub en: String,
}

impl From<onecode::messages::Text> for Wording {
    fn from(text: onecode::messages::Text) -> Self {
        Wording { zh: text.zh.to_owned(), en: text.en.to_owned() }
    }
}

/// Where the cause of a refusal most likely is, and so who can fix it. It accuses nobody, and is
/// not for display.
#[uniffi::remote(Enum)]
pub enum Fault {
    /// What was shown, or how it was held. Showing the right code helps.
    Code,
    /// The app on the phone: it makes invalid codes.
    App,
    /// The phone's clock, the scanner's clock, or a picture of a code.
    Clocks,
    /// The phone's clock, or an old picture: the scanner's clock agrees with those of other phones.
    PhoneClock,
    /// The scanner's clock.
    ScannerClock,
    /// The scanner's lists, settings or software. The holder must be served in another way.
    Scanner,
    /// The card: expired, reported lost, cancelled, or a function is not activated.
    Card,
    /// The card-issuing agency and its keys.
    Issuer,
    /// A rule of the application, as published in the catalogue.
    Rule,
    /// A forgery or a broken app; a scan cannot tell which.
    Forgery,
}

/// What people are told about one refusal number.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct Message {
    /// The number. It never changes its meaning.
    pub number: i32,
    /// The refusal's name in snake case. It never changes.
    pub name: String,
    /// Where the cause most likely is.
    pub fault: Fault,
    /// Why the code is refused, for everybody to read.
    pub reason: Wording,
    /// What the citizen can do.
    pub holder: Wording,
    /// What the person at the desk can do.
    pub attendant: Wording,
    /// What the operator's technician and the hotline look at.
    pub operator: Wording,
}

impl From<&onecode::messages::Message> for Message {
    fn from(message: &onecode::messages::Message) -> Self {
        let onecode::messages::Message { number, name, fault, reason, holder, attendant, operator } =
            *message;
        Message {
            number: number.into(),
            name: name.to_owned(),
            fault,
            reason: reason.into(),
            holder: holder.into(),
            attendant: attendant.into(),
            operator: operator.into(),
        }
    }
}

/// The message about one refusal, its facts filled in.
impl From<&onecode::Refusal> for Message {
    fn from(refusal: &onecode::Refusal) -> Self {
        use Language::{En, Zh};
        let reason = Wording { zh: refusal.text(Zh), en: refusal.text(En) };
        let attendant = Wording { zh: refusal.attendant(Zh), en: refusal.attendant(En) };
        Message { reason, attendant, ..refusal.message().into() }
    }
}

/// The message with this number, for a hotline that has only the number. Its reason names facts in
/// braces.
#[uniffi::export]
pub fn message_of(number: i32) -> Option<Message> {
    Some(onecode::messages::Message::of(number.try_into().ok()?)?.into())
}
