//! Keys: public keys, device keys, and keys in memory.

use std::sync::Arc;

use onecode::governance::Sha256Hash;
use onecode::keys::{SignatureError, ToBeSigned};
use onecode::{Algorithm, SigningKey as _};
use zeroize::Zeroizing;

use crate::mirror::mirror;
use crate::usage::signer_id;
use crate::UsageError;

/// A fully specified signature algorithm (RFC 9864).
#[uniffi::remote(Enum)]
pub enum Algorithm {
    /// ECDSA on P-256 with SHA-256. Phone hardware offers this one.
    Esp256,
    /// EdDSA on Curve25519.
    Ed25519,
    /// SM2 with SM3.
    Sm2,
}

/// The registered name of an algorithm. SM2 has none yet and is called `SM2`.
#[uniffi::export]
pub fn algorithm_name(algorithm: Algorithm) -> String {
    algorithm.name().to_owned()
}

/// A checked public key. It knows its algorithm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, uniffi::Object)]
#[uniffi::export(Debug, Eq, Hash)]
pub struct PublicKey(pub(crate) onecode::PublicKey);

#[uniffi::export]
impl PublicKey {
    /// Reads a public key: a SEC 1 point for ESP256 and SM2, compressed (33 bytes) or uncompressed
    /// (65 bytes), and the 32 bytes of RFC 8032 for Ed25519.
    #[uniffi::constructor]
    pub fn from_bytes(algorithm: Algorithm, bytes: Vec<u8>) -> Result<Self, KeyError> {
        Ok(PublicKey(onecode::PublicKey::from_bytes(algorithm, &bytes)?))
    }

    /// Reads an SM2 key that signs under an ID of its own, up to 32 bytes, as an issuer's may.
    #[uniffi::constructor]
    pub fn sm2_with_id(bytes: Vec<u8>, id: Vec<u8>) -> Result<Self, KeyError> {
        Ok(PublicKey(onecode::PublicKey::sm2_with_id(&bytes, signer_id(&id)?)?))
    }

    /// Reads a JWK. A private key is refused.
    #[uniffi::constructor]
    pub fn from_jwk(json: String) -> Result<Self, KeyError> {
        Ok(PublicKey(onecode::PublicKey::from_jwk(&json)?))
    }

    /// The only algorithm that this key verifies.
    pub fn algorithm(&self) -> Algorithm {
        self.0.algorithm()
    }

    /// The shortest standard form: the compressed point (33 bytes) for ESP256 and SM2, 32 bytes
    /// for Ed25519.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.0.to_bytes()
    }

    /// The key as a JWK: only the members that define it, no white space.
    pub fn to_jwk(&self) -> String {
        self.0.to_jwk()
    }

    /// The RFC 7638 thumbprint, base64url: the `kid` of signed documents.
    pub fn jwk_thumbprint(&self) -> String {
        self.0.jwk_thumbprint()
    }

    /// The RFC 9679 thumbprint, base64url: by which an issuer's service knows the phone of this key.
    pub fn thumbprint(&self) -> String {
        Sha256Hash(self.0.thumbprint().0).to_string()
    }

    /// The short key id in credentials and status lists, 4 hex digits.
    pub fn key_id(&self) -> String {
        self.0.key_id().to_string()
    }

    /// What the private half signs of `message` if it signs hashes as they are: SHA-256 for ESP256,
    /// SM3(Z ‖ message) for SM2, and nothing for Ed25519, which signs the message itself.
    pub fn digest(&self, message: Vec<u8>) -> Option<Vec<u8>> {
        ToBeSigned::new(self.0, &message).digest().map(Vec::from)
    }

    /// Whether `signature` is this key's signature over `message`. False if it is no signature at
    /// all.
    pub fn verify(&self, message: Vec<u8>, signature: EncodedSignature) -> bool {
        let signature = onecode::keys::Signature::decode(self.0.algorithm(), &signature.into());
        signature.is_ok_and(|signature| self.0.verify(&message, &signature).is_ok())
    }
}

/// A signature as a key returns it, with its encoding in the type. Android Keystore and the Secure
/// Enclave answer in DER, most hardware modules in raw r‖s.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum EncodedSignature {
    /// r‖s, or R‖S of Ed25519: 64 bytes.
    Raw {
        /// The signature.
        bytes: Vec<u8>,
    },
    /// ASN.1 DER `SEQUENCE { r INTEGER, s INTEGER }`.
    Der {
        /// The signature.
        bytes: Vec<u8>,
    },
}

impl From<EncodedSignature> for onecode::keys::EncodedSignature {
    fn from(signature: EncodedSignature) -> Self {
        match signature {
            EncodedSignature::Raw { bytes } => onecode::keys::EncodedSignature::Raw(bytes),
            EncodedSignature::Der { bytes } => onecode::keys::EncodedSignature::Der(bytes),
        }
    }
}

