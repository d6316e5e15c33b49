//! What a token says of its keys: the curve (`CKA_EC_PARAMS`) and the point (`CKA_EC_POINT`).
//!
//! Uses nothing else of the crate. Specification: PKCS#11 3.0 current mechanisms, section 2.3; RFC
//! 5480, RFC 8410.

use onecode::{Algorithm, PublicKey};

/// DER of the object identifier of P-256.
pub(crate) const P256: &[u8] = b"\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07";

/// DER of the name of the curve, as PKCS#11 3.0 wants it; older drivers take it, too.
pub(crate) const ED25519: &[u8] = b"\x13\x0cedwards25519";

/// Each way in which a token names a curve that is used here.
const CURVES: &[(&[u8], Algorithm)] = &[
    (P256, Algorithm::Esp256),
    (ED25519, Algorithm::Ed25519),
    // 1.3.101.112, of RFC 8410.
    (b"\x06\x03\x2b\x65\x70", Algorithm::Ed25519),
];

/// DER of the object identifier of SM2's curve.
const SM2: &[u8] = b"\x06\x08\x2a\x81\x1c\xcf\x55\x01\x82\x2d";

/// Curves that are told by their names.
const OTHERS: &[(&[u8], &str)] = &[
    (b"\x06\x05\x2b\x81\x04\x00\x22", "P-384"),
    (b"\x06\x05\x2b\x81\x04\x00\x23", "P-521"),
    (b"\x06\x05\x2b\x81\x04\x00\x21", "P-224"),
    (b"\x06\x05\x2b\x81\x04\x00\x0a", "secp256k1"),
    (b"\x06\x03\x2b\x65\x71", "Ed448"),
    (b"\x13\x0aedwards448", "Ed448"),
    (b"\x06\x09\x2b\x24\x03\x03\x02\x08\x01\x01\x07", "brainpoolP256r1"),
];

/// What kind of key it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Curve {
    Used(Algorithm),
    Sm2,
    Other(String),
}

impl Curve {
    pub(crate) fn of(parameters: &[u8]) -> Self {
        if let Some((_, algorithm)) = CURVES.iter().find(|(der, _)| *der == parameters) {
            return Curve::Used(*algorithm);
        }
        if parameters == SM2 {
            return Curve::Sm2;
        }
        let other = OTHERS.iter().find(|(der, _)| *der == parameters);
        let digits = || parameters.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
        Curve::Other(other.map_or_else(digits, |(_, name)| (*name).to_owned()))
    }
}

/// The public key of a point: in a DER OCTET STRING, as the standard says, or bare, as some drivers
/// answer. The lengths tell them apart.
pub(crate) fn public_key(algorithm: Algorithm, point: &[u8]) -> Option<PublicKey> {
    let bare = match point {
        [0x04, length, bare @ ..] if usize::from(*length) == bare.len() => bare,
        _ => point,
    };
    PublicKey::from_bytes(algorithm, bare).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use onecode::{SigningKey, SoftwareKey};

    #[test]
    fn a_point_is_read_bare_and_in_an_octet_string() {
        for algorithm in [Algorithm::Esp256, Algorithm::Ed25519] {
            let key = SoftwareKey::generate(algorithm).unwrap().key.public_key();
            let (x, y) = key.coordinates();
            let whole = match y {
                Some(y) => [&[4], x, y].concat(),
                None => x.to_vec(),
            };
            for bare in [whole, key.to_bytes()] {
                let length = u8::try_from(bare.len()).unwrap();
                let wrapped = [&[0x04, length][..], &bare].concat();
                assert_eq!(public_key(algorithm, &bare), Some(key));
                assert_eq!(public_key(algorithm, &wrapped), Some(key));
                assert_eq!(public_key(algorithm, &wrapped[..wrapped.len() - 1]), None);
                assert_eq!(public_key(algorithm, &[&wrapped[..], &[0]].concat()), None);
            }
        }
        assert_eq!(public_key(Algorithm::Esp256, &[]), None);
        assert_eq!(public_key(Algorithm::Ed25519, &[4, 0]), None);
    }

    #[test]
    fn a_curve_that_is_not_used_has_its_name() {
        assert_eq!(Curve::of(P256), Curve::Used(Algorithm::Esp256));
        assert_eq!(Curve::of(b"\x06\x03\x2b\x65\x70"), Curve::Used(Algorithm::Ed25519));
        assert_eq!(Curve::of(SM2), Curve::Sm2);
        assert_eq!(Curve::of(b"\x06\x05\x2b\x81\x04\x00\x22"), Curve::Other("P-384".into()));
        assert_eq!(Curve::of(b"\x30\x00"), Curve::Other("3000".into()));
    }
}
