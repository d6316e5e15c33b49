//! The roots document: which holders sign for the region, with which keys, and how many of them it
//! takes.

use std::collections::{HashMap, HashSet};

use serde::{Deserialize, Serialize};

use crate::jose::{
    self, document_members, without_byte_order_mark, DocumentError, DocumentKind, Edition, Name,
    Sha256Hash, SignDocumentError,
};
use crate::keys::{PublicKey, SigningKey};
use crate::lists::draft::SignedDocument;
use crate::lists::trust::is_id;

/// Most holders, and most keys of one.
const MAX_HOLDERS: usize = 16;
const MAX_KEYS: usize = 16;
/// Most issuers that a holder answers for.
const MAX_ISSUERS: usize = 1_024;
/// Longest id of an issuer, in bytes.
const MAX_ISSUER_ID: usize = 32;
/// Most kinds that a key signs: all but the index.
const MAX_KINDS: usize = 4;

/// Who signs for the region (`onecode-roots+jws`): the root of all other documents.
///
/// Holders are counted, not keys. Edition 1 is signed by a threshold of its own holders, and each
/// later one by a threshold of the holders before it as well.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Members")]
pub struct RootsDocument {
    /// Sequence number and times. The first is 1, and each later one exactly the next number, with
    /// the hash of the edition before it as `previous`. Past `expires` scanners refuse with 711.
    #[serde(flatten)]
    pub edition: Edition,
    /// How many holders sign.
    pub thresholds: Thresholds,
    /// The holders.
    pub holders: Vec<Holder>,
}

document_members! {
    struct Members {
        #[serde(deserialize_with = "jose::object")]
        thresholds: Thresholds,
        #[serde(deserialize_with = "jose::objects::<_, _, MAX_HOLDERS>")]
        holders: Vec<Holder>,
    }
}

impl From<Members> for RootsDocument {
    fn from(mut members: Members) -> Self {
        let edition = members.take_edition();
        let Members { thresholds, holders, .. } = members;
        RootsDocument { edition, thresholds, holders }
    }
}

/// How many holders must sign a document. A withdrawal and an index take one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Thresholds {
    /// The next roots document.
    pub roots: u8,
    /// A trust list.
    pub trust_list: u8,
    /// A catalogue.
    pub catalogue: u8,
}

impl Thresholds {
    /// For one kind of document.
    pub fn of(&self, kind: DocumentKind) -> usize {
        usize::from(match kind {
            DocumentKind::Roots => self.roots,
            DocumentKind::TrustList => self.trust_list,
            DocumentKind::Catalogue => self.catalogue,
            DocumentKind::Withdrawal | DocumentKind::Index => 1,
        })
    }
}

/// Somebody who signs for the region: a province, or an escrow.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// A short name that never changes, such as `js`: small letters, digits, `-` and `.`.
    #[serde(deserialize_with = "jose::text::<_, MAX_ISSUER_ID>")]
    pub id: String,
    /// Its names.
    #[serde(deserialize_with = "jose::object")]
    pub name: Name,
    /// The issuers it answers for, by id: it may withdraw their keys.
    #[serde(deserialize_with = "jose::texts::<_, MAX_ISSUERS, MAX_ISSUER_ID>")]
    pub issuers: Vec<String>,
    /// Its keys. A second security module in another city is a second key here, and still one
    /// holder.
    #[serde(deserialize_with = "jose::objects::<_, _, MAX_KEYS>")]
    pub keys: Vec<HolderKey>,
}

/// A key of a holder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HolderKey {
    /// The public key.
    #[serde(rename = "jwk", with = "jose::jwk")]
    pub key: PublicKey,
    /// What it signs: any of roots, trust list, catalogue and withdrawal, or the index alone.
    #[serde(deserialize_with = "jose::items::<_, _, MAX_KINDS>")]
    pub signs: Vec<DocumentKind>,
}

