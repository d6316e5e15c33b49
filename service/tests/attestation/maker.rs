//! Certificates and statements, byte by byte: what the service reads is written here by other code.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::Arc;

use base64::engine::general_purpose::STANDARD;
use base64::Engine;
use onecode::{Algorithm, PublicKey};
use ring::rand::SystemRandom;
use ring::signature::{
    EcdsaKeyPair, KeyPair, ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P384_SHA384_ASN1_SIGNING,
};

/// 2026-06-01.
pub const NOW: i64 = 1_780_272_000;

pub const EC_KEY: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1];
pub const P256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7];
pub const P384: &[u8] = &[0x2b, 0x81, 4, 0, 0x22];
pub const ECDSA_SHA256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2];
pub const ECDSA_SHA384: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 3];
pub const COMMON_NAME: &[u8] = &[0x55, 4, 3];
pub const BASIC_CONSTRAINTS: &[u8] = &[0x55, 0x1d, 0x13];
pub const KEY_USAGE: &[u8] = &[0x55, 0x1d, 0x0f];
pub const NAME_CONSTRAINTS: &[u8] = &[0x55, 0x1d, 0x1e];
pub const KEY_DESCRIPTION: &[u8] = &[0x2b, 6, 1, 4, 1, 0xd6, 0x79, 2, 1, 0x11];
pub const PROVISIONING: &[u8] = &[0x2b, 6, 1, 4, 1, 0xd6, 0x79, 2, 1, 0x1e];
pub const APPLE_NONCE: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x63, 0x64, 8, 2];

pub fn tlv(tag: &[u8], body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let length = match length {
        0..=0x7f => vec![length as u8],
        0x80..=0xff => vec![0x81, length as u8],
        _ => vec![0x82, (length >> 8) as u8, length as u8],
    };
    [tag, &length, body].concat()
}

pub fn sequence(parts: &[Vec<u8>]) -> Vec<u8> {
    tlv(&[0x30], &parts.concat())
}

pub fn set(parts: &[Vec<u8>]) -> Vec<u8> {
    tlv(&[0x31], &parts.concat())
}

pub fn oid(id: &[u8]) -> Vec<u8> {
    tlv(&[6], id)
}

pub fn integer(number: u64) -> Vec<u8> {
    let bytes = number.to_be_bytes();
    let skip = bytes.iter().take(7).take_while(|byte| **byte == 0).count();
    let mut body = bytes[skip..].to_vec();
    if body[0] & 0x80 != 0 {
        body.insert(0, 0);
    }
    tlv(&[2], &body)
}

pub fn octets(bytes: &[u8]) -> Vec<u8> {
    tlv(&[4], bytes)
}

pub fn bits(bytes: &[u8]) -> Vec<u8> {
    tlv(&[3], &[&[0], bytes].concat())
}

pub fn enumerated(number: u8) -> Vec<u8> {
    tlv(&[10], &[number])
}

pub fn boolean(value: bool) -> Vec<u8> {
    tlv(&[1], &[if value { 0xff } else { 0 }])
}

pub fn null() -> Vec<u8> {
    vec![5, 0]
}

/// `[number] EXPLICIT body`.
pub fn context(number: u32, body: &[u8]) -> Vec<u8> {
    if number < 31 {
        return tlv(&[0xa0 | number as u8], body);
    }
    let (high, low) = ((number >> 7) as u8, (number & 0x7f) as u8);
    let tag = if high == 0 { vec![0xbf, low] } else { vec![0xbf, 0x80 | high, low] };
    tlv(&tag, body)
}

pub fn extension(id: &[u8], critical: bool, value: &[u8]) -> Vec<u8> {
    let mut parts = vec![oid(id)];
    if critical {
        parts.push(boolean(true));
    }
    parts.push(octets(value));
    sequence(&parts)
}

/// Basic constraints of an authority.
pub fn authority(below: Option<u64>) -> Vec<u8> {
    let mut parts = vec![boolean(true)];
    parts.extend(below.map(integer));
    extension(BASIC_CONSTRAINTS, true, &sequence(&parts))
}

