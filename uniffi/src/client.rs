//! What a phone sends to its issuer's service, and what it makes of the answers. `IssuerClient` of
//! each language sends it.

// An error crosses as bytes, and a box would not cross.
#![allow(clippy::result_large_err)]

use std::sync::Arc;

use onecode::client::{CardStep, Remedy};
use onecode::governance::Sha256Hash;
use onecode::request::UnverifiedCollectRequest;
use onecode::status::Status;

use crate::mirror::{mirror, Cross};
use crate::usage::{count, request_challenge};
use crate::{CardCredential, CardRequest, PublicKey, RequestRefusal, Wording};

/// One HTTP request to an issuer's service.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct IssuerCall {
    /// `GET` or `POST`.
    pub method: String,
    /// The whole address.
    pub url: String,
    /// The media type of the body.
    pub content_type: Option<String>,
    /// The body.
    pub body: Option<Vec<u8>>,
    /// Whether the holder's token goes with it: `Authorization: Bearer …`. It goes with no other
    /// call.
    pub with_token: bool,
}

impl From<onecode::client::IssuerCall> for IssuerCall {
    fn from(call: onecode::client::IssuerCall) -> Self {
        let onecode::client::IssuerCall { method, url, content_type, body, with_token } = call;
        let (method, content_type) = (method.to_owned(), content_type.map(str::to_owned));
        IssuerCall { method, url, content_type, body, with_token }
    }
}

/// An HTTP answer.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct IssuerAnswer {
    /// The status.
    pub status: i32,
    /// The header `Retry-After`, as it stands there.
    pub retry_after: Option<String>,
    /// The body. Stop receiving after `max_issuer_answer` bytes.
    pub body: Vec<u8>,
}

/// SHA-256 of an attestation, as `CardRequestClaims` names it, 32 bytes.
#[uniffi::export]
pub fn attestation_hash(attestation: Vec<u8>) -> Vec<u8> {
    Sha256Hash::of(&attestation).0.to_vec()
}

/// Largest answer that is read, in bytes.
#[uniffi::export]
pub fn max_issuer_answer() -> i32 {
    // safe: 65,536
    onecode::client::MAX_ANSWER as i32
}

/// This is no address of an issuer's service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error, uniffi::Error)]
#[uniffi::export(Display)]
pub enum ServiceUrlError {
    /// No `https://` and a host, or with a query, a fragment, a user or characters that are none of
    /// a URL. `http://` is for a service on the own machine alone.
    #[error("{}", onecode::client::NotAServiceUrl)]
    NotAServiceUrl,
}

/// An issuer's service, by its address: what is sent to it. `IssuerClient` sends it, too.
#[derive(Debug, uniffi::Object)]
pub struct IssuerService(onecode::client::IssuerService);

#[uniffi::export]
impl IssuerService {
    /// Takes the address, with or without a path.
    #[uniffi::constructor]
    pub fn new(base_url: String) -> Result<Self, ServiceUrlError> {
        let service = onecode::client::IssuerService::new(&base_url);
        Ok(IssuerService(service.map_err(|_| ServiceUrlError::NotAServiceUrl)?))
    }

    /// A code from a counter for a token: `read_access_token`.
    pub fn token(&self, pre_authorized_code: String) -> IssuerCall {
        self.0.token(&pre_authorized_code).into()
    }

    /// A challenge for who is signed in: `read_issuer_challenge`.
    pub fn challenge(&self) -> IssuerCall {
        self.0.challenge().into()
    }

    /// A challenge for the renewal of a key in use.
    pub fn renewal_challenge(&self, key: Arc<PublicKey>) -> IssuerCall {
        self.0.renewal_challenge(&key.0).into()
    }

    /// A card for the phone of this request: `read_issued_card`. `card` is the issuer's reference to
    /// it, where a person has several.
    #[uniffi::method(default(attestation = None, card = None))]
    pub fn credential(
        &self,
        request: Arc<CardRequest>,
        attestation: Option<Vec<u8>>,
        card: Option<String>,
    ) -> IssuerCall {
        self.0.credential(&request.0, attestation.as_deref(), card.as_deref()).into()
    }

    /// A new credential for a key in use: `read_issued_card`.
    pub fn renewal(&self, request: Arc<CardRequest>) -> IssuerCall {
        self.0.renewal(&request.0).into()
    }

    /// The credential for a request that was handed in elsewhere: `read_issued_card`. `collect` are
    /// the bytes of `CardRequest.collect`.
    pub fn collect(&self, collect: Vec<u8>) -> Result<IssuerCall, RequestRefusal> {
        let read = UnverifiedCollectRequest::from_bytes(&collect);
        read.map_err(onecode::request::RequestRefusal::from)?;
        Ok(self.0.collect(&collect).into())
    }

