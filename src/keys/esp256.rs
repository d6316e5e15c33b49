//! ESP256: ECDSA on P-256 with SHA-256. `ring` verifies, `p256` finds y for a compressed point.

use p256::elliptic_curve::point::{AffineCoordinates, DecompressPoint};
use p256::elliptic_curve::subtle::Choice;
use p256::{AffinePoint, FieldBytes};
use ring::signature::{UnparsedPublicKey, ECDSA_P256_SHA256_FIXED};

use super::{BadSignature, SignatureError};

/// The order n of the group (SEC 2, secp256r1), big endian.
const ORDER: [u8; 32] = [
    0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
];

/// A point on P-256 that is not at infinity, uncompressed, as `ring` wants it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Point([u8; 65]);

impl Point {
    pub(super) fn from_sec1(bytes: &[u8]) -> Option<Self> {
        match bytes {
            [tag @ (2 | 3), x @ ..] => Self::decompress(x.try_into().ok()?, *tag == 3),
            [4, coordinates @ ..] if coordinates.len() == 64 => {
                // A point is on the curve exactly when its x leads back to its y.
                let (x, y) = coordinates.split_at(32);
                let point = Self::decompress(x.try_into().ok()?, y[31] & 1 == 1)?;
                (point.0[1..] == *coordinates).then_some(point)
            }
            _ => None,
        }
    }

    fn decompress(x: [u8; 32], y_is_odd: bool) -> Option<Self> {
        let x = FieldBytes::from(x);
        let point: Option<AffinePoint> =
            AffinePoint::decompress(&x, Choice::from(u8::from(y_is_odd))).into();
        point.as_ref().map(Self::from_affine)
    }

    fn from_affine(point: &AffinePoint) -> Self {
        let mut bytes = [4; 65];
        bytes[1..33].copy_from_slice(&point.x());
        bytes[33..].copy_from_slice(&point.y());
        Point(bytes)
    }

    pub(super) fn compressed(&self) -> [u8; 33] {
        let mut bytes = [0; 33];
        bytes.copy_from_slice(&self.0[..33]);
        bytes[0] = 2 | (self.0[64] & 1);
        bytes
    }

    pub(super) fn coordinates(&self) -> (&[u8], &[u8]) {
        self.0[1..].split_at(32)
    }

    pub(super) fn generator() -> Self {
        Point::from_affine(&AffinePoint::GENERATOR)
    }

    pub(super) fn uncompressed(&self) -> &[u8; 65] {
        &self.0
    }

    pub(super) fn verify(&self, message: &[u8], raw: &[u8; 64]) -> Result<(), BadSignature> {
        UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, &self.0)
            .verify(message, raw)
            .map_err(|_| BadSignature)
    }
}

/// r and s must each be in 1..n. `ring` checks this too when it verifies; here it stops a broken
/// key before its signature is drawn on a screen.
pub(super) fn check_range(raw: &[u8; 64]) -> Result<(), SignatureError> {
    let in_range = |number: &[u8]| number.iter().any(|byte| *byte != 0) && number < &ORDER[..];
    let (r, s) = raw.split_at(32);
    if in_range(r) && in_range(s) {
        Ok(())
    } else {
        Err(SignatureError::OutOfRange)
    }
}

