//! The card request: a new phone key asks for a card, and proves that it can sign.
//!
//! Uses keys, the COSE layer and the text form. Specification: docs/SPEC.md section 22.

use std::fmt;

use super::draft::CardRequestDraft;
use super::MakeRequestError;
use crate::base45;
use crate::card::{read_confirmation, CardId};
use crate::cose::header;
use crate::cose::registry::claim::{ATTESTATION, CNF, CNONCE, IAT, REPLACES};
use crate::cose::registry::{confirmation::COSE_KEY, typ};
use crate::cose::{
    encodable_time, write_key, CborError, CborProblem, Reader, Sign1, Unsigned, Writer,
};
use crate::jose::Sha256Hash;
#[cfg(feature = "sm2")]
use crate::keys::SignerId;
use crate::keys::{sha256_of, BadSignature, Check, NotAKey, Prepared, PublicKey, SigningKey};
use crate::region::Region;
use crate::text::{encoded_length, CARD_REQUEST_PREFIX, MAX_CARD_REQUEST};

/// An issuer's challenge for a card request: 16 to 64 bytes that only the issuer understands. A phone
/// signs whatever it is given, with a key that is good for nothing yet.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct RequestChallenge(Vec<u8>);

impl RequestChallenge {
    /// Lengths that such a challenge may have, in bytes.
    pub const LENGTH: std::ops::RangeInclusive<usize> = 16..=64;

    /// Takes the bytes if there are 16 to 64 of them.
    pub fn new(bytes: &[u8]) -> Option<Self> {
        Self::LENGTH.contains(&bytes.len()).then(|| RequestChallenge(bytes.to_vec()))
    }

    /// The bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for RequestChallenge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RequestChallenge(")?;
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))?;
        f.write_str(")")
    }
}

/// Why a card takes the place of another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reason {
    /// The old phone is lost or stolen. The old position is revoked, the new card has its own.
    Lost,
    /// The old phone is at hand and its key does not sign any more. It cannot agree, so the issuer
    /// treats it as lost.
    Broken,
    /// The card moves to this phone and keeps its position, once the old phone agrees.
    Move,
}

impl Reason {
    /// A short name that never changes, for vectors and interfaces.
    pub fn name(self) -> &'static str {
        match self {
            Reason::Lost => "lost",
            Reason::Broken => "broken",
            Reason::Move => "move",
        }
    }

    fn number(self) -> u64 {
        match self {
            Reason::Lost => 1,
            Reason::Broken => 2,
            Reason::Move => 3,
        }
    }

    fn of_number(number: u64) -> Option<Self> {
        [Reason::Lost, Reason::Broken, Reason::Move].into_iter().find(|one| one.number() == number)
    }
}

/// What the card asked for takes the place of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Replaces {
    /// Why.
    pub reason: Reason,
    /// The old card, if the phone knows which. Otherwise the issuer knows it from the person.
    pub card: Option<CardId>,
}

/// What a phone states in a card request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CardRequestClaims {
    /// When the request is made, by the phone's clock (`iat`, Unix seconds).
    pub issued_at_unix_s: i64,
    /// The phone's new key, which signs the request (`cnf`).
    pub key: PublicKey,
    /// The issuer's challenge (`cnonce`).
    pub challenge: RequestChallenge,
    /// SHA-256 of the attestation that travels beside the request, as its bytes are.
    pub attestation: Option<Sha256Hash>,
    /// What the card takes the place of; `None` for a first card, a second phone and a renewal.
    pub replaces: Option<Replaces>,
}

/// A card request whose signature holds: whoever made it has the key that it names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CardRequest {
    bytes: Vec<u8>,
    claims: CardRequestClaims,
    name: Sha256Hash,
}

impl CardRequest {
    /// Signs a request with the phone's new key, and checks the signature.
    pub fn make(claims: CardRequestClaims, key: &dyn SigningKey) -> Result<Self, MakeRequestError> {
        if key.public_key() != claims.key {
            return Err(MakeRequestError::WrongKey);
        }
        Ok(Self::prepare(claims)?.sign(key, Check::Signature)?)
    }

