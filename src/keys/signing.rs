//! What a key is asked to sign, and what can go wrong.

use std::fmt;

#[cfg(feature = "sm2")]
use super::SignerId;
use super::{EncodedSignature, PublicKey, Signature, SignatureError};

/// What a key is asked to sign (RFC 9052 section 4.4 calls it so): the bytes, and their hash for a
/// key that signs hashes.
#[derive(Clone, Copy)]
pub struct ToBeSigned<'b> {
    public_key: PublicKey,
    bytes: &'b [u8],
}

impl<'b> ToBeSigned<'b> {
    /// These bytes, to be signed by the private half of `public_key`.
    pub fn new(public_key: PublicKey, bytes: &'b [u8]) -> Self {
        ToBeSigned { public_key, bytes }
    }

    /// The public half of the key that shall sign.
    pub fn public_key(&self) -> &PublicKey {
        &self.public_key
    }

    /// The message itself, for a key that hashes what it signs.
    pub fn bytes(&self) -> &'b [u8] {
        self.bytes
    }

    /// The hash, for a key that signs hashes as they are: SHA-256 of the bytes for ESP256,
    /// SM3(Z ‖ bytes) for SM2, where Z stands for signer ID and public key (GB/T 32918.2 section
    /// 5.5). `None` for Ed25519, which signs the message itself.
    pub fn digest(&self) -> Option<[u8; 32]> {
        self.public_key.digest(self.bytes)
    }
}

impl fmt::Debug for ToBeSigned<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ToBeSigned({} bytes for {:?})", self.bytes.len(), self.public_key)
    }
}

/// Anything that can sign: a phone's secure hardware, an issuer's security module, or
/// [`SoftwareKey`](super::SoftwareKey). A key that answers later, or elsewhere, signs what was
/// prepared for it: see [`Prepared`](super::Prepared).
///
/// Synchronous on purpose: the caller decides on which thread a slow key may block.
pub trait SigningKey {
    /// The public half.
    fn public_key(&self) -> PublicKey;

    /// Signs. A key that hashes what it signs takes [`ToBeSigned::bytes`], one that signs hashes
    /// as they are takes [`ToBeSigned::digest`].
    fn sign(&self, message: &ToBeSigned<'_>) -> Result<EncodedSignature, SigningError>;
}

/// The key did not sign, or not properly.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SigningError {
    /// The key is locked until the user has authenticated. Then it signs.
    #[error("the key is locked until the user has authenticated")]
    Locked,
    /// The key is gone or can never be used again. A new credential is needed.
    #[error("the key is gone for good")]
    Gone,
    /// The key refused for another reason.
    #[error("the key did not sign: {reason}")]
    Refused {
        /// What the key or its driver said, for a log.
        reason: String,
    },
    /// The key returned something that is not a signature.
    #[error("the key returned no signature: {0}")]
    Returned(#[from] SignatureError),
    /// An SM2 signature over SM3 of the message alone. The signer has to begin the hash with Z, or
    /// sign [`ToBeSigned::digest`] as it is.
    #[cfg(feature = "sm2")]
    #[error("the signature was made over the plain SM3 hash of the message: Z is missing")]
    WithoutZ,
    /// An SM2 signature under the default signer ID or the empty one, where the key has another.
    /// Signers take one of these when they are told none.
    #[cfg(feature = "sm2")]
    #[error("the signature was made under another signer ID: {used:?}")]
    OtherSignerId {
        /// The ID that it was made under.
        used: SignerId,
    },
    /// The signature is over a hash of the message as if that were the message: the signer was
    /// given a hash and hashed it once more. Give it [`ToBeSigned::bytes`], or make it sign
    /// [`ToBeSigned::digest`] as it is.
    #[error("the signature was made over a hash that was hashed once more")]
    HashedTwice,
    /// The key returned a signature that does not hold: by another key than `public_key` says, or
    /// over another message. Every scanner would refuse it as forged, so nothing is made with it.
    #[error("the signature that the key returned does not hold")]
    DoesNotHold,
}

/// What is checked of a key's answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Check {
    /// Its form, and that it is the key's signature over the message. With P-256 that costs about
    /// three times what signing in memory costs.
    Signature,
    /// Only its form, for a key that has been seen to sign properly.
    Form,
}

impl Check {
    /// Takes a signature over the message in the form that COSE carries.
    pub(super) fn of(
        self,
        message: &ToBeSigned<'_>,
        encoded: &EncodedSignature,
    ) -> Result<Signature, SigningError> {
        let key = message.public_key();
        let signature = Signature::decode(key.algorithm(), encoded)?;
        if self == Check::Signature && key.verify(message.bytes(), &signature).is_err() {
            return Err(key.mistake(message.bytes(), &signature));
        }
        Ok(signature)
    }
}
