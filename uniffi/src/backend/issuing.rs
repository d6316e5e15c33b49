//! What an issuer decides about requests, for a province whose own backend is in another language.

use std::num::NonZeroU32;
use std::sync::Arc;

use onecode::issuing::{LossEffect, MoveStep, Placement};
use onecode::request::{UnverifiedCardRequest, UnverifiedCollectRequest};
use onecode::status::Status;
use zeroize::Zeroizing;

use crate::mirror::Cross;
use crate::usage::{count, entitlements, hex, region, request_challenge, seconds, status_index};
use crate::{
    CardClaims, CardId, CardRequest, CardRequestClaims, PublicKey, RequestRefusal, UsageError,
};

/// Whom a challenge is handed to. It is good for nobody else.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum HandedTo {
    /// Whom the service knows online, by its own opaque reference: a person, a session, or for a
    /// renewal the thumbprint of the key.
    Online {
        /// The reference. The challenge does not carry it.
        reference: Vec<u8>,
    },
    /// A counter without network.
    Counter {
        /// Its number, 1 to 4,294,967,295.
        number: i64,
    },
}

impl HandedTo {
    fn core(&self) -> Result<onecode::issuing::HandedTo<'_>, UsageError> {
        Ok(match self {
            HandedTo::Online { reference } => onecode::issuing::HandedTo::Online(reference),
            HandedTo::Counter { number } => onecode::issuing::HandedTo::Counter(counter(*number)?),
        })
    }
}

/// A challenge that the issuer knows to be its own: by its tag, or because it has kept it.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct OpenChallenge {
    /// The challenge, 16 to 64 bytes.
    pub challenge: Vec<u8>,
    /// The first second at which a request may have been made (Unix seconds).
    pub from_unix_s: i64,
    /// The last second at which a request may have been made.
    pub until_unix_s: i64,
    /// The last second at which it may arrive. Online, that is the same.
    pub received_until_unix_s: i64,
}

/// The issuer's secret for challenges. All processes of a service share it.
#[derive(Debug, uniffi::Object)]
pub struct ChallengeKey(onecode::issuing::ChallengeKey);

#[uniffi::export]
impl ChallengeKey {
    /// Takes 32 random bytes, which are for this purpose alone. The caller overwrites them.
    #[uniffi::constructor]
    pub fn new(key: Vec<u8>) -> Result<Self, UsageError> {
        // The copy that crossed the border is wiped; the caller's is not.
        let key = Zeroizing::new(key);
        Ok(ChallengeKey(onecode::issuing::ChallengeKey::new(self::random(&key)?)))
    }

    /// A challenge that is good from one second to another, both included. `random` are 12 random
    /// bytes, fresh for each. A counter's is good for at most 31 days.
    pub fn challenge(
        &self,
        handed_to: HandedTo,
        from_unix_s: i64,
        until_unix_s: i64,
        random: Vec<u8>,
    ) -> Result<Vec<u8>, UsageError> {
        let random = self::random(&random)?;
        let made = self.0.challenge(handed_to.core()?, from_unix_s, until_unix_s, random);
        let made = made.map_err(|_| UsageError::Seconds {
            seconds: until_unix_s.saturating_sub(from_unix_s),
        })?;
        Ok(made.as_bytes().to_vec())
    }

    /// Checks that this issuer made the challenge, and for whom.
    pub fn open(
        &self,
        challenge: Vec<u8>,
        handed_to: HandedTo,
    ) -> Result<OpenChallenge, RequestRefusal> {
        let open = self.0.open(&request_challenge(&challenge)?, handed_to.core()?)?;
        Ok(OpenChallenge {
            challenge,
            from_unix_s: open.from_unix_s,
            until_unix_s: open.until_unix_s,
            received_until_unix_s: open.received_until_unix_s,
        })
    }
}

/// The counter that a challenge says it was signed for. Nothing for one that was handed out online.
#[uniffi::export]
pub fn unverified_counter(challenge: Vec<u8>) -> Result<Option<i64>, UsageError> {
    let challenge = request_challenge(&challenge)?;
    let counter = onecode::issuing::ChallengeKey::unverified_counter(&challenge);
    Ok(counter.map(NonZeroU32::get).cross())
}

/// What arrived: the bytes of a card request, or the text of its picture. Nothing is true yet.
#[derive(Debug, uniffi::Object)]
pub struct ReceivedCardRequest(UnverifiedCardRequest);