    /// Prepares a request for a key that answers later.
    pub fn prepare(claims: CardRequestClaims) -> Result<Prepared<Self>, MakeRequestError> {
        #[cfg(feature = "sm2")]
        if claims.key.sm2_id().is_some_and(|id| *id != SignerId::DEFAULT) {
            return Err(MakeRequestError::HolderSignerId);
        }
        let unix_s = claims.issued_at_unix_s;
        let iat = encodable_time(unix_s).ok_or(MakeRequestError::Time { unix_s })?;

        let optional =
            u64::from(claims.attestation.is_some()) + u64::from(claims.replaces.is_some());
        let mut payload = Writer::with_capacity(192);
        payload.map(3 + optional).int(IAT).uint(iat);
        payload.int(CNF).map(1).int(COSE_KEY);
        write_key(&mut payload, &claims.key);
        payload.int(CNONCE).bytes(claims.challenge.as_bytes());
        if let Some(hash) = &claims.attestation {
            payload.int(ATTESTATION).bytes(&hash.0);
        }
        if let Some(Replaces { reason, card }) = claims.replaces {
            payload.int(REPLACES).array(if card.is_some() { 3 } else { 1 });
            payload.uint(reason.number());
            if let Some(CardId { region, status_index }) = card {
                payload.uint(region.to_prefix().into()).uint(status_index.into());
            }
        }

        let header = header::of_phone(claims.key.algorithm(), typ::CARD_REQUEST);
        let (unsigned, bytes) = Unsigned::new(header, payload.finish());
        Ok(Prepared::new(claims.key, bytes, CardRequestDraft { unsigned, claims }))
    }

    pub(super) fn signed(bytes: Vec<u8>, payload: &[u8], claims: CardRequestClaims) -> Self {
        CardRequest { name: name_of(payload), bytes, claims }
    }

    /// The encoded COSE_Sign1, at most [`MAX_CARD_REQUEST`] bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The text for the QR picture, `OC1Q:` and base45.
    pub fn text(&self) -> String {
        format!("{CARD_REQUEST_PREFIX}{}", base45::encode(&self.bytes))
    }

    /// What it states.
    pub fn claims(&self) -> &CardRequestClaims {
        &self.claims
    }

    /// Its name: SHA-256 of `onecode card request name`, a zero byte and the payload. Every copy has
    /// it, whatever bytes its signature has. An issuer keys what it remembers on this.
    pub fn name(&self) -> Sha256Hash {
        self.name
    }
}

fn name_of(payload: &[u8]) -> Sha256Hash {
    Sha256Hash(sha256_of(&[b"onecode card request name\0", payload]))
}

/// A card request as it was read. Nothing in it is true yet.
#[derive(Clone, Debug)]
pub struct UnverifiedCardRequest {
    bytes: Vec<u8>,
    claims: CardRequestClaims,
}

impl UnverifiedCardRequest {
    /// Reads the bytes of a request.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, RequestFormError> {
        if bytes.len() > MAX_CARD_REQUEST {
            let (length, limit) = (bytes.len(), MAX_CARD_REQUEST);
            return Err(RequestFormError::TooLarge { length, limit });
        }
        let sign1 = Sign1::parse(bytes)?;
        let algorithm = header::read_phone(sign1.header(), typ::CARD_REQUEST)?;

        let mut payload = sign1.claims();
        let mut fields = payload.fields()?;
        let issued_at_unix_s = fields.required(IAT, Reader::time)?;
        let key = fields.required(CNF, |reader| {
            reader.converted(read_confirmation, CborProblem::UnknownAlgorithm, |key| {
                (key.algorithm() == algorithm).then_some(key)
            })
        })?;
        let challenge = fields.required(CNONCE, |reader| {
            reader.converted(Reader::bytes, CborProblem::WrongLength, RequestChallenge::new)
        })?;
        let attestation =
            fields.optional(ATTESTATION, |reader| reader.byte_array().map(Sha256Hash))?;
        let replaces = fields.optional(REPLACES, read_replaces)?;
        fields.end()?;
        payload.end()?;

