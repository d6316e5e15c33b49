//! Which issuers a scanner believes, and what each of their keys may sign.
//!
//! Uses keys, key ids and regions. Specification: docs/SPEC.md section 10.

use std::collections::HashMap;
use std::sync::Arc;

use crate::cose::KeyId;
use crate::keys::PublicKey;
use crate::region::Region;

/// A card-issuing agency (发卡地社会保障卡管理机构).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issuer {
    /// A short name that never changes, such as `cn-31`.
    pub id: String,
    /// Its name in Chinese.
    pub name_zh: String,
    /// Its name in English.
    pub name_en: String,
    /// Where it issues cards.
    pub region: Region,
}

/// A key of an issuer and the bounds of what it may sign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IssuerKey {
    /// The public key.
    pub key: PublicKey,
    /// Credentials of these regions, and of what lies in them, may be signed with it.
    pub credential_regions: Vec<Region>,
    /// First second at which what it signed is accepted (Unix seconds).
    pub not_before_unix_s: i64,
    /// Last second at which what it signed is accepted (Unix seconds).
    pub not_after_unix_s: i64,
    /// From this second on nothing that it ever signed is accepted (Unix seconds).
    pub withdrawn_from_unix_s: Option<i64>,
}

/// A key together with whose it is.
#[derive(Clone, Debug)]
pub(crate) struct Candidate {
    pub(crate) issuer: Arc<Issuer>,
    pub(crate) key: IssuerKey,
}

/// The issuers that a scanner believes, found by the key id in a credential.
#[derive(Clone, Debug, Default)]
pub struct Issuers {
    by_key_id: HashMap<KeyId, Vec<Candidate>>,
}

impl Issuers {
    /// No issuers: every card is unknown.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds an issuer with its keys.
    pub fn add(&mut self, issuer: Issuer, keys: impl IntoIterator<Item = IssuerKey>) {
        let issuer = Arc::new(issuer);
        for key in keys {
            let candidate = Candidate {
                issuer: Arc::clone(&issuer),
                key,
            };
            self.by_key_id
                .entry(candidate.key.key.key_id())
                .or_default()
                .push(candidate);
        }
    }

    /// The keys with this id, in the order they were added: usually one, and none if unknown.
    pub(crate) fn with_key_id(&self, id: KeyId) -> &[Candidate] {
        self.by_key_id.get(&id).map_or(&[], Vec::as_slice)
    }
}
