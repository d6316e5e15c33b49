//! Points in the form of SEC 1, on either of the two curves that have it.

use p256::elliptic_curve::consts::U32;
use p256::elliptic_curve::point::{AffineCoordinates, DecompressPoint};
use p256::elliptic_curve::subtle::Choice;
use p256::elliptic_curve::{AffinePoint, CurveArithmetic, FieldBytes};

/// A point that lies on its curve and is not at infinity, uncompressed: 4, x, y. The type of the
/// algorithm around it says which curve that is.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Point([u8; 65]);

impl Point {
    /// Reads a compressed or an uncompressed point. Coordinates not below the prime are refused,
    /// like every other second encoding of the same point.
    pub(super) fn read<C>(bytes: &[u8]) -> Option<Self>
    where
        C: CurveArithmetic<FieldBytesSize = U32>,
        AffinePoint<C>: DecompressPoint<C>,
    {
        let coordinate = |bytes: &[u8]| FieldBytes::<C>::try_from(bytes).ok();
        let point: Option<AffinePoint<C>> = match bytes {
            [tag @ (2 | 3), x @ ..] => {
                AffinePoint::<C>::decompress(&coordinate(x)?, Choice::from(tag & 1)).into()
            }
            [4, coordinates @ ..] => {
                let (x, y) = coordinates.split_at_checked(32)?;
                AffinePoint::<C>::from_coordinates(&coordinate(x)?, &coordinate(y)?).into()
            }
            _ => None,
        };
        point.map(|point| Self::new::<C>(&point))
    }

    /// From a point of the curve's own library. The caller knows that it is not at infinity.
    pub(super) fn new<C>(point: &AffinePoint<C>) -> Self
    where
        C: CurveArithmetic<FieldBytesSize = U32>,
    {
        let mut bytes = [4; 65];
        bytes[1..33].copy_from_slice(&point.x());
        bytes[33..].copy_from_slice(&point.y());
        Point(bytes)
    }

    pub(super) fn uncompressed(&self) -> &[u8; 65] {
        &self.0
    }

    pub(super) fn compressed(&self) -> [u8; 33] {
        let mut bytes = [0; 33];
        bytes.copy_from_slice(&self.0[..33]);
        bytes[0] = 2 | (self.0[64] & 1);
        bytes
    }

    /// x and y, 32 bytes each, big endian.
    pub(super) fn coordinates(&self) -> (&[u8], &[u8]) {
        self.0[1..].split_at(32)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The generator of a curve, in every form it may have and in some it may not.
    fn check<C>(x: &[u8; 32], y: &[u8; 32])
    where
        C: CurveArithmetic<FieldBytesSize = U32>,
        AffinePoint<C>: DecompressPoint<C>,
    {
        let read = |bytes: &[u8]| Point::read::<C>(bytes).map(|point| point.0);
        let good = [&[4], &x[..], y].concat();
        let point = Point::read::<C>(&good).unwrap();
        assert_eq!(point.coordinates(), (&x[..], &y[..]));
        assert_eq!(read(&point.compressed()), Some(point.0));
        let mut negated = point.compressed();
        negated[0] ^= 1;
        assert_ne!(read(&negated).unwrap(), point.0);

        let mut off_curve = good.clone();
        off_curve[64] ^= 2;
        let mut hybrid = good.clone();
        hybrid[0] = 6 | (y[31] & 1);
        let cases = [
            ("off the curve", off_curve),
            ("hybrid", hybrid),
            ("x not below the prime", [&[2], &[0xff; 32][..]].concat()),
            ("infinity", vec![0]),
            ("infinity, padded", vec![0; 33]),
            ("x only", x.to_vec()),
            ("no tag", good[1..].to_vec()),
            ("y too short", good[..64].to_vec()),
            ("y too long", [&good[..], &[0]].concat()),
            ("nothing", vec![]),
        ];
        for (name, bytes) in cases {
            assert_eq!(read(&bytes), None, "{name}");
        }
    }

    /// SEC 2.
    #[test]
    fn p256() {
        check::<p256::NistP256>(
            b"\x6b\x17\xd1\xf2\xe1\x2c\x42\x47\xf8\xbc\xe6\xe5\x63\xa4\x40\xf2\x77\x03\x7d\x81\x2d\xeb\x33\xa0\xf4\xa1\x39\x45\xd8\x98\xc2\x96",
            b"\x4f\xe3\x42\xe2\xfe\x1a\x7f\x9b\x8e\xe7\xeb\x4a\x7c\x0f\x9e\x16\x2b\xce\x33\x57\x6b\x31\x5e\xce\xcb\xb6\x40\x68\x37\xbf\x51\xf5",
        );
    }

    /// GB/T 32918.5.
    #[cfg(feature = "sm2")]
    #[test]
    fn sm2() {
        check::<sm2::Sm2>(
            b"\x32\xc4\xae\x2c\x1f\x19\x81\x19\x5f\x99\x04\x46\x6a\x39\xc9\x94\x8f\xe3\x0b\xbf\xf2\x66\x0b\xe1\x71\x5a\x45\x89\x33\x4c\x74\xc7",
            b"\xbc\x37\x36\xa2\xf4\xf6\x77\x9c\x59\xbd\xce\xe3\x6b\x69\x21\x53\xd0\xa9\x87\x7c\xc6\x2a\x47\x40\x02\xdf\x32\xe5\x21\x39\xf0\xa0",
        );
    }
}
