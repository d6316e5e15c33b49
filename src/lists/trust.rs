//! The trust list: which issuers a scanner trusts, and what each of their keys may sign.
//!
//! Uses keys, key ids, regions and signed documents. Signed by a threshold of holders.
//! Specification: docs/SPEC.md section 11.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::cose::KeyId;
use crate::jose::{
    self, document_members, rfc3339, without_byte_order_mark, DocumentError, DocumentKind, Edition,
    Name, Sha256Hash, SignDocumentError,
};
use crate::keys::{Algorithm, PublicKey, SigningKey};
use crate::lists::draft::SignedDocument;
use crate::region::Region;

/// Most notices that a list names as dealt with.
const MAX_WITHDRAWALS: usize = 1_024;
/// Most rules about algorithms, and most names in one of them.
const MAX_RULES: usize = 64;
const MAX_ALGORITHMS: usize = 16;
/// Longest name of an algorithm, in bytes.
const MAX_ALGORITHM: usize = 64;
/// Most issuers.
const MAX_ISSUERS: usize = 4_096;
/// Most keys of one issuer, and of all issuers together.
const MAX_KEYS_OF_ISSUER: usize = 1_024;
const MAX_KEYS: usize = 16_384;
/// Most keys with one key id. A scan may have to try each of them.
const MAX_KEYS_OF_ID: usize = 16;
/// Most regions of a key, and most prefixes of scanner ids.
const MAX_REGIONS: usize = 256;
const MAX_BEGINNINGS: usize = 256;
/// Longest such prefix: that of an id.
const MAX_BEGINNING: usize = 64;

/// The list of trusted issuers, as its operator publishes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Members")]
pub struct TrustList {
    /// Sequence number and times.
    #[serde(flatten)]
    pub edition: Edition,
    /// The withdrawal notices that this list deals with, by hash. They end with it, whether the keys
    /// they name are gone from the list, withdrawn in it, or kept.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub withdrawals: Vec<Sha256Hash>,
    /// Which algorithms are admitted, and from when. Without rules all are admitted.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub algorithms: Vec<AlgorithmRule>,
    /// The issuers.
    pub issuers: Vec<TrustedIssuer>,
}

document_members! {
    struct Members {
        #[serde(default, deserialize_with = "jose::items::<_, _, MAX_WITHDRAWALS>")]
        withdrawals: Vec<Sha256Hash>,
        #[serde(default, deserialize_with = "jose::objects::<_, _, MAX_RULES>")]
        algorithms: Vec<AlgorithmRule>,
        #[serde(deserialize_with = "jose::objects::<_, _, MAX_ISSUERS>")]
        issuers: Vec<TrustedIssuer>,
    }
}

impl From<Members> for TrustList {
    fn from(mut members: Members) -> Self {
        let edition = members.take_edition();
        let Members { withdrawals, algorithms, issuers, .. } = members;
        TrustList { edition, withdrawals, algorithms, issuers }
    }
}

/// From a given time on, only these algorithms are admitted. The rule that began last is in force.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlgorithmRule {
    /// Since when (Unix seconds; RFC 3339 in the document).
    #[serde(rename = "from", with = "rfc3339")]
    pub from_unix_s: i64,
    /// JWS names of the algorithms of issuer keys, such as `ES256`. A name unknown to this build
    /// admits nothing here.
    #[serde(deserialize_with = "jose::texts::<_, MAX_ALGORITHMS, MAX_ALGORITHM>")]
    pub issuers: Vec<String>,
    /// The same for phone keys.
    #[serde(deserialize_with = "jose::texts::<_, MAX_ALGORITHMS, MAX_ALGORITHM>")]
    pub phones: Vec<String>,
}

/// An issuer with its keys, as in the list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "IssuerMembers")]
pub struct TrustedIssuer {
    /// Who it is.
    #[serde(flatten)]
    pub issuer: Issuer,
    /// Its keys. Past ones stay for as long as their credentials are in use.
    pub keys: Vec<IssuerKey>,
}

