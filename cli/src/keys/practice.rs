//! Keys of a practice region, all from one secret, so that the same seed makes the same region.
//!
//! For practice only: whoever knows the seed has the keys. Uses `cause` alone.

use onecode::keys::{EncodedSignature, SigningError, ToBeSigned};
use onecode::{Algorithm, PublicKey, SigningKey, SoftwareKey};
use p256::ecdsa::signature::Signer;
use p256::pkcs8::EncodePrivateKey;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::cause::Cause;
use crate::failure::Failure;

/// Where the keys come from.
pub(crate) struct PracticeKeys {
    secret: Zeroizing<[u8; 32]>,
}

/// A key, and its file.
pub(crate) struct PracticeKey {
    signer: Box<dyn SigningKey>,
    pub(crate) pkcs8: Zeroizing<Vec<u8>>,
}

impl PracticeKeys {
    /// From a number that anybody can try, or from the operating system's random numbers.
    pub(crate) fn new(seed: Option<u64>) -> Result<Self, Failure> {
        let mut hash = Sha256::new_with_prefix("onecode practice region\0");
        match seed {
            Some(seed) => hash.update(seed.to_be_bytes()),
            None => hash.update(random()?),
        }
        Ok(PracticeKeys { secret: Zeroizing::new(hash.finalize().into()) })
    }

    /// The key of this name. Its signatures are the same each time as well.
    pub(crate) fn key(&self, algorithm: Algorithm, name: &str) -> Result<PracticeKey, Failure> {
        // A number that is no private key has a chance of 2^-32: then the next one.
        (0..16_u8)
            .find_map(|attempt| {
                let hash = Sha256::new_with_prefix(*self.secret).chain_update([attempt]);
                let number = Zeroizing::new(hash.chain_update(name).finalize().into());
                practice_key(algorithm, &number)
            })
            .ok_or_else(|| {
                Failure(said!(
                    "没有能为 {name} 生成 {algorithm} 密钥",
                    "no {algorithm} key could be made for {name}"
                ))
            })
    }
}

fn practice_key(algorithm: Algorithm, number: &[u8; 32]) -> Option<PracticeKey> {
    let pkcs8 = match algorithm {
        Algorithm::Esp256 => {
            let secret = p256::SecretKey::from_slice(number).ok()?;
            let pkcs8 = Zeroizing::new(secret.to_pkcs8_der().ok()?.as_bytes().to_vec());
            return Some(PracticeKey {
                signer: Box::new(Repeatable::new(&pkcs8, &secret)?),
                pkcs8,
            });
        }
        Algorithm::Ed25519 => {
            // PKCS#8 version 1 up to the seed (RFC 8410 section 7).
            let head = b"\x30\x2e\x02\x01\x00\x30\x05\x06\x03\x2b\x65\x70\x04\x22\x04\x20";
            Zeroizing::new([&head[..], number].concat())
        }
        #[cfg(feature = "sm2")]
        Algorithm::Sm2 => {
            use sm2::pkcs8::EncodePrivateKey;
            let secret = sm2::SecretKey::from_slice(number).ok()?;
            Zeroizing::new(secret.to_pkcs8_der().ok()?.as_bytes().to_vec())
        }
    };
    // The signatures of both of these follow from key and message.
    Some(PracticeKey { signer: Box::new(SoftwareKey::from_pkcs8(&pkcs8).ok()?), pkcs8 })
}

impl SigningKey for PracticeKey {
    fn public_key(&self) -> PublicKey {
        self.signer.public_key()
    }

    fn sign(&self, message: &ToBeSigned<'_>) -> Result<EncodedSignature, SigningError> {
        self.signer.sign(message)
    }
}

/// A P-256 key whose nonces follow from key and message (RFC 6979): `SoftwareKey` draws them.
struct Repeatable {
    key: p256::ecdsa::SigningKey,
    public_key: PublicKey,
}

impl Repeatable {
    fn new(pkcs8: &[u8], secret: &p256::SecretKey) -> Option<Self> {
        let public_key = SoftwareKey::from_pkcs8(pkcs8).ok()?.public_key();
        Some(Repeatable { key: secret.into(), public_key })
    }
}

impl SigningKey for Repeatable {
    fn public_key(&self) -> PublicKey {
        self.public_key
    }

    fn sign(&self, message: &ToBeSigned<'_>) -> Result<EncodedSignature, SigningError> {
        let signature: p256::ecdsa::Signature = self
            .key
            .try_sign(message.bytes())
            .map_err(|error| SigningError::Refused { reason: error.to_string() })?;
        Ok(EncodedSignature::Raw(signature.to_bytes().to_vec()))
    }
}

/// Random bytes of the operating system: those of a new private key.
fn random() -> Result<Zeroizing<Vec<u8>>, Failure> {
    let generated = SoftwareKey::generate(Algorithm::Ed25519);
    Ok(generated.map_err(|error| Failure(error.said()))?.pkcs8)
}
