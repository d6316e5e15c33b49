//! The code: what the phone signs for one moment, carrying the card credential.
//!
//! Uses the card, the COSE layer, keys and the text form. Shaped like a key binding token: the
//! credential travels in the protected header, under the phone's signature.
//! Specification: RFC 9052, RFC 9528 (`kcwt`), docs/SPEC.md sections 7 to 9.

mod draft;

use std::fmt;
use std::num::NonZeroU16;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use draft::CodeDraft;

use crate::card::{CardClaims, CardCredential, UnverifiedCredential};
use crate::cose::header;
use crate::cose::registry::claim::{AUD, CNONCE, IAT};
use crate::cose::registry::header::{ALG, KCWT, KID};
use crate::cose::{encodable_time, CborError, CborProblem, Reader, Sign1, Unsigned, Writer};
use crate::keys::{Algorithm, BadSignature, Check, Prepared, SigningError, SigningKey};
use crate::text::MAX_CODE;

/// The number of an application in the published catalogue, 1 to 65,535.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ApplicationNumber(NonZeroU16);

impl ApplicationNumber {
    /// The reserved number `card.move`, which no catalogue has. A code bound to it is an old phone's
    /// consent to the move of its card ([`crate::request::MoveConsent`]); no gate accepts it.
    pub const CARD_MOVE: ApplicationNumber = ApplicationNumber(NonZeroU16::MAX);

    /// Any number but 0.
    pub const fn new(number: u16) -> Option<Self> {
        match NonZeroU16::new(number) {
            Some(number) => Some(ApplicationNumber(number)),
            None => None,
        }
    }

    /// The number.
    pub fn get(self) -> u16 {
        self.0.get()
    }
}

impl fmt::Display for ApplicationNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A scanner's question that a code can answer: random bytes, 5 to 15 of them.
///
/// 8 bytes (64 bits) when the scanner shows it as a picture; 5 (40 bits) when a person types it.
/// 16 bytes are something else, see [`Answer::Consent`].
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Challenge(Vec<u8>);

impl Challenge {
    /// Lengths that a challenge may have, in bytes.
    pub const LENGTH: std::ops::RangeInclusive<usize> = 5..=15;

    /// Takes the bytes if there are 5 to 15 of them.
    pub fn new(bytes: &[u8]) -> Option<Self> {
        Self::LENGTH.contains(&bytes.len()).then(|| Challenge(bytes.to_vec()))
    }

    /// The bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Challenge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Challenge(")?;
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))?;
        f.write_str(")")
    }
}

/// What a code answers: its claim `cnonce`. The length tells which of the two it is, so no challenge
/// can be made to look like a consent.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Answer {
    /// A scanner's challenge, 5 to 15 bytes.
    Challenge(Challenge),
    /// What the holder agreed to, by the first 16 bytes of its hash: an identity request, or a move
    /// to a new phone ([`crate::request::MoveConsent`]). No scanner takes it for the answer to a
    /// challenge.
    Consent([u8; CONSENT]),
}

/// Bytes of the hash of what a holder agreed to.
pub(crate) const CONSENT: usize = 16;

impl Answer {
    /// Lengths of `cnonce`, in bytes.
    const LENGTH: std::ops::RangeInclusive<usize> = *Challenge::LENGTH.start()..=CONSENT;

    fn new(bytes: &[u8]) -> Option<Self> {
        match <[u8; CONSENT]>::try_from(bytes) {
            Ok(consent) => Some(Answer::Consent(consent)),
            Err(_) => Challenge::new(bytes).map(Answer::Challenge),
        }
    }

    /// The bytes of `cnonce`.
    pub fn as_bytes(&self) -> &[u8] {
        match self {
            Answer::Challenge(challenge) => challenge.as_bytes(),
            Answer::Consent(consent) => consent,
        }
    }

    /// The scanner's challenge, if it answers one.
    pub fn challenge(&self) -> Option<&Challenge> {
        match self {
            Answer::Challenge(challenge) => Some(challenge),
            Answer::Consent(_) => None,
        }
    }
}

impl From<Challenge> for Answer {
    fn from(challenge: Challenge) -> Self {
        Answer::Challenge(challenge)
    }
}

/// What the phone states when it makes a code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodeClaims {
    /// The moment the code is made for (Unix seconds). It is half of a code's name, so a phone
    /// makes no two codes for one moment.
    pub issued_at_unix_s: i64,
    /// The one application the code may be used for; `None` for the everyday code.
    pub application: Option<ApplicationNumber>,
    /// What it answers, mostly a scanner's challenge.
    pub answers: Option<Answer>,
}

impl CodeClaims {
    /// The everyday code: for this moment and any application.
    pub fn at(issued_at_unix_s: i64) -> Self {
        CodeClaims { issued_at_unix_s, application: None, answers: None }
    }
}

/// A code ready to be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Code {
    text: String,
    length: usize,
    schedule: Schedule,
}

