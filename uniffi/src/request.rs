//! What a phone asks its issuer for: a card, its credential, a move, a renewal.

use std::sync::Arc;

use onecode::governance::Sha256Hash;
use onecode::request::Reason;
use onecode::Language;

use crate::keys::HeldKey;
use crate::mirror::{mirror, Cross};
use crate::usage::{hash, hex, request_challenge};
use crate::{
    CardClaims, CardCredential, CardId, Code, CodeSession, DeviceKey, EncodedSignature,
    MakeCodeError, PreparedCode, PreparingSession, SigningError, ToBeSigned, UsageError, Wording,
};

/// Why a card takes the place of another one.
#[uniffi::remote(Enum)]
pub enum Reason {
    /// The old phone is lost or stolen. The old position is revoked, the new card has its own.
    Lost,
    /// The old phone is at hand and its key does not sign any more. It counts as lost.
    Broken,
    /// The card moves to this phone and keeps its position, once the old phone agrees.
    Move,
}

/// What a phone states in a card request.
#[derive(Clone, Debug, uniffi::Record)]
pub struct CardRequestClaims {
    /// When the request is made, by the phone's clock (Unix seconds).
    pub issued_at_unix_s: i64,
    /// The phone's new key, which signs the request.
    pub key: Arc<crate::PublicKey>,
    /// The issuer's challenge, 16 to 64 bytes.
    pub challenge: Vec<u8>,
    /// SHA-256 of the attestation that travels beside the request, 32 bytes.
    #[uniffi(default = None)]
    pub attestation: Option<Vec<u8>>,
    /// What the card takes the place of; nothing for a first card, a second phone and a renewal.
    #[uniffi(default = None)]
    pub replaces: Option<Replaces>,
}

/// What the card asked for takes the place of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Record)]
pub struct Replaces {
    /// Why.
    pub reason: Reason,
    /// The old card, if the phone knows which.
    #[uniffi(default = None)]
    pub card: Option<CardId>,
}

impl From<&onecode::request::CardRequestClaims> for CardRequestClaims {
    fn from(claims: &onecode::request::CardRequestClaims) -> Self {
        CardRequestClaims {
            issued_at_unix_s: claims.issued_at_unix_s,
            key: claims.key.cross(),
            challenge: claims.challenge.as_bytes().to_vec(),
            attestation: claims.attestation.map(|hash| hash.0.to_vec()),
            replaces: claims
                .replaces
                .map(|it| Replaces { reason: it.reason, card: it.card.map(CardId::from) }),
        }
    }
}

impl TryFrom<CardRequestClaims> for onecode::request::CardRequestClaims {
    type Error = UsageError;

    fn try_from(claims: CardRequestClaims) -> Result<Self, UsageError> {
        let replaces = |it: Replaces| {
            let card = it.card.map(TryInto::try_into).transpose()?;
            Ok::<_, UsageError>(onecode::request::Replaces { reason: it.reason, card })
        };
        Ok(onecode::request::CardRequestClaims {
            issued_at_unix_s: claims.issued_at_unix_s,
            key: claims.key.0,
            challenge: request_challenge(&claims.challenge)?,
            attestation: claims.attestation.map(|it| hash(&it).map(Sha256Hash)).transpose()?,
            replaces: claims.replaces.map(replaces).transpose()?,
        })
    }
}

/// A card request whose signature holds: whoever made it has the key that it names.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Object)]
#[uniffi::export(Eq)]
pub struct CardRequest(pub(crate) onecode::request::CardRequest);

#[uniffi::export]
impl CardRequest {
    /// Signs a request with the phone's new key.
    #[uniffi::constructor]
    pub fn make(
        claims: CardRequestClaims,
        key: Arc<dyn DeviceKey>,
    ) -> Result<Self, MakeRequestError> {
        let claims = claims.try_into()?;
        Ok(CardRequest(onecode::request::CardRequest::make(claims, &HeldKey::new(key)?)?))
    }

    /// Reads a request that was kept, and checks that its key has signed it.
    #[uniffi::constructor]
    pub fn from_bytes(bytes: Vec<u8>) -> Result<Self, RequestRefusal> {
        let read = onecode::request::UnverifiedCardRequest::from_bytes(&bytes);
        let read = read.map_err(onecode::request::RequestRefusal::from)?;
        let request = read.verify().map_err(|_| onecode::request::RequestRefusal::NotSigned)?;
        Ok(CardRequest(request))
    }

