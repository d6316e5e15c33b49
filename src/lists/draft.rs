//! A document on its way from one holder to the next: written, signed by several, joined.
//!
//! Uses signed documents and keys. Specification: docs/SPEC.md section 11.

mod words;

use serde::Serialize;

use super::catalogue::Catalogue;
use super::newest::Index;
use super::roots::RootsDocument;
use super::trust::TrustList;
use super::withdrawal::Withdrawal;
use crate::jose::{
    self, protected, signing_input, DocumentError, DocumentKind, Envelope, Sha256Hash,
    SignDocumentError, MAX_SIGNATURES, SIGNER_CLOCK_S,
};
use crate::keys::{Check, Draft, Prepared, PublicKey, Signature, SigningKey};
use crate::language::Language;

/// A document with the signatures it has so far: none, some, or enough.
///
/// Each holder signs alone, in any order. Whether the signatures are enough is for
/// [`crate::governance::Roots`] to say; a signature that does not hold is not taken in here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedDocument {
    kind: DocumentKind,
    payload: Vec<u8>,
    issued_at_unix_s: i64,
    signatures: Vec<Attached>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Attached {
    kid: Sha256Hash,
    protected: String,
    signature: Signature,
}

impl SignedDocument {
    pub(super) fn draft(
        kind: DocumentKind,
        content: &impl Serialize,
    ) -> Result<Self, SignDocumentError> {
        Ok(Self::of_payload(kind, jose::to_json(content)?)?)
    }

    /// A payload as it was sent to be signed, after the checks a scanner would make.
    pub fn of_payload(kind: DocumentKind, payload: Vec<u8>) -> Result<Self, DocumentError> {
        let issued_at_unix_s = issued_at(kind, &payload)?;
        Ok(SignedDocument { kind, payload, issued_at_unix_s, signatures: Vec::new() })
    }

    /// Reads a document that others have signed. Its form and its content are checked, as who signs
    /// it next must. Its signatures are kept as they are: whose keys they are is not known here.
    pub fn from_json(document: &[u8]) -> Result<Self, DocumentError> {
        let envelope = Envelope::parse(document)?;
        let mut read = Self::of_payload(envelope.kind, envelope.payload().to_vec())?;
        for signed in &envelope.signatures {
            let (kid, protected) = (signed.kid, signed.protected.to_owned());
            // What is not 64 bytes holds for nobody.
            if let Some(signature) = signed.signature {
                read.signatures.push(Attached { kid, protected, signature });
            }
        }
        Ok(read)
    }

    /// The document in JWS JSON general serialization. Without a signature nobody reads it.
    pub fn to_json(&self) -> String {
        let signatures = self.signatures.iter().map(|attached| {
            let Attached { protected, signature, .. } = attached;
            (protected.as_str(), signature)
        });
        jose::write(&self.payload, signatures)
    }

    /// What kind of document it is.
    pub fn kind(&self) -> DocumentKind {
        self.kind
    }

    /// The JSON that is signed.
    pub fn payload(&self) -> &[u8] {
        &self.payload
    }

    /// Its name: what all who sign it compare before they do.
    pub fn hash(&self) -> Sha256Hash {
        Sha256Hash::of(&self.payload)
    }

    /// The keys that have signed it, by thumbprint.
    pub fn signers(&self) -> impl Iterator<Item = Sha256Hash> + '_ {
        self.signatures.iter().map(|attached| attached.kid)
    }

    /// What one more key has to sign, to be signed elsewhere. The result of attaching the signature
    /// is this document with that signature.
    pub fn prepare(
        &self,
        key: &PublicKey,
        now_unix_s: i64,
    ) -> Result<Prepared<SignedDocument>, SignDocumentError> {
        let (kid, protected) = self.place_for(key, now_unix_s)?;
        let input = signing_input(&protected, &self.payload);
        Ok(Prepared::new(*key, input, OneMore { document: self.clone(), kid, protected }))
    }

    /// Signs it with one more key.
    pub fn sign(&mut self, key: &dyn SigningKey, now_unix_s: i64) -> Result<(), SignDocumentError> {
        *self = self.prepare(&key.public_key(), now_unix_s)?.sign(key, Check::Signature)?;
        Ok(())
    }

    /// Where a signature by this key would go, if it may be added. One under its thumbprint that
    /// does not hold makes way: whoever hands a document on could keep a holder from signing.
    fn place_for(
        &self,
        key: &PublicKey,
        now_unix_s: i64,
    ) -> Result<(Sha256Hash, String), SignDocumentError> {
        let ahead_s = self.issued_at_unix_s.saturating_sub(now_unix_s);
        if ahead_s > SIGNER_CLOCK_S {
            return Err(SignDocumentError::DatedAhead { ahead_s, limit_s: SIGNER_CLOCK_S });
        }
        let kid = key.kid();
        let takes_one_more = match self.signatures.iter().find(|attached| attached.kid == kid) {
            None => self.signatures.len() < MAX_SIGNATURES,
            Some(Attached { protected, signature, .. }) => {
                key.verify(&signing_input(protected, &self.payload), signature).is_err()
            }
        };
        if !takes_one_more {
            return Err(SignDocumentError::NoMoreSignatures { limit: MAX_SIGNATURES });
        }
        Ok((kid, protected(self.kind, key)))
    }

    /// Takes in the signatures of another copy of this document, or of none of them.
    pub fn join(&mut self, other: &SignedDocument) -> Result<(), SignDocumentError> {
        let (ours, theirs) = (self.hash(), other.hash());
        if (self.kind, ours) != (other.kind, theirs) {
            return Err(SignDocumentError::OtherDocument { ours, theirs });
        }
        let is_new = |attached: &&Attached| self.signers().all(|kid| kid != attached.kid);
        let new: Vec<Attached> = other.signatures.iter().filter(is_new).cloned().collect();
        if self.signatures.len() + new.len() > MAX_SIGNATURES {
            return Err(SignDocumentError::NoMoreSignatures { limit: MAX_SIGNATURES });
        }
        self.signatures.extend(new);
        Ok(())
    }

    /// The document with one signature, made at the time that it is dated.
    pub(super) fn signed_at_once(
        mut self,
        key: &dyn SigningKey,
    ) -> Result<String, SignDocumentError> {
        self.sign(key, self.issued_at_unix_s)?;
        Ok(self.to_json())
    }
}

/// A document and the place of a signature that has yet to come.
struct OneMore {
    document: SignedDocument,
    kid: Sha256Hash,
    protected: String,
}

impl Draft<SignedDocument> for OneMore {
    fn words(&self, language: Language) -> String {
        self.document.words(language)
    }

    fn signed(&self, signature: &Signature) -> SignedDocument {
        let mut document = self.document.clone();
        let (kid, protected, signature) = (self.kid, self.protected.clone(), *signature);
        document.signatures.retain(|attached| attached.kid != kid);
        document.signatures.push(Attached { kid, protected, signature });
        document
    }
}

/// When a document is dated, after the checks of its content.
fn issued_at(kind: DocumentKind, payload: &[u8]) -> Result<i64, DocumentError> {
    Ok(match kind {
        DocumentKind::Roots => RootsDocument::read(payload)?.edition.issued_at_unix_s,
        DocumentKind::TrustList => TrustList::read(payload)?.edition.issued_at_unix_s,
        DocumentKind::Catalogue => Catalogue::read(payload)?.edition.issued_at_unix_s,
        DocumentKind::Withdrawal => Withdrawal::read(payload)?.issued_at_unix_s,
        DocumentKind::Index => Index::read(payload)?.issued_at_unix_s,
    })
}
