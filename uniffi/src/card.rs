//! The card credential.

use std::sync::Arc;

use onecode::cose::{CborError, CborProblem};
use onecode::keys::NotAKey;
use onecode::status::Status;
use onecode::Algorithm;

use crate::keys::HeldKey;
use crate::mirror::mirror;
use crate::usage::{bits, code, entitlements, region, seconds, status_index};
use crate::{DeviceKey, PublicKey, SigningError, UsageError};

/// What an issuer says about one credential.
#[uniffi::remote(Enum)]
pub enum Status {
    /// In force.
    Valid,
    /// Ended for good (注销).
    Revoked,
    /// On hold, and may come back (挂失).
    Suspended,
}

/// What an issuer states about a card. It contains no name and no number of a person.
#[derive(Clone, Debug, uniffi::Record)]
pub struct CardClaims {
    /// The card's home: the division whose agency issued it (GB/T 2260, six digits).
    pub region: i32,
    /// The card's position in the status lists of its issuer, 0 to 4,294,967,295.
    pub status_index: i64,
    /// The functions loaded on the card, by the numbers that the catalogue gives them (0 to 63).
    pub entitlements: Vec<i32>,
    /// How many seconds a code may be shown, 1 to 300.
    pub max_window_s: i32,
    /// From this second on the credential is refused (Unix seconds).
    pub expires_unix_s: i64,
    /// When present, the issuer states that the card was valid at this second (Unix seconds).
    #[uniffi(default = None)]
    pub confirmed_unix_s: Option<i64>,
    /// A practice card. No live service accepts it.
    #[uniffi(default = false)]
    pub specimen: bool,
    /// Another person's card, shown by a relative who cares for them.
    #[uniffi(default = false)]
    pub delegate: bool,
    /// The key in the phone's secure hardware.
    pub holder_key: Arc<PublicKey>,
}

impl From<&onecode::CardClaims> for CardClaims {
    fn from(claims: &onecode::CardClaims) -> Self {
        CardClaims {
            region: code(claims.region),
            status_index: claims.status_index.into(),
            entitlements: bits(claims.entitlements),
            max_window_s: claims.max_window_s.into(),
            expires_unix_s: claims.expires_unix_s,
            confirmed_unix_s: claims.confirmed_unix_s,
            specimen: claims.specimen,
            delegate: claims.delegate,
            holder_key: Arc::new(PublicKey(claims.holder_key)),
        }
    }
}

impl TryFrom<CardClaims> for onecode::CardClaims {
    type Error = UsageError;

    fn try_from(claims: CardClaims) -> Result<Self, UsageError> {
        Ok(onecode::CardClaims {
            region: region(claims.region)?,
            status_index: status_index(claims.status_index)?,
            entitlements: entitlements(&claims.entitlements)?,
            max_window_s: seconds(claims.max_window_s.into())?,
            expires_unix_s: claims.expires_unix_s,
            confirmed_unix_s: claims.confirmed_unix_s,
            specimen: claims.specimen,
            delegate: claims.delegate,
            holder_key: claims.holder_key.0,
        })
    }
}

/// A card credential as the issuer delivered it to the phone. Its form has been checked; for its
/// signature call `verify`.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Object)]
#[uniffi::export(Eq)]
pub struct CardCredential(pub(crate) onecode::CardCredential);

#[uniffi::export]
impl CardCredential {
    /// Signs a credential with the issuer's key.
    #[uniffi::constructor]
    pub fn issue(claims: CardClaims, issuer: Arc<dyn DeviceKey>) -> Result<Self, IssueError> {
        let claims = claims.try_into()?;
        Ok(CardCredential(onecode::CardCredential::issue(claims, &HeldKey::new(issuer)?)?))
    }

    /// Reads a credential. The issuer's signature is not checked here.
    #[uniffi::constructor]
    pub fn from_bytes(bytes: Vec<u8>) -> Result<Self, CredentialError> {
        Ok(CardCredential(onecode::CardCredential::from_bytes(&bytes)?))
    }

    /// The encoded credential: what is stored and delivered.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.0.as_bytes().to_vec()
    }

    /// What the credential says. It is true only if the issuer's signature holds.
    pub fn claims(&self) -> CardClaims {
        self.0.claims().into()
    }

    /// The id of the key that is said to have signed it, 4 hex digits.
    pub fn issuer_key_id(&self) -> String {
        self.0.issuer_key_id().to_string()
    }

    /// Whether `issuer_key` signed it, for a wallet that wants to know before the gate.
    pub fn verify(&self, issuer_key: Arc<PublicKey>) -> bool {
        self.0.verify(&issuer_key.0).is_ok()
    }
}

mirror! {
    /// A credential could not be issued.
    #[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, uniffi::Error)]
    #[uniffi::export(Display)]
    pub enum IssueError = onecode::card::IssueError {
        /// The window is not 1 to 300 seconds.
        #[error("a window of {window_s} s is not within 1 to 300 s")]
        Window {
            /// The window asked for.
            window_s: i32,
        },
        /// A time is before 1970 or after 9999, which usually means milliseconds.
        #[error("{unix_s} is not a time in Unix seconds")]
        Time {
            /// The time asked for.
            unix_s: i64,
        },
        /// An SM2 phone key that signs under an ID of its own.
        #[error("a phone key signs under the default ID")]
        HolderSignerId,
        /// The issuer's key did not sign.
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

mirror! {
    /// Bytes are not a card credential.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error, uniffi::Error)]
    #[uniffi::export(Display)]
    pub enum CredentialError = onecode::card::CredentialError {
        /// The encoding departs from the specification.
        #[error("not a card credential: {problem:?} at byte {at}")]
        Form {
            /// Offset of the problem in bytes.
            at: i64,
            /// What is wrong there.
            problem: CborProblem,
        } = Form(CborError { at, problem }),
        /// The phone key in it is not a key.
        #[error("the phone key in the credential is no key")]
        HolderKey {
            /// The algorithm it names.
            algorithm: Algorithm,
        } = HolderKey(NotAKey { algorithm }),
    }
}
