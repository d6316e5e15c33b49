//! Protected headers. Each kind of thing has its own set of keys, so a signature for one kind never
//! holds for another (docs/SPEC.md section 5).
//!
//! | keys | of |
//! | --- | --- |
//! | 1 `alg`, 4 `kid` | the card credential |
//! | 1 `alg`, 13 `kcwt` | the code, which reads it itself: it tells a credential on its own apart |
//! | 1 `alg`, 4 `kid`, 16 `typ` | whatever else a key signs, told apart by `typ` |
//! | 1 `alg`, 16 `typ` | what a phone asks its issuer for, and what is authenticated with a MAC, told apart by `typ` |

use super::cbor::{Reader, Writer};
use super::cose_key::KeyId;
use super::error::{CborError, CborProblem};
use super::registry::algorithm;
use super::registry::header::{ALG, KCWT, KID, TYP};
use crate::keys::{Algorithm, PublicKey};

/// The key that is said to have signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SignedBy {
    pub(crate) algorithm: Algorithm,
    pub(crate) key_id: KeyId,
}

impl SignedBy {
    /// Reads a whole header of exactly `alg` and `kid`.
    pub(crate) fn read(mut header: Reader<'_>) -> Result<Self, CborError> {
        let mut fields = header.fields()?;
        let algorithm = fields.required(ALG, Reader::algorithm)?;
        let key_id = fields.required(KID, Reader::key_id)?;
        fields.end()?;
        header.end()?;
        Ok(SignedBy { algorithm, key_id })
    }

    /// Reads a whole header of exactly `alg`, `kid` and `typ`. `kind` converts the `typ`.
    pub(crate) fn read_with_typ<'b, K, E: From<CborError>>(
        mut header: Reader<'b>,
        kind: impl FnOnce(&mut Reader<'b>) -> Result<K, E>,
    ) -> Result<(Self, K), E> {
        let mut fields = header.fields()?;
        let algorithm = fields.required(ALG, Reader::algorithm)?;
        let key_id = fields.required(KID, Reader::key_id)?;
        let kind = fields.required(TYP, kind)?;
        fields.end()?;
        header.end()?;
        Ok((SignedBy { algorithm, key_id }, kind))
    }
}

/// The header `alg`, `kid` of what this key signs.
pub(crate) fn of_signer(key: &PublicKey) -> Vec<u8> {
    let mut header = Writer::with_capacity(16);
    header.map(2).int(ALG).int(key.algorithm().cose_id()).int(KID).bytes(&key.key_id().0);
    header.finish()
}

/// The header `alg`, `kid`, `typ` of what this key signs.
pub(crate) fn of_signer_with_typ(key: &PublicKey, typ: &str) -> Vec<u8> {
    let mut header = Writer::with_capacity(64);
    header.map(3).int(ALG).int(key.algorithm().cose_id()).int(KID).bytes(&key.key_id().0);
    header.int(TYP).text(typ);
    header.finish()
}

/// The header `alg`, `kcwt` for a signature by a key of this algorithm. It carries the token that
/// holds that key.
pub(crate) fn with_kcwt(algorithm: Algorithm, token: &[u8]) -> Vec<u8> {
    let mut header = Writer::with_capacity(token.len() + 8);
    header.map(2).int(ALG).int(algorithm.cose_id()).int(KCWT).encoded(token);
    header.finish()
}

/// The header `alg`, `typ` of what a phone signs with a key of this algorithm.
pub(crate) fn of_phone(algorithm: Algorithm, typ: &str) -> Vec<u8> {
    let mut header = Writer::with_capacity(48);
    header.map(2).int(ALG).int(algorithm.cose_id()).int(TYP).text(typ);
    header.finish()
}

/// Reads exactly what [`of_phone`] writes.
pub(crate) fn read_phone(mut header: Reader<'_>, typ: &str) -> Result<Algorithm, CborError> {
    let mut fields = header.fields()?;
    let algorithm = fields.required(ALG, Reader::algorithm)?;
    fields.required(TYP, |reader| reader.exact_text(typ))?;
    fields.end()?;
    header.end()?;
    Ok(algorithm)
}

/// The header `alg`, `typ` of what is authenticated with HMAC 256/256.
pub(crate) fn of_mac(typ: &str) -> Vec<u8> {
    let mut header = Writer::with_capacity(48);
    header.map(2).int(ALG).int(algorithm::HMAC_256).int(TYP).text(typ);
    header.finish()
}

/// Reads exactly what [`of_mac`] writes.
pub(crate) fn read_mac(mut header: Reader<'_>, typ: &str) -> Result<(), CborError> {
    let mut fields = header.fields()?;
    fields.required(ALG, |reader| {
        reader.converted(Reader::int, CborProblem::UnknownAlgorithm, |id| {
            (id == algorithm::HMAC_256).then_some(())
        })
    })?;
    fields.required(TYP, |reader| reader.exact_text(typ))?;
    fields.end()?;
    header.end()
}
