//! COSE_Sign1 (RFC 9052 section 4.2), untagged, everything protected, payload attached.

use super::cbor::Reader;
use super::envelope::{covered_bytes, encode, Envelope};
use super::error::{CborError, CborProblem};
use crate::keys::{BadSignature, PublicKey, Signature};

/// The context of a Sig_structure.
const SIGNATURE1: &str = "Signature1";

/// A COSE_Sign1 whose outer form is right and whose signature has not been checked.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sign1<'b> {
    envelope: Envelope<'b>,
    /// `None` when it is empty or missing. Such a message is reported as forged, never as
    /// "unsigned".
    signature: Option<Signature>,
}

impl<'b> Sign1<'b> {
    /// Reads one COSE_Sign1 from `reader`; more may follow it.
    pub(crate) fn read(reader: &mut Reader<'b>) -> Result<Self, CborError> {
        let items = reader.converted(Reader::array, CborProblem::WrongCount, |items| {
            (3..=4).contains(&items).then_some(items)
        })?;
        let envelope = Envelope::read(reader)?;
        let signature = if items == 4 { read_signature(reader)? } else { None };
        Ok(Sign1 { envelope, signature })
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
        self.envelope.header()
    }

    /// The payload.
    pub(crate) fn payload(&self) -> &'b [u8] {
        self.envelope.payload()
    }

    /// A reader over the payload.
    pub(crate) fn claims(&self) -> Reader<'b> {
        self.envelope.claims()
    }

    /// The bytes that the signature covers.
    pub(crate) fn signed_bytes(&self) -> Vec<u8> {
        self.envelope.covered_bytes(SIGNATURE1)
    }

    /// Checks the signature.
    pub(crate) fn verify(&self, key: &PublicKey) -> Result<(), BadSignature> {
        let signature = self.signature.as_ref().ok_or(BadSignature)?;
        key.verify(&self.signed_bytes(), signature)
    }
}

/// A COSE_Sign1 that lacks its signature alone.
pub(crate) struct Unsigned {
    protected: Vec<u8>,
    payload: Vec<u8>,
}

impl Unsigned {
    /// How much longer the signed message is than the bytes that its signature covers: both have
    /// the protected header and the payload, with the same heads.
    const LONGER: usize = 1 + 1 + 2 + Signature::LENGTH - (1 + 1 + SIGNATURE1.len() + 1);

    /// The message, and the bytes that its signature has to cover.
    pub(crate) fn new(protected: Vec<u8>, payload: Vec<u8>) -> (Self, Vec<u8>) {
        let covered = covered_bytes(SIGNATURE1, &protected, &payload);
        (Unsigned { protected, payload }, covered)
    }

    /// Length in bytes of the signed message whose signature covers these.
    pub(crate) fn length(covered: &[u8]) -> usize {
        covered.len() + Self::LONGER
    }

    /// The payload that will be signed.
    pub(crate) fn payload(&self) -> &[u8] {
        &self.payload
    }

    /// The message with its signature.
    pub(crate) fn signed(&self, signature: &Signature) -> Vec<u8> {
        encode(&self.protected, &self.payload, signature.as_bytes())
    }
}

/// A signature of no bytes is none.
fn read_signature(reader: &mut Reader<'_>) -> Result<Option<Signature>, CborError> {
    reader.converted(Reader::bytes, CborProblem::WrongLength, |raw| match raw {
        [] => Some(None),
        raw => Signature::from_raw(raw).ok().map(Some),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_length_of_a_message_follows_from_what_is_signed() {
        let signature = Signature::from_raw(&[7; Signature::LENGTH]).unwrap();
        for (protected, payload) in [(0, 0), (23, 24), (255, 256), (256, 65_536)] {
            let (unsigned, covered) = Unsigned::new(vec![0; protected], vec![0; payload]);
            assert_eq!(Unsigned::length(&covered), unsigned.signed(&signature).len());
        }
    }
}
