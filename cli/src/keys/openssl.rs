//! Keys in files, and signatures as OpenSSL reads them.
//!
//! Uses `files`; what is in PEM the key store knows.

use std::path::Path;

use der::asn1::UintRef;
use der::{Encode, Sequence};
use onecode::keys::Signature;
use onecode::{Algorithm, PublicKey, SoftwareKey};
use onecode_keystore::pem::{self, KeyKind, PemError};
use zeroize::Zeroizing;

use crate::cause::Cause;
use crate::failure::Failure;
use crate::files::{failed, read, text_in};

/// A public key as SubjectPublicKeyInfo (RFC 5280) in PEM.
pub(crate) fn public_pem(key: &PublicKey) -> Result<String, Failure> {
    pem::write_public(key).map_err(|error| Failure(error.said()))
}

/// Reads what [`public_pem`] and OpenSSL write, or a JWK.
pub(crate) fn public_key(file: &Path) -> Result<PublicKey, Failure> {
    let bytes = read(file)?;
    let text = text_in(&bytes).map_err(|error| failed(file, error))?;
    if text.trim_start().starts_with('{') {
        return PublicKey::from_jwk(text).map_err(|error| failed(file, error));
    }
    pem::public_key(text).map_err(|error| match error {
        PemError::NotPem => {
            failed(file, said!("不是 PEM，也不是 JWK", "this is no PEM, and no JWK"))
        }
        error => failed(file, error),
    })
}

/// A private key in PKCS#8, in PEM.
pub(crate) fn private_pem(pkcs8: &[u8]) -> Result<Zeroizing<String>, Failure> {
    pem::write_private(pkcs8).map_err(|error| Failure(error.said()))
}

/// Reads an unencrypted private key in PEM, as this command and OpenSSL write it.
pub(crate) fn private_key(file: &Path) -> Result<SoftwareKey, Failure> {
    let bytes = Zeroizing::new(read(file)?);
    let text = text_in(&bytes).map_err(|error| failed(file, error))?;
    pem::private_key(text).map_err(|error| failed(file, error))
}

impl Cause for PemError {
    fn zh(&self) -> String {
        let named = |wanted: &KeyKind| match wanted {
            KeyKind::Private => "私钥",
            KeyKind::Public => "公钥",
        };
        match self {
            PemError::NotPem => "不是 PEM".into(),
            PemError::CutShort { missing } => format!("内容不完整：没有 {missing}"),
            PemError::Encrypted => {
                "密钥已加密；可用 `openssl pkey -in FILE -out PLAIN` 解密".into()
            }
            PemError::Damaged { label, detail } => format!("{label} 已损坏：{detail}"),
            PemError::Several { wanted } => format!("里面有不止一个{}", named(wanted)),
            PemError::Certificate => "这是证书；可用 `openssl x509 -in FILE -pubkey -noout` \
                导出其中的公钥"
                .into(),
            PemError::Other { wanted, label } => {
                format!("不是这里使用的{}，而是 {label}", named(wanted))
            }
            PemError::NotPublicKey => "不是 PEM 形式的公钥".into(),
            PemError::Algorithm => "公钥的算法不是这里使用的".into(),
            PemError::PublicKey(error) => error.zh(),
            PemError::PrivateKey(error) => error.zh(),
            PemError::Sec1 => "EC PRIVATE KEY 已损坏".into(),
            PemError::NoCurve => "EC PRIVATE KEY 没有指明曲线".into(),
            PemError::ExplicitCurve => {
                "曲线的参数是逐项写出的；请用 -param_enc named_curve 生成密钥".into()
            }
            PemError::Curve => "这里不使用它的曲线".into(),
            PemError::Write { detail } => format!("密钥写不出来：{detail}"),
        }
    }
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
