//! What is signed elsewhere: by a keystore that answers later, or in a server's security module.

use std::sync::Arc;

use onecode::Language;

use crate::code::SessionOfCard;
use crate::usage::{application, challenge};
use crate::{
    CardClaims, CardCredential, Code, EncodedSignature, IssueError, MakeCodeError, PublicKey,
    SigningError, Wording,
};

/// What a key has to sign: the message, and its hash for a key that signs hashes as they are.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct ToBeSigned {
    /// The message itself.
    pub message: Vec<u8>,
    /// SHA-256 of the message for ESP256, SM3(Z ‖ message) for SM2. Nothing for Ed25519, which
    /// signs the message itself.
    pub digest: Option<Vec<u8>>,
}

impl From<onecode::keys::ToBeSigned<'_>> for ToBeSigned {
    fn from(message: onecode::keys::ToBeSigned<'_>) -> Self {
        ToBeSigned {
            message: message.bytes().to_vec(),
            digest: message.digest().map(|digest| digest.to_vec()),
        }
    }
}

/// Prepares the codes of one card, never two for the same second, for a key that answers later or
/// elsewhere: a keystore without a call that blocks, or one in another process. For a key at hand
/// use `CodeSession`.
#[derive(uniffi::Object)]
pub struct PreparingSession(pub(crate) SessionOfCard);

#[uniffi::export]
impl PreparingSession {
    /// A session for one card. For a card in a wallet use `Wallet.preparing_session`.
    #[uniffi::constructor]
    pub fn new(credential: Arc<CardCredential>) -> Self {
        PreparingSession(SessionOfCard::new(credential))
    }

    /// The card, as it was when the session began.
    pub fn credential(&self) -> Arc<CardCredential> {
        self.0.credential()
    }

    /// The code for `now_unix_s`, or for the next second that has no code yet, without its
    /// signature. Nothing changes: if the signature never comes, the next code is prepared for the
    /// same second.
    ///
    /// With `application`, only that application accepts it. With `challenge` (5 to 15 bytes), it
    /// answers the scanner's challenge.
    #[uniffi::method(default(application = None, challenge = None))]
    pub fn prepare(
        &self,
        now_unix_s: i64,
        application: Option<i32>,
        challenge: Option<Vec<u8>>,
    ) -> Result<PreparedCode, MakeCodeError> {
        let application = application.map(self::application).transpose()?;
        let challenge = challenge.as_deref().map(self::challenge).transpose()?;
        let prepared =
            self.0.with(|session| session.prepare_bound(now_unix_s, application, challenge))??;
        Ok(PreparedCode(prepared))
    }

    /// Takes the signature of a prepared code. The first one of a session is checked in full, then
    /// its form. What is refused changes nothing, and another signature can be tried.
    pub fn attach(
        &self,
        prepared: Arc<PreparedCode>,
        signature: EncodedSignature,
    ) -> Result<Code, MakeCodeError> {
        self.0.make(|session| session.attach(&prepared.0, &signature.into()))
    }
}

/// A code without its signature.
#[derive(Debug, uniffi::Object)]
pub struct PreparedCode(pub(crate) onecode::PreparedCode);

#[uniffi::export]
impl PreparedCode {
    /// What the phone's key has to sign.
    pub fn to_be_signed(&self) -> ToBeSigned {
        self.0.message().into()
    }

    /// What is signed, in plain words, one fact a line.
    pub fn words(&self) -> Wording {
        Wording { zh: self.0.words(Language::Zh), en: self.0.words(Language::En) }
    }

    /// The second that the code is made for (Unix seconds).
    pub fn issued_at_unix_s(&self) -> i64 {
        self.0.issued_at_unix_s()
    }
}

/// A card credential without its signature, for an issuer's key in a security module.
#[derive(Debug, uniffi::Object)]
pub struct PreparedCredential(onecode::keys::Prepared<onecode::CardCredential>);

#[uniffi::export]
impl PreparedCredential {
    /// Prepares a credential for this issuer's key.
    #[uniffi::constructor]
    pub fn new(claims: CardClaims, issuer: Arc<PublicKey>) -> Result<Self, IssueError> {
        let claims = claims.try_into()?;
        Ok(PreparedCredential(onecode::CardCredential::prepare(claims, &issuer.0)?))
    }

    /// What the issuer's key has to sign.
    pub fn to_be_signed(&self) -> ToBeSigned {
        self.0.message().into()
    }

    /// What is signed, in plain words, one fact a line.
    pub fn words(&self) -> Wording {
        Wording { zh: self.0.words(Language::Zh), en: self.0.words(Language::En) }
    }

    /// Takes the signature and gives the credential. A signature that does not hold is refused, and
    /// another can be tried.
    pub fn attach(&self, signature: EncodedSignature) -> Result<CardCredential, SigningError> {
        Ok(CardCredential(self.0.attach(&signature.into())?))
    }
}