    /// The encoded request, at most 318 bytes: what is sent and kept.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.0.as_bytes().to_vec()
    }

    /// The text for the QR picture, for a counter without network and for the old phone of a move.
    pub fn text(&self) -> String {
        self.0.text()
    }

    /// What it states.
    pub fn claims(&self) -> CardRequestClaims {
        self.0.claims().into()
    }

    /// Its name, 64 hex digits: the same for every copy, whatever bytes its signature has.
    pub fn name(&self) -> String {
        hex(&self.0.name().0)
    }

    /// Signs the request with which the phone fetches its credential later. `now_unix_s` is the best
    /// time that the phone has.
    pub fn collect(
        &self,
        now_unix_s: i64,
        key: Arc<dyn DeviceKey>,
    ) -> Result<Vec<u8>, MakeRequestError> {
        let key = HeldKey::new(key)?;
        let collect = onecode::request::CollectRequest::make(&self.0, now_unix_s, &key)?;
        Ok(collect.as_bytes().to_vec())
    }

    /// Reads the code that the new phone has scanned from the old one, and finds out whether it
    /// agrees to this request. The card that moves, as the code claims; only the issuer verifies it.
    pub fn read_answer(&self, text: String) -> Result<CardId, RequestRefusal> {
        Ok(onecode::request::MoveAnswer::read(&text, &self.0)?.card().into())
    }
}

/// A card request without its signature, for a key that answers later.
#[derive(Debug, uniffi::Object)]
pub struct PreparedCardRequest(onecode::keys::Prepared<onecode::request::CardRequest>);

#[uniffi::export]
impl PreparedCardRequest {
    /// Prepares a request.
    #[uniffi::constructor]
    pub fn new(claims: CardRequestClaims) -> Result<Self, MakeRequestError> {
        let claims = claims.try_into()?;
        Ok(PreparedCardRequest(onecode::request::CardRequest::prepare(claims)?))
    }

    /// What the phone's key has to sign.
    pub fn to_be_signed(&self) -> ToBeSigned {
        self.0.message().into()
    }

    /// What is signed, in plain words, one fact a line.
    pub fn words(&self) -> Wording {
        Wording { zh: self.0.words(Language::Zh), en: self.0.words(Language::En) }
    }

    /// Takes the signature and gives the request. A signature that does not hold is refused, and
    /// another can be tried.
    pub fn attach(&self, signature: EncodedSignature) -> Result<CardRequest, SigningError> {
        Ok(CardRequest(self.0.attach(&signature.into())?))
    }
}

/// A collect request without its signature, for a key that answers later.
#[derive(Debug, uniffi::Object)]
pub struct PreparedCollectRequest(onecode::keys::Prepared<onecode::request::CollectRequest>);

#[uniffi::export]
impl PreparedCollectRequest {
    /// Prepares the request with which the phone fetches the credential it asked for.
    #[uniffi::constructor]
    pub fn new(request: Arc<CardRequest>, now_unix_s: i64) -> Result<Self, MakeRequestError> {
        let prepared = onecode::request::CollectRequest::prepare(&request.0, now_unix_s)?;
        Ok(PreparedCollectRequest(prepared))
    }

    /// What the phone's key has to sign.
    pub fn to_be_signed(&self) -> ToBeSigned {
        self.0.message().into()
    }

    /// Takes the signature and gives the bytes to send.
    pub fn attach(&self, signature: EncodedSignature) -> Result<Vec<u8>, SigningError> {
        Ok(self.0.attach(&signature.into())?.as_bytes().to_vec())
    }
}

/// What the old phone asks its holder: whether this card shall move to the phone that showed the
/// request.
#[derive(Debug, uniffi::Object)]
pub struct MoveQuestion(onecode::request::MoveQuestion);

#[uniffi::export]
impl MoveQuestion {
    /// Reads what the old phone has scanned, for the card that its holder has opened.
    #[uniffi::constructor]
    pub fn read(
        text: String,
        card: Arc<CardCredential>,
        now_unix_s: i64,
    ) -> Result<Self, RequestRefusal> {
        let question = onecode::request::MoveQuestion::read(&text, card.0.claims(), now_unix_s)?;
        Ok(MoveQuestion(question))
    }

    /// What the old phone's screen says before the holder agrees, a sentence a line. Show all of it;
    /// agreeing is no default.
    pub fn words(&self) -> Wording {
        Wording { zh: self.0.words(Language::Zh), en: self.0.words(Language::En) }
    }

    /// The 16 bytes that the answer agrees to, for a log.
    pub fn consent(&self) -> Vec<u8> {
        self.0.consent().to_vec()
    }

    /// The holder agrees, after reading the words.
    pub fn agree(&self) -> MoveConsent {
        MoveConsent(self.0.clone().agree())
    }
}

/// A holder's consent to a move.
#[derive(Debug, uniffi::Object)]
pub struct MoveConsent(pub(crate) onecode::request::MoveConsent);

#[uniffi::export]
impl CodeSession {
    /// The old phone's answer to a move: a code that the new phone scans, shown as any code is. The
    /// session is that of the card which the question was about.
    pub fn consent(
        &self,
        now_unix_s: i64,
        consent: Arc<MoveConsent>,
    ) -> Result<Code, MakeCodeError> {
        self.agree(|session, key| consent.0.code(session, key, now_unix_s))
    }
}

