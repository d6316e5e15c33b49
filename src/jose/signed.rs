//! Signed documents: JWS JSON general serialization, with the signatures of several holders.
//!
//! Uses keys. Who must sign what is not known here. Specification: RFC 7515 section 7.2.1,
//! docs/SPEC.md section 11.

use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use base64::Engine;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::base64url::decode_base64url;
use super::error::DocumentError;
use super::hash::Sha256Hash;
use super::json;
use super::member::{objects, Object};
use crate::keys::{PublicKey, Signature};

/// Largest document that is read, in bytes, signatures included.
pub const MAX_DOCUMENT: usize = 64 << 20;

/// Most signatures of a document. Each is checked at most once.
pub const MAX_SIGNATURES: usize = 16;

/// Longest protected header and longest signature, in characters.
const MAX_HEADER: usize = 512;

/// The kinds of signed documents, told apart by `typ`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DocumentKind {
    /// Who signs for the region.
    Roots,
    /// Which issuers are trusted.
    TrustList,
    /// Which applications exist.
    Catalogue,
    /// Keys that a holder withdraws at once.
    Withdrawal,
    /// Which editions and notices are the newest.
    Index,
}

impl DocumentKind {
    /// All of them.
    pub const ALL: [DocumentKind; 5] = [
        DocumentKind::Roots,
        DocumentKind::TrustList,
        DocumentKind::Catalogue,
        DocumentKind::Withdrawal,
        DocumentKind::Index,
    ];

    /// A short name that never changes, in documents, vectors and logs.
    pub fn name(self) -> &'static str {
        match self {
            DocumentKind::Roots => "roots",
            DocumentKind::TrustList => "trust_list",
            DocumentKind::Catalogue => "catalogue",
            DocumentKind::Withdrawal => "withdrawal",
            DocumentKind::Index => "index",
        }
    }

    /// The `typ` in the protected header of each signature.
    pub fn typ(self) -> &'static str {
        match self {
            DocumentKind::Roots => "onecode-roots+jws",
            DocumentKind::TrustList => "onecode-trust-list+jws",
            DocumentKind::Catalogue => "onecode-catalogue+jws",
            DocumentKind::Withdrawal => "onecode-withdrawal+jws",
            DocumentKind::Index => "onecode-index+jws",
        }
    }

    /// The kind with this `typ`.
    pub fn from_typ(typ: &str) -> Option<Self> {
        DocumentKind::ALL.into_iter().find(|kind| kind.typ() == typ)
    }
}

/// The protected header, with exactly these members: no `crit`, and no key or key address that a
/// forger could supply.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    alg: String,
    kid: String,
    typ: String,
}

/// The protected header of a signature by this key, as base64url.
pub(crate) fn protected(kind: DocumentKind, key: &PublicKey) -> String {
    let header = Header {
        alg: key.algorithm().jose_name().to_owned(),
        kid: key.jwk_thumbprint(),
        typ: kind.typ().to_owned(),
    };
    // A struct of strings can always be serialized.
    URL_SAFE_NO_PAD.encode(serde_json::to_vec(&header).unwrap_or_default())
}

/// What a signature covers: `protected.payload`, both as base64url.
pub(crate) fn signing_input(protected: &str, payload: &[u8]) -> Vec<u8> {
    let mut input = String::with_capacity(protected.len() + 1 + payload.len() / 3 * 4 + 4);
    input.push_str(protected);
    input.push('.');
    URL_SAFE_NO_PAD.encode_string(payload, &mut input);
    input.into_bytes()
}

/// The whole document, with exactly these members.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Outer<'d> {
    payload: &'d str,
    #[serde(borrow, deserialize_with = "objects::<_, _, MAX_SIGNATURES>")]
    signatures: Vec<OuterSignature<'d>>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct OuterSignature<'d> {
    protected: &'d str,
    signature: &'d str,
}

/// A document as JSON. Its parts are base64url already.
pub(crate) fn write<'d>(
    payload: &[u8],
    signatures: impl IntoIterator<Item = (&'d str, &'d Signature)>,
) -> String {
    let signatures: Vec<(&str, String)> = signatures
        .into_iter()
        .map(|(protected, signature)| (protected, URL_SAFE_NO_PAD.encode(signature.as_bytes())))
        .collect();
    let outer = Outer {
        payload: &URL_SAFE_NO_PAD.encode(payload),
        signatures: signatures
            .iter()
            .map(|(protected, signature)| OuterSignature { protected, signature })
            .collect(),
    };
    // Structs of strings can always be serialized.
    serde_json::to_string(&outer).unwrap_or_default()
}

/// One signature of a document.
pub(crate) struct Signed<'d> {
    pub(crate) protected: &'d str,
    pub(crate) kid: Sha256Hash,
    alg: String,
    /// `None` where it is not 64 bytes: then it holds for nothing.
    pub(crate) signature: Option<Signature>,
    /// The key it was checked with, and whether it holds.
    checked: Option<(PublicKey, bool)>,
}

