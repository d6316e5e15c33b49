//! COSE_Mac0 (RFC 9052 section 6.2) with HMAC 256/256 (RFC 9053 section 3.1), untagged, everything
//! protected, payload attached.

use super::cbor::Reader;
use super::envelope::{covered_bytes, encode, Envelope};
use super::error::CborError;
use crate::keys;

/// The context of a MAC_structure.
const MAC0: &str = "MAC0";

/// A COSE_Mac0 with a correct outer form. Its tag is not checked yet.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Mac0<'b> {
    envelope: Envelope<'b>,
    tag: &'b [u8],
}

impl<'b> Mac0<'b> {
    /// Reads a whole input.
    pub(crate) fn parse(bytes: &'b [u8]) -> Result<Self, CborError> {
        let mut reader = Reader::new(bytes);
        reader.array_of(4)?;
        let envelope = Envelope::read(&mut reader)?;
        let tag = reader.bytes_of(keys::HMAC_LENGTH..=keys::HMAC_LENGTH)?;
        reader.end()?;
        Ok(Mac0 { envelope, tag })
    }

    /// A reader over the protected header.
    pub(crate) fn header(&self) -> Reader<'b> {
        self.envelope.header()
    }

    /// A reader over the payload.
    pub(crate) fn claims(&self) -> Reader<'b> {
        self.envelope.claims()
    }

    /// Whether this key made the tag.
    pub(crate) fn holds(&self, key: &[u8; 32]) -> bool {
        keys::hmac_holds(key, &self.envelope.covered_bytes(MAC0), self.tag)
    }

    /// Authenticates and encodes.
    pub(crate) fn make(key: &[u8; 32], protected: &[u8], payload: &[u8]) -> Vec<u8> {
        let tag = keys::hmac(key, &covered_bytes(MAC0, protected, payload));
        encode(protected, payload, &tag)
    }
}

#[cfg(test)]
mod tests {
    use super::super::error::CborProblem;
    use super::*;

    /// Refused whatever is in it, before anything else is reported.
    #[test]
    fn nothing_stands_in_the_unprotected_header() {
        let good = Mac0::make(&[7; 32], &[0xa0], &[0xa0]);
        assert!(Mac0::parse(&good).unwrap().holds(&[7; 32]));
        assert!(!Mac0::parse(&good).unwrap().holds(&[8; 32]));
        for entry in [[0x01, 0x05], [0x61, b'a'], [0xff, 0xff]] {
            let (before, after) = good.split_at(3);
            let bytes = [before, &[0xa1], &entry, &after[1..]].concat();
            let error = CborError { at: 3, problem: CborProblem::UnprotectedHeader };
            assert_eq!(Mac0::parse(&bytes).err(), Some(error));
        }
    }
}