impl Code {
    /// Signs a code with the phone's key, and checks the signature.
    ///
    /// `claims` may name any moment: the clock that filled it is the only safeguard. For everyday
    /// use see [`crate::CodeSession`], which checks a key once.
    pub fn make(
        credential: &CardCredential,
        key: &dyn SigningKey,
        claims: &CodeClaims,
    ) -> Result<Self, MakeCodeError> {
        if key.public_key() != credential.claims().holder_key {
            return Err(MakeCodeError::WrongKey);
        }
        Ok(Self::prepare(credential, claims)?.sign(key, Check::Signature)?)
    }

    /// Prepares a code for a key that answers later. The same holds as for [`Code::make`]; for
    /// everyday use see [`crate::CodeSession::prepare`].
    pub fn prepare(
        credential: &CardCredential,
        claims: &CodeClaims,
    ) -> Result<Prepared<Self>, MakeCodeError> {
        let card = credential.claims();
        let issued_at = claims.issued_at_unix_s;
        let iat = encodable_time(issued_at).ok_or(MakeCodeError::Time { unix_s: issued_at })?;
        if issued_at >= card.expires_unix_s {
            return Err(MakeCodeError::CardExpired { expires_unix_s: card.expires_unix_s });
        }

        let mut payload = Writer::with_capacity(36);
        let optional =
            u64::from(claims.application.is_some()) + u64::from(claims.answers.is_some());
        payload.map(1 + optional);
        if let Some(application) = claims.application {
            payload.int(AUD).text(&application.to_string());
        }
        payload.int(IAT).uint(iat);
        if let Some(answer) = &claims.answers {
            payload.int(CNONCE).bytes(answer.as_bytes());
        }

        let header = header::with_kcwt(card.holder_key.algorithm(), credential.as_bytes());
        let (unsigned, bytes) = Unsigned::new(header, payload.finish());
        let length = Unsigned::length(&bytes);
        if length > MAX_CODE {
            return Err(MakeCodeError::TooLarge { length, limit: MAX_CODE });
        }
        let schedule = Schedule::new(issued_at, card.max_window_s);
        let draft = CodeDraft { unsigned, claims: claims.clone(), region: card.region, schedule };
        Ok(Prepared::new(card.holder_key, bytes, draft))
    }

    /// The text for the QR picture, `OC1:` and base45.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Length of the signed structure in bytes, before base45.
    pub fn byte_length(&self) -> usize {
        self.length
    }

    /// When it is shown, when it is replaced and when it ends.
    pub fn schedule(&self) -> Schedule {
        self.schedule
    }
}

/// When a code is on the screen. All times are Unix seconds on the phone's clock.
///
/// A code is replaced at half of its window. Whatever is on the screen stays good for at least the
/// other half, so the change never catches someone who has just raised the phone to the reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Schedule {
    /// From when the code may be shown: the second it is made for.
    pub shown_from_unix_s: i64,
    /// When the next code replaces it. The next code is made for exactly this second, so it can be
    /// made in advance.
    pub renew_at_unix_s: i64,
    /// The last second in which a scanner with the right time accepts it.
    pub good_until_unix_s: i64,
}

impl Schedule {
    /// The schedule of a code made for `issued_at_unix_s` with a window of `window_s` seconds.
    pub fn new(issued_at_unix_s: i64, window_s: u16) -> Self {
        let half = i64::from(window_s / 2).max(1);
        Schedule {
            shown_from_unix_s: issued_at_unix_s,
            renew_at_unix_s: issued_at_unix_s.saturating_add(half),
            good_until_unix_s: issued_at_unix_s.saturating_add(window_s.into()),
        }
    }
}

/// A code could not be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MakeCodeError {
    /// The credential is bound to another key.
    #[error("the credential is bound to another phone key")]
    WrongKey,
    /// The time is before 1970 or after 9999, which usually means milliseconds.
    #[error("{unix_s} is not a time in Unix seconds")]
    Time {
        /// The time asked for.
        unix_s: i64,
    },
    /// The credential has expired at that time. Every scanner would refuse.
    #[error("the credential expired at {expires_unix_s} (Unix seconds)")]
    CardExpired {
        /// Its expiry.
        expires_unix_s: i64,
    },
    /// The code would need a denser picture than a phone can show and a gate can read.
    #[error("a code of {length} bytes is over the limit of {limit}")]
    TooLarge {
        /// Bytes it would have.
        length: usize,
        /// Bytes it may have.
        limit: usize,
    },
    /// This phone's clock stands still, or was set back over codes already made.
    #[error("no unused second is left near {now_unix_s} (Unix seconds)")]
    NoUnusedSecond {
        /// The time that was given.
        now_unix_s: i64,
    },
    /// Another code has been made for this second since the one at hand was prepared. A phone makes
    /// no two codes for one second: prepare the next.
    #[error("another code has been made for {unix_s} (Unix seconds)")]
    SecondTaken {
        /// The second.
        unix_s: i64,
    },
    /// The phone's key did not sign, or signed wrongly.
    #[error(transparent)]
    Signing(#[from] SigningError),
}