        let key = key.to_public_key()?;
        let claims = CardRequestClaims { issued_at_unix_s, key, challenge, attestation, replaces };
        Ok(UnverifiedCardRequest { bytes: bytes.to_vec(), claims })
    }

    /// Reads the text of a picture, `OC1Q:` and base45.
    pub fn from_text(text: &str) -> Result<Self, RequestFormError> {
        let body = text.strip_prefix(CARD_REQUEST_PREFIX).ok_or(RequestFormError::OtherText)?;
        if body.len() > encoded_length(MAX_CARD_REQUEST) {
            let length = body.len() / 3 * 2 + body.len() % 3 / 2;
            return Err(RequestFormError::TooLarge { length, limit: MAX_CARD_REQUEST });
        }
        let at = |at| RequestFormError::NotBase45 { at: CARD_REQUEST_PREFIX.len() + at };
        Self::from_bytes(&base45::decode(body.as_bytes()).map_err(at)?)
    }

    /// What it states, for those who want to look without trusting it.
    pub fn unverified_claims(&self) -> &CardRequestClaims {
        &self.claims
    }

    /// Checks that the key which the request names has signed it.
    pub fn verify(self) -> Result<CardRequest, BadSignature> {
        let sign1 = Sign1::parse(&self.bytes).map_err(|_| BadSignature)?;
        sign1.verify(&self.claims.key)?;
        let name = name_of(sign1.payload());
        Ok(CardRequest { name, claims: self.claims, bytes: self.bytes })
    }
}

fn read_replaces(reader: &mut Reader<'_>) -> Result<Replaces, CborError> {
    let items = reader.converted(Reader::array, CborProblem::WrongCount, |items| {
        matches!(items, 1 | 3).then_some(items)
    })?;
    let reason = reader.converted(Reader::uint, CborProblem::OutOfRange, Reason::of_number)?;
    let card = if items == 3 {
        let region =
            reader.converted(Reader::uint, CborProblem::OutOfRange, Region::from_prefix)?;
        Some(CardId { region, status_index: reader.uint_in(0..=u32::MAX)? })
    } else {
        None
    };
    Ok(Replaces { reason, card })
}

/// Bytes or a text are not a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RequestFormError {
    /// The text does not begin with `OC1Q:`.
    #[error("the text does not begin with {CARD_REQUEST_PREFIX}")]
    OtherText,
    /// It is larger than a request can be, and was not read.
    #[error("{length} bytes are more than the {limit} of a request")]
    TooLarge {
        /// Bytes it has.
        length: usize,
        /// Bytes it may have.
        limit: usize,
    },
    /// The text is not base45 in its one form.
    #[error("character {at} is not base45 in its one form")]
    NotBase45 {
        /// The character, counted from 0 at the start of the text.
        at: usize,
    },
    /// The encoding departs from docs/SPEC.md section 22.
    #[error("not a request: {0}")]
    Encoding(#[from] CborError),
    /// The key in it is no key.
    #[error("the key in the request is {0}")]
    Key(#[from] NotAKey),
}

impl RequestFormError {
    /// A short name that never changes, for vectors and logs.
    pub fn name(&self) -> &'static str {
        match self {
            RequestFormError::OtherText => "other_text",
            RequestFormError::TooLarge { .. } => "too_large",
            RequestFormError::NotBase45 { .. } => "not_base45",
            RequestFormError::Encoding(error) => error.problem.name(),
            RequestFormError::Key(_) => "not_a_key",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::assert_says;

    #[test]
    fn the_specification_states_what_is_here() {
        let (least, most) = (RequestChallenge::LENGTH.start(), RequestChallenge::LENGTH.end());
        assert_says([
            &format!("at most **{MAX_CARD_REQUEST} bytes**"),
            &format!("39 => bstr .size ({least}..{most})"),
            &format!("`{CARD_REQUEST_PREFIX}`"),
            "\"onecode card request name\" ‖ 00 ‖ payload",
        ]);
    }
}
