//! Keys and signatures: the only place where cryptography is called.
//!
//! Uses `ring` (signatures, SHA-256), `crrl` (point decompression, which `ring` lacks) and, with
//! the feature `sm2`, `sm2` and `sm3`; one file for each algorithm. Of the crate it uses the
//! languages alone. Specification: RFC 9864 and GB/T 32918 (algorithms), SEC 1 (points),
//! docs/SPEC.md section 4.

mod der;
mod ed25519;
mod esp256;
mod prepared;
mod sec1;
mod signing;
#[cfg(feature = "sm2")]
mod sm2;
mod software;

use std::fmt;

pub(crate) use prepared::Draft;
pub use prepared::Prepared;
pub(crate) use signing::Check;
pub use signing::{SigningError, SigningKey, ToBeSigned};
#[cfg(feature = "sm2")]
pub use sm2::SignerId;
pub use software::{GeneratedKey, KeyError, SoftwareKey};

/// A fully specified signature algorithm (RFC 9864): curve, hash and encoding in one name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Algorithm {
    /// ECDSA on P-256 with SHA-256. Phone hardware offers this one.
    Esp256,
    /// EdDSA on Curve25519 (RFC 8032).
    Ed25519,
    /// SM2 with SM3 on the curve of GB/T 32918.5. Commercial cryptography is assessed for this one.
    #[cfg(feature = "sm2")]
    Sm2,
}

impl Algorithm {
    /// Every algorithm this build knows.
    pub const ALL: &'static [Algorithm] = &[
        Algorithm::Esp256,
        Algorithm::Ed25519,
        #[cfg(feature = "sm2")]
        Algorithm::Sm2,
    ];

    /// The registered name, as in RFC 9864; SM2 has none yet.
    pub fn name(self) -> &'static str {
        match self {
            Algorithm::Esp256 => "ESP256",
            Algorithm::Ed25519 => "Ed25519",
            #[cfg(feature = "sm2")]
            Algorithm::Sm2 => "SM2",
        }
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A checked public key: a point on the curve of its algorithm. For Ed25519 only the encoding is
/// checked here; bytes that name no point verify nothing.
///
/// A key knows its algorithm, so a message cannot choose the algorithm that checks it. An SM2 key
/// also knows its signer ID: the same point under another ID is another key.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct PublicKey(Point);

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Point {
    Esp256(esp256::Point),
    Ed25519(ed25519::Point),
    #[cfg(feature = "sm2")]
    Sm2(sm2::Point),
}

impl PublicKey {
    /// Reads a public key.
    ///
    /// `bytes` is a SEC 1 point for ESP256 and SM2, compressed (33 bytes) or uncompressed (65
    /// bytes), and the 32 bytes of RFC 8032 for Ed25519. An SM2 key gets the default signer ID. The
    /// error only says that these bytes are no such key.
    pub fn from_bytes(algorithm: Algorithm, bytes: &[u8]) -> Result<Self, NotAKey> {
        let point = match algorithm {
            Algorithm::Esp256 => esp256::Point::from_sec1(bytes).map(Point::Esp256),
            Algorithm::Ed25519 => ed25519::Point::from_bytes(bytes).map(Point::Ed25519),
            #[cfg(feature = "sm2")]
            Algorithm::Sm2 => sm2::Point::from_sec1(bytes, SignerId::DEFAULT).map(Point::Sm2),
        };
        point.map(PublicKey).ok_or(NotAKey { algorithm })
    }

    /// Reads an SM2 key that signs under an ID of its own, as an issuer's may. A phone's key always
    /// has [`SignerId::DEFAULT`], because a COSE_Key cannot carry an ID.
    #[cfg(feature = "sm2")]
    pub fn sm2_with_id(bytes: &[u8], id: SignerId) -> Result<Self, NotAKey> {
        sm2::Point::from_sec1(bytes, id)
            .map(|point| PublicKey(Point::Sm2(point)))
            .ok_or(NotAKey { algorithm: Algorithm::Sm2 })
    }

    /// The ID that an SM2 key signs under; `None` for other algorithms.
    #[cfg(feature = "sm2")]
    pub fn sm2_id(&self) -> Option<&SignerId> {
        match &self.0 {
            Point::Sm2(point) => Some(point.id()),
            _ => None,
        }
    }

