//! Keys held in memory, for servers, desktops, tests, and devices without secure hardware.

use std::fmt;
use std::hint::black_box;

use ring::rand::{SecureRandom, SystemRandom};
use ring::signature::{EcdsaKeyPair, Ed25519KeyPair, KeyPair, ECDSA_P256_SHA256_FIXED_SIGNING};
use zeroize::Zeroizing;

use super::{
    esp256, Algorithm, EncodedSignature, NotAKey, PublicKey, SigningError, SigningKey, ToBeSigned,
};
#[cfg(feature = "sm2")]
use super::{sm2, Point, SignerId};

/// A private key in memory.
///
/// The libraries underneath do not wipe their keys. Dropping a `SoftwareKey` overwrites the private
/// number in place with that of a published key. It cannot reach copies that the libraries may have
/// left on the stack while parsing or signing (docs/THREATS.md). A phone keeps its key in hardware
/// instead.
pub struct SoftwareKey {
    pair: Pair,
    public_key: PublicKey,
    random: SystemRandom,
}

// Not boxed: the pair is overwritten in place when the key is dropped.
#[allow(clippy::large_enum_variant)]
enum Pair {
    Esp256(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
    #[cfg(feature = "sm2")]
    Sm2(sm2::PrivateKey),
}

/// PKCS#8 version 1 up to the seed (RFC 8410 section 7). `ring` writes version 2, which
/// OpenSSL 3.0 does not read.
const ED25519_PKCS8: &[u8; 16] =
    b"\x30\x2e\x02\x01\x00\x30\x05\x06\x03\x2b\x65\x70\x04\x22\x04\x20";

/// A new key together with its PKCS#8 form, which is wiped when dropped.
pub struct GeneratedKey {
    /// The key.
    pub key: SoftwareKey,
    /// The same key as PKCS#8 DER, to be stored by the caller.
    pub pkcs8: Zeroizing<Vec<u8>>,
}

impl SoftwareKey {
    /// Reads an unencrypted PKCS#8 private key (RFC 5958), version 1 or 2. The key names the
    /// algorithm. An SM2 key signs under the default ID. The caller wipes `pkcs8`.
    pub fn from_pkcs8(pkcs8: &[u8]) -> Result<Self, KeyError> {
        let random = SystemRandom::new();
        let algorithm = &ECDSA_P256_SHA256_FIXED_SIGNING;
        if let Ok(pair) = EcdsaKeyPair::from_pkcs8(algorithm, pkcs8, &random) {
            return Self::new(Pair::Esp256(pair));
        }
        // Version 1, which OpenSSL writes, has no public key to check the private one against.
        if let Ok(pair) = Ed25519KeyPair::from_pkcs8_maybe_unchecked(pkcs8) {
            return Self::new(Pair::Ed25519(pair));
        }
        #[cfg(feature = "sm2")]
        if let Some(key) = sm2::PrivateKey::from_pkcs8(pkcs8, SignerId::DEFAULT) {
            return Self::new(Pair::Sm2(key));
        }
        Err(KeyError::NotPkcs8)
    }

    /// Reads an SM2 private key as [`SoftwareKey::from_pkcs8`] does; it signs under `id`.
    #[cfg(feature = "sm2")]
    pub fn sm2_with_id(pkcs8: &[u8], id: SignerId) -> Result<Self, KeyError> {
        let key = sm2::PrivateKey::from_pkcs8(pkcs8, id).ok_or(KeyError::NotPkcs8)?;
        Self::new(Pair::Sm2(key))
    }