/// A code that has been read but not verified.
///
/// At first it gives only what is needed to refuse it early or to find the issuer's key. Once both
/// signatures hold, it gives everything.
#[derive(Clone, Copy, Debug)]
pub(crate) struct UnverifiedCode<'b> {
    sign1: Sign1<'b>,
    algorithm: Algorithm,
    credential: UnverifiedCredential<'b>,
    issued_at_unix_s: i64,
    application: Option<ApplicationNumber>,
    answers: Option<&'b [u8]>,
}

/// Bytes are not a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CodeFormError {
    Cbor(CborError),
    /// A credential on its own: somebody removed the phone's signature.
    BareCredential,
}

impl From<CborError> for CodeFormError {
    fn from(error: CborError) -> Self {
        CodeFormError::Cbor(error)
    }
}

impl<'b> UnverifiedCode<'b> {
    pub(crate) fn parse(bytes: &'b [u8]) -> Result<Self, CodeFormError> {
        let sign1 = Sign1::parse(bytes)?;

        let mut header = sign1.header();
        let mut fields = header.fields()?;
        let algorithm = fields.required(ALG, Reader::algorithm)?;
        if fields.next_is(KID)? {
            return Err(CodeFormError::BareCredential);
        }
        let credential = fields.required(KCWT, UnverifiedCredential::read)?;
        fields.end()?;
        header.end()?;

        let mut payload = sign1.claims();
        let mut claims = payload.fields()?;
        let application = claims.optional(AUD, read_application)?;
        let issued_at_unix_s = claims.required(IAT, Reader::time)?;
        let answers = claims.optional(CNONCE, |reader| reader.bytes_of(Answer::LENGTH))?;
        claims.end()?;
        payload.end()?;

        Ok(UnverifiedCode { sign1, algorithm, credential, issued_at_unix_s, application, answers })
    }

    /// Whether bytes begin as every code does: too many bytes for chance.
    pub(crate) fn is_begun(bytes: &[u8]) -> bool {
        // An array of four, a string of 24 to 255 bytes, in it a map of two with `alg` first.
        let head = matches!(bytes, [0x84, 0x58, _, 0xa2, 0x01, ..]);
        head && bytes.len() >= 24
    }

    /// Whether bytes are a code that was cut off.
    pub(crate) fn is_cut(bytes: &[u8]) -> bool {
        let cut = |error: CborError| error.problem == CborProblem::Truncated;
        Self::is_begun(bytes) && Sign1::parse(bytes).is_err_and(cut)
    }

    pub(crate) fn credential(&self) -> &UnverifiedCredential<'b> {
        &self.credential
    }

    pub(crate) fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    pub(crate) fn is_signed(&self) -> bool {
        self.sign1.is_signed()
    }

    /// The moment it claims to be made for. It may lead to a refusal, never to an acceptance.
    pub(crate) fn claimed_time_unix_s(&self) -> i64 {
        self.issued_at_unix_s
    }

    /// What it says and what it signed, for those who want to look without trusting it.
    pub(crate) fn unverified(&self) -> (CodeClaims, &Sign1<'b>) {
        let claims = CodeClaims {
            issued_at_unix_s: self.issued_at_unix_s,
            application: self.application,
            answers: self.answers.and_then(Answer::new),
        };
        (claims, &self.sign1)
    }

    /// Checks the phone's signature. `card` holds the claims of this code's own credential, whose
    /// issuer's signature has already been found to hold.
    pub(crate) fn verify(self, card: CardClaims) -> Result<VerifiedCode, BadSignature> {
        self.sign1.verify(&card.holder_key)?;
        Ok(VerifiedCode {
            card,
            issued_at_unix_s: self.issued_at_unix_s,
            application: self.application,
            answers: self.answers.and_then(Answer::new),
        })
    }
}

/// A code whose two signatures hold.
#[derive(Clone, Debug)]
pub(crate) struct VerifiedCode {
    pub(crate) card: CardClaims,
    pub(crate) issued_at_unix_s: i64,
    pub(crate) application: Option<ApplicationNumber>,
    pub(crate) answers: Option<Answer>,
}

impl VerifiedCode {
    /// The scanner's challenge that it answers, if any.
    pub(crate) fn challenge(&self) -> Option<&Challenge> {
        self.answers.as_ref().and_then(Answer::challenge)
    }
}

/// `aud`: the application's number in decimal digits, without leading zeros.
fn read_application(reader: &mut Reader<'_>) -> Result<ApplicationNumber, CborError> {
    reader.converted(Reader::text, CborProblem::OutOfRange, |digits| {
        let number = u16::from_str(digits).ok().and_then(ApplicationNumber::new);
        number.filter(|number| number.to_string() == digits)
    })
}