impl RootsDocument {
    /// Reads the JSON of an unsigned roots document. A byte order mark in front is skipped; a
    /// signed one has none.
    pub fn from_json(json: &str) -> Result<Self, DocumentError> {
        Self::read(without_byte_order_mark(json).as_bytes())
    }

    pub(in crate::lists) fn read(payload: &[u8]) -> Result<Self, DocumentError> {
        let document: RootsDocument = jose::read(payload)?;
        document.by_thumbprint()?;
        Ok(document)
    }

    /// The document ready to be signed, after the checks a scanner would make.
    pub fn draft(&self) -> Result<SignedDocument, SignDocumentError> {
        SignedDocument::draft(DocumentKind::Roots, self)
    }

    /// The document signed by one key: see [`crate::trust::TrustList::sign`].
    pub fn sign(&self, key: &dyn SigningKey) -> Result<String, SignDocumentError> {
        self.draft()?.signed_at_once(key)
    }

    /// Each key by its thumbprint: which holder's it is, and which of its keys. This checks the
    /// document by itself.
    pub(super) fn by_thumbprint(
        &self,
    ) -> Result<HashMap<Sha256Hash, (usize, usize)>, DocumentError> {
        let wrong = |detail: String| DocumentError::Content { detail };
        self.edition.check()?;
        match (self.edition.sequence, self.edition.previous) {
            (0, _) => return Err(wrong("the first roots document has the number 1".to_owned())),
            (1, Some(_)) => return Err(wrong("there is nothing before edition 1".to_owned())),
            (2.., None) => return Err(wrong("previous is missing".to_owned())),
            _ => {}
        }
        let (mut ids, mut points, mut keys) = (HashSet::new(), HashSet::new(), HashMap::new());
        for (at, holder) in self.holders.iter().enumerate() {
            let Holder { id, issuers, .. } = holder;
            if !is_id(id) || !ids.insert(id) {
                return Err(wrong(format!("{id:?} is no holder's id, or there twice")));
            }
            if let Some(issuer) = issuers.iter().find(|issuer| !is_id(issuer)) {
                return Err(wrong(format!("{issuer:?} is no issuer id")));
            }
            for (of_holder, HolderKey { key, signs }) in holder.keys.iter().enumerate() {
                // Whoever knows a private key knows the one of the opposite point, too, and an SM2
                // point under another signer ID is the same key to its holder.
                if !points.insert((key.algorithm(), key.coordinates().0)) {
                    return Err(wrong(format!("a key of {id} is there twice")));
                }
                let kinds: HashSet<_> = signs.iter().collect();
                let index_alone = !kinds.contains(&DocumentKind::Index) || kinds.len() == 1;
                if kinds.is_empty() || kinds.len() < signs.len() || !index_alone {
                    return Err(wrong(format!(
                        "a key of {id} signs nothing, one kind twice, or the index and something \
                         else"
                    )));
                }
                keys.insert(key.kid(), (at, of_holder));
            }
        }
        for kind in [DocumentKind::Roots, DocumentKind::TrustList, DocumentKind::Catalogue] {
            let able = self.holders.iter().filter(|holder| holder.may_sign(kind)).count();
            let threshold = self.thresholds.of(kind);
            if !(1..=able).contains(&threshold) {
                return Err(wrong(format!(
                    "the threshold of {threshold} for {} is not within 1 and the {able} holders \
                     that have a key for it",
                    kind.name()
                )));
            }
        }
        Ok(keys)
    }
}

impl Holder {
    fn may_sign(&self, kind: DocumentKind) -> bool {
        self.keys.iter().any(|key| key.signs.contains(&kind))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::assert_says;

    #[test]
    fn the_specification_states_what_is_here() {
        assert_says([
            &format!("1 to {MAX_HOLDERS} holders, each with at most {MAX_KEYS} keys"),
            &format!("at most {MAX_ISSUERS_WRITTEN} issuers"),
        ]);
    }

    const MAX_ISSUERS_WRITTEN: &str = "1,024";
}