    /// A card from another phone: `read_issued_card`. `consent` is the text that the new phone has
    /// scanned from the old one; it must agree to this request.
    #[uniffi::method(default(attestation = None))]
    pub fn move_card(
        &self,
        request: Arc<CardRequest>,
        consent: String,
        attestation: Option<Vec<u8>>,
    ) -> Result<IssuerCall, RequestRefusal> {
        let consent = onecode::request::MoveAnswer::read(&consent, &request.0)?;
        Ok(self.0.move_card(&request.0, &consent, attestation.as_deref()).into())
    }

    /// The own cards: `read_own_cards`.
    pub fn cards(&self) -> IssuerCall {
        self.0.cards().into()
    }

    /// A card is lost, or one of its phones (`OwnPhone.phone`): `read_own_card`.
    #[uniffi::method(default(phone = None))]
    pub fn report_lost(&self, card: String, phone: Option<String>) -> IssuerCall {
        self.0.report_lost(&card, phone.as_deref()).into()
    }
}

/// A token for a code from a counter.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
pub struct AccessToken {
    /// What goes into `Authorization: Bearer …`. A secret.
    pub token: String,
    /// Until when it is good (Unix seconds).
    pub expires_unix_s: i64,
}

/// A challenge of the issuer's.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct IssuerChallenge {
    /// What a card request answers, 16 to 64 bytes.
    pub challenge: Vec<u8>,
    /// Until when it is good, by the phone's clock (Unix seconds).
    pub expires_unix_s: i64,
}

/// Whether a request that answers this challenge would still arrive in time.
#[uniffi::export]
pub fn is_challenge_good(challenge: IssuerChallenge, now_unix_s: i64) -> bool {
    let IssuerChallenge { challenge, expires_unix_s } = challenge;
    request_challenge(&challenge).is_ok_and(|challenge| {
        onecode::client::IssuerChallenge { challenge, expires_unix_s }.is_good(now_unix_s)
    })
}

/// A credential, and the challenge for the next renewal of its key.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct IssuedCard {
    /// The credential, bound to the key that asked. The issuer's signature is not checked here.
    pub credential: Arc<CardCredential>,
    /// For the next renewal, which then takes one round trip. An app keeps it with the card.
    pub next_challenge: IssuerChallenge,
}

mirror! {
    /// One of the holder's cards, as the issuer has it.
    #[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
    pub struct OwnCard = onecode::client::OwnCard {
        /// The issuer's opaque reference.
        pub reference: String,
        /// The card's home (GB/T 2260).
        pub region: i32,
        /// The functions loaded on it, by the numbers of the catalogue.
        pub entitlements: Vec<i32>,
        /// Another person's card.
        pub delegate: bool,
        /// A practice card.
        pub specimen: bool,
        /// Whether it is in force.
        pub state: Status,
        /// Until when it is suspended, where that ends by itself (Unix seconds).
        pub suspended_until_unix_s: Option<i64>,
        /// The phones that it is on, and was.
        pub phones: Vec<OwnPhone>,
    }
}

mirror! {
    /// A phone that has a card.
    #[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
    pub struct OwnPhone = onecode::client::OwnPhone {
        /// The position in the issuer's status lists.
        pub position: i64,
        /// By which the issuer knows the phone: `PublicKey.thumbprint` of its key.
        pub phone: String,
        /// Whether the card is in force there.
        pub state: Status,
        /// Until when it is suspended, where that ends by itself (Unix seconds).
        pub suspended_until_unix_s: Option<i64>,
        /// When its credential was last renewed (Unix seconds).
        pub renewed_unix_s: i64,
    }
}

/// What a phone asked for when it asked for a credential. The same problem is mended otherwise.
#[uniffi::remote(Enum)]
pub enum CardStep {
    /// A card for a key that has none: a request, or a move.
    Issue,
    /// A new credential for a key in use.
    Renew,
    /// What was issued for a request that a counter took.
    Collect,
    /// What was issued for a request whose answer was lost and whose challenge has ended since
    /// (`Remedy.CollectAnswer`).
    CollectAnswer,
}

/// What an app does about a problem.
#[uniffi::remote(Enum)]
pub enum Remedy {
    /// It passes by itself: send the same again, after `retry_wait_s`.
    TryLater,
    /// The challenge for a renewal is over or used: ask for another one, and make a new request.
    NewChallenge,
    /// The challenge of a card request has ended. If an earlier answer to it was lost, the issuer
    /// keeps it: `CardRequest.collect` fetches it, as `CardStep.CollectAnswer`.
    CollectAnswer,
    /// Begin anew with another key, another challenge and a new request: nothing comes of these any
    /// more. An attestation shows the challenge that its key was made with, so the key has no second
    /// one.
    NewKey,
    /// The holder has to sign in again.
    SignIn,
    /// Show the holder the texts: trying again does not help.
    Tell,
}

