//! What a phone asks its issuer for: a card, the credential that was promised, a move to a new phone,
//! a renewal.
//!
//! Uses cards, codes, sessions, keys, the COSE layer and the text form. Holds no key, clock or thread.
//! What an issuer decides about these things is in [`crate::issuing`].
//! Specification: docs/SPEC.md section 22.

mod card_request;
mod collect;
mod draft;
mod moving;
mod refusal;
mod renewal;

pub use card_request::{
    CardRequest, CardRequestClaims, Reason, Replaces, RequestChallenge, RequestFormError,
    UnverifiedCardRequest,
};
pub use collect::{CollectRequest, UnverifiedCollectRequest};
pub(crate) use moving::agrees;
pub use moving::{MoveAnswer, MoveConsent, MoveQuestion};
pub(crate) use refusal::both;
pub use refusal::{RequestMessage, RequestRefusal, REQUEST_MESSAGES};
pub use renewal::{renewal_due_unix_s, retry_wait_s, CREDENTIAL_S};

use crate::keys::SigningError;

/// A request could not be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MakeRequestError {
    /// The key that shall sign is not the one that the request names.
    #[error("the request names another key than the one that shall sign it")]
    WrongKey,
    /// A time is before 1970 or after 9999, which usually means milliseconds.
    #[error("{unix_s} is not a time in Unix seconds")]
    Time {
        /// The time asked for.
        unix_s: i64,
    },
    /// An SM2 phone key that signs under an ID of its own. A COSE_Key has no place for that ID.
    #[cfg(feature = "sm2")]
    #[error("a phone key signs under the default ID")]
    HolderSignerId,
    /// The phone's key did not sign, or signed wrongly.
    #[error(transparent)]
    Signing(#[from] SigningError),
}
