//! The lists of a scanner, each taken wholly or not at all.

use super::Scanner;
use crate::catalogue::Terms;
use crate::jose::{DocumentError, Edition};
use crate::keys::sha256;
use crate::status::{BookError, StatusListError, StatusSigner, UnverifiedStatus};
use crate::trust::Trust;

/// A list together with what tells it from another one of the same number.
#[derive(Clone, Debug)]
pub(super) struct InForce<T> {
    pub(super) list: T,
    digest: [u8; 32],
}

/// A list was not taken; what was in force before still is.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InstallError {
    /// The document is not signed by a pinned root, or cannot be used.
    #[error(transparent)]
    Document(#[from] DocumentError),
    /// The status list or delta cannot be used.
    #[error(transparent)]
    Status(#[from] StatusListError),
    /// An older edition than the one in force.
    #[error("edition {offered} is older than {in_force}, which is in force")]
    Rollback {
        /// Sequence number, or time of a status list, in force.
        in_force: i64,
        /// The one offered.
        offered: i64,
    },
    /// Another document under the sequence number of the one in force.
    #[error("another document has the sequence number {sequence} already")]
    SameSequence {
        /// The sequence number.
        sequence: u64,
    },
    /// It has expired, by this scanner's clock.
    #[error("it expired at {expired_unix_s} (Unix seconds)")]
    Expired {
        /// When.
        expired_unix_s: i64,
    },
    /// A status list needs a trust list to be checked against.
    #[error("there is no trust list yet")]
    NoTrustList,
    /// No key of that issuer, in force now, may sign status lists under that key id.
    #[error("no key of {issuer} that may sign status lists has this key id")]
    NoStatusKey {
        /// The issuer it names.
        issuer: String,
    },
    /// The signature of the status list does not hold.
    #[error("the signature of the status list does not hold")]
    BadSignature,
    /// A delta for lists of another time than those in force, or of another key.
    #[error(
        "this delta continues lists of {from_unix_s} (Unix seconds) by the same key, which are \
         not in force"
    )]
    NoBase {
        /// The time it continues from.
        from_unix_s: i64,
    },
}

impl Scanner {
    /// Takes a trust list that one of the pinned roots has signed.
    ///
    /// When the list names roots, they take the place of the pinned ones.
    pub fn install_trust_list(&mut self, jws: &[u8], now_unix_s: i64) -> Result<(), InstallError> {
        let trust = Trust::verify(jws, &self.roots)?;
        let in_force = self.lists.trust.as_ref().map(|held| (&held.list.edition, &held.digest));
        let digest = check_edition(in_force, &trust.edition, jws, now_unix_s)?;
        if !trust.roots.is_empty() {
            self.roots.clone_from(&trust.roots);
        }
        self.lists.trust = Some(InForce { list: trust, digest });
        Ok(())
    }

    /// Takes an application catalogue that one of the pinned roots has signed.
    pub fn install_catalogue(&mut self, jws: &[u8], now_unix_s: i64) -> Result<(), InstallError> {
        let terms = Terms::verify(jws, &self.roots)?;
        let in_force = self.lists.terms.as_ref().map(|held| (&held.list.edition, &held.digest));
        let digest = check_edition(in_force, &terms.edition, jws, now_unix_s)?;
        self.lists.terms = Some(InForce { list: terms, digest });
        Ok(())
    }

    /// Takes a status list of one shard, or a delta for all shards of an issuer, signed by a key
    /// that the trust list admits for it.
    pub fn install_status(&mut self, cwt: &[u8], now_unix_s: i64) -> Result<(), InstallError> {
        let unverified = UnverifiedStatus::parse(cwt);
        let trust =
            self.lists.trust.as_ref().map(|held| &held.list).ok_or(InstallError::NoTrustList)?;
        let named = unverified.as_ref().ok().map(|list| list.issuer_id().to_owned());
        let issuer = named.filter(|id| trust.has_issuer(id));
        let installed = unverified.map_err(InstallError::from).and_then(|list| {
            let signer = status_signer(trust, &list, now_unix_s)?;
            let content = list.content()?;
            let id = list.issuer_id();
            let counts = |signer: &StatusSigner| signer.counts(trust, id, now_unix_s);
            Ok(self.lists.status.install(id, signer, content, now_unix_s, counts)?)
        });
        let unreadable = !matches!(
            installed,
            Ok(()) | Err(InstallError::Rollback { .. } | InstallError::NoBase { .. })
        );
        if unreadable {
            self.lists.status.note_unreadable(issuer.as_deref(), now_unix_s);
        }
        installed
    }
}

/// No way back, and no second document under one number. The digest of the new one is returned.
fn check_edition(
    in_force: Option<(&Edition, &[u8; 32])>,
    offered: &Edition,
    jws: &[u8],
    now: i64,
) -> Result<[u8; 32], InstallError> {
    let digest = sha256(jws);
    if now >= offered.expires_unix_s {
        return Err(InstallError::Expired { expired_unix_s: offered.expires_unix_s });
    }
    match in_force {
        Some((edition, _)) if offered.sequence < edition.sequence => Err(InstallError::Rollback {
            in_force: i64::try_from(edition.sequence).unwrap_or(i64::MAX),
            offered: i64::try_from(offered.sequence).unwrap_or(i64::MAX),
        }),
        Some((edition, held)) if offered.sequence == edition.sequence && *held != digest => {
            Err(InstallError::SameSequence { sequence: offered.sequence })
        }
        _ => Ok(digest),
    }
}

/// The key that signed a status list: one of the issuer that it names, admitted for status lists.
fn status_signer(
    trust: &Trust,
    list: &UnverifiedStatus<'_>,
    now: i64,
) -> Result<StatusSigner, InstallError> {
    let admitted: Vec<_> = trust
        .status_keys(list.issuer_id(), list.key_id(), now)
        .filter(|key| key.algorithm() == list.algorithm())
        .collect();
    if admitted.is_empty() {
        return Err(InstallError::NoStatusKey { issuer: list.issuer_id().to_owned() });
    }
    admitted
        .into_iter()
        .find(|key| list.verify(key).is_ok())
        .map(|key| StatusSigner { key_id: list.key_id(), key: *key })
        .ok_or(InstallError::BadSignature)
}

impl From<BookError> for InstallError {
    fn from(error: BookError) -> Self {
        match error {
            BookError::Expired { expires_unix_s } => {
                InstallError::Expired { expired_unix_s: expires_unix_s }
            }
            BookError::Older { in_force_unix_s, offered_unix_s } => {
                InstallError::Rollback { in_force: in_force_unix_s, offered: offered_unix_s }
            }
            BookError::NoBase { from_unix_s } => InstallError::NoBase { from_unix_s },
            BookError::List(error) => InstallError::Status(error),
        }
    }
}
