//! Ed25519 (RFC 8032), verified by `ring`.

use ring::signature::{UnparsedPublicKey, ED25519};

use super::BadSignature;

/// The 32 bytes of a public key. Whether they decode to a point is found out by `ring` when a
/// signature is verified: bytes that do not verify nothing.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Point([u8; 32]);

impl Point {
    pub(super) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Point)
    }

    pub(super) fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    pub(super) fn verify(&self, message: &[u8], raw: &[u8; 64]) -> Result<(), BadSignature> {
        UnparsedPublicKey::new(&ED25519, &self.0)
            .verify(message, raw)
            .map_err(|_| BadSignature)
    }
}
