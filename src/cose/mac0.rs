//! COSE_Mac0 (RFC 9052 section 6.2) with HMAC 256/256 (RFC 9053 section 3.1), untagged, everything
//! protected, payload attached.

use super::cbor::{CborError, CborProblem, Reader, Writer};
use crate::keys;

/// HMAC 256/256 in the COSE algorithms.
pub(crate) const HMAC_256: i64 = 5;

/// A COSE_Mac0 whose outer form is right and whose tag has not been checked.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Mac0<'b> {
    protected: &'b [u8],
    protected_at: usize,
    payload: &'b [u8],
    payload_at: usize,
    tag: &'b [u8],
}

impl<'b> Mac0<'b> {
    /// Reads a whole input.
    pub(crate) fn parse(bytes: &'b [u8]) -> Result<Self, CborError> {
        let mut reader = Reader::new(bytes);
        let at = reader.offset();
        if reader.array()? != 4 {
            return Err(CborError { at, problem: CborProblem::WrongCount });
        }
        let protected = reader.bytes()?;
        let protected_at = reader.offset() - protected.len();
        let at = reader.offset();
        if reader.map()?.next_key(&mut reader)?.is_some() {
            return Err(CborError { at, problem: CborProblem::UnprotectedHeader });
        }
        let payload = reader.bytes()?;
        let payload_at = reader.offset() - payload.len();
        let tag = reader.bytes_of(keys::HMAC_LENGTH..=keys::HMAC_LENGTH)?;
        reader.end()?;
        Ok(Mac0 { protected, protected_at, payload, payload_at, tag })
    }

    /// A reader over the protected header.
    pub(crate) fn header(&self) -> Reader<'b> {
        Reader::at(self.protected, self.protected_at)
    }

    /// A reader over the payload.
    pub(crate) fn claims(&self) -> Reader<'b> {
        Reader::at(self.payload, self.payload_at)
    }

    /// Whether this key made the tag.
    pub(crate) fn holds(&self, key: &[u8; 32]) -> bool {
        keys::hmac_holds(key, &maced_bytes(self.protected, self.payload), self.tag)
    }

    /// Authenticates and encodes.
    pub(crate) fn make(key: &[u8; 32], protected: &[u8], payload: &[u8]) -> Vec<u8> {
        let tag = keys::hmac(key, &maced_bytes(protected, payload));
        let mut writer = Writer::with_capacity(protected.len() + payload.len() + tag.len() + 10);
        writer.array(4).bytes(protected).map(0).bytes(payload).bytes(&tag);
        writer.finish()
    }
}

/// The MAC_structure (RFC 9052 section 6.3), without external data.
fn maced_bytes(protected: &[u8], payload: &[u8]) -> Vec<u8> {
    let mut writer = Writer::with_capacity(protected.len() + payload.len() + 19);
    writer.array(4).text("MAC0").bytes(protected).bytes(&[]).bytes(payload);
    writer.finish()
}
