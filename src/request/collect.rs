//! The collect request: a phone fetches the credential that it asked for earlier.
//!
//! Uses keys and the COSE layer. Specification: docs/SPEC.md section 22.

use super::card_request::RequestFormError;
use super::draft::CollectDraft;
use super::{CardRequest, MakeRequestError};
use crate::cose::header;
use crate::cose::registry::claim::{CARD_REQUEST, IAT};
use crate::cose::registry::typ;
use crate::cose::{encodable_time, Reader, Sign1, Unsigned, Writer};
use crate::jose::Sha256Hash;
use crate::keys::{BadSignature, Check, Prepared, PublicKey, SigningKey};

/// Largest collect request in bytes.
pub(crate) const MAX_COLLECT_REQUEST: usize = 192;

/// A collect request, to be sent to the issuer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CollectRequest(pub(super) Vec<u8>);

impl CollectRequest {
    /// Signs with the key of the card request, and checks the signature.
    pub fn make(
        request: &CardRequest,
        issued_at_unix_s: i64,
        key: &dyn SigningKey,
    ) -> Result<Self, MakeRequestError> {
        if key.public_key() != request.claims().key {
            return Err(MakeRequestError::WrongKey);
        }
        Ok(Self::prepare(request, issued_at_unix_s)?.sign(key, Check::Signature)?)
    }

    /// Prepares the same for a key that answers later. `issued_at_unix_s` is the phone's time, as
    /// good as it has one: the issuer refuses a time far from its own.
    pub fn prepare(
        request: &CardRequest,
        issued_at_unix_s: i64,
    ) -> Result<Prepared<Self>, MakeRequestError> {
        let unix_s = issued_at_unix_s;
        let iat = encodable_time(unix_s).ok_or(MakeRequestError::Time { unix_s })?;
        let (key, request) = (request.claims().key, request.name());
        let mut payload = Writer::with_capacity(48);
        payload.map(2).int(IAT).uint(iat).int(CARD_REQUEST).bytes(&request.0);
        let header = header::of_phone(key.algorithm(), typ::COLLECT_REQUEST);
        let (unsigned, bytes) = Unsigned::new(header, payload.finish());
        Ok(Prepared::new(key, bytes, CollectDraft { unsigned, request, issued_at_unix_s }))
    }

    /// The encoded COSE_Sign1.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

/// A collect request as it was read. Nothing in it is true yet.
#[derive(Clone, Debug)]
pub struct UnverifiedCollectRequest {
    bytes: Vec<u8>,
    request: Sha256Hash,
    issued_at_unix_s: i64,
}

impl UnverifiedCollectRequest {
    /// Reads the bytes.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, RequestFormError> {
        if bytes.len() > MAX_COLLECT_REQUEST {
            let (length, limit) = (bytes.len(), MAX_COLLECT_REQUEST);
            return Err(RequestFormError::TooLarge { length, limit });
        }
        let sign1 = Sign1::parse(bytes)?;
        header::read_phone(sign1.header(), typ::COLLECT_REQUEST)?;
        let mut payload = sign1.claims();
        let mut fields = payload.fields()?;
        let issued_at_unix_s = fields.required(IAT, Reader::time)?;
        let request =
            fields.required(CARD_REQUEST, |reader| reader.byte_array().map(Sha256Hash))?;
        fields.end()?;
        payload.end()?;
        Ok(UnverifiedCollectRequest { bytes: bytes.to_vec(), request, issued_at_unix_s })
    }

    /// The name of the card request ([`CardRequest::name`]), to look its key up.
    pub fn request_name(&self) -> Sha256Hash {
        self.request
    }

    /// The time it claims (Unix seconds).
    pub fn unverified_time_unix_s(&self) -> i64 {
        self.issued_at_unix_s
    }

    /// Checks that the key of the card request has signed this.
    pub fn verify(&self, key: &PublicKey) -> Result<(), BadSignature> {
        let sign1 = Sign1::parse(&self.bytes).map_err(|_| BadSignature)?;
        let algorithm = header::read_phone(sign1.header(), typ::COLLECT_REQUEST);
        if algorithm != Ok(key.algorithm()) {
            return Err(BadSignature);
        }
        sign1.verify(key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::assert_says;

    #[test]
    fn the_specification_states_what_is_here() {
        assert_says([&format!("At most {MAX_COLLECT_REQUEST} bytes.")]);
    }
}
