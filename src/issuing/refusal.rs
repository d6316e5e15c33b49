//! Why an issuer does not do what a phone asks for, with numbers and texts: 9xx.
//!
//! Uses the languages and the messages of requests. Numbers from 931 on belong to what a service
//! checks by itself: tokens, attestations, rates. Specification: docs/SPEC.md section 22.

use std::fmt;

use crate::language::{text, Language, Text};
use crate::request::{both, RequestFormError, RequestMessage, REQUEST_MESSAGES};

/// Why an issuer does not do what a phone asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IssuingRefusal {
    /// What arrived is not a request.
    Form(RequestFormError),
    /// The key that the request names, or that it belongs to, has not signed it.
    NotSigned,
    /// The request answers another challenge than the one handed to this person or counter.
    OtherChallenge,
    /// The challenge is over.
    ChallengeOver {
        /// When it ended (Unix seconds).
        ended_unix_s: i64,
    },
    /// The challenge was answered before, with another key.
    ChallengeUsed,
    /// The request was made outside the time of its challenge, or too long ago.
    RequestTime {
        /// By how many seconds it is ahead of the issuer's clock; negative when it is behind.
        ahead_s: i64,
    },
    /// The request names an attestation, and none came with it.
    AttestationMissing,
    /// What came with the request is not the attestation that it names.
    OtherAttestation,
    /// The attestation is too large, and was not read.
    AttestationTooLarge {
        /// Its length in bytes.
        length: usize,
    },
    /// The key belongs to another card, or did so before.
    KeyInUse,
    /// An answer for a move came with a request that asks for none.
    NotAMove,
    /// What should be the old phone's answer is not a code.
    NotACode,
    /// The code is not the consent to this request.
    OtherConsent,
    /// The credential in the code is not signed by a key of this issuer that counts.
    NotOurCard,
    /// The old phone has not signed the code.
    CodeForged,
    /// The code is too old, or ahead of the issuer's clock.
    CodeTime {
        /// Its age in seconds; negative when it is ahead.
        age_s: i64,
    },
    /// The old phone's credential has expired.
    CardExpired {
        /// Its expiry (Unix seconds).
        expires_unix_s: i64,
    },
    /// The card is suspended.
    CardSuspended,
    /// The card is revoked.
    CardRevoked,
    /// The card has moved too often of late.
    TooManyMoves {
        /// How often within 30 days.
        moves: usize,
    },
    /// The phone is not the one that has the card now: the card has moved away from it, or another
    /// phone has renewed it.
    PhoneNotInUse,
    /// The person who is signed in is not the one whose card it is.
    OtherPerson,
    /// The request names another card than the one that moves.
    OtherCard,
    /// No card request has the name that is to be collected.
    UnknownRequest,
    /// The card request is known, and its credential is not ready.
    NotReady,
}

impl From<RequestFormError> for IssuingRefusal {
    fn from(error: RequestFormError) -> Self {
        IssuingRefusal::Form(error)
    }
}

impl IssuingRefusal {
    /// Its number, 901 to 930.
    pub fn number(&self) -> u16 {
        match self {
            IssuingRefusal::Form(_) => 901,
            IssuingRefusal::NotSigned => 902,
            IssuingRefusal::OtherChallenge => 903,
            IssuingRefusal::ChallengeOver { .. } => 904,
            IssuingRefusal::ChallengeUsed => 905,
            IssuingRefusal::RequestTime { .. } => 906,
            IssuingRefusal::AttestationMissing => 907,
            IssuingRefusal::OtherAttestation => 908,
            IssuingRefusal::AttestationTooLarge { .. } => 909,
            IssuingRefusal::KeyInUse => 910,
            IssuingRefusal::NotAMove => 911,
            IssuingRefusal::NotACode => 912,
            IssuingRefusal::OtherConsent => 913,
            IssuingRefusal::NotOurCard => 914,
            IssuingRefusal::CodeForged => 915,
            IssuingRefusal::CodeTime { .. } => 916,
            IssuingRefusal::CardExpired { .. } => 917,
            IssuingRefusal::CardSuspended => 918,
            IssuingRefusal::CardRevoked => 919,
            IssuingRefusal::TooManyMoves { .. } => 920,
            IssuingRefusal::PhoneNotInUse => 921,
            IssuingRefusal::OtherPerson => 922,
            IssuingRefusal::OtherCard => 923,
            IssuingRefusal::UnknownRequest => 924,
            IssuingRefusal::NotReady => 925,
        }
    }

