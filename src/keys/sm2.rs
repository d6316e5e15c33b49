//! SM2 signatures with SM3 (GB/T 32918.2), by RustCrypto's `sm2` and `sm3`.
//!
//! SM2 signs more than the message: SM3 runs over Z and the message, where Z stands for the
//! signer's ID, the curve and the public key. The `sm2` crate takes the ID only as text, but some
//! IDs are binary. So Z and that hash are computed here, and the crate gets the hash.

use std::fmt;

use ring::rand::SecureRandom;
use sm2::dsa::signature::hazmat::{PrehashSigner, PrehashVerifier};
use sm2::dsa::{Signature, SigningKey, VerifyingKey};
use sm2::elliptic_curve::point::{AffineCoordinates, DecompressPoint};
use sm2::elliptic_curve::subtle::Choice;
use sm2::pkcs8::{DecodePrivateKey, EncodePrivateKey};
use sm2::{AffinePoint, FieldBytes, SecretKey};
use sm3::{Digest, Sm3};
use zeroize::Zeroizing;

use super::{sec1, BadSignature};

/// The order n of the group (GB/T 32918.5), big endian.
pub(super) const ORDER: [u8; 32] = [
    0xff, 0xff, 0xff, 0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0x72, 0x03, 0xdf, 0x6b, 0x21, 0xc6, 0x05, 0x2b, 0x53, 0xbb, 0xf4, 0x09, 0x39, 0xd5, 0x41, 0x23,
];

/// a, b, x and y of the generator (GB/T 32918.5), as Z takes them.
const CURVE: [&[u8; 32]; 4] = [
    b"\xff\xff\xff\xfe\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x00\x00\x00\x00\xff\xff\xff\xff\xff\xff\xff\xfc",
    b"\x28\xe9\xfa\x9e\x9d\x9f\x5e\x34\x4d\x5a\x9e\x4b\xcf\x65\x09\xa7\xf3\x97\x89\xf5\x15\xab\x8f\x92\xdd\xbc\xbd\x41\x4d\x94\x0e\x93",
    b"\x32\xc4\xae\x2c\x1f\x19\x81\x19\x5f\x99\x04\x46\x6a\x39\xc9\x94\x8f\xe3\x0b\xbf\xf2\x66\x0b\xe1\x71\x5a\x45\x89\x33\x4c\x74\xc7",
    b"\xbc\x37\x36\xa2\xf4\xf6\x77\x9c\x59\xbd\xce\xe3\x6b\x69\x21\x53\xd0\xa9\x87\x7c\xc6\x2a\x47\x40\x02\xdf\x32\xe5\x21\x39\xf0\xa0",
];

/// The crate's own ID. Nothing here depends on it, because the crate gets finished hashes.
const UNUSED_ID: &str = "";

/// The signer's ID of GB/T 32918.2: up to 32 bytes, text or binary, that enter every SM2 signature.
/// A signature made under one ID does not hold under another.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct SignerId {
    length: u8,
    /// Zeros after `length`, so that equal IDs are equal arrays.
    bytes: [u8; SignerId::MAX_LENGTH],
}

impl SignerId {
    /// Longest ID in bytes. The standard allows 8,191. This limit keeps a key small enough to copy.
    pub const MAX_LENGTH: usize = 32;

    /// The default ID, used unless another is agreed: `1234567812345678` (GM/T 0009).
    pub const DEFAULT: SignerId =
        SignerId { length: 16, bytes: *b"1234567812345678\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0" };

    /// The ID of no bytes.
    pub(super) const EMPTY: SignerId = SignerId { length: 0, bytes: [0; Self::MAX_LENGTH] };

    /// Takes the bytes if there are at most 32 of them. The empty ID is allowed and differs from
    /// the default one.
    pub fn new(id: &[u8]) -> Option<Self> {
        let mut bytes = [0; Self::MAX_LENGTH];
        bytes.get_mut(..id.len())?.copy_from_slice(id);
        Some(SignerId { length: id.len() as u8, bytes })
    }

    /// The bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.length.into()]
    }
}