/// An issuer with its keys side by side, as in the document.
#[derive(Deserialize)]
struct IssuerMembers {
    id: String,
    #[serde(deserialize_with = "jose::object")]
    name: Name,
    region: Region,
    #[serde(deserialize_with = "jose::objects::<_, _, MAX_KEYS_OF_ISSUER>")]
    keys: Vec<IssuerKey>,
}

impl From<IssuerMembers> for TrustedIssuer {
    fn from(IssuerMembers { id, name, region, keys }: IssuerMembers) -> Self {
        TrustedIssuer { issuer: Issuer { id, name, region }, keys }
    }
}

/// A card-issuing agency (发卡地社会保障卡管理机构).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Issuer {
    /// A short name that never changes, such as `cn-31`: small letters, digits, `-` and `.`.
    pub id: String,
    /// Its names.
    pub name: Name,
    /// Where it issues cards.
    pub region: Region,
}

/// A key of an issuer, and the limits of what it may sign.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IssuerKey {
    /// The public key.
    #[serde(rename = "jwk", with = "jose::jwk")]
    pub key: PublicKey,
    /// What it may sign. Its other signatures do not count.
    #[serde(deserialize_with = "jose::object")]
    pub may_sign: MaySign,
    /// First second in which its signatures are accepted (Unix seconds; RFC 3339 in the document).
    #[serde(rename = "not_before", with = "rfc3339")]
    pub not_before_unix_s: i64,
    /// Last second in which its signatures are accepted.
    #[serde(rename = "not_after", with = "rfc3339")]
    pub not_after_unix_s: i64,
    /// From this second on none of its signatures are accepted, past ones included.
    #[serde(
        rename = "withdrawn_from",
        default,
        skip_serializing_if = "Option::is_none",
        with = "rfc3339::option"
    )]
    pub withdrawn_from_unix_s: Option<i64>,
}

/// What a key may sign.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MaySign {
    /// Credentials of these regions and of the regions inside them.
    #[serde(
        default,
        skip_serializing_if = "Vec::is_empty",
        deserialize_with = "jose::items::<_, _, MAX_REGIONS>"
    )]
    pub credentials: Vec<Region>,
    /// Status lists of its issuer.
    #[serde(default)]
    pub status_lists: bool,
    /// Receipts of scanners whose ids begin with one of these.
    #[serde(
        default,
        skip_serializing_if = "Vec::is_empty",
        deserialize_with = "jose::texts::<_, MAX_BEGINNINGS, MAX_BEGINNING>"
    )]
    pub receipts: Vec<String>,
}

impl TrustList {
    /// Reads the JSON of an unsigned trust list. A byte order mark in front is skipped; a signed
    /// list has none.
    pub fn from_json(json: &str) -> Result<Self, DocumentError> {
        Self::read(without_byte_order_mark(json).as_bytes())
    }

    pub(super) fn read(payload: &[u8]) -> Result<Self, DocumentError> {
        let list: TrustList = jose::read(payload)?;
        Trust::index(list.clone())?;
        Ok(list)
    }

    /// The list ready to be signed, after the checks a scanner would make.
    pub fn draft(&self) -> Result<SignedDocument, SignDocumentError> {
        SignedDocument::draft(DocumentKind::TrustList, self)
    }

    /// The list signed by one key, for a region whose threshold is 1. The signer's clock is taken
    /// to show the time that the list is dated. For several holders, or for a list that somebody
    /// else has dated, see [`TrustList::draft`].
    pub fn sign(&self, key: &dyn SigningKey) -> Result<String, SignDocumentError> {
        self.draft()?.signed_at_once(key)
    }
}

/// Whether this is the id of an issuer or a holder: 1 to 32 of `a` to `z`, `0` to `9`, `-`, `.`.
pub(crate) fn is_id(id: &str) -> bool {
    let plain = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.');
    (1..=32).contains(&id.len()) && id.bytes().all(plain)
}

/// A key and its issuer.
#[derive(Clone, Debug)]
pub(crate) struct Candidate {
    pub(crate) issuer: Arc<Issuer>,
    pub(crate) key: IssuerKey,
    /// By which notices name it.
    pub(crate) thumbprint: Sha256Hash,
}

