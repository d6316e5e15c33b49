//! Keys in PEM, as OpenSSL and this project write them: read, and written.
//!
//! Specification: RFC 7468; RFC 5958 (PKCS#8), RFC 5915 (SEC 1), RFC 5280 (public keys). `blocks`
//! finds the part of a text that holds the key.

mod blocks;

use der::asn1::{AnyRef, BitStringRef, OctetStringRef};
use der::pem::LineEnding;
use der::{Decode, EncodePem, Sequence};
use onecode::keys::{KeyError, NotAKey};
use onecode::{Algorithm, PublicKey, SigningKey, SoftwareKey};
use p256::pkcs8::EncodePrivateKey;
use spki::{AlgorithmIdentifier, ObjectIdentifier, SubjectPublicKeyInfo, SubjectPublicKeyInfoRef};
use zeroize::Zeroizing;

use self::blocks::{blocks, only, Block};

/// What stands in the first line of a private key in PKCS#8.
const PRIVATE_KEY: &str = "PRIVATE KEY";

/// Private keys as `openssl ecparam -genkey` and `openssl ec` write them (SEC 1).
const SEC1: [&str; 2] = ["EC PRIVATE KEY", "SM2 PRIVATE KEY"];

const EC_PUBLIC_KEY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const P256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
#[cfg(feature = "sm2")]
const SM2: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.156.10197.1.301");
const ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");

/// Which half of a pair a text was to hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyKind {
    /// The private one.
    Private,
    /// The public one.
    Public,
}

impl std::fmt::Display for KeyKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            KeyKind::Private => "private key",
            KeyKind::Public => "public key",
        })
    }
}