/// Reads DER `SEQUENCE { INTEGER, INTEGER }`, strictly: one encoding for each pair of numbers.
pub(super) fn raw_from_der(der: &[u8]) -> Result<[u8; 64], SignatureError> {
    const SEQUENCE: u8 = 0x30;
    const INTEGER: u8 = 0x02;

    // Short-form lengths only: two 33-byte integers never need more, and DER allows no other.
    fn element(tag: u8, input: &[u8]) -> Option<(&[u8], &[u8])> {
        match input {
            [first, length @ 0..=0x7f, rest @ ..] if *first == tag => {
                rest.split_at_checked(usize::from(*length))
            }
            _ => None,
        }
    }
    fn positive(number: &[u8], out: &mut [u8]) -> Option<()> {
        let digits = match number {
            [0, rest @ ..] if rest.first().is_some_and(|first| *first >= 0x80) => rest,
            [1..=0x7f, ..] => number,
            // A lone zero is well-formed DER; the range check names it for what it is.
            [0] => number,
            _ => return None,
        };
        let start = out.len().checked_sub(digits.len())?;
        out[start..].copy_from_slice(digits);
        Some(())
    }
    fn read(der: &[u8]) -> Option<[u8; 64]> {
        let mut raw = [0; 64];
        let (body, after) = element(SEQUENCE, der)?;
        let (r, body) = element(INTEGER, body)?;
        let (s, body) = element(INTEGER, body)?;
        positive(r, &mut raw[..32])?;
        positive(s, &mut raw[32..])?;
        (body.is_empty() && after.is_empty()).then_some(raw)
    }
    read(der).ok_or(SignatureError::NotDer)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn der(r: &[u8], s: &[u8]) -> Vec<u8> {
        let mut out = vec![0x30, (r.len() + s.len() + 4) as u8, 0x02, r.len() as u8];
        out.extend(r);
        out.extend([0x02, s.len() as u8]);
        out.extend(s);
        out
    }

    #[test]
    fn der_pads_short_numbers_and_drops_the_sign_byte() {
        let mut high = vec![0];
        high.extend([0xfe; 32]);
        let raw = raw_from_der(&der(&[5], &high)).unwrap();
        assert_eq!(raw[..31], [0; 31]);
        assert_eq!(raw[31], 5);
        assert_eq!(raw[32..], [0xfe; 32]);
    }

    #[test]
    fn der_has_one_encoding() {
        let good = der(&[5], &[6]);
        assert!(raw_from_der(&good).is_ok());
        let mut trailing = good.clone();
        trailing.push(0);
        let mut long_form = good.clone();
        long_form.splice(1..2, [0x81, 6]);
        let mut over_long = vec![1];
        over_long.extend([0; 32]);
        let cases: [(&str, Vec<u8>); 10] = [
            ("trailing byte", trailing),
            ("long-form length", long_form),
            ("truncated", good[..good.len() - 1].to_vec()),
            ("padded", der(&[0, 5], &[6])),
            ("negative", der(&[0x85], &[6])),
            ("empty integer", der(&[], &[6])),
            ("33 digits", der(&over_long, &[6])),
            ("third integer", {
                let mut out = good.clone();
                out.extend([2, 1, 7]);
                out[1] += 3;
                out
            }),
            ("raw", vec![7; 64]),
            ("nothing", vec![]),
        ];
        for (name, bytes) in cases {
            assert_eq!(raw_from_der(&bytes), Err(SignatureError::NotDer), "{name}");
        }
    }

    #[test]
    fn r_and_s_lie_between_one_and_n() {
        let mut raw = [0; 64];
        raw[31] = 1;
        assert_eq!(check_range(&raw), Err(SignatureError::OutOfRange));
        raw[63] = 1;
        assert_eq!(check_range(&raw), Ok(()));
        raw[32..].copy_from_slice(&ORDER);
        assert_eq!(check_range(&raw), Err(SignatureError::OutOfRange));
        raw[63] -= 1;
        assert_eq!(check_range(&raw), Ok(()));
    }

    #[test]
    fn a_point_must_be_on_the_curve() {
        // The generator (SEC 2): its x, and both signs of y.
        let x = *b"\x6b\x17\xd1\xf2\xe1\x2c\x42\x47\xf8\xbc\xe6\xe5\x63\xa4\x40\xf2\x77\x03\x7d\x81\x2d\xeb\x33\xa0\xf4\xa1\x39\x45\xd8\x98\xc2\x96";
        let odd = Point::from_sec1(&[&[3], &x[..]].concat()).unwrap();
        assert_eq!(odd.coordinates().1[31], 0xf5);
        assert_eq!(Point::from_sec1(odd.uncompressed()), Some(odd));
        assert_eq!(Point::from_sec1(&odd.compressed()), Some(odd));
        let even = Point::from_sec1(&[&[2], &x[..]].concat()).unwrap();
        assert_ne!(odd, even);

        let mut off_curve = odd.0;
        off_curve[64] ^= 2;
        let mut hybrid = odd.0;
        hybrid[0] = 7;
        let too_large = [&[2], &[0xff; 32][..]].concat();
        for bytes in [
            &off_curve[..],
            &hybrid,
            &too_large,
            &[0],
            &[4; 64],
            &odd.0[..64],
            &[],
        ] {
            assert_eq!(Point::from_sec1(bytes), None);
        }
    }
}