#[uniffi::export]
impl PreparingSession {
    /// Prepares the old phone's answer to a move. `attach` takes the signature.
    pub fn prepare_consent(
        &self,
        now_unix_s: i64,
        consent: Arc<MoveConsent>,
    ) -> Result<PreparedCode, MakeCodeError> {
        Ok(PreparedCode(self.0.with(|session| consent.0.prepare(session, now_unix_s))??))
    }
}

/// From when on a phone renews the credential of this card, the next time it is online (Unix
/// seconds): 16 to 24 hours after the issuer's confirmation, by a hash of the card.
#[uniffi::export]
pub fn renewal_due_unix_s(card: CardClaims) -> Result<i64, UsageError> {
    Ok(onecode::request::renewal_due_unix_s(&card.try_into()?))
}

/// How many seconds a phone waits before it tries again, after `failed` attempts in a row. `random`
/// is a fresh random number for each call. `retry_after_s` is what the server asked for, if it did.
#[uniffi::export(default(retry_after_s = None))]
pub fn retry_wait_s(failed: i32, random: i64, retry_after_s: Option<i64>) -> i64 {
    let failed = u32::try_from(failed).unwrap_or(0);
    let retry_after_s = retry_after_s.map(|asked| u64::try_from(asked).unwrap_or(0));
    onecode::request::retry_wait_s(failed, random.cast_unsigned(), retry_after_s).cross()
}

mirror! {
    /// A request could not be made.
    #[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, uniffi::Error)]
    #[uniffi::export(Display)]
    pub enum MakeRequestError = onecode::request::MakeRequestError {
        /// The key that shall sign is not the one that the request names.
        #[error("the request names another key than the one that shall sign it")]
        WrongKey,
        /// A time is before 1970 or after 9999, which usually means milliseconds.
        #[error("{unix_s} is not a time in Unix seconds")]
        Time {
            /// The time asked for.
            unix_s: i64,
        },
        /// An SM2 phone key that signs under an ID of its own.
        #[error("a phone key signs under the default ID")]
        HolderSignerId,
        /// The phone's key did not sign.
        #[error("{signing}")]
        Signing {
            /// Why not.
            #[from]
            signing: SigningError,
        } = Signing(signing),
    } and {
        /// An impossible value.
        #[error("{usage}")]
        Usage {
            /// Which, and why.
            #[from]
            usage: UsageError,
        },
    }
}

/// Why a phone or an issuer does not go on. 8xx is what a phone says, 9xx what an issuer says.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, uniffi::Error)]
#[uniffi::export(Display)]
pub enum RequestRefusal {
    /// It was looked at, and the answer is no.
    #[error("{detail}")]
    Refused {
        /// The number. It never changes its meaning.
        number: i32,
        /// The name in snake case. It never changes.
        name: String,
        /// The name of what is wrong with the form, where the form is wrong.
        problem: Option<String>,
        /// Number, reason and facts in English, for a log. For people there is `request_message_of`.
        detail: String,
    },
    /// An impossible value.
    #[error("{usage}")]
    Usage {
        /// Which, and why.
        #[from]
        usage: UsageError,
    },
}

/// What people are told about a number of requests.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct RequestMessage {
    /// The number. It never changes its meaning.
    pub number: i32,
    /// The name in snake case. It never changes.
    pub name: String,
    /// What is wrong, for everybody to read.
    pub reason: Wording,
    /// What the person with the phone can do.
    pub advice: Wording,
}

/// The message with this number, 801 to 809 and 901 to 925.
#[uniffi::export]
pub fn request_message_of(number: i32) -> Option<RequestMessage> {
    let message = onecode::request::RequestMessage::of(number.try_into().ok()?)?;
    let onecode::request::RequestMessage { number, name, reason, advice } = *message;
    Some(RequestMessage {
        number: number.into(),
        name: name.to_owned(),
        reason: reason.into(),
        advice: advice.into(),
    })
}

impl RequestRefusal {
    fn refused(
        message: &onecode::request::RequestMessage,
        form: Option<&onecode::request::RequestFormError>,
        detail: String,
    ) -> Self {
        RequestRefusal::Refused {
            number: message.number.into(),
            name: message.name.to_owned(),
            problem: form.map(|form| form.name().to_owned()),
            detail,
        }
    }
}

impl From<onecode::request::RequestRefusal> for RequestRefusal {
    fn from(refusal: onecode::request::RequestRefusal) -> Self {
        Self::refused(refusal.message(), refusal.form(), refusal.to_string())
    }
}

impl From<onecode::issuing::IssuingRefusal> for RequestRefusal {
    fn from(refusal: onecode::issuing::IssuingRefusal) -> Self {
        Self::refused(refusal.message(), refusal.form(), refusal.to_string())
    }
}