#[uniffi::export]
impl ReceivedCardRequest {
    /// Reads the bytes of a request.
    #[uniffi::constructor]
    pub fn from_bytes(bytes: Vec<u8>) -> Result<Self, RequestRefusal> {
        let read = UnverifiedCardRequest::from_bytes(&bytes);
        Ok(ReceivedCardRequest(read.map_err(onecode::issuing::IssuingRefusal::from)?))
    }

    /// Reads the text of a picture, `OC1Q:` and base45.
    #[uniffi::constructor]
    pub fn from_text(text: String) -> Result<Self, RequestRefusal> {
        let read = UnverifiedCardRequest::from_text(&text);
        Ok(ReceivedCardRequest(read.map_err(onecode::issuing::IssuingRefusal::from)?))
    }

    /// What it states, to look up its challenge.
    pub fn unverified_claims(&self) -> CardRequestClaims {
        self.0.unverified_claims().into()
    }

    /// Verifies that its key has signed it, that it answers this challenge in time, and that the
    /// attestation beside it, if any, is the one it names. A challenge is good for one key: the
    /// service remembers which.
    #[uniffi::method(default(attestation = None))]
    pub fn verify(
        &self,
        challenge: OpenChallenge,
        now_unix_s: i64,
        attestation: Option<Vec<u8>>,
    ) -> Result<CardRequest, RequestRefusal> {
        let open = onecode::issuing::OpenChallenge {
            challenge: request_challenge(&challenge.challenge)?,
            from_unix_s: challenge.from_unix_s,
            until_unix_s: challenge.until_unix_s,
            received_until_unix_s: challenge.received_until_unix_s,
        };
        Ok(CardRequest(onecode::issuing::verify_card_request(
            self.0.clone(),
            &open,
            attestation.as_deref(),
            now_unix_s,
        )?))
    }
}

/// What arrived: a collect request. Nothing is true yet.
#[derive(Debug, uniffi::Object)]
pub struct ReceivedCollectRequest(UnverifiedCollectRequest);

#[uniffi::export]
impl ReceivedCollectRequest {
    /// Reads the bytes.
    #[uniffi::constructor]
    pub fn from_bytes(bytes: Vec<u8>) -> Result<Self, RequestRefusal> {
        let read = UnverifiedCollectRequest::from_bytes(&bytes);
        Ok(ReceivedCollectRequest(read.map_err(onecode::issuing::IssuingRefusal::from)?))
    }

    /// The name of the card request, 64 hex digits, to look its key up.
    pub fn request_name(&self) -> String {
        hex(&self.0.request_name().0)
    }

    /// Verifies that the key of that card request has signed this, lately.
    pub fn verify(&self, key: Arc<PublicKey>, now_unix_s: i64) -> Result<(), RequestRefusal> {
        Ok(onecode::issuing::verify_collect(&self.0, &key.0, now_unix_s)?)
    }
}

/// What the books say about a card, all that goes into its credential but key and times.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct CardOnRecord {
    /// The card's home (GB/T 2260).
    pub region: i32,
    /// Its position in the issuer's status lists.
    pub status_index: i64,
    /// The functions loaded on it, by the numbers of the catalogue.
    pub entitlements: Vec<i32>,
    /// For how many seconds its codes are shown.
    pub max_window_s: i32,
    /// A practice card.
    #[uniffi(default = false)]
    pub specimen: bool,
    /// The card of another person, shown by a relative.
    #[uniffi(default = false)]
    pub delegate: bool,
}

/// What to sign for this card and a phone's key now: confirmed at this second, for 30 days.
#[uniffi::export]
pub fn claims_of_card(
    card: CardOnRecord,
    key: Arc<PublicKey>,
    now_unix_s: i64,
) -> Result<CardClaims, UsageError> {
    let record = onecode::issuing::CardOnRecord {
        region: region(card.region)?,
        status_index: status_index(card.status_index)?,
        entitlements: entitlements(&card.entitlements)?,
        max_window_s: seconds(card.max_window_s.into())?,
        specimen: card.specimen,
        delegate: card.delegate,
    };
    Ok((&record.credential(key.0, now_unix_s)).into())
}

/// What the books say about a position when a phone asks for something.
#[derive(Clone, Debug, uniffi::Record)]
pub struct PositionOnRecord {
    /// Region and status index.
    pub card: CardId,
    /// Its status in the books, whether published yet or not.
    pub status: Status,
    /// The key of the phone in use: that of the credential signed last.
    pub key: Arc<PublicKey>,
    /// When the position moved to another phone (Unix seconds), in any order.
    pub moved_unix_s: Vec<i64>,
    /// Whether the person who is signed in is the one whose card it is.
    pub same_person: bool,
}

