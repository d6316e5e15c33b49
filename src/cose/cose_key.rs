//! COSE_Key (RFC 9052 section 7) and its thumbprint (RFC 9679).

use std::fmt;

use super::cbor::{Reader, Writer};
use super::error::{CborError, CborProblem};
use super::registry::key::{CRV, KTY, X, Y};
use super::registry::{curve, key_type};
use crate::keys::{sha256, Algorithm, NotAKey, PublicKey};

/// `kty` and `crv` of an algorithm's keys. The curve of SM2 is missing from the registry "COSE
/// Elliptic Curves", so its number is from the range for private use.
fn type_and_curve(algorithm: Algorithm) -> (u64, i64) {
    match algorithm {
        Algorithm::Esp256 => (key_type::EC2, curve::P256),
        Algorithm::Ed25519 => (key_type::OKP, curve::ED25519),
        #[cfg(feature = "sm2")]
        Algorithm::Sm2 => (key_type::EC2, curve::SM2),
    }
}

/// A public key as read from a COSE_Key. Whether it is a point is not checked yet: a scanner does
/// that work only for a key that an issuer has signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct CompressedKey<'b> {
    algorithm: Algorithm,
    x: &'b [u8],
    /// The sign bit that a compressed point has in place of y; `None` for key types without y.
    y_is_odd: Option<bool>,
}

impl CompressedKey<'_> {
    pub(crate) fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    pub(crate) fn to_public_key(self) -> Result<PublicKey, NotAKey> {
        match self.y_is_odd {
            None => PublicKey::from_bytes(self.algorithm, self.x),
            Some(y_is_odd) => {
                let mut point = [0; 33];
                point[0] = if y_is_odd { 3 } else { 2 };
                point[1..].copy_from_slice(self.x);
                PublicKey::from_bytes(self.algorithm, &point)
            }
        }
    }
}

/// Writes a key as a COSE_Key of its required parameters, an elliptic-curve point compressed.
pub(crate) fn write_key(writer: &mut Writer, key: &PublicKey) {
    let (kty, crv) = type_and_curve(key.algorithm());
    let bytes = key.to_bytes();
    let ec2 = kty == key_type::EC2;
    writer.map(if ec2 { 4 } else { 3 });
    writer.int(KTY).uint(kty).int(CRV).int(crv);
    if ec2 {
        writer.int(X).bytes(&bytes[1..]);
        writer.int(Y).boolean(bytes[0] == 3);
    } else {
        writer.int(X).bytes(&bytes);
    }
}

impl<'b> Reader<'b> {
    /// Reads exactly what [`write_key`] writes.
    pub(crate) fn key(&mut self) -> Result<CompressedKey<'b>, CborError> {
        let mut key = self.fields()?;
        let kty = key.required(KTY, Self::uint)?;
        let algorithm = key.required(CRV, |reader| {
            reader.converted(Self::int, CborProblem::UnknownAlgorithm, |crv| {
                let mut known = Algorithm::ALL.iter().copied();
                known.find(|algorithm| type_and_curve(*algorithm) == (kty, crv))
            })
        })?;
        let x = key.required(X, |reader| reader.bytes_of(32..=32))?;
        let y_is_odd =
            if kty == key_type::EC2 { Some(key.required(Y, Self::boolean)?) } else { None };
        key.end()?;
        Ok(CompressedKey { algorithm, x, y_is_odd })
    }

    /// Reads a key id.
    pub(crate) fn key_id(&mut self) -> Result<KeyId, CborError> {
        self.byte_array().map(KeyId)
    }
}

/// The COSE Key Thumbprint of a public key: SHA-256 over its required parameters, points
/// uncompressed (RFC 9679). The signer ID of an SM2 key is not among them: two keys that differ
/// only in it share a thumbprint.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Thumbprint(pub [u8; 32]);

/// The `kid` of a credential: the first two bytes of the issuer key's [`Thumbprint`].
///
/// Only a hint that saves the scanner from trying every key. If two keys share one, both are tried.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct KeyId(pub [u8; KeyId::LENGTH]);

impl KeyId {
    /// Length in bytes.
    pub const LENGTH: usize = 2;
}

impl PublicKey {
    /// The COSE_Key in deterministic CBOR, an elliptic-curve point compressed (RFC 9053 7.1.1).
    /// It has no place for the signer ID of an SM2 key.
    pub fn to_cose_key(&self) -> Vec<u8> {
        let mut writer = Writer::with_capacity(48);
        write_key(&mut writer, self);
        writer.finish()
    }

    /// Reads exactly what [`PublicKey::to_cose_key`] writes. An SM2 key gets the default signer ID.
    pub fn from_cose_key(bytes: &[u8]) -> Result<Self, CborError> {
        let mut reader = Reader::new(bytes);
        let key = reader.key()?;
        reader.end()?;
        key.to_public_key().map_err(|_| CborError { at: 0, problem: CborProblem::OutOfRange })
    }

