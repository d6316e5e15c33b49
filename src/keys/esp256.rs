//! ESP256: ECDSA on P-256 with SHA-256. `ring` verifies, `crrl` finds y for a compressed point. A
//! wrong y cannot pass: `ring` checks that the point is on the curve before using it.

use crrl::field::GFp256;
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
        // The single byte for the point at infinity is not a key.
        bytes.get(1..)?.first()?;
        crrl::p256::Point::decode(bytes).map(Self::new)
    }

    pub(super) fn generator() -> Self {
        Self::new(crrl::p256::Point::BASE)
    }

    fn new(point: crrl::p256::Point) -> Self {
        // A point just decoded already has affine coordinates. Dividing by a z of 1 would cost half
        // as much as decoding.
        let (x, y, z) = point.to_projective();
        let (x, y) = match z.equals(GFp256::ONE) {
            0 => {
                let (x, y, _) = point.to_affine();
                (x, y)
            }
            _ => (x, y),
        };
        let big_endian = |number: GFp256| {
            let mut bytes = number.encode();
            bytes.reverse();
            bytes
        };
        Point(sec1::Point::new(&big_endian(x), &big_endian(y)))
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

#[cfg(test)]
mod tests {
    use super::*;

    /// SEC 2.
    #[test]
    fn points() {
        super::sec1::tests::check(
            |bytes| Point::from_sec1(bytes).map(|point| point.0),
            b"\x6b\x17\xd1\xf2\xe1\x2c\x42\x47\xf8\xbc\xe6\xe5\x63\xa4\x40\xf2\x77\x03\x7d\x81\x2d\xeb\x33\xa0\xf4\xa1\x39\x45\xd8\x98\xc2\x96",
            b"\x4f\xe3\x42\xe2\xfe\x1a\x7f\x9b\x8e\xe7\xeb\x4a\x7c\x0f\x9e\x16\x2b\xce\x33\x57\x6b\x31\x5e\xce\xcb\xb6\x40\x68\x37\xbf\x51\xf5",
        );
    }

    #[test]
    fn coordinates_are_affine_however_the_point_came_about() {
        let doubled = crrl::p256::Point::BASE.double();
        let point = Point::new(doubled);
        assert_eq!(point.sec1().uncompressed(), &doubled.encode_uncompressed());
        assert_ne!(point.sec1().uncompressed(), Point::generator().sec1().uncompressed());
    }
}
