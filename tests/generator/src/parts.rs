//! A second, independent way to put a code together: from loose pieces, so that each piece can be
//! wrong on purpose. Shares no code with the library's own encoder.

use std::rc::Rc;

use onecode::keys::{EncodedSignature, SignerId, SigningError, ToBeSigned};
use onecode::{Algorithm, PublicKey, SigningKey, SoftwareKey};
use p256::ecdsa::signature::Signer;
use ring::signature::{Ed25519KeyPair, KeyPair};

/// A key made from a name, the same on every run, with signatures that are the same on every run.
#[derive(Clone)]
pub enum FixedKey {
    Esp256(p256::ecdsa::SigningKey),
    Ed25519([u8; 32]),
    /// The library's own: its nonces come from key and message (RFC 6979), so it repeats itself.
    Sm2(Rc<SoftwareKey>),
}

/// PKCS#8 of an SM2 key (RFC 5958, RFC 5915, GM/T 0006) up to the private number.
const SM2_PKCS8: &[u8; 35] = b"\x30\x41\x02\x01\x00\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\
    \x06\x08\x2a\x81\x1c\xcf\x55\x01\x82\x2d\x04\x27\x30\x25\x02\x01\x01\x04\x20";

pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    ring::digest::digest(&ring::digest::SHA256, bytes).as_ref().try_into().unwrap()
}

impl FixedKey {
    pub fn esp256(name: &str) -> Self {
        let scalar = sha256(format!("onecode vectors, ESP256, {name}").as_bytes());
        FixedKey::Esp256(p256::ecdsa::SigningKey::from_slice(&scalar).unwrap())
    }

    pub fn ed25519(name: &str) -> Self {
        FixedKey::Ed25519(sha256(format!("onecode vectors, Ed25519, {name}").as_bytes()))
    }

    pub fn sm2(name: &str) -> Self {
        Self::sm2_with_id(name, SignerId::DEFAULT)
    }

    /// The same key of that name, signing under another ID.
    pub fn sm2_with_id(name: &str, id: SignerId) -> Self {
        let scalar = sha256(format!("onecode vectors, SM2, {name}").as_bytes());
        let pkcs8 = [&SM2_PKCS8[..], &scalar].concat();
        FixedKey::Sm2(Rc::new(SoftwareKey::sm2_with_id(&pkcs8, id).unwrap()))
    }

    pub fn algorithm(&self) -> Algorithm {
        self.public_key().algorithm()
    }

    pub fn raw(&self, message: &[u8]) -> Vec<u8> {
        match self.sign(&ToBeSigned::new(self.public_key(), message)).unwrap() {
            EncodedSignature::Raw(raw) => raw,
            other => panic!("not raw: {other:?}"),
        }
    }
}

impl SigningKey for FixedKey {
    fn public_key(&self) -> PublicKey {
        match self {
            FixedKey::Sm2(key) => Ok(key.public_key()),
            FixedKey::Esp256(key) => PublicKey::from_bytes(
                Algorithm::Esp256,
                key.verifying_key().to_sec1_point(true).as_bytes(),
            ),
            FixedKey::Ed25519(seed) => PublicKey::from_bytes(
                Algorithm::Ed25519,
                Ed25519KeyPair::from_seed_unchecked(seed).unwrap().public_key().as_ref(),
            ),
        }
        .unwrap()
    }

    fn sign(&self, message: &ToBeSigned<'_>) -> Result<EncodedSignature, SigningError> {
        Ok(EncodedSignature::Raw(match self {
            FixedKey::Sm2(key) => return key.sign(message),
            FixedKey::Esp256(key) => {
                let signature: p256::ecdsa::Signature = key.sign(message.bytes());
                signature.normalize_s().to_bytes().to_vec()
            }
            FixedKey::Ed25519(seed) => {
                let pair = Ed25519KeyPair::from_seed_unchecked(seed).unwrap();
                pair.sign(message.bytes()).as_ref().to_vec()
            }
        }))
    }
}

/// The head of a CBOR item, shortest form.
fn head(major: u8, argument: u64) -> Vec<u8> {
    let major = major << 5;
    match argument {
        0..=23 => vec![major | argument as u8],
        24..=0xff => vec![major | 24, argument as u8],
        0x100..=0xffff => [&[major | 25][..], &(argument as u16).to_be_bytes()].concat(),
        0x1_0000..=0xffff_ffff => [&[major | 26][..], &(argument as u32).to_be_bytes()].concat(),
        _ => [&[major | 27][..], &argument.to_be_bytes()].concat(),
    }
}

