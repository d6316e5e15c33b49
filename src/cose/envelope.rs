//! What COSE_Sign1 and COSE_Mac0 share: a protected header, an empty unprotected one, a payload,
//! and the bytes that a signature or MAC covers.

use super::cbor::{Reader, Writer};
use super::error::{CborError, CborProblem};

/// The first three items of a COSE message.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Envelope<'b> {
    /// The protected header, as covered.
    protected: &'b [u8],
    /// Offset of `protected` in the outermost input.
    protected_at: usize,
    /// The payload, as covered.
    payload: &'b [u8],
    /// Offset of `payload` in the outermost input.
    payload_at: usize,
}

impl<'b> Envelope<'b> {
    /// Reads the three items, after the head of the array.
    pub(super) fn read(reader: &mut Reader<'b>) -> Result<Self, CborError> {
        let (protected, protected_at) = read_string(reader)?;
        reader.converted(Reader::map, CborProblem::UnprotectedHeader, |entries| {
            (entries == 0).then_some(())
        })?;
        let (payload, payload_at) = read_string(reader)?;
        Ok(Envelope { protected, protected_at, payload, payload_at })
    }

    /// A reader over the protected header.
    pub(crate) fn header(&self) -> Reader<'b> {
        Reader::at(self.protected, self.protected_at)
    }

    /// The payload.
    pub(crate) fn payload(&self) -> &'b [u8] {
        self.payload
    }

    /// A reader over the payload.
    pub(crate) fn claims(&self) -> Reader<'b> {
        Reader::at(self.payload, self.payload_at)
    }

    /// The bytes that are signed or authenticated; see [`covered_bytes`].
    pub(super) fn covered_bytes(&self, context: &str) -> Vec<u8> {
        covered_bytes(context, self.protected, self.payload)
    }
}

/// A byte string, and the offset of its content in the outermost input.
fn read_string<'b>(reader: &mut Reader<'b>) -> Result<(&'b [u8], usize), CborError> {
    let bytes = reader.bytes()?;
    Ok((bytes, reader.offset() - bytes.len()))
}

/// The Sig_structure or MAC_structure (RFC 9052 sections 4.4 and 6.3), without external data.
pub(super) fn covered_bytes(context: &str, protected: &[u8], payload: &[u8]) -> Vec<u8> {
    let mut writer = Writer::with_capacity(protected.len() + payload.len() + 19);
    writer.array(4).text(context).bytes(protected).bytes(&[]).bytes(payload);
    writer.finish()
}

/// The whole message: its three items, and the signature or tag.
pub(super) fn encode(protected: &[u8], payload: &[u8], proof: &[u8]) -> Vec<u8> {
    let mut writer = Writer::with_capacity(protected.len() + payload.len() + proof.len() + 10);
    writer.array(4).bytes(protected).map(0).bytes(payload).bytes(proof);
    writer.finish()
}
