//! What a code says, unchecked: for help desks and auditors.
//!
//! Uses the code and the refusals of reading. Nothing here leads to a [`crate::Verdict`].
//! Specification: docs/SPEC.md sections 5 to 8.

use crate::card::CardClaims;
use crate::code::{CodeClaims, UnverifiedCode};
use crate::cose::{KeyId, Sign1};
use crate::keys::{Algorithm, Signature};
use crate::scan::{checks, Refusal};
use crate::text;

/// The contents of a code. **Unverified**: neither signature has been checked. Anybody can write a
/// text that says anything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unverified {
    /// What the phone is said to have stated.
    pub code: CodeClaims,
    /// What the issuer is said to have stated.
    pub card: CardClaims,
    /// The key id of the issuer's key.
    pub issuer_key_id: KeyId,
    /// The algorithm of the issuer's key.
    pub issuer_algorithm: Algorithm,
    /// What the phone is said to have signed.
    pub code_signature: SignedBytes,
    /// What the issuer is said to have signed.
    pub card_signature: SignedBytes,
}

/// Bytes, and a signature that may or may not hold for them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedBytes {
    /// The Sig_structure (RFC 9052 section 4.4): what goes into the signature algorithm.
    pub signed: Vec<u8>,
    /// The signature.
    pub signature: Signature,
}

/// Reads a code without verifying it. It refuses only what cannot be read: families 1 and 2.
pub fn explain(text: &str) -> Result<Unverified, Refusal> {
    let unread = |refusal| checks::altered(refusal, text);
    let bytes = text::decode(text).map_err(|error| unread(error.into()))?;
    let code = UnverifiedCode::parse(&bytes).map_err(|error| unread(error.into()))?;
    checks::signatures_present(&code)?;
    let credential = code.credential();
    let (code_claims, code_signature) = code.unverified();
    let card_signature = credential.unverified_signature();
    let missing = |signer| Refusal::SignatureMissing { signer };
    Ok(Unverified {
        code: code_claims,
        card: credential.claims().map_err(|_| Refusal::InvalidPhoneKey)?,
        issuer_key_id: credential.key_id(),
        issuer_algorithm: credential.algorithm(),
        code_signature: SignedBytes::of(code_signature)
            .ok_or_else(|| missing(crate::scan::Signer::Phone))?,
        card_signature: SignedBytes::of(card_signature)
            .ok_or_else(|| missing(crate::scan::Signer::Issuer))?,
    })
}

impl SignedBytes {
    fn of(sign1: &Sign1<'_>) -> Option<Self> {
        Some(SignedBytes { signed: sign1.signed_bytes(), signature: *sign1.signature()? })
    }
}