    /// The RFC 9679 thumbprint with SHA-256.
    pub fn thumbprint(&self) -> Thumbprint {
        let mut writer = Writer::with_capacity(80);
        match self.coordinates() {
            (x, Some(y)) => {
                let (kty, crv) = type_and_curve(self.algorithm());
                writer.map(4).int(KTY).uint(kty).int(CRV).int(crv);
                writer.int(X).bytes(x).int(Y).bytes(y);
            }
            (_, None) => write_key(&mut writer, self),
        }
        Thumbprint(sha256(&writer.finish()))
    }

    /// The short key id that a credential signed by this key carries.
    pub fn key_id(&self) -> KeyId {
        let Thumbprint([a, b, ..]) = self.thumbprint();
        KeyId([a, b])
    }
}

impl fmt::Display for Thumbprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Thumbprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Thumbprint({self})")
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyId({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ESP256: &[u8] = b"\x03\x6b\x17\xd1\xf2\xe1\x2c\x42\x47\xf8\xbc\xe6\xe5\x63\xa4\x40\xf2\x77\x03\x7d\x81\x2d\xeb\x33\xa0\xf4\xa1\x39\x45\xd8\x98\xc2\x96";

    #[cfg(feature = "sm2")]
    const SM2: &[u8] = b"\x02\x32\xc4\xae\x2c\x1f\x19\x81\x19\x5f\x99\x04\x46\x6a\x39\xc9\x94\x8f\xe3\x0b\xbf\xf2\x66\x0b\xe1\x71\x5a\x45\x89\x33\x4c\x74\xc7";

    #[test]
    fn a_cose_key_byte_by_byte() {
        let key = PublicKey::from_bytes(Algorithm::Esp256, ESP256).unwrap();
        let mut expected = vec![
            0xa4, // map of 4
            0x01, 0x02, // kty: EC2
            0x20, 0x01, // crv: P-256
            0x21, 0x58, 0x20, // x: 32 bytes
        ];
        expected.extend(&ESP256[1..]);
        expected.extend([0x22, 0xf5]); // y: odd
        assert_eq!(key.to_cose_key(), expected);
        assert_eq!(PublicKey::from_cose_key(&expected), Ok(key));

        #[cfg(feature = "sm2")]
        {
            let key = PublicKey::from_bytes(Algorithm::Sm2, SM2).unwrap();
            let mut expected = vec![0xa4, 0x01, 0x02];
            expected.extend([0x20, 0x3a, 0, 1, 0, 0]); // crv: -65537, private use
            expected.extend([0x21, 0x58, 0x20]);
            expected.extend(&SM2[1..]);
            expected.extend([0x22, 0xf4]); // y: even
            assert_eq!(key.to_cose_key(), expected);
            assert_eq!(PublicKey::from_cose_key(&expected), Ok(key));
        }

        let key = PublicKey::from_bytes(Algorithm::Ed25519, &[9; 32]).unwrap();
        let mut expected = vec![0xa3, 0x01, 0x01, 0x20, 0x06, 0x21, 0x58, 0x20];
        expected.extend([9; 32]);
        assert_eq!(key.to_cose_key(), expected);
        assert_eq!(PublicKey::from_cose_key(&expected), Ok(key));
    }

    /// The example of RFC 9679, section 6.
    #[test]
    fn the_thumbprint_of_the_rfc() {
        let point = b"\x04\x65\xed\xa5\xa1\x25\x77\xc2\xba\xe8\x29\x43\x7f\xe3\x38\x70\x1a\x10\xaa\xa3\x75\xe1\xbb\x5b\x5d\xe1\x08\xde\x43\x9c\x08\x55\x1d\
            \x1e\x52\xed\x75\x70\x11\x63\xf7\xf9\xe4\x0d\xdf\x9f\x34\x1b\x3d\xc9\xba\x86\x0a\xf7\xe0\xca\x7c\xa7\xe9\xee\xcd\x00\x84\xd1\x9c";
        let key = PublicKey::from_bytes(Algorithm::Esp256, point).unwrap();
        assert_eq!(
            key.thumbprint().to_string(),
            "496bd8afadf307e5b08c64b0421bf9dc01528a344a43bda88fadd1669da253ec"
        );
        assert_eq!(key.key_id().to_string(), "496b");
    }

    #[test]
    fn a_cose_key_has_one_form() {
        let good = PublicKey::from_bytes(Algorithm::Esp256, ESP256).unwrap().to_cose_key();
        let change = |at: usize, byte: u8| {
            let mut bytes = good.clone();
            bytes[at] = byte;
            PublicKey::from_cose_key(&bytes).unwrap_err().problem
        };
        assert_eq!(change(2, 1), CborProblem::UnknownAlgorithm); // OKP with P-256
        assert_eq!(change(4, 2), CborProblem::UnknownAlgorithm); // P-384
        assert_eq!(change(1, 3), CborProblem::UnexpectedKey);
        assert_eq!(change(7, 31), CborProblem::WrongLength);
        assert_eq!(change(41, 0xf6), CborProblem::WrongType); // y: null
        let mut trailing = good.clone();
        trailing.push(0);
        assert_eq!(
            PublicKey::from_cose_key(&trailing).unwrap_err().problem,
            CborProblem::TrailingBytes
        );
    }
}