/// A text holds no key that is used here.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PemError {
    /// There is no PEM in it.
    #[error("this is no PEM")]
    NotPem,
    /// The text ends within a block.
    #[error("cut short: there is no {missing}")]
    CutShort {
        /// The line that is missing.
        missing: String,
    },
    /// The key is encrypted.
    #[error("the key is encrypted; `openssl pkey -in FILE -out PLAIN` decrypts it")]
    Encrypted,
    /// A block is no base64 of RFC 7468.
    #[error("{label} is damaged: {detail}")]
    Damaged {
        /// What stands in its first line.
        label: String,
        /// Where it is damaged.
        detail: String,
    },
    /// Several keys are in it.
    #[error("there is more than one {wanted} in it")]
    Several {
        /// Which half was wanted.
        wanted: KeyKind,
    },
    /// It holds a certificate alone.
    #[error(
        "this is a certificate; `openssl x509 -in FILE -pubkey -noout` writes the public key that \
             is in it"
    )]
    Certificate,
    /// It holds something else.
    #[error("this is no {wanted} of a kind that is used here, but {label}")]
    Other {
        /// Which half was wanted.
        wanted: KeyKind,
        /// What stands in its first line.
        label: String,
    },
    /// The block of a public key is none inside.
    #[error("not a public key in PEM")]
    NotPublicKey,
    /// A public key of an algorithm that is not used here.
    #[error("a public key of an algorithm that is not used here")]
    Algorithm,
    /// The public key is not on its curve.
    #[error(transparent)]
    PublicKey(#[from] NotAKey),
    /// The private key in PKCS#8 is none that is used here.
    #[error(transparent)]
    PrivateKey(#[from] KeyError),
    /// A private key in SEC 1 is damaged, or its halves do not belong together.
    #[error("the EC PRIVATE KEY is damaged")]
    Sec1,
    /// A private key in SEC 1 without its curve, which no block beside it names either.
    #[error("the EC PRIVATE KEY names no curve")]
    NoCurve,
    /// The curve is given by its parameters and not by its name.
    #[error("its curve is written out in full; make it with -param_enc named_curve")]
    ExplicitCurve,
    /// A private key in SEC 1 on another curve.
    #[error("its curve is not used here")]
    Curve,
    /// A key cannot be written.
    #[error("the key cannot be written: {detail}")]
    Write {
        /// Why.
        detail: String,
    },
}

/// Reads an unencrypted private key, in PKCS#8 or SEC 1, whatever stands around it.
pub fn private_key(text: &str) -> Result<SoftwareKey, PemError> {
    let blocks = blocks(text)?;
    let is_private = |label: &str| label == PRIVATE_KEY || SEC1.contains(&label);
    let block = only(&blocks, KeyKind::Private, is_private)?;
    let der = block.der()?;
    if block.label == PRIVATE_KEY {
        return Ok(SoftwareKey::from_pkcs8(&der)?);
    }
    let parameters = blocks.iter().find(|block| block.label.ends_with("PARAMETERS"));
    let parameters = parameters.map(Block::der).transpose()?;
    sec1(&der, parameters.as_ref().and_then(|der| AnyRef::from_der(der).ok()))
}

/// Reads a public key as SubjectPublicKeyInfo, whatever stands around it.
pub fn public_key(text: &str) -> Result<PublicKey, PemError> {
    let der = only(&blocks(text)?, KeyKind::Public, |label| label == "PUBLIC KEY")?.der()?;
    let info = SubjectPublicKeyInfoRef::try_from(&der[..]).map_err(|_| PemError::NotPublicKey)?;
    let curve = info.algorithm.parameters_oid().ok();
    let algorithm = match (info.algorithm.oid, curve) {
        (EC_PUBLIC_KEY, Some(P256)) => Algorithm::Esp256,
        #[cfg(feature = "sm2")]
        (EC_PUBLIC_KEY, Some(SM2)) => Algorithm::Sm2,
        (ED25519, None) => Algorithm::Ed25519,
        _ => return Err(PemError::Algorithm),
    };
    let point = info.subject_public_key.as_bytes().unwrap_or_default();
    Ok(PublicKey::from_bytes(algorithm, point)?)
}

/// Writes a private key in PKCS#8.
pub fn write_private(pkcs8: &[u8]) -> Result<Zeroizing<String>, PemError> {
    pem_rfc7468::encode_string(PRIVATE_KEY, LineEnding::LF, pkcs8)
        .map(Zeroizing::new)
        .map_err(|error| PemError::Write { detail: error.to_string() })
}

/// Writes a public key as SubjectPublicKeyInfo.
pub fn write_public(key: &PublicKey) -> Result<String, PemError> {
    // A point uncompressed: not every version of OpenSSL takes an SM2 key otherwise.
    let bytes = match key.coordinates() {
        (x, Some(y)) => [&[4], x, y].concat(),
        (x, None) => x.to_vec(),
    };
    let (oid, parameters) = match key.algorithm() {
        Algorithm::Esp256 => (EC_PUBLIC_KEY, Some(P256)),
        #[cfg(feature = "sm2")]
        Algorithm::Sm2 => (EC_PUBLIC_KEY, Some(SM2)),
        Algorithm::Ed25519 => (ED25519, None),
    };
    let algorithm = AlgorithmIdentifier { oid, parameters };
    BitStringRef::from_bytes(&bytes)
        .and_then(|subject_public_key| {
            SubjectPublicKeyInfo { algorithm, subject_public_key }.to_pem(LineEnding::LF)
        })
        .map_err(|error| PemError::Write { detail: error.to_string() })
}

/// RFC 5915 section 3.
#[derive(Sequence)]
struct EcPrivateKey<'a> {
    version: u8,
    private_key: &'a OctetStringRef,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    parameters: Option<AnyRef<'a>>,
    #[asn1(context_specific = "1", tag_mode = "EXPLICIT", optional = "true")]
    public_key: Option<BitStringRef<'a>>,
}

