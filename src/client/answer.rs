//! What comes back. An answer is read in full or not at all; members that are not known are passed
//! over, so that an older app reads a newer service.

use serde::de::DeserializeOwned;
use serde::Deserialize;

use super::problem::{CardStep, IssuerProblem};
use super::IssuerError;
use crate::card::CardCredential;
use crate::jose::{decode_base64url, Sha256Hash};
use crate::keys::PublicKey;
use crate::lists::status::Status;
use crate::region::Region;
use crate::request::RequestChallenge;

/// Largest answer that is read, in bytes. An app stops receiving there.
pub const MAX_ANSWER: usize = 64 << 10;

/// A challenge is not used in its last seconds: it may end on the way.
const LAST_SECONDS: i64 = 30;

/// An HTTP answer.
#[derive(Clone, Copy, Debug)]
pub struct IssuerAnswer<'a> {
    /// The status.
    pub status: u16,
    /// The header `Retry-After`, as it stands there.
    pub retry_after: Option<&'a str>,
    /// The body.
    pub body: &'a [u8],
}

/// A token for a code from a counter.
#[derive(Clone, PartialEq, Eq)]
pub struct AccessToken {
    /// What goes into `Authorization: Bearer …`. A secret.
    pub token: String,
    /// Until when it is good (Unix seconds).
    pub expires_unix_s: i64,
}

/// A challenge of the issuer's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IssuerChallenge {
    /// What a card request answers.
    pub challenge: RequestChallenge,
    /// Until when it is good, by the phone's clock (Unix seconds).
    pub expires_unix_s: i64,
}

/// A credential, and the challenge for the next renewal of its key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IssuedCard {
    /// The credential, bound to the key that asked. The issuer's signature is not checked here.
    pub credential: CardCredential,
    /// For the next renewal, which then takes one round trip. An app keeps it with the card.
    pub next_challenge: IssuerChallenge,
}

/// One of the holder's cards, as the issuer has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnCard {
    /// The issuer's opaque reference.
    pub reference: String,
    /// The card's home.
    pub region: Region,
    /// The functions loaded on it, by the numbers of the catalogue.
    pub entitlements: Vec<u8>,
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

/// A phone that has a card.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnPhone {
    /// The position in the issuer's status lists.
    pub position: u32,
    /// The thumbprint of the phone's key (RFC 9679), by which the issuer knows the phone.
    pub phone: Sha256Hash,
    /// Whether the card is in force there.
    pub state: Status,
    /// Until when it is suspended, where that ends by itself (Unix seconds).
    pub suspended_until_unix_s: Option<i64>,
    /// When its credential was last renewed (Unix seconds).
    pub renewed_unix_s: i64,
}

impl IssuerAnswer<'_> {
    /// Reads a token.
    pub fn token(&self, now_unix_s: i64) -> Result<AccessToken, IssuerError> {
        #[derive(Deserialize)]
        struct Token {
            access_token: String,
            expires_in: u32,
        }
        let Token { access_token: token, expires_in } = self.read()?;
        // What follows in a header of HTTP is somebody else's.
        if token.is_empty() || !token.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(form("access_token"));
        }
        Ok(AccessToken { token, expires_unix_s: now_unix_s.saturating_add(expires_in.into()) })
    }

    /// Reads a challenge.
    pub fn challenge(&self, now_unix_s: i64) -> Result<IssuerChallenge, IssuerError> {
        self.read::<Nonce>()?.challenge(now_unix_s)
    }

    /// Reads a credential for this key, which was asked for by this step.
    pub fn card(
        &self,
        step: CardStep,
        key: &PublicKey,
        now_unix_s: i64,
    ) -> Result<IssuedCard, IssuerError> {
        #[derive(Deserialize)]
        struct Issued {
            credentials: [Credential; 1],
            #[serde(flatten)]
            next: Nonce,
        }
        #[derive(Deserialize)]
        struct Credential {
            credential: String,
        }
        let Issued { credentials: [Credential { credential }], next } =
            self.read_for(Some(step))?;
        let bytes = decode_base64url(&credential).map_err(|_| form("credential"))?;
        let credential = CardCredential::from_bytes(&bytes).map_err(|_| form("credential"))?;
        if credential.claims().holder_key != *key {
            return Err(IssuerError::OtherKey);
        }
        Ok(IssuedCard { credential, next_challenge: next.challenge(now_unix_s)? })
    }

    /// Reads the own cards.
    pub fn own_cards(&self) -> Result<Vec<OwnCard>, IssuerError> {
        #[derive(Deserialize)]
        struct Cards {
            cards: Vec<CardDocument>,
        }
        self.read::<Cards>()?.cards.into_iter().map(CardDocument::card).collect()
    }

    /// Reads one of the own cards.
    pub fn own_card(&self) -> Result<OwnCard, IssuerError> {
        self.read::<CardDocument>()?.card()
    }

    fn read<T: DeserializeOwned>(&self) -> Result<T, IssuerError> {
        self.read_for(None)
    }

    fn read_for<T: DeserializeOwned>(&self, step: Option<CardStep>) -> Result<T, IssuerError> {
        if self.body.len() > MAX_ANSWER {
            let (length, limit) = (self.body.len(), MAX_ANSWER);
            return Err(IssuerError::TooLarge { length, limit });
        }
        if !(200..300).contains(&self.status) {
            return Err(IssuerError::Problem(Box::new(IssuerProblem::of(self, step))));
        }
        serde_json::from_slice(self.body).map_err(|error| {
            // The error itself may say what stands there.
            form(&format!("line {}, column {}", error.line(), error.column()))
        })
    }
}

