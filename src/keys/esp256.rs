//! ESP256: ECDSA on P-256 with SHA-256. `ring` verifies; y of a compressed point is found here, in
//! the field arithmetic of `crrl`. A wrong y would not pass: `ring` checks that the point is on the
//! curve before it uses it.

use crrl::field::GFp256 as Coordinate;
use ring::signature::{UnparsedPublicKey, ECDSA_P256_SHA256_FIXED};

use super::{sec1, BadSignature};

/// The order n of the group (SEC 2, secp256r1), big endian.
pub(super) const ORDER: [u8; 32] = [
    0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
];

/// The generator of the group (SEC 2, secp256r1), uncompressed: the public key of the private key 1.
pub(super) const GENERATOR: &[u8; 65] =
    b"\x04\x6b\x17\xd1\xf2\xe1\x2c\x42\x47\xf8\xbc\xe6\xe5\x63\xa4\x40\xf2\x77\x03\x7d\x81\x2d\xeb\x33\xa0\xf4\xa1\x39\x45\xd8\x98\xc2\x96\
      \x4f\xe3\x42\xe2\xfe\x1a\x7f\x9b\x8e\xe7\xeb\x4a\x7c\x0f\x9e\x16\x2b\xce\x33\x57\x6b\x31\x5e\xce\xcb\xb6\x40\x68\x37\xbf\x51\xf5";

/// b of the curve's equation (SEC 2, secp256r1).
const B: Coordinate = Coordinate::w64be(
    0x5ac6_35d8_aa3a_93e7,
    0xb3eb_bd55_7698_86bc,
    0x651d_06b0_cc53_b0f6,
    0x3bce_3c3e_27d2_604b,
);

/// A point on P-256, as `ring` wants it.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Point(sec1::Point);

impl Point {
    pub(super) fn from_sec1(bytes: &[u8]) -> Option<Self> {
        let (x, y) = match bytes {
            [tag @ (2 | 3), x @ ..] => {
                let x = coordinate(x)?;
                let y = square_root(y_squared(x))?;
                let is_odd = y.encode()[0] & 1;
                (x, if is_odd == tag & 1 { y } else { -y })
            }
            [4, coordinates @ ..] => {
                let (x, y) = coordinates.split_at_checked(32)?;
                let (x, y) = (coordinate(x)?, coordinate(y)?);
                are_equal(y.square(), y_squared(x)).then_some((x, y))?
            }
            _ => return None,
        };
        Some(Point(sec1::Point::new(&big_endian(x), &big_endian(y))))
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

/// A coordinate, big endian, below the prime; `None` if it is not 32 bytes.
fn coordinate(bytes: &[u8]) -> Option<Coordinate> {
    let mut bytes: [u8; 32] = bytes.try_into().ok()?;
    bytes.reverse();
    Coordinate::decode(&bytes)
}

fn big_endian(coordinate: Coordinate) -> [u8; 32] {
    let mut bytes = coordinate.encode();
    bytes.reverse();
    bytes
}

fn are_equal(a: Coordinate, b: Coordinate) -> bool {
    a.equals(b) != 0
}

/// The right side of the curve's equation, x^3 - 3x + b.
fn y_squared(x: Coordinate) -> Coordinate {
    x * (x.square() - Coordinate::from_u32(3)) + B
}

/// One of the two square roots, if there are any. The prime p leaves 3 when divided by 4, so a
/// root is the power to (p + 1) / 4 = 2^254 - 2^222 + 2^190 + 2^94: each name below says how many
/// ones its exponent has. The field's own root takes a multiplication for every few bits of any
/// exponent; this one has only seven, and a new card costs a hundredth less.
fn square_root(number: Coordinate) -> Option<Coordinate> {
    let ones_2 = number.square() * number;
    let ones_4 = ones_2.xsquare(2) * ones_2;
    let ones_8 = ones_4.xsquare(4) * ones_4;
    let ones_16 = ones_8.xsquare(8) * ones_8;
    let ones_32 = ones_16.xsquare(16) * ones_16;
    let root = ((ones_32.xsquare(32) * number).xsquare(96) * number).xsquare(94);
    are_equal(root.square(), number).then_some(root)
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
    fn y_is_found_as_another_library_finds_it() {
        use p256::elliptic_curve::sec1::ToSec1Point;

        let mut points = 0;
        for n in 0..1_000_u16 {
            let mut bytes = [0; 33];
            bytes[0] = 2 | (n & 1) as u8;
            bytes[31..].copy_from_slice(&n.to_be_bytes());
            let theirs = p256::PublicKey::from_sec1_bytes(&bytes).ok();
            let theirs = theirs.map(|key| key.to_sec1_point(false).as_bytes().to_vec());
            let ours = Point::from_sec1(&bytes).map(|point| point.sec1().uncompressed().to_vec());
            assert_eq!(ours, theirs, "x = {n}");
            points += usize::from(ours.is_some());
        }
        assert!((400..600).contains(&points), "half of all x have a point: {points}");
    }
}
