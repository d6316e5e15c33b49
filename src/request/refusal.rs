//! Why a phone does not answer what it has scanned, with numbers and texts: 8xx.
//!
//! Uses the languages. Specification: docs/SPEC.md section 22.

use std::fmt;

use super::card_request::RequestFormError;
use crate::language::{text, Language, Text};

/// What people are told about a number of issuing: 8xx from a phone, 9xx from an issuer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RequestMessage {
    /// The number. It never changes its meaning.
    pub number: u16,
    /// The name in snake case. It never changes.
    pub name: &'static str,
    /// What is wrong, for everybody to read.
    pub reason: Text,
    /// What the person with the phone can do.
    pub advice: Text,
}

impl RequestMessage {
    pub(crate) const fn new(number: u16, name: &'static str, reason: Text, advice: Text) -> Self {
        RequestMessage { number, name, reason, advice }
    }
}

/// Why a phone does not go on with a move.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RequestRefusal {
    /// What was scanned is not a card request.
    Form(RequestFormError),
    /// The key that the request names has not signed it.
    NotSigned,
    /// The request asks for a card, and not for a move.
    NotAMove,
    /// The request was made too long ago by the old phone's clock, or ahead of it: an old picture, or
    /// one of the two clocks is wrong.
    RequestTime {
        /// Its age in seconds; negative when it is ahead.
        age_s: i64,
    },
    /// The request names another card than the one that the holder has opened.
    OtherCard,
    /// The request is by this very phone's key.
    SamePhone,
    /// The credential on the old phone has expired. It cannot agree to anything any more.
    CardExpired {
        /// Its expiry (Unix seconds).
        expires_unix_s: i64,
    },
    /// What the new phone has scanned is not a code.
    NotAnAnswer,
    /// What the new phone has scanned is a code, but not the consent to its own request.
    OtherAnswer,
}

impl From<RequestFormError> for RequestRefusal {
    fn from(error: RequestFormError) -> Self {
        RequestRefusal::Form(error)
    }
}

impl RequestRefusal {
    /// Its number, 801 to 899.
    pub fn number(&self) -> u16 {
        self.message().number
    }

    /// What people are told about it.
    pub fn message(&self) -> &'static RequestMessage {
        let [form, signed, not_move, time, card, phone, expired, answer, other] = &REQUEST_MESSAGES;
        match self {
            RequestRefusal::Form(_) => form,
            RequestRefusal::NotSigned => signed,
            RequestRefusal::NotAMove => not_move,
            RequestRefusal::RequestTime { .. } => time,
            RequestRefusal::OtherCard => card,
            RequestRefusal::SamePhone => phone,
            RequestRefusal::CardExpired { .. } => expired,
            RequestRefusal::NotAnAnswer => answer,
            RequestRefusal::OtherAnswer => other,
        }
    }

    /// What is wrong with the form, where the form is wrong.
    pub fn form(&self) -> Option<&RequestFormError> {
        match self {
            RequestRefusal::Form(error) => Some(error),
            _ => None,
        }
    }

    /// What is wrong and what helps, for the person with the phone.
    pub fn text(&self, language: Language) -> String {
        both(self.message(), language)
    }
}

/// Reason and advice after each other.
pub(crate) fn both(message: &RequestMessage, language: Language) -> String {
    let space = text("", " ").in_language(language);
    let (reason, advice) = (message.reason, message.advice);
    format!("{}{space}{}", reason.in_language(language), advice.in_language(language))
}

/// The number and the reason in English, with the cause of a bad form.
impl fmt::Display for RequestRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.number(), self.message().reason.en)?;
        match self {
            RequestRefusal::Form(error) => write!(f, " ({error})"),
            RequestRefusal::RequestTime { age_s } => write!(f, " ({age_s} s)"),
            _ => Ok(()),
        }
    }
}

impl std::error::Error for RequestRefusal {}

const SHOW_AGAIN: Text = text(
    "请在新手机上重新打开换手机的码再扫。",
    "Open the code on the new phone again and scan that.",
);

/// The messages of all [`RequestRefusal`]s, by ascending number.
pub static REQUEST_MESSAGES: [RequestMessage; 9] = [
    RequestMessage::new(
        801,
        "not_a_request",
        text("扫到的不是卡申请码。", "What was scanned is not a card request."),
        SHOW_AGAIN,
    ),
    RequestMessage::new(
        802,
        "request_not_signed",
        text("这个卡申请码的签名不成立。", "The signature of this card request does not hold."),
        SHOW_AGAIN,
    ),
    RequestMessage::new(
        803,
        "not_a_move",
        text("这个码是申领新卡的，不是换手机的。", "This code asks for a card, not for a move."),
        text(
            "请在新手机上选择“换手机”，再扫它显示的码。",
            "Choose the move on the new phone, and scan the code it shows then.",
        ),
    ),
    RequestMessage::new(
        804,
        "request_time",
        text(
            "这个卡申请码与本机时间相差太多：可能是旧图片，或有一部手机时间不准。",
            "The time of this card request is too far from this phone's: an old picture, or one \
             of the phones has a wrong clock.",
        ),
        text(
            "请把两部手机的时间都设为自动，再重新打开新手机上的码。",
            "Set the time of both phones to automatic, and open the code on the new phone again.",
        ),
    ),
    RequestMessage::new(
        805,
        "other_card",
        text("新手机要转的是另一张卡。", "The new phone asks for another card."),
        text("请在本机上打开那张卡，再扫一次。", "Open that card on this phone and scan again."),
    ),
    RequestMessage::new(
        806,
        "same_phone",
        text("这个码是本机自己的。", "This code is this phone's own."),
        text("请用旧手机扫新手机上的码。", "Scan the new phone's code with the old phone."),
    ),
    RequestMessage::new(
        807,
        "card_expired_here",
        text(
            "本机上的卡已过期，不能换手机。",
            "The card on this phone has expired and cannot move.",
        ),
        text(
            "请联网等卡更新后再扫；更新不了的，请在新手机上重新申领。",
            "Go online until the card is renewed and scan again; if that fails, apply anew on the \
             new phone.",
        ),
    ),
    RequestMessage::new(
        808,
        "not_an_answer",
        text("扫到的不是旧手机的同意码。", "What was scanned is not the old phone's answer."),
        text(
            "请在旧手机上同意换手机，再扫它显示的码。",
            "Agree to the move on the old phone, and scan the code it shows then.",
        ),
    ),
    RequestMessage::new(
        809,
        "other_answer",
        text("这个码同意的不是本机的申请。", "This code does not agree to this phone's request."),
        text(
            "请用旧手机重新扫本机的码，同意后再扫旧手机的码。",
            "Scan this phone's code with the old phone again, agree, and scan its code then.",
        ),
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_ascend_and_are_the_phones() {
        let numbers: Vec<u16> = REQUEST_MESSAGES.iter().map(|message| message.number).collect();
        assert!(numbers.windows(2).all(|pair| pair[0] < pair[1]), "{numbers:?}");
        assert!(numbers.iter().all(|number| (801..900).contains(number)), "{numbers:?}");
    }
}