/// A trust list in force, its keys found by key id.
#[derive(Clone, Debug)]
pub(crate) struct Trust {
    pub(crate) edition: Edition,
    withdrawals: HashSet<Sha256Hash>,
    algorithms: AlgorithmRules,
    by_key_id: HashMap<KeyId, Vec<Candidate>>,
    issuer_ids: HashSet<String>,
}

impl Trust {
    /// A list that enough holders have signed.
    pub(crate) fn of_payload(payload: &[u8]) -> Result<Self, DocumentError> {
        Self::index(jose::read(payload)?)
    }

    fn index(list: TrustList) -> Result<Self, DocumentError> {
        let wrong = |detail: String| DocumentError::Content { detail };
        list.edition.check()?;
        let (mut ids, mut keys, mut areas) = (HashSet::new(), HashSet::new(), HashMap::new());
        let mut by_key_id: HashMap<KeyId, Vec<Candidate>> = HashMap::new();
        for TrustedIssuer { issuer, keys: issuer_keys } in list.issuers {
            if !is_id(&issuer.id) {
                return Err(wrong(format!("{:?} is no issuer id", issuer.id)));
            }
            if !ids.insert(issuer.id.clone()) {
                return Err(wrong(format!("two issuers are called {}", issuer.id)));
            }
            let issuer = Arc::new(issuer);
            for key in issuer_keys {
                if !keys.insert(key.key) {
                    return Err(wrong(format!("a key of {} is listed twice", issuer.id)));
                }
                for area in &key.may_sign.credentials {
                    let owner = areas.entry(*area).or_insert_with(|| Arc::clone(&issuer));
                    if owner.id != issuer.id {
                        return Err(wrong(format!(
                            "{} and {} both issue the cards of {area}",
                            owner.id, issuer.id
                        )));
                    }
                }
                let thumbprint = key.key.kid();
                let candidate = Candidate { issuer: Arc::clone(&issuer), key, thumbprint };
                let of_id = by_key_id.entry(candidate.key.key.key_id()).or_default();
                of_id.push(candidate);
                if of_id.len() > MAX_KEYS_OF_ID {
                    return Err(wrong(format!(
                        "more than {MAX_KEYS_OF_ID} keys have the key id of one of {}",
                        issuer.id
                    )));
                }
            }
            if keys.len() > MAX_KEYS {
                return Err(wrong(format!("more than {MAX_KEYS} keys")));
            }
        }
        Ok(Trust {
            edition: list.edition,
            withdrawals: list.withdrawals.into_iter().collect(),
            algorithms: AlgorithmRules::of(&list.algorithms),
            by_key_id,
            issuer_ids: ids,
        })
    }

    pub(crate) fn has_issuer(&self, id: &str) -> bool {
        self.issuer_ids.contains(id)
    }

    /// Whether the list names this notice as dealt with.
    pub(crate) fn deals_with(&self, notice: &Sha256Hash) -> bool {
        self.withdrawals.contains(notice)
    }

    /// The notices that the list names as dealt with.
    pub(crate) fn notices_dealt_with(&self) -> impl Iterator<Item = &Sha256Hash> {
        self.withdrawals.iter()
    }

    /// Another issuer that has a key with this thumbprint, where this one has none.
    pub(crate) fn only_of_another(&self, issuer_id: &str, thumbprint: &Sha256Hash) -> Option<&str> {
        let of_key = self.candidates().filter(|key| key.thumbprint == *thumbprint);
        let ids: Vec<&str> = of_key.map(|candidate| &*candidate.issuer.id).collect();
        ids.iter().min().copied().filter(|_| !ids.contains(&issuer_id))
    }

    /// The keys with this id, in the order of the list: usually one, none if the id is unknown.
    pub(crate) fn with_key_id(&self, id: KeyId) -> &[Candidate] {
        self.by_key_id.get(&id).map_or(&[], Vec::as_slice)
    }

