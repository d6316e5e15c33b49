//! What a code says, unchecked.

use onecode::Algorithm;

use crate::facts::facts;
use crate::mirror::Cross;
use crate::{CardClaims, Message, NamedFact, Refusal};

/// The contents of a code. **Unverified**: anybody can write a text that says anything.
#[derive(Clone, Debug, uniffi::Record)]
pub struct Unverified {
    /// The second the code is said to be made for (Unix seconds).
    pub issued_at_unix_s: i64,
    /// The one application it is said to be for.
    pub application: Option<i32>,
    /// What it is said to answer: a challenge of 5 to 15 bytes, or a consent of 16.
    pub answers: Option<Vec<u8>>,
    /// What the issuer is said to have stated.
    pub card: CardClaims,
    /// The key id of the issuer's key, 4 hex digits.
    pub issuer_key_id: String,
    /// The algorithm of the issuer's key.
    pub issuer_algorithm: Algorithm,
    /// What the phone is said to have signed.
    pub code_signature: SignedBytes,
    /// What the issuer is said to have signed.
    pub card_signature: SignedBytes,
}

/// Bytes, and a signature that may or may not hold for them.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct SignedBytes {
    /// The Sig_structure (RFC 9052 section 4.4): what goes into the signature algorithm.
    pub signed: Vec<u8>,
    /// The signature, 64 bytes r‖s.
    pub signature: Vec<u8>,
}

impl From<onecode::explain::SignedBytes> for SignedBytes {
    fn from(bytes: onecode::explain::SignedBytes) -> Self {
        let signature = bytes.signature.as_bytes().to_vec();
        SignedBytes { signed: bytes.signed, signature }
    }
}

impl From<onecode::explain::Unverified> for Unverified {
    fn from(contents: onecode::explain::Unverified) -> Self {
        let onecode::explain::Unverified {
            code,
            card,
            issuer_key_id,
            issuer_algorithm,
            code_signature,
            card_signature,
        } = contents;
        let onecode::CodeClaims { issued_at_unix_s, application, answers } = code;
        Unverified {
            issued_at_unix_s,
            application: application.cross(),
            answers: answers.cross(),
            card: (&card).into(),
            issuer_key_id: issuer_key_id.cross(),
            issuer_algorithm,
            code_signature: code_signature.into(),
            card_signature: card_signature.into(),
        }
    }
}

/// What a text says, unverified.
#[derive(Clone, Debug, uniffi::Enum)]
pub enum Explanation {
    /// It is a code, and says this.
    Readable {
        /// What it says.
        contents: Unverified,
    },
    /// It is not a code.
    Unreadable {
        /// Why not, with its facts by type.
        refusal: Refusal,
        /// The same facts by name.
        facts: Vec<NamedFact>,
        /// What people are told.
        message: Message,
    },
}

/// Reads a code without verifying it: for help desks and auditors.
#[uniffi::export]
pub fn explain(text: String) -> Explanation {
    match onecode::explain::explain(&text) {
        Ok(contents) => Explanation::Readable { contents: contents.into() },
        Err(refusal) => Explanation::Unreadable {
            facts: facts(&refusal),
            message: (&refusal).into(),
            refusal: refusal.into(),
        },
    }
}