impl From<onecode::keys::EncodedSignature> for EncodedSignature {
    fn from(signature: onecode::keys::EncodedSignature) -> Self {
        match signature {
            onecode::keys::EncodedSignature::Raw(bytes) => EncodedSignature::Raw { bytes },
            onecode::keys::EncodedSignature::Der(bytes) => EncodedSignature::Der { bytes },
        }
    }
}

/// A private key that signs where it is stored: in a phone's secure hardware, in an issuer's
/// security module, or in memory (`software_key`, `generate_key`).
///
/// Calls are synchronous and block. They may come from any thread. Each object that uses the key
/// makes one call at a time.
#[uniffi::export(rust, foreign)]
pub trait DeviceKey: Send + Sync {
    /// The public half. Each object that uses the key asks for it once.
    fn public_key(&self) -> Result<Arc<PublicKey>, SigningError>;

    /// Signs `message`. A key that signs hashes as they are signs `PublicKey.digest` of it.
    fn sign(&self, message: Vec<u8>) -> Result<EncodedSignature, SigningError>;
}

mirror! {
    /// The key did not sign.
    #[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, uniffi::Error)]
    #[uniffi::export(Display)]
    pub enum SigningError = onecode::keys::SigningError {
        /// The user has to unlock the key first: ask for a fingerprint or the screen lock, then try
        /// again.
        #[error("the key is locked until the user has authenticated")]
        Locked,
        /// The key is gone or can never be used again. A new card credential is needed.
        #[error("the key is gone for good")]
        Gone,
        /// The key did not sign for another reason, or threw some other error.
        #[error("the key did not sign: {reason}")]
        Refused {
            /// What the key or its driver said, for a log.
            reason: String,
        },
        /// The key returned a raw signature that is not 64 bytes long. Often it is DER.
        #[error("a raw signature has 64 bytes, this has {found}")]
        WrongLength {
            /// Bytes returned.
            found: i64,
        } = Returned(SignatureError::WrongLength { found }),
        /// The key returned DER that is not strict DER of two positive integers, or returned DER
        /// for Ed25519.
        #[error("the signature is not strict DER of two integers")]
        NotDer = Returned(SignatureError::NotDer),
        /// The key returned a signature with r or s outside 1..n.
        #[error("r or s is outside 1..n")]
        OutOfRange = Returned(SignatureError::OutOfRange),
        /// The key returned an SM2 signature over SM3 of the message alone. Sign the message with
        /// SM2 and the signer ID, or `PublicKey.digest` as it is.
        #[error("the signature was made over the plain SM3 hash of the message: Z is missing")]
        WithoutZ,
        /// The key returned an SM2 signature under the default signer ID or the empty one, where it
        /// has another.
        #[error("the signature was made under another signer ID")]
        OtherSignerId {
            /// The ID that it was made under.
            used: Vec<u8>,
        },
        /// The key was given a hash and hashed it once more. Give it the message, or make it sign
        /// the hash as it is.
        #[error("the signature was made over a hash that was hashed once more")]
        HashedTwice,
        /// The key returned a signature that does not hold: by another key than `public_key` says,
        /// or over another message. Every scanner would
        /// refuse it as forged, so nothing is made with it. Make another key, and ask for a
        /// credential for it.
        #[error("the signature that the key returned does not hold")]
        DoesNotHold,
    }
}

/// What a key threw, if it is not a [`SigningError`]. Its text is a stack trace and is dropped.
impl From<uniffi::UnexpectedUniFFICallbackError> for SigningError {
    fn from(_: uniffi::UnexpectedUniFFICallbackError) -> Self {
        SigningError::Refused { reason: "it threw an exception of another kind".to_owned() }
    }
}

impl From<SigningError> for onecode::keys::SigningError {
    fn from(error: SigningError) -> Self {
        match error {
            SigningError::Locked => onecode::keys::SigningError::Locked,
            SigningError::Gone => onecode::keys::SigningError::Gone,
            SigningError::Refused { reason } => onecode::keys::SigningError::Refused { reason },
            // Keys should not throw these, but nothing prevents it.
            SigningError::WrongLength { .. }
            | SigningError::NotDer
            | SigningError::OutOfRange
            | SigningError::WithoutZ
            | SigningError::OtherSignerId { .. }
            | SigningError::HashedTwice
            | SigningError::DoesNotHold => {
                onecode::keys::SigningError::Refused { reason: error.to_string() }
            }
        }
    }
}

/// A device key in the form of the core. Its public half is asked for once, because hardware is
/// slow.
pub(crate) struct HeldKey {
    key: Arc<dyn DeviceKey>,
    public_key: onecode::PublicKey,
}

impl HeldKey {
    pub(crate) fn new(key: Arc<dyn DeviceKey>) -> Result<Self, SigningError> {
        let public_key = key.public_key()?.0;
        Ok(HeldKey { key, public_key })
    }
}

impl onecode::SigningKey for HeldKey {
    fn public_key(&self) -> onecode::PublicKey {
        self.public_key
    }

    fn sign(
        &self,
        message: &onecode::keys::ToBeSigned<'_>,
    ) -> Result<onecode::keys::EncodedSignature, onecode::keys::SigningError> {
        Ok(self.key.sign(message.bytes().to_vec())?.into())
    }
}