    /// The only algorithm that this key verifies.
    pub fn algorithm(&self) -> Algorithm {
        match self.0 {
            Point::Esp256(_) => Algorithm::Esp256,
            Point::Ed25519(_) => Algorithm::Ed25519,
            #[cfg(feature = "sm2")]
            Point::Sm2(_) => Algorithm::Sm2,
        }
    }

    /// The shortest standard form: the compressed SEC 1 point (33 bytes) for ESP256 and SM2,
    /// 32 bytes for Ed25519.
    pub fn to_bytes(&self) -> Vec<u8> {
        match &self.0 {
            Point::Esp256(point) => point.sec1().compressed().to_vec(),
            Point::Ed25519(point) => point.bytes().to_vec(),
            #[cfg(feature = "sm2")]
            Point::Sm2(point) => point.sec1().compressed().to_vec(),
        }
    }

    /// The affine coordinates x and y, 32 bytes each, big endian. An Ed25519 key has no y, and the
    /// first value is its 32-byte encoding of RFC 8032.
    pub fn coordinates(&self) -> (&[u8], Option<&[u8]>) {
        let sec1 = match &self.0 {
            Point::Ed25519(point) => return (point.bytes(), None),
            Point::Esp256(point) => point.sec1(),
            #[cfg(feature = "sm2")]
            Point::Sm2(point) => point.sec1(),
        };
        let (x, y) = sec1.coordinates();
        (x, Some(y))
    }

    /// Checks `signature` over `message`. Public data only: not constant time.
    pub fn verify(&self, message: &[u8], signature: &Signature) -> Result<(), BadSignature> {
        match &self.0 {
            Point::Esp256(point) => point.verify(message, &signature.0),
            Point::Ed25519(point) => point.verify(message, &signature.0),
            #[cfg(feature = "sm2")]
            Point::Sm2(point) => point.verify(message, &signature.0),
        }
    }

    /// What a key signs that takes hashes: see [`ToBeSigned::digest`].
    fn digest(&self, message: &[u8]) -> Option<[u8; 32]> {
        match &self.0 {
            Point::Esp256(_) => Some(sha256(message)),
            Point::Ed25519(_) => None,
            #[cfg(feature = "sm2")]
            Point::Sm2(point) => Some(point.hash(message)),
        }
    }

    /// Why a signature over `message` does not hold, if its signer made one of the known mistakes.
    fn mistake(&self, message: &[u8], signature: &Signature) -> SigningError {
        let holds_over = |message: &[u8]| self.verify(message, signature).is_ok();
        #[cfg(feature = "sm2")]
        if let Point::Sm2(point) = &self.0 {
            let plain = sm2::plain_hash(message);
            if point.verify_hash(&plain, &signature.0).is_ok() {
                return SigningError::WithoutZ;
            }
            if holds_over(&plain) || holds_over(&point.hash(message)) {
                return SigningError::HashedTwice;
            }
            // What signers take that were told no ID.
            let usual = [SignerId::DEFAULT, SignerId::EMPTY];
            let used =
                usual.into_iter().find(|id| point.under(*id).verify(message, &signature.0).is_ok());
            if let Some(used) = used {
                return SigningError::OtherSignerId { used };
            }
        }
        match holds_over(&sha256(message)) {
            true => SigningError::HashedTwice,
            false => SigningError::DoesNotHold,
        }
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({} ", self.algorithm())?;
        self.to_bytes().iter().try_for_each(|byte| write!(f, "{byte:02x}"))?;
        #[cfg(feature = "sm2")]
        if let Some(id) = self.sm2_id().filter(|id| **id != SignerId::DEFAULT) {
            write!(f, " {id:?}")?;
        }
        f.write_str(")")
    }
}

/// The bytes are not a public key of this algorithm: wrong length, not on the curve, at infinity,
/// or not in a standard encoding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a public key for {algorithm}")]
pub struct NotAKey {
    /// The algorithm the key was wanted for.
    pub algorithm: Algorithm,
}

/// The signature does not hold. Further detail is withheld on purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the signature does not hold")]
pub struct BadSignature;

/// A signature in the form that COSE carries, always 64 bytes: r then s, 32 bytes each, big endian,
/// for the elliptic-curve algorithms; R then S for Ed25519.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Signature([u8; Signature::LENGTH]);

impl Signature {
    /// Length in bytes, for every algorithm of this crate.
    pub const LENGTH: usize = 64;

