//! Ed25519 (RFC 8032), verified by `ring`.

use ring::signature::{UnparsedPublicKey, ED25519};

use super::BadSignature;

/// y of the eight points of small order, little endian, each valid for either sign of x. Under such
/// a key anybody can make signatures without a private key.
const SMALL_ORDER: [[u8; 32]; 5] = [
    [0; 32],
    *b"\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0",
    *b"\xec\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f",
    *b"\x26\xe8\x95\x8f\xc2\xb2\x27\xb0\x45\xc3\xf4\x89\xf2\xef\x98\xf0\xd5\xdf\xac\x05\xd3\xc6\x33\x39\xb1\x38\x02\x88\x6d\x53\xfc\x05",
    *b"\xc7\x17\x6a\x70\x3d\x4d\xd8\x4f\xba\x3c\x0b\x76\x0d\x10\x67\x0f\x2a\x20\x53\xfa\x2c\x39\xcc\xc6\x4e\xc7\xfd\x77\x92\xac\x03\x7a",
];

/// The 32 bytes of a public key: y below the prime and the sign of x, not of small order. `ring`
/// finds out whether this y has an x when it verifies a signature. Bytes that name no point verify
/// nothing.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Point([u8; 32]);

impl Point {
    pub(super) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let bytes: [u8; 32] = bytes.try_into().ok()?;
        let mut y = bytes;
        y[31] &= 0x7f;
        // `ring` would reduce y; RFC 8032 section 5.1.3 requires refusing it.
        let below_prime = y[0] < 0xed || y[31] < 0x7f || y[1..31].iter().any(|byte| *byte < 0xff);
        (below_prime && !SMALL_ORDER.contains(&y)).then_some(Point(bytes))
    }

    pub(super) fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    pub(super) fn verify(&self, message: &[u8], raw: &[u8; 64]) -> Result<(), BadSignature> {
        UnparsedPublicKey::new(&ED25519, &self.0).verify(message, raw).map_err(|_| BadSignature)
    }
}
