//! How several holders sign one document.

use std::sync::Arc;

use onecode::governance::DocumentKind;
use onecode::Language;

use crate::keys::HeldKey;
use crate::mirror::mirror;
use crate::{
    DeviceKey, DocumentError, EncodedSignature, PublicKey, SigningError, ToBeSigned, Wording,
};

/// A document with the signatures it has so far: none, some, or enough. Each holder signs alone, in
/// any order. An object never changes: whoever adds a signature gets another one.
#[derive(Debug, uniffi::Object)]
pub struct SignedDocument(onecode::governance::SignedDocument);

#[uniffi::export]
impl SignedDocument {
    /// Reads a document that others have signed. Its form and its content are checked, as who signs
    /// it next must. Whether its signatures hold, and whether they are enough, is for whoever
    /// installs it to say.
    #[uniffi::constructor]
    pub fn from_json(json: Vec<u8>) -> Result<Self, DocumentError> {
        Ok(SignedDocument(onecode::governance::SignedDocument::from_json(&json)?))
    }

    /// A document that nobody has signed, from the JSON that is to be signed, byte for byte, after
    /// the checks a scanner would make.
    #[uniffi::constructor]
    pub fn of_payload(kind: DocumentKind, payload: Vec<u8>) -> Result<Self, DocumentError> {
        Ok(SignedDocument(onecode::governance::SignedDocument::of_payload(kind, payload)?))
    }

    /// The document as it is published and installed (JWS JSON general serialization). Without a
    /// signature nobody reads it.
    pub fn to_json(&self) -> Vec<u8> {
        self.0.to_json().into_bytes()
    }

    /// What kind of document it is.
    pub fn kind(&self) -> DocumentKind {
        self.0.kind()
    }

    /// The JSON that is signed.
    pub fn payload(&self) -> Vec<u8> {
        self.0.payload().to_vec()
    }

    /// Its name: the SHA-256 of what is signed, 43 characters of base64url. All who sign it compare
    /// it before they do. A copy with more signatures has the same.
    pub fn hash(&self) -> String {
        self.0.hash().to_string()
    }

    /// The keys that have signed it, by `PublicKey.jwk_thumbprint`.
    pub fn signers(&self) -> Vec<String> {
        self.0.signers().map(|signer| signer.to_string()).collect()
    }

    /// What it says, in plain words and with its hash, one fact a line.
    pub fn words(&self) -> Wording {
        Wording { zh: self.0.words(Language::Zh), en: self.0.words(Language::En) }
    }

    /// The document with the signature of one more key.
    pub fn sign(
        &self,
        key: Arc<dyn DeviceKey>,
        now_unix_s: i64,
    ) -> Result<SignedDocument, SignDocumentError> {
        let mut document = self.0.clone();
        document.sign(&HeldKey::new(key)?, now_unix_s)?;
        Ok(SignedDocument(document))
    }

    /// The same for a key that answers later or elsewhere, such as a holder's security module.
    pub fn prepare(
        &self,
        key: Arc<PublicKey>,
        now_unix_s: i64,
    ) -> Result<PreparedDocument, SignDocumentError> {
        Ok(PreparedDocument(self.0.prepare(&key.0, now_unix_s)?))
    }

    /// The document with the signatures of another copy of it as well.
    pub fn join(&self, other: Arc<SignedDocument>) -> Result<SignedDocument, SignDocumentError> {
        let mut document = self.0.clone();
        document.join(&other.0)?;
        Ok(SignedDocument(document))
    }
}

/// A document that waits for one more signature.
#[derive(Debug, uniffi::Object)]
pub struct PreparedDocument(onecode::keys::Prepared<onecode::governance::SignedDocument>);

#[uniffi::export]
impl PreparedDocument {
    /// What the key has to sign.
    pub fn to_be_signed(&self) -> ToBeSigned {
        self.0.message().into()
    }

    /// What is signed, in plain words, one fact a line.
    pub fn words(&self) -> Wording {
        Wording { zh: self.0.words(Language::Zh), en: self.0.words(Language::En) }
    }

    /// Takes the signature and gives the document with it. A signature that does not hold is
    /// refused, and another can be tried.
    pub fn attach(&self, signature: EncodedSignature) -> Result<SignedDocument, SigningError> {
        Ok(SignedDocument(self.0.attach(&signature.into())?))
    }
}

mirror! {
    /// A document could not be signed.
    #[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, uniffi::Error)]
    #[uniffi::export(Display)]
    pub enum SignDocumentError = onecode::jose::SignDocumentError {
        /// The key did not sign.
        #[error("{signing}")]
        Signing {
            /// Why not.
            #[from]
            signing: SigningError,
        } = Signing(signing),
        /// The document cannot be written as JSON.
        #[error("the document cannot be written: {detail}")]
        Json {
            /// Why not.
            detail: String,
        },
        /// A scanner would refuse this document.
        #[error("no scanner would take this: {document}")]
        Content {
            /// Why not.
            document: DocumentError,
        } = Content(document),
        /// It is dated further ahead of the signer's clock than two clocks may differ. What is
        /// signed ahead stands in the way of what comes later.
        #[error(
            "it is dated {ahead_s} s ahead of this clock; {limit_s} s are the most that is signed"
        )]
        DatedAhead {
            /// By how much.
            ahead_s: i64,
            /// How much it may be.
            limit_s: i64,
        },
        /// It has a signature by this key already, or as many signatures as a document may have.
        #[error("the document has a signature by this key already, or {limit} signatures")]
        NoMoreSignatures {
            /// Most signatures.
            limit: i64,
        },
        /// Signatures of two different documents cannot be joined.
        #[error("these are two documents: {ours} and {theirs}")]
        OtherDocument {
            /// The hash of the document at hand, base64url.
            ours: String,
            /// The hash of the other one, base64url.
            theirs: String,
        },
    }
}
