//! The trust list: which issuers a scanner believes, and what each of their keys may sign.
//!
//! Uses keys, key ids, regions and the signed-document layer. Signed by an operator root.
//! Specification: docs/SPEC.md section 11.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::cose::KeyId;
use crate::jose::{
    self, rfc3339, without_byte_order_mark, DocumentError, Edition, Name, SignDocumentError,
};
use crate::keys::{Algorithm, PublicKey, SigningKey};
use crate::region::Region;

const TYP: &str = "onecode-trust-list+jws";

/// The list of trusted issuers, as its operator publishes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrustList {
    /// Sequence number and times.
    #[serde(flatten)]
    pub edition: Edition,
    /// When present, the operator roots in force from this list on, all of them: how a root is
    /// replaced. When empty, they stay as they are.
    #[serde(default, skip_serializing_if = "Vec::is_empty", with = "jose::jwks")]
    pub roots: Vec<PublicKey>,
    /// Which algorithms are admitted from when on; none means all.
    #[serde(default, skip_serializing_if = "Vec::is_empty", deserialize_with = "jose::objects")]
    pub algorithms: Vec<AlgorithmRule>,
    /// The issuers.
    pub issuers: Vec<TrustedIssuer>,
}

/// From a given time on, only these algorithms are admitted. The rule that began last is the one
/// in force.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlgorithmRule {
    /// Since when (Unix seconds; RFC 3339 in the document).
    #[serde(rename = "from", with = "rfc3339")]
    pub from_unix_s: i64,
    /// JWS names of the algorithms of issuer keys, such as `ES256`. A name that this build does
    /// not know admits nothing here.
    pub issuers: Vec<String>,
    /// The same for phone keys.
    pub phones: Vec<String>,
}

/// An issuer with its keys, as the list has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrustedIssuer {
    /// Who it is.
    #[serde(flatten)]
    pub issuer: Issuer,
    /// Its keys, past ones included for as long as their credentials are about.
    #[serde(deserialize_with = "jose::objects")]
    pub keys: Vec<IssuerKey>,
}

/// A card-issuing agency (发卡地社会保障卡管理机构).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Issuer {
    /// A short name that never changes, such as `cn-31`: small letters, digits, `-` and `.`.
    pub id: String,
    /// Its names.
    #[serde(deserialize_with = "jose::object")]
    pub name: Name,
    /// Where it issues cards.
    pub region: Region,
}

/// A key of an issuer and the bounds of what it may sign.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IssuerKey {
    /// The public key.
    #[serde(rename = "jwk", with = "jose::jwk")]
    pub key: PublicKey,
    /// What it may sign; nothing else that it signs counts.
    #[serde(deserialize_with = "jose::object")]
    pub may_sign: MaySign,
    /// First second at which what it signed is accepted (Unix seconds; RFC 3339 in the document).
    #[serde(rename = "not_before", with = "rfc3339")]
    pub not_before_unix_s: i64,
    /// Last second at which what it signed is accepted.
    #[serde(rename = "not_after", with = "rfc3339")]
    pub not_after_unix_s: i64,
    /// From this second on nothing that it ever signed is accepted.
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
    /// Credentials of these regions and of what lies in them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub credentials: Vec<Region>,
    /// Status lists of its issuer.
    #[serde(default)]
    pub status_lists: bool,
    /// Receipts of scanners whose ids begin with one of these.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub receipts: Vec<String>,
}

impl TrustList {
    /// Reads the JSON of a trust list, as it is before it is signed. A byte order mark before it is
    /// skipped; what is signed has none.
    pub fn from_json(json: &str) -> Result<Self, DocumentError> {
        let list: TrustList = serde_json::from_slice(without_byte_order_mark(json).as_bytes())
            .map_err(|error| DocumentError::Content { detail: error.to_string() })?;
        Trust::index(list.clone())?;
        Ok(list)
    }

    /// Signs the list with an operator root, after checking what a scanner would check.
    pub fn sign(&self, root: &dyn SigningKey) -> Result<String, SignDocumentError> {
        Trust::index(self.clone())?;
        jose::sign(TYP, self, root)
    }
}

/// A key together with whose it is.
#[derive(Clone, Debug)]
pub(crate) struct Candidate {
    pub(crate) issuer: Arc<Issuer>,
    pub(crate) key: IssuerKey,
}

/// A trust list in force, its keys found by key id.
#[derive(Clone, Debug)]
pub(crate) struct Trust {
    pub(crate) edition: Edition,
    pub(crate) roots: Vec<PublicKey>,
    algorithms: Vec<AlgorithmRule>,
    by_key_id: HashMap<KeyId, Vec<Candidate>>,
    issuer_ids: HashSet<String>,
}

impl Trust {
    /// Reads a list that one of `roots` has signed; says which.
    pub(crate) fn verify(
        jws: &[u8],
        roots: &[PublicKey],
    ) -> Result<(Self, PublicKey), DocumentError> {
        let (list, root) = jose::verify(TYP, jws, roots)?;
        Ok((Self::index(list)?, root))
    }