pub fn int(value: i64) -> Vec<u8> {
    if value < 0 {
        head(1, !value as u64)
    } else {
        head(0, value as u64)
    }
}

pub fn uint(value: u64) -> Vec<u8> {
    head(0, value)
}

pub fn bytes(value: &[u8]) -> Vec<u8> {
    [head(2, value.len() as u64), value.to_vec()].concat()
}

pub fn text(value: &str) -> Vec<u8> {
    [head(3, value.len() as u64), value.as_bytes().to_vec()].concat()
}

pub fn array(items: &[Vec<u8>]) -> Vec<u8> {
    [head(4, items.len() as u64), items.concat()].concat()
}

pub fn map(entries: &[(Vec<u8>, Vec<u8>)]) -> Vec<u8> {
    let body: Vec<u8> =
        entries.iter().flat_map(|(key, value)| [key.clone(), value.clone()].concat()).collect();
    [head(5, entries.len() as u64), body].concat()
}

pub fn signed_bytes(protected: &[u8], payload: &[u8]) -> Vec<u8> {
    array(&[text("Signature1"), bytes(protected), bytes(&[]), bytes(payload)])
}

/// The loose pieces of a code. Change one, then [`Parts::code`] signs what is left.
#[derive(Clone)]
pub struct Parts {
    pub issuer: FixedKey,
    pub phone: FixedKey,

    /// Entries of the credential's protected header.
    pub card_header: Vec<(Vec<u8>, Vec<u8>)>,
    pub card_claims: Vec<(Vec<u8>, Vec<u8>)>,
    pub card_unprotected: Vec<u8>,

    pub code_alg: Vec<u8>,
    pub code_claims: Vec<(Vec<u8>, Vec<u8>)>,
    pub code_unprotected: Vec<u8>,
}

/// What the ordinary card of the vectors says.
pub struct Card {
    pub region: u64,
    pub status_index: u64,
    pub entitlements: u64,
    pub window_s: u64,
    pub flags: u64,
    pub expires: u64,
    pub confirmed: Option<u64>,
}

pub const NOW: i64 = 1_795_392_000; // 2026-11-23T00:00:00Z
pub const CARD: i64 = -65_537;

impl Default for Card {
    fn default() -> Self {
        Card {
            region: 31,
            status_index: 200_000_007,
            entitlements: 0b100_1111,
            window_s: 60,
            flags: 0,
            expires: NOW as u64 + 365 * 86_400,
            confirmed: None,
        }
    }
}

impl Card {
    /// The private-use claim, item by item.
    pub fn items(&self) -> Vec<Vec<u8>> {
        [1, self.region, self.status_index, self.entitlements, self.window_s, self.flags]
            .map(uint)
            .to_vec()
    }
}

/// The entries of a COSE_Key.
pub fn key_entries(key: &PublicKey) -> Vec<(Vec<u8>, Vec<u8>)> {
    let point = key.to_bytes();
    match key.algorithm() {
        algorithm @ (Algorithm::Esp256 | Algorithm::Sm2) => vec![
            (int(1), int(2)),
            (int(-1), int(if algorithm == Algorithm::Sm2 { -65_537 } else { 1 })),
            (int(-2), bytes(&point[1..])),
            (int(-3), vec![if point[0] == 3 { 0xf5 } else { 0xf4 }]),
        ],
        _ => vec![(int(1), int(1)), (int(-1), int(6)), (int(-2), bytes(&point))],
    }
}

impl Parts {
    pub fn new(issuer: &FixedKey, phone: &FixedKey, card: &Card) -> Self {
        let mut card_claims = vec![(int(4), uint(card.expires))];
        card_claims.extend(card.confirmed.map(|iat| (int(6), uint(iat))));
        card_claims.push((int(8), map(&[(int(1), map(&key_entries(&phone.public_key())))])));
        card_claims.push((int(CARD), array(&card.items())));
        Parts {
            issuer: issuer.clone(),
            phone: phone.clone(),
            card_header: vec![
                (int(1), int(issuer.algorithm().cose_id())),
                (int(4), bytes(&issuer.public_key().key_id().0)),
            ],
            card_claims,
            card_unprotected: map(&[]),
            code_alg: int(phone.algorithm().cose_id()),
            code_claims: vec![(int(6), uint(NOW as u64))],
            code_unprotected: map(&[]),
        }
    }

    /// A code made for another moment.
    pub fn at(mut self, unix_s: i64) -> Self {
        self.code_claims = vec![(int(6), int(unix_s))];
        self
    }

    /// Replaces a claim of the credential.
    pub fn card_claim(mut self, key: i64, value: Vec<u8>) -> Self {
        let entry = self.card_claims.iter_mut().find(|(name, _)| *name == int(key)).unwrap();
        entry.1 = value;
        self
    }

