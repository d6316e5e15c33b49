//! Keys and signatures in the forms that OpenSSL reads: PKCS#8 and SubjectPublicKeyInfo in PEM,
//! ECDSA signatures in DER.
//!
//! Uses `files`, and `pem` to find a key in its file.

use std::path::Path;

use der::asn1::{BitStringRef, UintRef};
use der::pem::LineEnding;
use der::{Encode, EncodePem, Sequence};
use onecode::keys::Signature;
use onecode::{Algorithm, PublicKey, SoftwareKey};
use spki::{AlgorithmIdentifier, ObjectIdentifier, SubjectPublicKeyInfo};
use zeroize::Zeroizing;

use super::pem;
use crate::failure::Failure;
use crate::files::{failed, read, text_in};

const EC_PUBLIC_KEY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
pub(super) const P256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
#[cfg(feature = "sm2")]
pub(super) const SM2: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.156.10197.1.301");
const ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");

/// A public key as SubjectPublicKeyInfo (RFC 5280) in PEM.
pub(crate) fn public_pem(key: &PublicKey) -> Result<String, Failure> {
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
    let pem = BitStringRef::from_bytes(&bytes).and_then(|subject_public_key| {
        SubjectPublicKeyInfo {
            algorithm: AlgorithmIdentifier { oid, parameters },
            subject_public_key,
        }
        .to_pem(LineEnding::LF)
    });
    pem.map_err(|error| {
        Failure(said!("公钥写不出来：{error}", "the public key cannot be written: {error}"))
    })
}

/// Reads what [`public_pem`] and OpenSSL write, or a JWK.
pub(crate) fn public_key(file: &Path) -> Result<PublicKey, Failure> {
    let bytes = read(file)?;
    let text = text_in(&bytes).map_err(|error| failed(file, error))?;
    if text.trim_start().starts_with('{') {
        return PublicKey::from_jwk(text).map_err(|error| failed(file, error));
    }
    let der = pem::public(text)
        .map_err(|error| failed(file, said!("{error}，也不是 JWK", "{error}, and no JWK")))?;
    let info = spki::SubjectPublicKeyInfoRef::try_from(&der[..])
        .map_err(|_| failed(file, said!("不是 PEM 形式的公钥", "not a public key in PEM")))?;
    let curve = info.algorithm.parameters_oid().ok();
    let algorithm = match (info.algorithm.oid, curve) {
        (EC_PUBLIC_KEY, Some(P256)) => Algorithm::Esp256,
        #[cfg(feature = "sm2")]
        (EC_PUBLIC_KEY, Some(SM2)) => Algorithm::Sm2,
        (ED25519, None) => Algorithm::Ed25519,
        _ => {
            let wrong = said!(
                "公钥的算法不是这里使用的",
                "a public key of an algorithm that is not used here"
            );
            return Err(failed(file, wrong));
        }
    };
    let point = info.subject_public_key.as_bytes().unwrap_or_default();
    PublicKey::from_bytes(algorithm, point).map_err(|error| failed(file, error))
}

/// A private key in PKCS#8, in PEM.
pub(crate) fn private_pem(pkcs8: &[u8]) -> Result<Zeroizing<String>, Failure> {
    pem_rfc7468::encode_string(pem::PRIVATE_KEY, LineEnding::LF, pkcs8).map(Zeroizing::new).map_err(
        |error| Failure(said!("密钥写不出来：{error}", "the key cannot be written: {error}")),
    )
}

/// Reads an unencrypted private key in PEM, as this command and OpenSSL write it.
pub(crate) fn private_key(file: &Path) -> Result<SoftwareKey, Failure> {
    let bytes = Zeroizing::new(read(file)?);
    text_in(&bytes).and_then(pem::private).map_err(|error| failed(file, error))
}

/// An ECDSA or SM2 signature as OpenSSL wants it (RFC 3279 section 2.2.3).
#[derive(Sequence)]
struct EcSignature<'a> {
    r: UintRef<'a>,
    s: UintRef<'a>,
}

/// The signature in the form in which OpenSSL checks it.
pub(crate) fn openssl_signature(
    algorithm: Algorithm,
    signature: &Signature,
) -> Result<Vec<u8>, Failure> {
    if algorithm == Algorithm::Ed25519 {
        return Ok(signature.as_bytes().to_vec());
    }
    let (r, s) = signature.as_bytes().split_at(32);
    UintRef::new(r).and_then(|r| EcSignature { r, s: UintRef::new(s)? }.to_der()).map_err(|error| {
        Failure(said!("签名写不出来：{error}", "the signature cannot be written: {error}"))
    })
}