    /// Takes 64 bytes as they are. [`PublicKey::verify`] finds out whether they can be a signature
    /// at all.
    pub fn from_raw(raw: &[u8]) -> Result<Self, SignatureError> {
        let bytes = raw.try_into().map_err(|_| SignatureError::WrongLength { found: raw.len() })?;
        Ok(Signature(bytes))
    }

    /// Reads what a key returned, for the algorithm of that key.
    pub fn decode(
        algorithm: Algorithm,
        encoded: &EncodedSignature,
    ) -> Result<Self, SignatureError> {
        match (algorithm, encoded) {
            (Algorithm::Esp256, _) => der::raw(encoded, &esp256::ORDER).map(Signature),
            #[cfg(feature = "sm2")]
            (Algorithm::Sm2, _) => der::raw(encoded, &sm2::ORDER).map(Signature),
            (Algorithm::Ed25519, EncodedSignature::Raw(raw)) => Self::from_raw(raw),
            (Algorithm::Ed25519, EncodedSignature::Der(_)) => Err(SignatureError::NotDer),
        }
    }

    /// The 64 bytes.
    pub fn as_bytes(&self) -> &[u8; Signature::LENGTH] {
        &self.0
    }
}

impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Signature(")?;
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))?;
        f.write_str(")")
    }
}

/// A signature as a key returns it, with its encoding in the type. Android Keystore and the Secure
/// Enclave answer in DER, most hardware modules in raw r‖s. The type says which, so nobody has to
/// guess from the bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EncodedSignature {
    /// r‖s (or R‖S), 64 bytes.
    Raw(Vec<u8>),
    /// ASN.1 DER `SEQUENCE { r INTEGER, s INTEGER }` (X9.62, RFC 3279 section 2.2.3).
    Der(Vec<u8>),
}

/// What a key returned is not a signature of its algorithm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// A raw signature is not 64 bytes long. Often it is DER announced as raw.
    #[error("a raw signature has {expected} bytes, this has {found}", expected = Signature::LENGTH)]
    WrongLength {
        /// Bytes given.
        found: usize,
    },
    /// Not strict DER of two positive integers below 2^256: it has long-form lengths, padding,
    /// negative numbers or trailing bytes, or it is raw and was announced as DER.
    #[error("the signature is not strict DER of two integers")]
    NotDer,
    /// r or s is zero or not below the order of the curve.
    #[error("r or s is outside 1..n")]
    OutOfRange,
}

/// Bytes of an HMAC with SHA-256.
pub(crate) const HMAC_LENGTH: usize = 32;

/// HMAC with SHA-256 (RFC 2104).
pub(crate) fn hmac(key: &[u8; 32], message: &[u8]) -> [u8; HMAC_LENGTH] {
    let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, key);
    let mut tag = [0; HMAC_LENGTH];
    tag.copy_from_slice(ring::hmac::sign(&key, message).as_ref());
    tag
}

/// Whether this is the HMAC of the message, compared in constant time.
pub(crate) fn hmac_holds(key: &[u8; 32], message: &[u8], tag: &[u8]) -> bool {
    let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, key);
    ring::hmac::verify(&key, message, tag).is_ok()
}

/// Random bytes from the system, if it gives any.
pub(crate) fn random<const N: usize>() -> Option<[u8; N]> {
    let random = ring::rand::generate(&ring::rand::SystemRandom::new());
    random.ok().map(ring::rand::Random::expose)
}

/// SHA-256.
pub(crate) fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut hash = [0; 32];
    hash.copy_from_slice(ring::digest::digest(&ring::digest::SHA256, bytes).as_ref());
    hash
}

/// SHA-256 over these parts, one after the other.
pub(crate) fn sha256_of(parts: &[&[u8]]) -> [u8; 32] {
    let mut context = ring::digest::Context::new(&ring::digest::SHA256);
    parts.iter().for_each(|part| context.update(part));
    let mut hash = [0; 32];
    hash.copy_from_slice(context.finish().as_ref());
    hash
}

/// The first half of SHA-256 over these parts, one after the other. That is enough for a name.
pub(crate) fn sha256_name(parts: &[&[u8]]) -> [u8; 16] {
    let mut name = [0; 16];
    name.copy_from_slice(&sha256_of(parts)[..16]);
    name
}