    /// The keys with this id that may sign the status lists of an issuer, and count now.
    pub(crate) fn status_keys<'t>(
        &'t self,
        issuer_id: &'t str,
        key_id: KeyId,
        now: i64,
    ) -> impl Iterator<Item = &'t PublicKey> {
        self.status_keys_ever(issuer_id, key_id)
            .filter(move |key| key.validity(now) == KeyValidity::Valid)
            .map(|key| &key.key)
            .filter(move |key| self.admits_issuer(key.algorithm(), now))
    }

    /// The keys with this id that may sign the status lists of an issuer, even if they do not count
    /// now.
    pub(crate) fn status_keys_ever<'t>(
        &'t self,
        issuer_id: &'t str,
        key_id: KeyId,
    ) -> impl Iterator<Item = &'t IssuerKey> {
        let of_issuer = self.with_key_id(key_id).iter().filter(move |c| c.issuer.id == issuer_id);
        of_issuer.map(|candidate| &candidate.key).filter(|key| key.may_sign.status_lists)
    }

    /// All keys, in no order.
    pub(crate) fn candidates(&self) -> impl Iterator<Item = &Candidate> {
        self.by_key_id.values().flatten()
    }

    /// This key of an issuer if it may sign status lists, even if it does not count now.
    pub(crate) fn status_key(&self, issuer_id: &str, key: &PublicKey) -> Option<&IssuerKey> {
        let of_issuer = self.with_key_id(key.key_id()).iter().filter(|c| c.issuer.id == issuer_id);
        let mut keys = of_issuer.map(|candidate| &candidate.key);
        keys.find(|listed| listed.key == *key && listed.may_sign.status_lists)
    }

    /// The last second after `now` before a rule about algorithms takes effect under which `admits`
    /// fails. `None` if it fails already.
    pub(crate) fn ends_admitting(&self, now: i64, admits: impl Fn(i64) -> bool) -> Option<i64> {
        if !admits(now) {
            return None;
        }
        let to_come = self.algorithms.0.iter().map(|rule| rule.from_unix_s).filter(|at| *at > now);
        to_come.filter(|at| !admits(*at)).min().map(|at| at - 1)
    }

    pub(crate) fn admits_issuer(&self, algorithm: Algorithm, now: i64) -> bool {
        self.algorithms.at(now).is_none_or(|rule| rule.issuers.contains(&algorithm))
    }

    pub(crate) fn admits_phone(&self, algorithm: Algorithm, now: i64) -> bool {
        self.algorithms.at(now).is_none_or(|rule| rule.phones.contains(&algorithm))
    }
}

/// The rules about algorithms, in the order they take effect.
#[derive(Clone, Debug)]
struct AlgorithmRules(Vec<Admitted>);

/// What a rule admits, of the algorithms this build knows.
#[derive(Clone, Debug)]
struct Admitted {
    from_unix_s: i64,
    issuers: Vec<Algorithm>,
    phones: Vec<Algorithm>,
}

impl AlgorithmRules {
    fn of(rules: &[AlgorithmRule]) -> Self {
        let known = |names: &[String]| {
            let named =
                |algorithm: &&Algorithm| names.iter().any(|name| name == algorithm.jose_name());
            Algorithm::ALL.iter().filter(named).copied().collect()
        };
        let mut admitted: Vec<_> = rules
            .iter()
            .map(|rule| Admitted {
                from_unix_s: rule.from_unix_s,
                issuers: known(&rule.issuers),
                phones: known(&rule.phones),
            })
            .collect();
        // A stable sort: of two rules with the same time, the later one in the list is in force.
        admitted.sort_by_key(|rule| rule.from_unix_s);
        AlgorithmRules(admitted)
    }

    /// The rule in force.
    fn at(&self, now: i64) -> Option<&Admitted> {
        let begun = self.0.partition_point(|rule| rule.from_unix_s <= now);
        self.0[..begun].last()
    }
}

/// Whether a key's signatures count at a given time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KeyValidity {
    Valid,
    NotYet,
    Expired,
    Withdrawn { from_unix_s: i64 },
}

impl IssuerKey {
    pub(crate) fn validity(&self, now: i64) -> KeyValidity {
        match self.withdrawn_from_unix_s {
            Some(from_unix_s) if from_unix_s <= now => KeyValidity::Withdrawn { from_unix_s },
            _ if now < self.not_before_unix_s => KeyValidity::NotYet,
            _ if now > self.not_after_unix_s => KeyValidity::Expired,
            _ => KeyValidity::Valid,
        }
    }
}

#[cfg(test)]
mod tests;
