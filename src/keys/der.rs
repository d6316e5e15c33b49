//! Signatures made of two numbers r and s: raw or DER, and in range.

use super::{EncodedSignature, SignatureError};

/// The 64 bytes r‖s of what a key returned. `order` is that of the curve's group, big endian.
pub(super) fn raw(
    encoded: &EncodedSignature,
    order: &[u8; 32],
) -> Result<[u8; 64], SignatureError> {
    let raw = match encoded {
        EncodedSignature::Raw(raw) => raw
            .as_slice()
            .try_into()
            .map_err(|_| SignatureError::WrongLength { found: raw.len() })?,
        EncodedSignature::Der(der) => raw_from_der(der)?,
    };
    check_range(&raw, order)?;
    Ok(raw)
}

/// r and s must each be in 1..n. Verification checks this too; here it stops a broken key before
/// its signature is drawn on a screen.
fn check_range(raw: &[u8; 64], order: &[u8; 32]) -> Result<(), SignatureError> {
    let in_range = |number: &[u8]| number.iter().any(|byte| *byte != 0) && number < &order[..];
    let (r, s) = raw.split_at(32);
    if in_range(r) && in_range(s) {
        Ok(())
    } else {
        Err(SignatureError::OutOfRange)
    }
}

/// Reads DER `SEQUENCE { INTEGER, INTEGER }`, strictly: one encoding for each pair of numbers.
fn raw_from_der(der: &[u8]) -> Result<[u8; 64], SignatureError> {
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
            // A lone zero is well-formed DER; the range check reports it as zero.
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
        // Any order will do; this one ends in 0x55.
        const ORDER: [u8; 32] = [0x55; 32];
        let mut raw = [0; 64];
        raw[31] = 1;
        assert_eq!(check_range(&raw, &ORDER), Err(SignatureError::OutOfRange));
        raw[63] = 1;
        assert_eq!(check_range(&raw, &ORDER), Ok(()));
        raw[32..].copy_from_slice(&ORDER);
        assert_eq!(check_range(&raw, &ORDER), Err(SignatureError::OutOfRange));
        raw[63] -= 1;
        assert_eq!(check_range(&raw, &ORDER), Ok(()));
    }
}