mirror! {
    /// Why the service does not do what is asked.
    #[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
    pub struct IssuerProblem = onecode::client::IssuerProblem {
        /// The HTTP status.
        pub status: i32,
        /// The number, 901 to 999. It never changes its meaning. Nothing when something else than
        /// the service has answered, such as a proxy.
        pub number: Option<i32>,
        /// What is wrong, for the holder.
        pub reason: Wording,
        /// What the holder can do.
        pub advice: Wording,
        /// The facts, for a log.
        pub detail: Option<String>,
        /// When to come back, in seconds, where the service says so.
        pub retry_after_s: Option<i64>,
        /// What the app does.
        pub remedy: Remedy,
    }
}

impl Cross<Wording> for onecode::client::Words {
    fn cross(self) -> Wording {
        Wording { zh: self.zh, en: self.en }
    }
}

/// An answer has not what was asked for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, uniffi::Error)]
#[uniffi::export(Display)]
pub enum IssuerError {
    /// The service says no, or not now.
    #[error("{description}")]
    Problem {
        /// Why, and what to do.
        problem: IssuerProblem,
        /// Number, reason and facts in English, for a log.
        description: String,
    },
    /// The answer is larger than any that belongs here, and was not read.
    #[error("an answer of {length} bytes is over the limit of {limit}")]
    TooLarge {
        /// Bytes it has.
        length: i64,
        /// Bytes it may have.
        limit: i64,
    },
    /// The answer has another form. The app is older than the service, or this is no such service.
    #[error("the answer has another form: {detail}")]
    Form {
        /// What is wrong, for a log. Nothing that stood in the answer.
        detail: String,
    },
    /// The credential is bound to another key than the one that asked.
    #[error("the credential in the answer is bound to another key")]
    OtherKey,
}

impl From<onecode::client::IssuerError> for IssuerError {
    fn from(error: onecode::client::IssuerError) -> Self {
        use onecode::client::IssuerError as Core;
        match error {
            Core::Problem(problem) => {
                let description = problem.to_string();
                IssuerError::Problem { problem: (*problem).into(), description }
            }
            Core::TooLarge { length, limit } => {
                IssuerError::TooLarge { length: count(length), limit: count(limit) }
            }
            Core::Form { detail } => IssuerError::Form { detail },
            Core::OtherKey => IssuerError::OtherKey,
        }
    }
}

impl IssuerAnswer {
    fn core(&self) -> onecode::client::IssuerAnswer<'_> {
        onecode::client::IssuerAnswer {
            // No status of HTTP: then it is none that says yes.
            status: u16::try_from(self.status).unwrap_or(0),
            retry_after: self.retry_after.as_deref(),
            body: &self.body,
        }
    }
}

impl From<onecode::client::IssuerChallenge> for IssuerChallenge {
    fn from(challenge: onecode::client::IssuerChallenge) -> Self {
        let onecode::client::IssuerChallenge { challenge, expires_unix_s } = challenge;
        IssuerChallenge { challenge: challenge.as_bytes().to_vec(), expires_unix_s }
    }
}

/// Reads a token.
#[uniffi::export]
pub fn read_access_token(
    answer: IssuerAnswer,
    now_unix_s: i64,
) -> Result<AccessToken, IssuerError> {
    let onecode::client::AccessToken { token, expires_unix_s } = answer.core().token(now_unix_s)?;
    Ok(AccessToken { token, expires_unix_s })
}

/// Reads a challenge.
#[uniffi::export]
pub fn read_issuer_challenge(
    answer: IssuerAnswer,
    now_unix_s: i64,
) -> Result<IssuerChallenge, IssuerError> {
    Ok(answer.core().challenge(now_unix_s)?.into())
}

/// Reads a credential for this key, which was asked for by this step.
#[uniffi::export]
pub fn read_issued_card(
    answer: IssuerAnswer,
    step: CardStep,
    key: Arc<PublicKey>,
    now_unix_s: i64,
) -> Result<IssuedCard, IssuerError> {
    let onecode::client::IssuedCard { credential, next_challenge } =
        answer.core().card(step, &key.0, now_unix_s)?;
    let credential = Arc::new(CardCredential(credential));
    Ok(IssuedCard { credential, next_challenge: next_challenge.into() })
}

/// Reads the own cards.
#[uniffi::export]
pub fn read_own_cards(answer: IssuerAnswer) -> Result<Vec<OwnCard>, IssuerError> {
    Ok(answer.core().own_cards()?.cross())
}

/// Reads one of the own cards.
#[uniffi::export]
pub fn read_own_card(answer: IssuerAnswer) -> Result<OwnCard, IssuerError> {
    Ok(answer.core().own_card()?.into())
}
