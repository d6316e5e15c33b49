//! ESP256: ECDSA on P-256 with SHA-256. `ring` verifies, `p256` checks points and finds y for a
//! compressed one.

use p256::{AffinePoint, NistP256};
use ring::signature::{UnparsedPublicKey, ECDSA_P256_SHA256_FIXED};

use super::{sec1, BadSignature};

/// The order n of the group (SEC 2, secp256r1), big endian.
pub(super) const ORDER: [u8; 32] = [
    0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
];

/// A point on P-256, as `ring` wants it.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Point(sec1::Point);

impl Point {
    pub(super) fn from_sec1(bytes: &[u8]) -> Option<Self> {
        sec1::Point::read::<NistP256>(bytes).map(Point)
    }

    pub(super) fn generator() -> Self {
        Point(sec1::Point::new::<NistP256>(&AffinePoint::GENERATOR))
    }

    pub(super) fn sec1(&self) -> &sec1::Point {
        &self.0
    }

    pub(super) fn verify(&self, message: &[u8], raw: &[u8; 64]) -> Result<(), BadSignature> {
        UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, self.0.uncompressed())
            .verify(message, raw)
            .map_err(|_| BadSignature)
    }
}