impl fmt::Debug for SignerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SignerId(")?;
        self.as_bytes().iter().try_for_each(|byte| write!(f, "{byte:02x}"))?;
        f.write_str(")")
    }
}

/// A point on the curve of GB/T 32918.5, and the signer's ID.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Point {
    point: sec1::Point,
    id: SignerId,
    /// Z of the two, computed once for all signatures.
    z: [u8; 32],
}

impl Point {
    pub(super) fn from_sec1(bytes: &[u8], id: SignerId) -> Option<Self> {
        read(bytes).map(|point| Self::new(point, id))
    }

    /// Z = SM3(length of the ID in bits, 2 bytes ‖ ID ‖ a ‖ b ‖ generator ‖ public key).
    fn new(point: sec1::Point, id: SignerId) -> Self {
        let mut z = Sm3::new()
            .chain_update((u16::from(id.length) * 8).to_be_bytes())
            .chain_update(id.as_bytes());
        CURVE.iter().for_each(|number| z.update(number));
        let z = z.chain_update(&point.uncompressed()[1..]).finalize().into();
        Point { point, id, z }
    }

    pub(super) fn sec1(&self) -> &sec1::Point {
        &self.point
    }

    pub(super) fn id(&self) -> &SignerId {
        &self.id
    }

    /// The same point under another ID.
    pub(super) fn under(&self, id: SignerId) -> Self {
        Self::new(self.point, id)
    }

    /// e = SM3(Z ‖ message).
    pub(super) fn hash(&self, message: &[u8]) -> [u8; 32] {
        Sm3::new().chain_update(self.z).chain_update(message).finalize().into()
    }

    pub(super) fn verify(&self, message: &[u8], raw: &[u8; 64]) -> Result<(), BadSignature> {
        self.verify_hash(&self.hash(message), raw)
    }

    /// Checks a signature over this hash, whatever it is a hash of.
    pub(super) fn verify_hash(&self, hash: &[u8; 32], raw: &[u8; 64]) -> Result<(), BadSignature> {
        // Reading the point again costs less than one percent of what follows. A key made of bytes
        // can be copied, compared and hashed.
        let key = VerifyingKey::from_sec1_bytes(UNUSED_ID, self.point.uncompressed());
        key.and_then(|key| key.verify_prehash(hash, &Signature::from_slice(raw)?))
            .map_err(|_| BadSignature)
    }
}

/// SM3 of the message alone: what a signer takes that knows nothing of Z.
pub(super) fn plain_hash(message: &[u8]) -> [u8; 32] {
    Sm3::digest(message).into()
}

/// Reads a compressed or an uncompressed point. Coordinates not below the prime are refused, like
/// every second encoding of the same point.
fn read(bytes: &[u8]) -> Option<sec1::Point> {
    let coordinate = |bytes: &[u8]| FieldBytes::try_from(bytes).ok();
    let point: Option<AffinePoint> = match bytes {
        [tag @ (2 | 3), x @ ..] => {
            AffinePoint::decompress(&coordinate(x)?, Choice::from(tag & 1)).into()
        }
        [4, coordinates @ ..] => {
            let (x, y) = coordinates.split_at_checked(32)?;
            AffinePoint::from_coordinates(&coordinate(x)?, &coordinate(y)?).into()
        }
        _ => None,
    };
    point.as_ref().map(to_sec1)
}

fn to_sec1(point: &AffinePoint) -> sec1::Point {
    sec1::Point::new(&point.x().into(), &point.y().into())
}

/// A private key in memory.
pub(super) struct PrivateKey {
    key: SigningKey,
    point: Point,
}

impl PrivateKey {
    /// Reads PKCS#8 that names `id-ecPublicKey` and the curve. If it has a public key, that must
    /// belong to the private one.
    pub(super) fn from_pkcs8(pkcs8: &[u8], id: SignerId) -> Option<Self> {
        let secret = SecretKey::from_pkcs8_der(pkcs8).ok()?;
        if !can_sign(&secret) {
            return None;
        }
        let key = SigningKey::new(UNUSED_ID, &secret).ok()?;
        let point = to_sec1(key.verifying_key().as_affine());
        Some(PrivateKey { key, point: Point::new(point, id) })
    }