pub fn issues_certificates() -> Vec<u8> {
    extension(KEY_USAGE, true, &[3, 2, 2, 4])
}

pub fn signs_digitally() -> Vec<u8> {
    extension(KEY_USAGE, true, &[3, 2, 7, 0x80])
}

/// A key that signs certificates, or that a certificate is about.
pub struct Signer {
    pair: EcdsaKeyPair,
    is_p384: bool,
    pub pkcs8: Vec<u8>,
}

impl Signer {
    pub fn p256() -> Arc<Self> {
        Signer::new(false)
    }

    pub fn p384() -> Arc<Self> {
        Signer::new(true)
    }

    fn new(is_p384: bool) -> Arc<Self> {
        let algorithm =
            if is_p384 { &ECDSA_P384_SHA384_ASN1_SIGNING } else { &ECDSA_P256_SHA256_ASN1_SIGNING };
        let random = SystemRandom::new();
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(algorithm, &random).unwrap();
        let pair = EcdsaKeyPair::from_pkcs8(algorithm, pkcs8.as_ref(), &random).unwrap();
        Arc::new(Signer { pair, is_p384, pkcs8: pkcs8.as_ref().to_vec() })
    }

    pub fn point(&self) -> &[u8] {
        self.pair.public_key().as_ref()
    }

    pub fn public_key(&self) -> PublicKey {
        PublicKey::from_bytes(Algorithm::Esp256, self.point()).unwrap()
    }

    pub fn spki(&self) -> Vec<u8> {
        let curve = if self.is_p384 { P384 } else { P256 };
        sequence(&[sequence(&[oid(EC_KEY), oid(curve)]), bits(self.point())])
    }

    fn algorithm(&self) -> Vec<u8> {
        sequence(&[oid(if self.is_p384 { ECDSA_SHA384 } else { ECDSA_SHA256 })])
    }

    fn sign(&self, message: &[u8]) -> Vec<u8> {
        self.pair.sign(&SystemRandom::new(), message).unwrap().as_ref().to_vec()
    }
}

/// A certificate before its issuer signs it.
#[derive(Clone)]
pub struct Plan {
    pub subject: &'static str,
    pub issuer: &'static str,
    pub key: Arc<Signer>,
    pub signed_by: Arc<Signer>,
    pub serial: u64,
    /// UTCTime.
    pub not_before: &'static str,
    pub not_after: &'static str,
    pub extensions: Vec<Vec<u8>>,
}

impl Plan {
    pub fn sign(&self) -> Vec<u8> {
        let name = |name: &str| {
            sequence(&[set(&[sequence(&[oid(COMMON_NAME), tlv(&[0x0c], name.as_bytes())])])])
        };
        let time = |time: &str| tlv(&[0x17], time.as_bytes());
        let algorithm = self.signed_by.algorithm();
        let signed = sequence(&[
            context(0, &integer(2)),
            integer(self.serial),
            algorithm.clone(),
            name(self.issuer),
            sequence(&[time(self.not_before), time(self.not_after)]),
            name(self.subject),
            self.key.spki(),
            context(3, &sequence(&self.extensions)),
        ]);
        let signature = self.signed_by.sign(&signed);
        sequence(&[signed, algorithm, bits(&signature)])
    }

    /// An authority, issued by another.
    pub fn authority(
        name: &'static str,
        key: &Arc<Signer>,
        by: (&'static str, &Arc<Signer>),
    ) -> Plan {
        Plan {
            subject: name,
            issuer: by.0,
            key: Arc::clone(key),
            signed_by: Arc::clone(by.1),
            serial: 0x00c0_ffee,
            not_before: "250101000000Z",
            not_after: "350101000000Z",
            extensions: vec![authority(None), issues_certificates()],
        }
    }
}

pub fn pem(label: &str, der: &[u8]) -> String {
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", STANDARD.encode(der))
}

/// A file that is there while the test runs.
pub struct File(pub PathBuf);

impl File {
    pub fn new(text: &str) -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("onecode-attestation-{}-{number}", std::process::id());
        let file = std::env::temp_dir().join(name);
        std::fs::write(&file, text).unwrap();
        File(file)
    }
}

impl Drop for File {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}
