//! The index: which editions and notices are the newest, by number and hash.
//!
//! Uses roots and signed documents. It brings nothing into force; a scanner that holds less than it
//! names says so. Specification: docs/SPEC.md section 11.

use serde::{Deserialize, Serialize};

use super::draft::SignedDocument;
use super::install::{check_ahead, InstallError};
use super::roots::Roots;
use super::trust::Trust;
use super::Lists;
use crate::jose::{
    self, rfc3339, DocumentError, DocumentKind, Envelope, Sha256Hash, SignDocumentError,
};
use crate::keys::SigningKey;

/// Longest life of an index, in seconds: a day.
pub const MAX_INDEX_S: i64 = 86_400;
/// Most notices that an index names.
const MAX_NOTICES: usize = 256;
/// Most index keys whose last index is kept.
const MAX_KEPT: usize = 16;

/// The newest editions and the notices in force (`onecode-index+jws`), signed by one index key of
/// any holder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Members")]
pub struct Index {
    /// When it was made (Unix seconds; RFC 3339 in the document).
    #[serde(rename = "issued_at", with = "rfc3339")]
    pub issued_at_unix_s: i64,
    /// Until when the next one is due, at most [`MAX_INDEX_S`] later.
    #[serde(rename = "expires", with = "rfc3339")]
    pub expires_unix_s: i64,
    /// Names of features that a reader must know: see [`crate::jose::Edition::critical`].
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub critical: Vec<String>,
    /// The newest roots document.
    pub roots: Named,
    /// The newest trust list.
    pub trust_list: Named,
    /// The newest catalogue.
    pub catalogue: Named,
    /// The withdrawal notices that count, by hash.
    pub withdrawals: Vec<Sha256Hash>,
}

/// An edition, named by number and hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Named {
    /// Its sequence number.
    pub sequence: u64,
    /// Its hash.
    pub sha256: Sha256Hash,
}

#[derive(Deserialize)]
struct Members {
    #[serde(with = "rfc3339")]
    issued_at: i64,
    #[serde(with = "rfc3339")]
    expires: i64,
    #[serde(default, deserialize_with = "jose::texts::<_, 64, 128>")]
    critical: Vec<String>,
    #[serde(deserialize_with = "jose::object")]
    roots: Named,
    #[serde(deserialize_with = "jose::object")]
    trust_list: Named,
    #[serde(deserialize_with = "jose::object")]
    catalogue: Named,
    #[serde(deserialize_with = "jose::items::<_, _, MAX_NOTICES>")]
    withdrawals: Vec<Sha256Hash>,
}

impl From<Members> for Index {
    fn from(members: Members) -> Self {
        let Members { issued_at, expires, critical, roots, trust_list, catalogue, withdrawals } =
            members;
        let (issued_at_unix_s, expires_unix_s) = (issued_at, expires);
        Index {
            issued_at_unix_s,
            expires_unix_s,
            critical,
            roots,
            trust_list,
            catalogue,
            withdrawals,
        }
    }
}

impl Index {
    pub(crate) fn read(payload: &[u8]) -> Result<Self, DocumentError> {
        let index: Index = jose::read(payload)?;
        let life_s = index.expires_unix_s.saturating_sub(index.issued_at_unix_s);
        let editions = [index.roots, index.trust_list, index.catalogue];
        let latest = u64::try_from(index.issued_at_unix_s).unwrap_or(0);
        let detail = if let Some(feature) = index.critical.first() {
            format!("it needs the feature {feature:?}, which this version does not know")
        } else if !(1..=MAX_INDEX_S).contains(&life_s) {
            format!("it counts for {life_s} s; an index counts for 1 to {MAX_INDEX_S}")
        } else if editions.iter().any(|named| named.sequence > latest) {
            "it names a sequence number above its issued_at in Unix seconds".to_owned()
        } else {
            return Ok(index);
        };
        Err(DocumentError::Content { detail })
    }

    /// The index ready to be signed, after the checks a scanner would make.
    pub fn draft(&self) -> Result<SignedDocument, SignDocumentError> {
        SignedDocument::draft(DocumentKind::Index, self)
    }

    /// The index signed by one key: see [`crate::trust::TrustList::sign`].
    pub fn sign(&self, key: &dyn SigningKey) -> Result<String, SignDocumentError> {
        self.draft()?.signed_at_once(key)
    }