    /// Replaces one item of the private-use claim.
    pub fn card_item(self, at: usize, value: Vec<u8>, card: &Card) -> Self {
        let mut items = card.items();
        items[at] = value;
        self.card_claim(CARD, array(&items))
    }

    /// Replaces the COSE_Key in the credential.
    pub fn holder_key(self, entries: &[(Vec<u8>, Vec<u8>)]) -> Self {
        self.card_claim(8, map(&[(int(1), map(entries))]))
    }

    pub fn card_header_bytes(&self) -> Vec<u8> {
        map(&self.card_header)
    }

    pub fn card_payload(&self) -> Vec<u8> {
        map(&self.card_claims)
    }

    pub fn credential(&self) -> Vec<u8> {
        self.credential_of(&self.card_header_bytes(), &self.card_payload())
    }

    /// A properly signed credential of whatever header and payload.
    pub fn credential_of(&self, header: &[u8], payload: &[u8]) -> Vec<u8> {
        let signature = self.issuer.raw(&signed_bytes(header, payload));
        self.sign1(header, &self.card_unprotected, payload, &signature)
    }

    pub fn code_header(&self, credential: &[u8]) -> Vec<u8> {
        map(&[(int(1), self.code_alg.clone()), (int(13), credential.to_vec())])
    }

    pub fn code_payload(&self) -> Vec<u8> {
        map(&self.code_claims)
    }

    pub fn code(&self) -> Vec<u8> {
        self.code_with(&self.credential())
    }

    /// A properly signed code around whatever credential.
    pub fn code_with(&self, credential: &[u8]) -> Vec<u8> {
        self.code_of(&self.code_header(credential), &self.code_payload())
    }

    /// A properly signed code of whatever header and payload.
    pub fn code_of(&self, header: &[u8], payload: &[u8]) -> Vec<u8> {
        let signature = self.phone.raw(&signed_bytes(header, payload));
        self.sign1(header, &self.code_unprotected, payload, &signature)
    }

    /// A code whose signature is whatever `change` makes of the right one.
    pub fn code_signed(&self, change: impl Fn(Vec<u8>) -> Vec<u8>) -> Vec<u8> {
        let (header, payload) = (self.code_header(&self.credential()), self.code_payload());
        let signature = change(self.phone.raw(&signed_bytes(&header, &payload)));
        self.sign1(&header, &self.code_unprotected, &payload, &signature)
    }

    /// A code around a credential whose signature is whatever `change` makes of the right one.
    pub fn card_signed(&self, change: impl Fn(Vec<u8>) -> Vec<u8>) -> Vec<u8> {
        let (header, payload) = (self.card_header_bytes(), self.card_payload());
        let signature = change(self.issuer.raw(&signed_bytes(&header, &payload)));
        self.code_with(&self.sign1(&header, &self.card_unprotected, &payload, &signature))
    }

    pub fn sign1(
        &self,
        header: &[u8],
        unprotected: &[u8],
        payload: &[u8],
        signature: &[u8],
    ) -> Vec<u8> {
        array(&[bytes(header), unprotected.to_vec(), bytes(payload), bytes(signature)])
    }
}

/// DER of a raw ECDSA signature.
pub fn der(raw: Vec<u8>) -> Vec<u8> {
    p256::ecdsa::Signature::from_slice(&raw).unwrap().to_der().as_bytes().to_vec()
}

/// The other signature that holds for the same message: s becomes n - s.
pub fn high_s(raw: Vec<u8>) -> Vec<u8> {
    let (r, s) = p256::ecdsa::Signature::from_slice(&raw).unwrap().split_scalars();
    p256::ecdsa::Signature::from_scalars(*r, -*s).unwrap().to_bytes().to_vec()
}

/// The order of P-256.
pub const ORDER: [u8; 32] = [
    0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xbc, 0xe6,
    0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
];

/// The order of the curve of SM2 (GB/T 32918.5).
pub const SM2_ORDER: [u8; 32] = [
    0xff, 0xff, 0xff, 0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0x72, 0x03, 0xdf, 0x6b, 0x21, 0xc6, 0x05, 0x2b, 0x53, 0xbb, 0xf4, 0x09, 0x39, 0xd5, 0x41, 0x23,
];

/// Puts 32 bytes in place of r (`at` 0) or s (`at` 32).
pub fn put(at: usize, number: [u8; 32]) -> impl Fn(Vec<u8>) -> Vec<u8> {
    move |mut raw| {
        raw[at..at + 32].copy_from_slice(&number);
        raw
    }
}