impl IssuerChallenge {
    /// Whether a request that answers it would still arrive in time.
    pub fn is_good(&self, now_unix_s: i64) -> bool {
        now_unix_s < self.expires_unix_s.saturating_sub(LAST_SECONDS)
    }
}

impl std::fmt::Debug for AccessToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "AccessToken(until {})", self.expires_unix_s)
    }
}

#[derive(Deserialize)]
struct Nonce {
    c_nonce: String,
    c_nonce_expires_in: u32,
}

impl Nonce {
    fn challenge(self, now_unix_s: i64) -> Result<IssuerChallenge, IssuerError> {
        let bytes = decode_base64url(&self.c_nonce).map_err(|_| form("c_nonce"))?;
        let challenge = RequestChallenge::new(&bytes).ok_or_else(|| form("c_nonce"))?;
        let expires_unix_s = now_unix_s.saturating_add(self.c_nonce_expires_in.into());
        Ok(IssuerChallenge { challenge, expires_unix_s })
    }
}

#[derive(Deserialize)]
struct CardDocument {
    credential_identifier: String,
    region: u32,
    entitlements: Vec<u8>,
    delegate: bool,
    specimen: bool,
    state: String,
    suspended_until: Option<i64>,
    phones: Vec<PhoneDocument>,
}

#[derive(Deserialize)]
struct PhoneDocument {
    position: u32,
    phone: String,
    state: String,
    suspended_until: Option<i64>,
    renewed_at: i64,
}

impl CardDocument {
    fn card(self) -> Result<OwnCard, IssuerError> {
        let phones = self.phones.into_iter().map(PhoneDocument::phone).collect::<Result<_, _>>()?;
        Ok(OwnCard {
            reference: self.credential_identifier,
            region: Region::new(self.region).map_err(|_| form("region"))?,
            entitlements: self.entitlements,
            delegate: self.delegate,
            specimen: self.specimen,
            state: status(&self.state)?,
            suspended_until_unix_s: self.suspended_until,
            phones,
        })
    }
}

impl PhoneDocument {
    fn phone(self) -> Result<OwnPhone, IssuerError> {
        Ok(OwnPhone {
            position: self.position,
            phone: Sha256Hash::from_base64url(&self.phone).ok_or_else(|| form("phone"))?,
            state: status(&self.state)?,
            suspended_until_unix_s: self.suspended_until,
            renewed_unix_s: self.renewed_at,
        })
    }
}

fn status(name: &str) -> Result<Status, IssuerError> {
    match name {
        "valid" => Ok(Status::Valid),
        "suspended" => Ok(Status::Suspended),
        "revoked" => Ok(Status::Revoked),
        _ => Err(form("state")),
    }
}

fn form(detail: &str) -> IssuerError {
    IssuerError::Form { detail: detail.to_owned() }
}

#[cfg(test)]
mod tests;