    /// What it says of one kind of document that has editions.
    pub fn named(&self, kind: DocumentKind) -> Option<Named> {
        match kind {
            DocumentKind::Roots => Some(self.roots),
            DocumentKind::TrustList => Some(self.trust_list),
            DocumentKind::Catalogue => Some(self.catalogue),
            DocumentKind::Withdrawal | DocumentKind::Index => None,
        }
    }
}

/// An index that was taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Known {
    pub(crate) hash: Sha256Hash,
    signer: Sha256Hash,
    pub(crate) index: Index,
}

/// The last index by each index key.
///
/// A key that was stolen may hide what is new from those who read only its index. So each key has a
/// place of its own, and whatever names more is believed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Newest(Vec<Known>);

impl Newest {
    /// See [`crate::Scanner::install_index`].
    pub(crate) fn install(
        &mut self,
        json: &[u8],
        roots: &Roots,
        now: i64,
    ) -> Result<(), InstallError> {
        let mut envelope = Envelope::of_kind(DocumentKind::Index, json)?;
        let signers = roots.require(&mut envelope)?;
        let index = Index::read(envelope.payload())?;
        if now >= index.expires_unix_s {
            return Err(InstallError::Expired { expired_unix_s: index.expires_unix_s });
        }
        check_ahead(index.issued_at_unix_s, now)?;
        let hash = envelope.hash();
        let mut kept = self.0.clone();
        kept.retain(|known| roots.signs_index(&known.signer));
        for signer in signers {
            let before = kept.iter().position(|known| known.signer == signer);
            if let Some(at) = before {
                let held = &kept[at];
                if held.index.issued_at_unix_s > index.issued_at_unix_s {
                    return Err(InstallError::Rollback {
                        in_force: held.index.issued_at_unix_s,
                        offered: index.issued_at_unix_s,
                    });
                }
                kept.remove(at);
            }
            if kept.len() < MAX_KEPT {
                kept.push(Known { hash, signer, index: index.clone() });
            }
        }
        self.0 = kept;
        Ok(())
    }

    /// Keeps an index from an archive, beside all others.
    pub(super) fn archive(
        &mut self,
        envelope: &Envelope<'_>,
        signers: &[Sha256Hash],
    ) -> Result<(), DocumentError> {
        let (hash, index) = (envelope.hash(), Index::read(envelope.payload())?);
        let of = |signer: &Sha256Hash| Known { hash, signer: *signer, index: index.clone() };
        self.0.extend(signers.iter().map(of));
        Ok(())
    }

    pub(super) fn has(&self, hash: &Sha256Hash) -> bool {
        self.0.iter().any(|known| known.hash == *hash)
    }

    /// Those whose keys may still sign an index.
    pub(crate) fn in_force<'k>(&'k self, roots: &'k Roots) -> impl Iterator<Item = &'k Known> {
        self.0.iter().filter(|known| roots.signs_index(&known.signer))
    }
}

impl Lists {
    /// The kinds of documents of which an index names more than there is here, and that index.
    pub(crate) fn missing<'l>(
        &'l self,
        trust: Option<&'l Trust>,
        now: i64,
    ) -> impl Iterator<Item = (DocumentKind, &'l Known)> {
        let of_editions = [
            (DocumentKind::Roots, Some(self.roots.number())),
            (DocumentKind::TrustList, self.trust.mark_in_force().map(|mark| mark.sequence)),
            (DocumentKind::Catalogue, self.terms.mark_in_force().map(|mark| mark.sequence)),
        ];
        self.newest.in_force(&self.roots).flat_map(move |known| {
            let Index { withdrawals, expires_unix_s, .. } = &known.index;
            let newer = of_editions.into_iter().filter_map(move |(kind, held)| {
                (known.index.named(kind)?.sequence > held.unwrap_or(0)).then_some(kind)
            });
            // Notices end by themselves, and only an index of today says which ones count.
            let is_missing = |notice: &Sha256Hash| {
                now < *expires_unix_s
                    && !self.notices.knows(notice)
                    && !trust.is_some_and(|trust| trust.deals_with(notice))
            };
            let notices = withdrawals.iter().any(is_missing).then_some(DocumentKind::Withdrawal);
            newer.chain(notices).map(move |kind| (kind, known))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::{assert_says, number};

    #[test]
    fn the_specification_states_what_is_here() {
        assert_says([
            &format!("at most a day ({} s) after `issued_at`", number(MAX_INDEX_S)),
            &format!("at most {MAX_NOTICES} hashes"),
        ]);
    }
}