    /// What people are told about it.
    pub fn message(&self) -> &'static RequestMessage {
        // A test shows that the messages are in this order, without a gap.
        let index = usize::from(self.number() - 901);
        ISSUING_MESSAGES.get(index).unwrap_or(&ISSUING_MESSAGES[0])
    }

    /// What is wrong with the form, where the form is wrong.
    pub fn form(&self) -> Option<&RequestFormError> {
        match self {
            IssuingRefusal::Form(error) => Some(error),
            _ => None,
        }
    }

    /// What is wrong and what helps, for the person with the phone.
    pub fn text(&self, language: Language) -> String {
        both(self.message(), language)
    }
}

impl RequestMessage {
    /// The message with this number, whether a phone or an issuer says it.
    pub fn of(number: u16) -> Option<&'static RequestMessage> {
        let mut all = REQUEST_MESSAGES.iter().chain(&ISSUING_MESSAGES);
        all.find(|message| message.number == number)
    }
}

/// The number and the reason in English, with its facts.
impl fmt::Display for IssuingRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.number(), self.message().reason.en)?;
        match self {
            IssuingRefusal::Form(error) => write!(f, " ({error})"),
            IssuingRefusal::ChallengeOver { ended_unix_s: unix_s }
            | IssuingRefusal::CardExpired { expires_unix_s: unix_s } => write!(f, " ({unix_s})"),
            IssuingRefusal::RequestTime { ahead_s: s } | IssuingRefusal::CodeTime { age_s: s } => {
                write!(f, " ({s} s)")
            }
            IssuingRefusal::AttestationTooLarge { length } => write!(f, " ({length} bytes)"),
            _ => Ok(()),
        }
    }
}

impl std::error::Error for IssuingRefusal {}

const BEGIN_ANEW: Text = text("请在手机上重新申请。", "Apply again on the phone.");
const SET_CLOCK: Text = text(
    "请把手机时间设为自动，再重新申请。",
    "Set the phone's time to automatic, and apply again.",
);
const MOVE_ANEW: Text = text(
    "请用旧手机重新扫新手机的码，同意后立即扫旧手机的码。",
    "Scan the new phone's code with the old phone again, agree, and scan the old phone's code at \
     once.",
);
const COUNTER: Text = text(
    "请携带身份证件到社会保障卡服务网点办理。",
    "Go to a service counter with an identity document.",
);
const UPDATE_APP: Text = text("请更新手机应用后重新申请。", "Update the app, and apply again.");

