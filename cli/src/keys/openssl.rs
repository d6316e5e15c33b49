//! Keys and signatures in the forms that OpenSSL reads: PKCS#8 and SubjectPublicKeyInfo in PEM,
//! ECDSA signatures in DER.
//!
//! Uses `files`.

use std::path::Path;

use der::asn1::{BitStringRef, UintRef};
use der::pem::LineEnding;
use der::{Encode, EncodePem, Sequence};
use onecode::keys::Signature;
use onecode::{Algorithm, PublicKey, SoftwareKey};
use spki::{AlgorithmIdentifier, ObjectIdentifier, SubjectPublicKeyInfo};
use zeroize::Zeroizing;

use crate::failure::Failure;
use crate::files::{failed, read};

const EC_PUBLIC_KEY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const P256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
#[cfg(feature = "sm2")]
const SM2: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.156.10197.1.301");
const ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");

/// What stands in the first line of a private key.
const PRIVATE_KEY: &str = "PRIVATE KEY";

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
    if let Some(jwk) = std::str::from_utf8(&bytes).ok().filter(|text| text.starts_with('{')) {
        return PublicKey::from_jwk(jwk).map_err(|error| failed(file, error));
    }
    let (label, der) = pem_rfc7468::decode_vec(&bytes)
        .map_err(|_| failed(file, said!("既不是 JWK 也不是 PEM", "neither a JWK nor PEM")))?;
    let info = spki::SubjectPublicKeyInfoRef::try_from(&der[..])
        .ok()
        .filter(|_| label == "PUBLIC KEY")
        .ok_or_else(|| failed(file, said!("不是 PEM 形式的公钥", "not a public key in PEM")))?;
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
    pem_rfc7468::encode_string(PRIVATE_KEY, LineEnding::LF, pkcs8).map(Zeroizing::new).map_err(
        |error| Failure(said!("密钥写不出来：{error}", "the key cannot be written: {error}")),
    )
}

/// Reads an unencrypted private key in PKCS#8 PEM, as this command and OpenSSL write it.
pub(crate) fn private_key(file: &Path) -> Result<SoftwareKey, Failure> {
    let bytes = Zeroizing::new(read(file)?);
    let (label, pkcs8) = pem_rfc7468::decode_vec(&bytes)
        .map_err(|_| failed(file, said!("不是 PEM", "this is no PEM")))?;
    let pkcs8 = Zeroizing::new(pkcs8);
    if label != PRIVATE_KEY {
        return Err(failed(
            file,
            said!(
                "不是未加密的 PKCS#8 私钥（BEGIN PRIVATE KEY）",
                "not an unencrypted PKCS#8 key (BEGIN PRIVATE KEY)"
            ),
        ));
    }
    SoftwareKey::from_pkcs8(&pkcs8).map_err(|error| failed(file, error))
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