/// A private key in memory, for servers, desktops, tests, and devices without secure hardware.
/// Other languages see a [`DeviceKey`]: signing with it never leaves Rust.
#[derive(Debug)]
pub(crate) struct SoftwareKey(pub(crate) onecode::SoftwareKey);

impl DeviceKey for SoftwareKey {
    fn public_key(&self) -> Result<Arc<PublicKey>, SigningError> {
        Ok(Arc::new(PublicKey(self.0.public_key())))
    }

    fn sign(&self, message: Vec<u8>) -> Result<EncodedSignature, SigningError> {
        Ok(self.0.sign(&ToBeSigned::new(self.0.public_key(), &message))?.into())
    }
}

/// Reads an unencrypted PKCS#8 private key into memory, for servers, desktops, tests, and devices
/// without secure hardware. The key names the algorithm. The key is wiped when the object is
/// released. The caller overwrites `pkcs8`.
#[uniffi::export]
pub fn software_key(pkcs8: Vec<u8>) -> Result<Arc<dyn DeviceKey>, KeyError> {
    let pkcs8 = Zeroizing::new(pkcs8);
    Ok(Arc::new(SoftwareKey(onecode::SoftwareKey::from_pkcs8(&pkcs8)?)))
}

/// The same for an SM2 key that signs under an ID of its own, up to 32 bytes.
#[uniffi::export]
pub fn software_key_sm2_with_id(
    pkcs8: Vec<u8>,
    id: Vec<u8>,
) -> Result<Arc<dyn DeviceKey>, KeyError> {
    let pkcs8 = Zeroizing::new(pkcs8);
    let key = onecode::SoftwareKey::sm2_with_id(&pkcs8, signer_id(&id)?)?;
    Ok(Arc::new(SoftwareKey(key)))
}

/// A new key in memory together with its PKCS#8 form.
#[derive(uniffi::Record)]
pub struct GeneratedKey {
    /// The key.
    pub key: Arc<dyn DeviceKey>,
    /// The same key as PKCS#8 DER, which OpenSSL can read. The caller stores it and overwrites this
    /// copy.
    pub pkcs8: Vec<u8>,
}

/// Makes a new key in memory with the operating system's random numbers.
#[uniffi::export]
pub fn generate_key(algorithm: Algorithm) -> Result<GeneratedKey, KeyError> {
    let generated = onecode::SoftwareKey::generate(algorithm)?;
    let pkcs8 = generated.pkcs8.to_vec();
    Ok(GeneratedKey { key: Arc::new(SoftwareKey(generated.key)), pkcs8 })
}

/// A key could not be read or made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, uniffi::Error)]
#[uniffi::export(Display)]
pub enum KeyError {
    /// The bytes are not a public key of this algorithm.
    #[error("not a public key for this algorithm")]
    NotAKey,
    /// Not a JWK, or one without the members that define a key.
    #[error("not a JWK with kty, crv and x")]
    NotAJwk,
    /// A JWK with a member that is not base64url without padding.
    #[error("{member} is {problem}")]
    JwkNotBase64Url {
        /// Which member.
        member: String,
        /// What is wrong with it, and where.
        problem: String,
    },
    /// A private key where a public one is wanted.
    #[error("this is a private key")]
    Private,
    /// An unknown key type and curve.
    #[error("a key type or curve that is not known here")]
    UnknownCurve,
    /// Not an unencrypted PKCS#8 key of a known algorithm.
    #[error("not an unencrypted PKCS#8 private key of a known algorithm")]
    NotPkcs8,
    /// The operating system gave no random numbers.
    #[error("the operating system gave no random numbers")]
    NoRandomness,
    /// An impossible value.
    #[error("{usage}")]
    Usage {
        /// Which, and why.
        #[from]
        usage: UsageError,
    },
}

impl From<onecode::keys::NotAKey> for KeyError {
    fn from(_: onecode::keys::NotAKey) -> Self {
        KeyError::NotAKey
    }
}

impl From<onecode::jose::JwkError> for KeyError {
    fn from(error: onecode::jose::JwkError) -> Self {
        match error {
            onecode::jose::JwkError::Private => KeyError::Private,
            onecode::jose::JwkError::UnknownCurve => KeyError::UnknownCurve,
            onecode::jose::JwkError::NotBase64Url { member, problem } => {
                KeyError::JwkNotBase64Url {
                    member: member.to_owned(),
                    problem: problem.to_string(),
                }
            }
            onecode::jose::JwkError::NotAKey => KeyError::NotAKey,
            onecode::jose::JwkError::Form => KeyError::NotAJwk,
        }
    }
}

impl From<onecode::keys::KeyError> for KeyError {
    fn from(error: onecode::keys::KeyError) -> Self {
        match error {
            onecode::keys::KeyError::NoRandomness => KeyError::NoRandomness,
            onecode::keys::KeyError::NotPkcs8 => KeyError::NotPkcs8,
            onecode::keys::KeyError::PublicKey(error) => error.into(),
        }
    }
}
