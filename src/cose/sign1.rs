//! COSE_Sign1 (RFC 9052 section 4.2), untagged, everything protected, payload attached.

use super::cbor::{CborError, CborProblem, Reader, Writer};
use crate::keys::{self, BadSignature, PublicKey, Signature, SigningError, SigningKey};

/// Header parameter `alg` (RFC 9052 table 3).
pub(crate) const ALG: i64 = 1;
/// Header parameter `kid`.
pub(crate) const KID: i64 = 4;

/// A COSE_Sign1 whose outer form is right and whose signature has not been checked.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sign1<'b> {
    /// The protected header, as the bytes that are signed.
    pub(crate) protected: &'b [u8],
    /// Offset of `protected` in the outermost input.
    pub(crate) protected_at: usize,
    /// The payload, as the bytes that are signed.
    pub(crate) payload: &'b [u8],
    /// Offset of `payload` in the outermost input.
    pub(crate) payload_at: usize,
    /// `None` when it is empty or not there at all: whoever took it away must not be told "not
    /// signed", but "forged".
    signature: Option<Signature>,
}

impl<'b> Sign1<'b> {
    /// Reads one COSE_Sign1 from `reader`; more may follow it.
    pub(crate) fn read(reader: &mut Reader<'b>) -> Result<Self, CborError> {
        let at = reader.offset();
        let count = reader.array()?;
        if count != 3 && count != 4 {
            return Err(CborError { at, problem: CborProblem::WrongCount });
        }
        let (protected, protected_at) = read_string(reader)?;
        let at = reader.offset();
        if !reader.map()?.is_empty() {
            return Err(CborError { at, problem: CborProblem::UnprotectedHeader });
        }
        let (payload, payload_at) = read_string(reader)?;
        let signature = if count == 4 {
            let at = reader.offset();
            match reader.bytes()? {
                [] => None,
                raw => Some(
                    Signature::from_raw(raw)
                        .map_err(|_| CborError { at, problem: CborProblem::WrongLength })?,
                ),
            }
        } else {
            None
        };
        Ok(Sign1 { protected, protected_at, payload, payload_at, signature })
    }

    /// Reads a whole input.
    pub(crate) fn parse(bytes: &'b [u8]) -> Result<Self, CborError> {
        let mut reader = Reader::new(bytes);
        let sign1 = Self::read(&mut reader)?;
        reader.end()?;
        Ok(sign1)
    }

    /// Whether there is a signature at all.
    pub(crate) fn is_signed(&self) -> bool {
        self.signature.is_some()
    }

    /// The signature, if there is one.
    pub(crate) fn signature(&self) -> Option<&Signature> {
        self.signature.as_ref()
    }

    /// A reader over the protected header.
    pub(crate) fn header(&self) -> Reader<'b> {
        Reader::at(self.protected, self.protected_at)
    }

    /// A reader over the payload.
    pub(crate) fn claims(&self) -> Reader<'b> {
        Reader::at(self.payload, self.payload_at)
    }

    /// The bytes that the signature covers.
    pub(crate) fn signed_bytes(&self) -> Vec<u8> {
        signed_bytes(self.protected, self.payload)
    }

    /// Checks the signature.
    pub(crate) fn verify(&self, key: &PublicKey) -> Result<(), BadSignature> {
        let signature = self.signature.as_ref().ok_or(BadSignature)?;
        key.verify(&self.signed_bytes(), signature)
    }

    /// Signs and encodes.
    pub(crate) fn sign(
        key: &dyn SigningKey,
        protected: &[u8],
        payload: &[u8],
    ) -> Result<Vec<u8>, SigningError> {
        let signature = keys::sign(key, &signed_bytes(protected, payload))?;
        let mut writer =
            Writer::with_capacity(protected.len() + payload.len() + Signature::LENGTH + 10);
        writer.array(4).bytes(protected).map(0).bytes(payload).bytes(signature.as_bytes());
        Ok(writer.finish())
    }
}

/// A byte string, and the offset of its content in the outermost input.
fn read_string<'b>(reader: &mut Reader<'b>) -> Result<(&'b [u8], usize), CborError> {
    let bytes = reader.bytes()?;
    Ok((bytes, reader.offset() - bytes.len()))
}

/// The Sig_structure (RFC 9052 section 4.4), without external data.
fn signed_bytes(protected: &[u8], payload: &[u8]) -> Vec<u8> {
    let mut writer = Writer::with_capacity(protected.len() + payload.len() + 19);
    writer.array(4).text("Signature1").bytes(protected).bytes(&[]).bytes(payload);
    writer.finish()
}