/// The curve is named in the key, or in the block before it.
fn sec1(der: &[u8], parameters: Option<AnyRef<'_>>) -> Result<SoftwareKey, PemError> {
    let key = EcPrivateKey::from_der(der).map_err(|_| PemError::Sec1)?;
    let curve = key.parameters.or(parameters).ok_or(PemError::NoCurve)?;
    let curve = curve.decode_as::<ObjectIdentifier>().map_err(|_| PemError::ExplicitCurve)?;
    let number = key.private_key.as_bytes();
    let (algorithm, pkcs8) = match curve {
        P256 => {
            let secret = p256::SecretKey::from_slice(number).map_err(|_| PemError::Sec1)?;
            (Algorithm::Esp256, secret.to_pkcs8_der().map_err(|_| PemError::Sec1)?)
        }
        #[cfg(feature = "sm2")]
        SM2 => {
            let secret = sm2::SecretKey::from_slice(number).map_err(|_| PemError::Sec1)?;
            (Algorithm::Sm2, secret.to_pkcs8_der().map_err(|_| PemError::Sec1)?)
        }
        _ => return Err(PemError::Curve),
    };
    let made = SoftwareKey::from_pkcs8(pkcs8.as_bytes())?;
    let beside = key.public_key.map(|point| point.as_bytes().unwrap_or_default());
    let fits = |point| PublicKey::from_bytes(algorithm, point) == Ok(made.public_key());
    if key.version != 1 || !beside.is_none_or(fits) {
        return Err(PemError::Sec1);
    }
    Ok(made)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_that_was_written_is_read_back_whatever_stands_around_it() {
        for algorithm in Algorithm::ALL {
            let made = SoftwareKey::generate(*algorithm).unwrap();
            let key = made.key.public_key();
            let private = write_private(&made.pkcs8).unwrap();
            let public = write_public(&key).unwrap();
            let both = format!("for Nanjing\n{}\n  {}", *private, public);
            assert_eq!(private_key(&both).unwrap().public_key(), key);
            assert_eq!(public_key(&both), Ok(key));
            let twice = format!("{both}{both}");
            let several = |wanted| PemError::Several { wanted };
            assert_eq!(private_key(&twice).err(), Some(several(KeyKind::Private)));
            assert_eq!(public_key(&twice), Err(several(KeyKind::Public)));
            let other = |wanted, label: &str| PemError::Other { wanted, label: label.into() };
            let error = private_key(&public).err();
            assert_eq!(error, Some(other(KeyKind::Private, "PUBLIC KEY")));
            assert_eq!(public_key(&private), Err(other(KeyKind::Public, "PRIVATE KEY")));
        }
    }

    #[test]
    fn a_text_without_a_key_is_told_apart() {
        let block = |label: &str, inside: &str| {
            format!("-----BEGIN {label}-----\n{inside}\n-----END {label}-----\n")
        };
        let refused = |text: &str| private_key(text).err().unwrap();
        assert_eq!(refused(""), PemError::NotPem);
        assert_eq!(refused(&block("ENCRYPTED PRIVATE KEY", "AAAA")), PemError::Encrypted);
        let old = block("EC PRIVATE KEY", "Proc-Type: 4,ENCRYPTED\n\nAAAA");
        assert_eq!(refused(&old), PemError::Encrypted);
        assert_eq!(refused(&block("CERTIFICATE", "AAAA")), PemError::Certificate);
        assert_eq!(refused(&block(PRIVATE_KEY, "AAAA")), KeyError::NotPkcs8.into());
        assert!(matches!(refused(&block(PRIVATE_KEY, "A")), PemError::Damaged { .. }));
        assert_eq!(refused(&block("EC PRIVATE KEY", "AAAA")), PemError::Sec1);
        let missing = "-----END PRIVATE KEY-----".to_owned();
        assert_eq!(refused("-----BEGIN PRIVATE KEY-----\nAAAA"), PemError::CutShort { missing });
        assert_eq!(public_key(&block("PUBLIC KEY", "AAAA")), Err(PemError::NotPublicKey));
    }
}
