//! A catalogue as it lies in a file: as JSON, or signed.
//!
//! Uses `files` and `words`. Specification: docs/SPEC.md sections 11 and 12.

use std::collections::HashMap;
use std::path::Path;

use onecode::catalogue::Catalogue;
use onecode::governance::{Roots, SignedDocument};
use onecode::jose::{DocumentError, Name, MAX_DOCUMENT};
use onecode::trust::TrustList;
use onecode::Language;
use serde::de::IgnoredAny;
use serde::Deserialize;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::words::{Spoken, Words};
use crate::failure::Failure;
use crate::files::{self, failed};

/// A catalogue that was read.
pub(super) struct Document {
    /// Its members, as this version understands them.
    pub(super) catalogue: Catalogue,
    /// All of its members, those that this version does not know included.
    pub(super) json: Value,
    /// SHA-256 of the payload, or of the file where nothing is signed, in hexadecimal digits.
    pub(super) sha256: String,
    pub(super) trust: Trust,
}

/// How far a document can be believed.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum Trust {
    /// JSON before it is signed.
    Draft,
    /// Signed, and nobody has checked the signatures.
    NotVerified,
    /// Signed by as many holders as it takes.
    Verified {
        /// Their names.
        holders: Vec<Name>,
        /// How many it takes.
        needed: usize,
        /// By which edition of the roots; 0 for a lone key.
        edition: u64,
    },
}

impl Trust {
    /// For programs.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Trust::Verified { .. } => "verified",
            Trust::Draft => "draft",
            Trust::NotVerified => "not_verified",
        }
    }

    /// For people, in a line.
    pub(super) fn said(&self) -> Words {
        match self {
            // A lone key has no name.
            Trust::Verified { edition: 0, .. } => {
                words!("签名已由所给的公钥核验", "signature verified by the key that was given")
            }
            Trust::Verified { holders, edition, .. } => {
                let joined = |language, between| {
                    let names = holders.iter().map(|name| name.spoken(language));
                    names.collect::<Vec<_>>().join(between)
                };
                let (zh, en) = (joined(Language::Zh, "、"), joined(Language::En, ", "));
                let names = Words { zh, en };
                words!(
                    "签名已按根密钥名录第 {edition} 版核验：{holders}",
                    "signatures verified by edition {edition} of the roots: {holders}",
                    edition = *edition,
                    holders = names
                )
            }
            Trust::Draft => words!("草案，未签名", "a draft, not signed"),
            Trust::NotVerified => words!("签名未核验", "signatures not verified"),
        }
    }
}

/// Prints the SHA-256 of a signed document's payload with tools that every Unix has. `FILE` is the
/// file. It has to change with [`payload`].
pub(super) const HASH_OF_PAYLOAD: &str =
    "grep -o '\"payload\":\"[^\"]*' FILE | cut -d '\"' -f 4 | tr '_-' '/+' | tr -d '\\n' | \
     sed 's/$/===/' | base64 -d 2>/dev/null | sha256sum";

impl Document {
    /// With roots, it must be signed by a threshold of holders of one of these editions.
    pub(super) fn read(file: &Path, roots: &[Roots]) -> Result<Self, Failure> {
        let bytes = files::read_up_to(file, MAX_DOCUMENT as u64)?;
        let verified = match roots {
            [] => None,
            _ => Some(verified(&bytes, roots).map_err(|error| failed(file, error))?),
        };
        let (payload, found) = payload(file, bytes)?;
        let trust = verified.unwrap_or(found);
        let text = files::text_in(&payload).map_err(|error| failed(file, error))?;
        let catalogue = Catalogue::from_json(text).map_err(|error| failed(file, error))?;
        let json = serde_json::from_str(text).map_err(|error| failed(file, error))?;
        let sha256 = files::hex(&Sha256::digest(&payload));
        Ok(Document { catalogue, json, sha256, trust })
    }
}

/// Who has signed a document, if that is enough for one of these editions of the roots.
fn verified(document: &[u8], roots: &[Roots]) -> Result<Trust, DocumentError> {
    let (roots, tally) = Roots::enough_by(roots, document)?;
    let holders = roots.document().map_or(&[][..], |document| &document.holders);
    let signed = holders.iter().filter(|holder| tally.holders.contains(&holder.id));
    let holders = signed.map(|holder| holder.name.clone()).collect();
    Ok(Trust::Verified { holders, needed: tally.needed, edition: roots.number() })
}

/// What the issuers of a trust list are called, by their ids.
pub(super) fn issuers(file: &Path) -> Result<HashMap<String, Name>, Failure> {
    let bytes = files::read_up_to(file, MAX_DOCUMENT as u64)?;
    let (payload, _) = payload(file, bytes)?;
    let text = files::text_in(&payload).map_err(|error| failed(file, error))?;
    let list = TrustList::from_json(text).map_err(|error| failed(file, error))?;
    let named = list.issuers.into_iter().map(|entry| (entry.issuer.id, entry.issuer.name));
    Ok(named.collect())
}

/// A signed document has these members, and JSON that is not signed has others.
#[derive(Deserialize)]
struct Signed {
    #[serde(rename = "payload")]
    _payload: IgnoredAny,
    #[serde(rename = "signatures")]
    _signatures: IgnoredAny,
}

/// The JSON in a file: that of a signed document, or all of it.
fn payload(file: &Path, bytes: Vec<u8>) -> Result<(Vec<u8>, Trust), Failure> {
    let text = files::text_in(&bytes).map_err(|error| failed(file, error))?;
    if !text.trim_start().starts_with('{') {
        return Err(failed(
            file,
            said!("既不是 JSON，也不是签名的文档", "neither JSON nor a signed document"),
        ));
    }
    if serde_json::from_str::<Signed>(text).is_err() {
        return Ok((bytes, Trust::Draft));
    }
    let document = SignedDocument::from_json(&bytes).map_err(|error| failed(file, error))?;
    Ok((document.payload().to_vec(), Trust::NotVerified))
}