impl TryFrom<PositionOnRecord> for onecode::issuing::PositionOnRecord {
    type Error = UsageError;

    fn try_from(position: PositionOnRecord) -> Result<Self, UsageError> {
        let PositionOnRecord { card, status, key, moved_unix_s, same_person } = position;
        let (card, key) = (card.try_into()?, key.0);
        Ok(onecode::issuing::PositionOnRecord { card, status, key, moved_unix_s, same_person })
    }
}

/// Whether a phone may renew its credential: `key` is that of its verified request.
#[uniffi::export]
pub fn check_renewal(
    position: PositionOnRecord,
    key: Arc<PublicKey>,
) -> Result<(), RequestRefusal> {
    Ok(onecode::issuing::check_renewal(&position.try_into()?, &key.0)?)
}

/// A move that the old phone has agreed to, by both signatures. The books are asked next.
#[derive(Debug, uniffi::Object)]
pub struct VerifiedMove(onecode::issuing::VerifiedMove);

#[uniffi::export]
impl VerifiedMove {
    /// Checks the old phone's answer to a verified request for a move. `issuer_keys` are all keys
    /// that this issuer has signed credentials with, as far as they count.
    #[uniffi::constructor]
    pub fn verify(
        request: Arc<CardRequest>,
        code_text: String,
        issuer_keys: Vec<Arc<PublicKey>>,
        now_unix_s: i64,
    ) -> Result<Self, RequestRefusal> {
        let keys: Vec<_> = issuer_keys.iter().map(|key| key.0).collect();
        let verified = onecode::issuing::verify_move(&request.0, &code_text, &keys, now_unix_s)?;
        Ok(VerifiedMove(verified))
    }

    /// The card that moves, to be looked up in the books.
    pub fn card(&self) -> CardId {
        self.0.card().into()
    }

    /// Asks the books.
    pub fn admit(
        &self,
        position: PositionOnRecord,
        now_unix_s: i64,
    ) -> Result<MoveStep, RequestRefusal> {
        Ok(self.0.admit(&position.try_into()?, now_unix_s)?)
    }
}

/// What is left to do for a move.
#[uniffi::remote(Enum)]
pub enum MoveStep {
    /// Sign the new key on the same position, and note the move.
    Move,
    /// The position is at the new key already: give the same answer again.
    AlreadyMoved,
}

/// Where the card of a request goes.
#[uniffi::remote(Enum)]
pub enum Placement {
    /// It keeps its position: a renewal, or a move that the old phone agrees to.
    Keeps,
    /// It gets a position of its own: a first card, or a second phone.
    Own,
    /// It gets a position of its own and the old one is revoked: the old phone is lost or broken.
    OwnAndRevokeOld,
}

/// What a request asks for. `key_in_use` says whether its key is that of a phone in use: then it is
/// a renewal.
#[uniffi::export]
pub fn placement(request: Arc<CardRequest>, key_in_use: bool) -> Placement {
    Placement::of(&request.0, key_in_use)
}

/// What a report that a phone is lost does to a position which that phone has or had.
#[uniffi::remote(Enum)]
pub enum LossEffect {
    /// The position is revoked.
    Revoke,
    /// The position is revoked, and the phone in use gets another.
    RevokeAndPlaceAnew,
    /// Nothing: what that phone holds has expired.
    Nothing,
}

/// Decides that. `moved_away_unix_s` is when the position moved from the lost phone to another;
/// nothing when the lost phone is the one in use.
#[uniffi::export(default(moved_away_unix_s = None))]
pub fn loss_effect(now_unix_s: i64, moved_away_unix_s: Option<i64>) -> LossEffect {
    onecode::issuing::loss_effect(moved_away_unix_s, now_unix_s)
}

fn random<const N: usize>(bytes: &[u8]) -> Result<[u8; N], UsageError> {
    let (length, expected) = (count(bytes.len()), count(N));
    bytes.try_into().map_err(|_| UsageError::RandomBytes { length, expected })
}

fn counter(number: i64) -> Result<NonZeroU32, UsageError> {
    let counter = u32::try_from(number).ok().and_then(NonZeroU32::new);
    counter.ok_or(UsageError::Counter { number })
}