    /// Makes a new key as PKCS#8; `None` if there are no random numbers.
    pub(super) fn generate_pkcs8(random: &dyn SecureRandom) -> Option<Zeroizing<Vec<u8>>> {
        let mut number = Zeroizing::new([0; 32]);
        loop {
            random.fill(&mut *number).ok()?;
            // A number out of range (once in 2^32) is drawn again, not reduced, so that every key
            // is equally likely.
            match SecretKey::from_slice(&*number) {
                Ok(secret) if can_sign(&secret) => {
                    let document = secret.to_pkcs8_der().ok()?;
                    return Some(Zeroizing::new(document.as_bytes().to_vec()));
                }
                _ => {}
            }
        }
    }

    pub(super) fn point(&self) -> Point {
        self.point
    }

    /// Signs. The nonce is derived from key and message with HMAC-SM3 (RFC 6979). So it never
    /// repeats for two messages, and a bad random number generator cannot reveal the key. `None`
    /// has a chance below 2^-254.
    pub(super) fn sign(&self, message: &[u8]) -> Option<[u8; 64]> {
        let signature: Signature = self.key.sign_prehash(&self.point.hash(message)).ok()?;
        Some(signature.to_bytes().into())
    }

    /// Overwrites this private key with the published private key 1. The crate has no other way to
    /// wipe it.
    pub(super) fn overwrite(&mut self) {
        let mut one = [0; 32];
        one[31] = 1;
        if let Ok(published) = SigningKey::from_slice(UNUSED_ID, &one) {
            self.key = published;
        }
    }
}

/// Here a private key is at most n - 2, not n - 1: 1 + d is inverted (GB/T 32918.1 section 6.1).
fn can_sign(secret: &SecretKey) -> bool {
    let mut greatest = ORDER;
    greatest[31] -= 1;
    SecretKey::from_slice(&greatest).is_ok_and(|greatest| *secret != greatest)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// GB/T 32918.5.
    #[test]
    fn points() {
        sec1::tests::check(
            read,
            b"\x32\xc4\xae\x2c\x1f\x19\x81\x19\x5f\x99\x04\x46\x6a\x39\xc9\x94\x8f\xe3\x0b\xbf\xf2\x66\x0b\xe1\x71\x5a\x45\x89\x33\x4c\x74\xc7",
            b"\xbc\x37\x36\xa2\xf4\xf6\x77\x9c\x59\xbd\xce\xe3\x6b\x69\x21\x53\xd0\xa9\x87\x7c\xc6\x2a\x47\x40\x02\xdf\x32\xe5\x21\x39\xf0\xa0",
        );
    }

    #[test]
    fn an_id_is_at_most_32_bytes_and_may_be_binary() {
        assert_eq!(SignerId::new(b"1234567812345678"), Some(SignerId::DEFAULT));
        assert_eq!(SignerId::new(&[0xff; 32]).unwrap().as_bytes(), [0xff; 32]);
        assert_eq!(SignerId::new(&[0; 33]), None);
        // Trailing zeros count.
        assert_ne!(SignerId::new(&[]), SignerId::new(&[0]));
    }

    #[test]
    fn the_greatest_number_is_no_private_key() {
        let pkcs8 = |number: &[u8; 32]| {
            let secret = SecretKey::from_slice(number).unwrap();
            secret.to_pkcs8_der().unwrap().as_bytes().to_vec()
        };
        let mut number = ORDER;
        number[31] -= 1;
        assert!(PrivateKey::from_pkcs8(&pkcs8(&number), SignerId::DEFAULT).is_none());
        number[31] -= 1;
        let key = PrivateKey::from_pkcs8(&pkcs8(&number), SignerId::DEFAULT).unwrap();
        let signature = key.sign(b"message").unwrap();
        assert_eq!(key.point().verify(b"message", &signature), Ok(()));
    }
}
