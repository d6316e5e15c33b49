//! Moving a card to a new phone by two scans: what the old phone asks and answers, and what the new
//! one makes of the answer.
//!
//! Uses codes, sessions and card requests. Specification: docs/SPEC.md section 22.

use super::card_request::{CardRequest, Reason, UnverifiedCardRequest};
use super::refusal::RequestRefusal;
use crate::card::{CardClaims, CardId};
use crate::code::{Answer, ApplicationNumber, Code, MakeCodeError, UnverifiedCode, CONSENT};
use crate::keys::{PublicKey, SigningKey};
use crate::language::{text, Language, Text};
use crate::session::{CodeSession, PreparedCode};

/// How many seconds a request for a move may be ahead of the old phone's clock.
pub(crate) const AHEAD_S: i64 = 120;

/// How many seconds after it was made the old phone answers a request for a move.
pub(crate) const ANSWERED_S: i64 = 600;

/// What a code agrees to: the first 16 bytes of the new key's COSE Key Thumbprint.
pub(crate) fn consent_to(key: &PublicKey) -> [u8; CONSENT] {
    let mut consent = [0; CONSENT];
    consent.copy_from_slice(&key.thumbprint().0[..CONSENT]);
    consent
}

/// What the old phone asks its holder: whether this card shall move to the phone that showed the
/// request.
#[derive(Clone, Debug)]
pub struct MoveQuestion {
    consent: [u8; CONSENT],
    card: CardClaims,
}

impl MoveQuestion {
    /// Reads what the old phone has scanned, `OC1Q:` and base45, for the card that its holder has
    /// opened.
    pub fn read(text: &str, card: &CardClaims, now_unix_s: i64) -> Result<Self, RequestRefusal> {
        let unverified = UnverifiedCardRequest::from_text(text)?;
        let request = unverified.verify().map_err(|_| RequestRefusal::NotSigned)?;
        let claims = request.claims();
        let replaces = claims.replaces.filter(|replaces| replaces.reason == Reason::Move);
        let replaces = replaces.ok_or(RequestRefusal::NotAMove)?;
        let age_s = now_unix_s.saturating_sub(claims.issued_at_unix_s);
        if !(-AHEAD_S..=ANSWERED_S).contains(&age_s) {
            return Err(RequestRefusal::RequestTime { age_s });
        }
        if replaces.card.is_some_and(|named| named != CardId::of(card)) {
            return Err(RequestRefusal::OtherCard);
        }
        if claims.key == card.holder_key {
            return Err(RequestRefusal::SamePhone);
        }
        if now_unix_s >= card.expires_unix_s {
            let expires_unix_s = card.expires_unix_s;
            return Err(RequestRefusal::CardExpired { expires_unix_s });
        }
        Ok(MoveQuestion { consent: consent_to(&claims.key), card: card.clone() })
    }

    /// What the old phone's screen says before the holder agrees, a sentence a line: what will
    /// happen, and when to refuse. An app shows all of it, and agreeing is no default.
    pub fn words(&self, language: Language) -> String {
        let mut written = String::new();
        for sentence in WORDS {
            if !written.is_empty() {
                written.push('\n');
            }
            written.push_str(sentence.in_language(language));
        }
        written
    }

    /// The 16 bytes that the answer agrees to, so that a log or a test can tell requests apart.
    pub fn consent(&self) -> [u8; CONSENT] {
        self.consent
    }

    /// The holder agrees, after reading [`MoveQuestion::words`].
    pub fn agree(self) -> MoveConsent {
        MoveConsent { consent: self.consent, holder_key: self.card.holder_key }
    }
}

const WORDS: [Text; 4] = [
    text("把这张卡转到另一部手机？", "Move this card to another phone?"),
    text(
        "同意后，卡将在那部手机上使用，本机上的卡随后删除。",
        "If you agree, the card will be used on that phone, and is then deleted from this one.",
    ),
    text(
        "那部手机是您本人的，并且就在您手里，才可以同意。",
        "Agree only if that phone is your own and in your hands.",
    ),
    text(
        "有人通过电话、短信或聊天让您扫这个码的，请拒绝：工作人员不会这样要求。",
        "If somebody asks you for this by telephone, message or chat, refuse: no official does.",
    ),
];

/// A holder's consent to a move. Only [`MoveQuestion::agree`] makes one.
#[derive(Clone, Debug)]
pub struct MoveConsent {
    consent: [u8; CONSENT],
    holder_key: PublicKey,
}

impl MoveConsent {
    /// The old phone's answer: a code bound to [`ApplicationNumber::CARD_MOVE`], to be shown as any
    /// code is. `session` is that of the card which the question was about; another card's is
    /// refused ([`MakeCodeError::WrongKey`]).
    pub fn code(
        &self,
        session: &mut CodeSession,
        key: &dyn SigningKey,
        now_unix_s: i64,
    ) -> Result<Code, MakeCodeError> {
        let prepared = self.prepare(session, now_unix_s)?;
        session.sign(&prepared, key)
    }

    /// The same for a key that answers later. [`CodeSession::attach`] takes the signature.
    pub fn prepare(
        &self,
        session: &CodeSession,
        now_unix_s: i64,
    ) -> Result<PreparedCode, MakeCodeError> {
        if session.credential().claims().holder_key != self.holder_key {
            return Err(MakeCodeError::WrongKey);
        }
        let application = Some(ApplicationNumber::CARD_MOVE);
        session.prepare_answer(now_unix_s, application, Some(Answer::Consent(self.consent)))
    }
}

/// The old phone's answer as the new phone has scanned it. The new phone sends it to the issuer
/// together with its request; only the issuer verifies it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MoveAnswer {
    text: String,
    card: CardId,
}

impl MoveAnswer {
    /// Reads what the new phone has scanned, and finds out whether it agrees to this request.
    pub fn read(text: &str, request: &CardRequest) -> Result<Self, RequestRefusal> {
        let bytes = crate::text::decode(text).map_err(|_| RequestRefusal::NotAnAnswer)?;
        let code = UnverifiedCode::parse(&bytes).map_err(|_| RequestRefusal::NotAnAnswer)?;
        if !agrees(&code, request) {
            return Err(RequestRefusal::OtherAnswer);
        }
        let credential = code.credential();
        let (region, status_index) = (credential.region(), credential.status_index());
        Ok(MoveAnswer { text: text.to_owned(), card: CardId { region, status_index } })
    }

    /// The text of the code, for the issuer.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The card that moves, as the code claims.
    pub fn card(&self) -> CardId {
        self.card
    }
}

/// Whether a code claims to agree to the move that this request asks for.
pub(crate) fn agrees(code: &UnverifiedCode<'_>, request: &CardRequest) -> bool {
    let (claims, _) = code.unverified();
    claims.application == Some(ApplicationNumber::CARD_MOVE)
        && claims.answers == Some(Answer::Consent(consent_to(&request.claims().key)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::assert_says;

    #[test]
    fn the_specification_states_what_is_here() {
        let number = ApplicationNumber::CARD_MOVE;
        assert_says([
            &format!("its `iat` is from {ANSWERED_S} s ago to {AHEAD_S} s ahead"),
            &format!("bound to application **{number}**"),
            &format!("the first {CONSENT} bytes of the COSE Key Thumbprint"),
        ]);
    }
}