    /// Makes a new key with the operating system's random numbers. OpenSSL can read its PKCS#8
    /// form.
    pub fn generate(algorithm: Algorithm) -> Result<GeneratedKey, KeyError> {
        let random = SystemRandom::new();
        let pkcs8 = match algorithm {
            Algorithm::Esp256 => {
                EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random)
                    .ok()
                    .map(|document| Zeroizing::new(document.as_ref().to_vec()))
            }
            Algorithm::Ed25519 => {
                let mut pkcs8 = Zeroizing::new([&ED25519_PKCS8[..], &[0; 32]].concat());
                let seed = &mut pkcs8[ED25519_PKCS8.len()..];
                random.fill(seed).ok().map(|()| pkcs8)
            }
            #[cfg(feature = "sm2")]
            Algorithm::Sm2 => sm2::PrivateKey::generate_pkcs8(&random),
        };
        let pkcs8 = pkcs8.ok_or(KeyError::NoRandomness)?;
        Ok(GeneratedKey { key: Self::from_pkcs8(&pkcs8)?, pkcs8 })
    }

    fn new(pair: Pair) -> Result<Self, KeyError> {
        let public_key = match &pair {
            Pair::Esp256(pair) => {
                PublicKey::from_bytes(Algorithm::Esp256, pair.public_key().as_ref())
            }
            Pair::Ed25519(pair) => {
                PublicKey::from_bytes(Algorithm::Ed25519, pair.public_key().as_ref())
            }
            #[cfg(feature = "sm2")]
            Pair::Sm2(key) => Ok(PublicKey(Point::Sm2(key.point()))),
        }?;
        Ok(SoftwareKey { pair, public_key, random: SystemRandom::new() })
    }
}

impl SigningKey for SoftwareKey {
    fn public_key(&self) -> PublicKey {
        self.public_key
    }

    fn sign(&self, message: &ToBeSigned<'_>) -> Result<EncodedSignature, SigningError> {
        let message = message.bytes();
        let raw = match &self.pair {
            Pair::Esp256(pair) => pair
                .sign(&self.random, message)
                .map_err(|_| SigningError::Refused { reason: "no random numbers".into() })?
                .as_ref()
                .to_vec(),
            Pair::Ed25519(pair) => pair.sign(message).as_ref().to_vec(),
            #[cfg(feature = "sm2")]
            Pair::Sm2(key) => key
                .sign(message)
                .ok_or_else(|| SigningError::Refused {
                    reason: "no signature from this nonce".into(),
                })?
                .to_vec(),
        };
        Ok(EncodedSignature::Raw(raw))
    }
}

impl Drop for SoftwareKey {
    fn drop(&mut self) {
        // The private key 1 of an elliptic curve, whose public key is the generator, and the
        // Ed25519 seed of zeros. Both are public knowledge.
        match &mut self.pair {
            Pair::Esp256(pair) => {
                const ONE: [u8; 32] = {
                    let mut one = [0; 32];
                    one[31] = 1;
                    one
                };
                let generator = esp256::Point::generator();
                let algorithm = &ECDSA_P256_SHA256_FIXED_SIGNING;
                if let Ok(published) = EcdsaKeyPair::from_private_key_and_public_key(
                    algorithm,
                    &ONE,
                    generator.sec1().uncompressed(),
                    &self.random,
                ) {
                    *pair = published;
                }
            }
            Pair::Ed25519(pair) => {
                if let Ok(published) = Ed25519KeyPair::from_seed_unchecked(&[0; 32]) {
                    *pair = published;
                }
            }
            #[cfg(feature = "sm2")]
            Pair::Sm2(key) => key.overwrite(),
        }
        // Without this the compiler may skip a write to memory that is about to be freed.
        black_box(&self.pair);
    }
}

/// The public key only.
impl fmt::Debug for SoftwareKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SoftwareKey").field("public_key", &self.public_key).finish_non_exhaustive()
    }
}

/// The public key only.
impl fmt::Debug for GeneratedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GeneratedKey").field("key", &self.key).finish_non_exhaustive()
    }
}

/// A private key could not be read or made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Not an unencrypted PKCS#8 key of an algorithm this build knows.
    #[error("not an unencrypted PKCS#8 private key of a known algorithm")]
    NotPkcs8,
    /// The operating system gave no random numbers.
    #[error("the operating system gave no random numbers")]
    NoRandomness,
    /// The public half is no key of its algorithm.
    #[error(transparent)]
    PublicKey(#[from] NotAKey),
}