    fn index(list: TrustList) -> Result<Self, DocumentError> {
        let wrong = |detail: String| DocumentError::Content { detail };
        list.edition.check()?;
        let (mut ids, mut keys, mut areas) = (HashSet::new(), HashSet::new(), HashMap::new());
        let mut by_key_id: HashMap<KeyId, Vec<Candidate>> = HashMap::new();
        for TrustedIssuer { issuer, keys: issuer_keys } in list.issuers {
            let id_is_short = (1..=32).contains(&issuer.id.len());
            let id_is_plain = issuer
                .id
                .bytes()
                .all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.'));
            if !id_is_short || !id_is_plain {
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
                let candidate = Candidate { issuer: Arc::clone(&issuer), key };
                by_key_id.entry(candidate.key.key.key_id()).or_default().push(candidate);
            }
        }
        Ok(Trust {
            edition: list.edition,
            roots: list.roots,
            algorithms: list.algorithms,
            by_key_id,
            issuer_ids: ids,
        })
    }

    pub(crate) fn has_issuer(&self, id: &str) -> bool {
        self.issuer_ids.contains(id)
    }

    /// The keys with this id, in the order of the list: usually one, and none if unknown.
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
        let of_issuer = self.with_key_id(key_id).iter().filter(move |c| c.issuer.id == issuer_id);
        let keys = of_issuer.map(|candidate| &candidate.key);
        keys.filter(|key| key.may_sign.status_lists)
            .filter(move |key| key.validity(now) == KeyValidity::Valid)
            .map(|key| &key.key)
            .filter(move |key| self.admits_issuer(key.algorithm(), now))
    }

    /// All keys, in no order.
    pub(crate) fn candidates(&self) -> impl Iterator<Item = &Candidate> {
        self.by_key_id.values().flatten()
    }

    /// This key of an issuer, if it may sign status lists, whether or not it counts now.
    pub(crate) fn status_key(&self, issuer_id: &str, key: &PublicKey) -> Option<&IssuerKey> {
        let of_issuer = self.with_key_id(key.key_id()).iter().filter(|c| c.issuer.id == issuer_id);
        let mut keys = of_issuer.map(|candidate| &candidate.key);
        keys.find(|listed| listed.key == *key && listed.may_sign.status_lists)
    }

    /// The last second after `now` before a rule about algorithms comes into force under which
    /// `admits` no longer holds, if it holds now.
    pub(crate) fn ends_admitting(&self, now: i64, admits: impl Fn(i64) -> bool) -> Option<i64> {
        if !admits(now) {
            return None;
        }
        let to_come = self.algorithms.iter().map(|rule| rule.from_unix_s).filter(|at| *at > now);
        to_come.filter(|at| !admits(*at)).min().map(|at| at - 1)
    }

    /// The rule about algorithms that is in force.
    fn algorithm_rule(&self, now: i64) -> Option<&AlgorithmRule> {
        let begun = self.algorithms.iter().filter(|rule| rule.from_unix_s <= now);
        begun.max_by_key(|rule| rule.from_unix_s)
    }

    pub(crate) fn admits_issuer(&self, algorithm: Algorithm, now: i64) -> bool {
        self.algorithm_rule(now).is_none_or(|rule| names(&rule.issuers, algorithm))
    }

    pub(crate) fn admits_phone(&self, algorithm: Algorithm, now: i64) -> bool {
        self.algorithm_rule(now).is_none_or(|rule| names(&rule.phones, algorithm))
    }
}

fn names(admitted: &[String], algorithm: Algorithm) -> bool {
    admitted.iter().any(|name| name == algorithm.jose_name())
}

/// Whether what a key signed counts at a time.
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
mod tests {
    use super::*;
    use crate::spec::assert_says;

    #[test]
    fn the_specification_states_what_is_here() {
        assert_says([&format!("`{TYP}`")]);
    }

    #[test]
    fn the_id_of_an_issuer_has_1_to_32_plain_characters() {
        assert_says(["(1 to 32 of `a` to `z`, `0` to `9`, `-` and `.`)"]);
        let indexed = |id: &str| {
            let list = format!(
                r#"{{"sequence":1,"issued_at":"2026-11-23T00:00:00Z",
                "next_update":"2026-11-24T00:00:00Z","expires":"2026-11-25T00:00:00Z","issuers":[
                {{"id":"{id}","name":{{"zh":"某","en":"one"}},"region":320000,"keys":[]}}]}}"#
            );
            Trust::index(serde_json::from_str(&list).unwrap()).is_ok()
        };
        for (id, good) in [
            ("a", true),
            ("az09-.", true),
            (&*"a".repeat(32), true),
            (&*"a".repeat(33), false),
            ("", false),
            ("CN-32", false),
            ("cn_32", false),
        ] {
            assert_eq!(indexed(id), good, "{id}");
        }
    }
}