/// The messages of all [`IssuingRefusal`]s, by ascending number.
pub static ISSUING_MESSAGES: [RequestMessage; 25] = [
    RequestMessage::new(
        901,
        "request_form",
        text("收到的不是卡申请。", "What arrived is not a request."),
        UPDATE_APP,
    ),
    RequestMessage::new(
        902,
        "request_not_signed",
        text("申请的签名不成立。", "The signature of the request does not hold."),
        UPDATE_APP,
    ),
    RequestMessage::new(
        903,
        "other_challenge",
        text(
            "申请所答的挑战不是发给您的。",
            "The request answers a challenge that was not handed to you.",
        ),
        BEGIN_ANEW,
    ),
    RequestMessage::new(
        904,
        "challenge_over",
        text("申请所用的挑战已过期。", "The challenge of the request is over."),
        BEGIN_ANEW,
    ),
    RequestMessage::new(
        905,
        "challenge_used",
        text(
            "申请所用的挑战已经用过。",
            "The challenge of the request was used before, with another key.",
        ),
        BEGIN_ANEW,
    ),
    RequestMessage::new(
        906,
        "request_time",
        text("申请的时间不对。", "The time of the request is wrong."),
        SET_CLOCK,
    ),
    RequestMessage::new(
        907,
        "attestation_missing",
        text("申请缺少密钥证明。", "The attestation that the request names is missing."),
        BEGIN_ANEW,
    ),
    RequestMessage::new(
        908,
        "other_attestation",
        text(
            "随申请送来的密钥证明与申请不符。",
            "The attestation beside the request is not the one that it names.",
        ),
        BEGIN_ANEW,
    ),
    RequestMessage::new(
        909,
        "attestation_too_large",
        text("密钥证明过大。", "The attestation is too large."),
        UPDATE_APP,
    ),
    RequestMessage::new(
        910,
        "key_in_use",
        text("这个手机密钥已用于另一张卡。", "The phone's key belongs to another card."),
        text(
            "请在手机上重新申请，应用会生成新的密钥。",
            "Apply again on the phone; the app makes a new key.",
        ),
    ),
    RequestMessage::new(
        911,
        "not_a_move",
        text("这份申请不是换手机的。", "The request does not ask for a move."),
        text(
            "请在新手机上选择“换手机”，再从头办理。",
            "Choose the move on the new phone, and begin again.",
        ),
    ),
    RequestMessage::new(
        912,
        "answer_form",
        text("收到的不是旧手机的同意码。", "What should be the old phone's answer is not a code."),
        MOVE_ANEW,
    ),
    RequestMessage::new(
        913,
        "other_consent",
        text("旧手机同意的不是这份申请。", "The old phone has not agreed to this request."),
        MOVE_ANEW,
    ),
    RequestMessage::new(
        914,
        "not_our_card",
        text("旧手机上的卡不是本机构签发的。", "The card on the old phone is not of this issuer."),
        text(
            "请在卡归属地的发卡机构办理换手机。",
            "Move the card at the issuer of its home region.",
        ),
    ),
    RequestMessage::new(
        915,
        "answer_forged",
        text("旧手机同意码的签名不成立。", "The old phone has not signed its answer."),
        COUNTER,
    ),
    RequestMessage::new(
        916,
        "answer_time",
        text(
            "旧手机的同意码已过期，或旧手机时间不准。",
            "The old phone's answer is too old, or its clock is wrong.",
        ),
        MOVE_ANEW,
    ),
    RequestMessage::new(
        917,
        "card_expired",
        text("旧手机上的卡已过期。", "The card on the old phone has expired."),
        text(
            "请让旧手机联网更新卡后再办；更新不了的，请在新手机上重新申领。",
            "Let the old phone go online and renew the card; if that fails, apply anew on the new \
             phone.",
        ),
    ),
    RequestMessage::new(
        918,
        "card_suspended",
        text("这张卡已挂失。", "The card has been reported lost."),
        text("请先解挂，再办理。", "Have it restored first."),
    ),
    RequestMessage::new(
        919,
        "card_revoked",
        text("这张卡已注销。", "The card has been cancelled."),
        text("请重新申领。", "Apply for a new one."),
    ),
    RequestMessage::new(
        920,
        "too_many_moves",
        text("这张卡近30天内换手机次数已达上限。", "The card has moved too often within 30 days."),
        COUNTER,
    ),
    RequestMessage::new(
        921,
        "phone_not_in_use",
        text("这张卡已不在这部手机上使用。", "The card is no longer used on this phone."),
        text(
            "不是您本人换的手机，请立即报失；是您换的，请删除本机上的卡。",
            "If you did not move it, report it lost at once; if you did, delete the card here.",
        ),
    ),
    RequestMessage::new(
        922,
        "other_person",
        text("登录的人不是这张卡的持卡人。", "The person who is signed in does not hold this card."),
        text("请用持卡人本人的账号登录后再办。", "Sign in as the holder, and begin again."),
    ),
    RequestMessage::new(
        923,
        "other_card",
        text("申请写的是另一张卡。", "The request names another card."),
        BEGIN_ANEW,
    ),
    RequestMessage::new(
        924,
        "unknown_request",
        text("没有找到这份卡申请。", "There is no such card request."),
        text(
            "网点代办的，请过一天再领；仍没有的，请向网点查询。",
            "If a counter took it, try again after a day, and ask the counter if it is still missing.",
        ),
    ),
    RequestMessage::new(
        925,
        "not_ready",
        text("这份申请还在办理。", "The request is being worked on."),
        text("请稍后再领。", "Try again later."),
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_messages_are_in_the_order_of_their_numbers() {
        for (index, message) in ISSUING_MESSAGES.iter().enumerate() {
            assert_eq!(usize::from(message.number), 901 + index, "{}", message.name);
        }
    }
}