/// A document whose form is right and whose signatures have not been checked.
pub(crate) struct Envelope<'d> {
    pub(crate) kind: DocumentKind,
    encoded: &'d str,
    payload: Vec<u8>,
    hash: Sha256Hash,
    pub(crate) signatures: Vec<Signed<'d>>,
    /// Room for the longest header, and behind it `.payload`. Made for the first check.
    input: Vec<u8>,
}

impl<'d> Envelope<'d> {
    /// Reads a document of one kind.
    pub(crate) fn of_kind(kind: DocumentKind, document: &'d [u8]) -> Result<Self, DocumentError> {
        let envelope = Self::parse(document)?;
        match envelope.kind == kind {
            true => Ok(envelope),
            false => Err(DocumentError::WrongKind { found: envelope.kind.typ().to_owned() }),
        }
    }

    /// Reads a document of any kind. Nothing of its payload is parsed.
    pub(crate) fn parse(document: &'d [u8]) -> Result<Self, DocumentError> {
        check_length(document.len())?;
        let form = |detail: String| DocumentError::Form { detail };
        let text = std::str::from_utf8(document)
            .map_err(|error| form(format!("byte {} is no UTF-8", error.valid_up_to())))?;
        let Object::<Outer<'d>>(outer) =
            serde_json::from_str(text).map_err(|error| form(error.to_string()))?;
        if outer.signatures.is_empty() {
            return Err(form("there is no signature".to_owned()));
        }
        let decode = |part, text: &str| {
            decode_base64url(text).map_err(|problem| DocumentError::NotBase64Url { part, problem })
        };
        let (mut kind, mut signatures) = (None, Vec::<Signed<'d>>::new());
        for OuterSignature { protected, signature } in outer.signatures {
            if protected.len() > MAX_HEADER || signature.len() > MAX_HEADER {
                let detail = format!("a header or signature of over {MAX_HEADER} characters");
                return Err(form(detail));
            }
            let header = decode("protected header", protected)?;
            let Object::<Header>(header) =
                serde_json::from_slice(&header).map_err(|_| DocumentError::Header)?;
            let kid = Sha256Hash::from_base64url(&header.kid).ok_or(DocumentError::Header)?;
            let of = DocumentKind::from_typ(&header.typ);
            let of = of.ok_or(DocumentError::WrongKind { found: header.typ })?;
            if *kind.get_or_insert(of) != of {
                return Err(DocumentError::WrongKind { found: of.typ().to_owned() });
            }
            if signatures.iter().any(|other| other.kid == kid) {
                return Err(DocumentError::SignedTwice { key: kid });
            }
            let signature = Signature::from_raw(&decode("signature", signature)?).ok();
            let alg = header.alg;
            signatures.push(Signed { protected, kid, alg, signature, checked: None });
        }
        let kind = kind.ok_or(DocumentError::Header)?;
        let payload = decode("payload", outer.payload)?;
        let hash = Sha256Hash::of(&payload);
        let (encoded, input) = (outer.payload, Vec::new());
        Ok(Envelope { kind, encoded, payload, hash, signatures, input })
    }

    /// The name of the document.
    pub(crate) fn hash(&self) -> Sha256Hash {
        self.hash
    }

    /// The payload, unread.
    pub(crate) fn payload(&self) -> &[u8] {
        &self.payload
    }

    /// Whether the signature at this place is one by this key, which has its `kid`. It is checked
    /// with one key only, and once.
    pub(crate) fn holds(&mut self, at: usize, key: &PublicKey) -> bool {
        let Some(signed) = self.signatures.get(at) else { return false };
        if let Some((checked_with, holds)) = &signed.checked {
            return checked_with == key && *holds;
        }
        let named = signed.alg == key.algorithm().jose_name();
        let signature = signed.signature.filter(|_| named);
        let protected = signed.protected;
        let holds = signature.is_some_and(|signature| {
            let input = input_for(&mut self.input, protected, self.encoded);
            key.verify(input, &signature).is_ok()
        });
        self.signatures[at].checked = Some((*key, holds));
        holds
    }

    /// What was signed. Only for a document that enough keys have signed.
    pub(crate) fn read<T: DeserializeOwned>(&self) -> Result<T, DocumentError> {
        json::read(&self.payload)
    }

    /// Gives back the memory that checking took, before the payload is parsed.
    pub(crate) fn end_checks(&mut self) {
        self.input = Vec::new();
    }
}

/// `protected.payload`, with the payload copied only once for all signatures of a document.
fn input_for<'i>(input: &'i mut Vec<u8>, protected: &str, payload: &str) -> &'i [u8] {
    if input.is_empty() {
        input.reserve_exact(MAX_HEADER + 1 + payload.len());
        input.resize(MAX_HEADER, 0);
        input.push(b'.');
        input.extend_from_slice(payload.as_bytes());
    }
    let from = MAX_HEADER - protected.len();
    input[from..MAX_HEADER].copy_from_slice(protected.as_bytes());
    &input[from..]
}

fn check_length(length: usize) -> Result<(), DocumentError> {
    match length > MAX_DOCUMENT {
        true => Err(DocumentError::TooLarge { length, limit: MAX_DOCUMENT }),
        false => Ok(()),
    }
}

#[cfg(test)]
mod tests;
