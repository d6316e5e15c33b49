//! The lists of a scanner, each taken wholly or not at all.

use super::Scanner;
use crate::catalogue::Terms;
use crate::jose::{DocumentError, Edition};
use crate::keys::{sha256, PublicKey};
use crate::status::{
    is_ahead, BookError, StatusBook, StatusListError, StatusSigner, UnverifiedStatus,
    MAX_ISSUED_AHEAD_S,
};
use crate::trust::Trust;

/// A list together with what tells it from another one of the same number.
#[derive(Clone, Debug)]
pub(super) struct InForce<T> {
    pub(super) list: T,
    pub(super) mark: Mark,
}

/// What tells a signed document from every other one: enough to refuse an older one, or another
/// one of the same number, when the document itself is gone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mark {
    pub(super) sequence: u64,
    pub(super) digest: [u8; 32],
    /// The root that signed it. It may be none of the roots in force any more.
    pub(super) signed_by: PublicKey,
}

impl Mark {
    pub(super) fn of(edition: &Edition, jws: &[u8], signed_by: PublicKey) -> Self {
        Mark { sequence: edition.sequence, digest: sha256(jws), signed_by }
    }
}

/// A list was not taken; what was in force before still is.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
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
    /// It was issued further after this scanner's clock than any clock should be wrong: the
    /// signer's clock is ahead, or this scanner's behind. Hand it in again when the clock has been
    /// set.
    #[error(
        "it was issued at {issued_at_unix_s} (Unix seconds), more than {limit_s} s after this \
         scanner's clock: one of the two clocks is wrong"
    )]
    IssuedAhead {
        /// When it was issued, by its signer's clock (Unix seconds).
        issued_at_unix_s: i64,
        /// By how much that is after this scanner's clock.
        ahead_s: i64,
        /// By how much it may be: [`crate::MAX_ISSUED_AHEAD_S`].
        limit_s: i64,
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
    /// When the list names roots, they take the place of the pinned ones. A list that was issued
    /// more than a day after `now_unix_s` is not taken in the place of one that is in force.
    pub fn install_trust_list(&mut self, jws: &[u8], now_unix_s: i64) -> Result<(), InstallError> {
        let recorded = self.lists.trust_before_restart.as_ref();
        let before = self.lists.trust.as_ref().map(|held| &held.mark).or(recorded);
        let (trust, signed_by) = Trust::verify(jws, &self.roots_for(jws, before))?;
        let holds_one = self.lists.trust.is_some();
        let mark = check_edition(before, holds_one, &trust.edition, jws, signed_by, now_unix_s)?;
        if !trust.roots.is_empty() {
            self.roots.clone_from(&trust.roots);
        }
        self.lists.trust = Some(InForce { list: trust, mark });
        Ok(())
    }

    /// Takes an application catalogue that one of the pinned roots has signed.
    pub fn install_catalogue(&mut self, jws: &[u8], now_unix_s: i64) -> Result<(), InstallError> {
        let recorded = self.lists.terms_before_restart.as_ref();
        let before = self.lists.terms.as_ref().map(|held| &held.mark).or(recorded);
        let (terms, signed_by) = Terms::verify(jws, &self.roots_for(jws, before))?;
        let holds_one = self.lists.terms.is_some();
        let mark = check_edition(before, holds_one, &terms.edition, jws, signed_by, now_unix_s)?;
        self.lists.terms = Some(InForce { list: terms, mark });
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
        let status = &mut self.lists.status;
        let installed = unverified
            .map_err(InstallError::from)
            .and_then(|list| take_status(status, trust, &list, now_unix_s, true));
        let unreadable = !matches!(
            installed,
            Ok(()) | Err(InstallError::Rollback { .. } | InstallError::NoBase { .. })
        );
        if unreadable {
            self.lists.status.note_unreadable(issuer.as_deref(), now_unix_s);
        }
        installed
    }

    /// Takes lists and the deltas that continue them again, in the order in which they once came
    /// into force; all of them or none. This is how a host that keeps what it was sent goes on
    /// after a restart with no network.
    ///
    /// What they lead to counts: it must not be older than what was in force, nor have expired, nor
    /// be issued more than a day from now, unless it was in force. On the way there may be lists
    /// that [`Scanner::install_status`] would refuse for one of these reasons.
    pub fn reinstall_status(
        &mut self,
        lists_and_deltas: impl IntoIterator<Item = impl AsRef<[u8]>>,
        now_unix_s: i64,
    ) -> Result<(), InstallError> {
        let trust =
            self.lists.trust.as_ref().map(|held| &held.list).ok_or(InstallError::NoTrustList)?;
        let mut rebuilt = StatusBook::default();
        for cwt in lists_and_deltas {
            let list = UnverifiedStatus::parse(cwt.as_ref())?;
            take_status(&mut rebuilt, trust, &list, now_unix_s, false)?;
        }
        let counts = |id: &str, signer: &StatusSigner| signer.counts(trust, id, now_unix_s);
        let taken = self.lists.status.take_over(rebuilt, now_unix_s, counts);
        taken.map_err(|error| book_error(error, now_unix_s))
    }

    /// The roots that may have signed a document: those in force. The very document that is in
    /// force, or was before a restart, counts although its root has been replaced since, by itself
    /// for instance.
    fn roots_for(&self, jws: &[u8], before: Option<&Mark>) -> Vec<PublicKey> {
        match before {
            Some(mark) if mark.digest == sha256(jws) => vec![mark.signed_by],
            _ => self.roots.clone(),
        }
    }
}

/// No way back, no second document under one number, and none of a time that is far from coming
/// where there is one: a scanner that holds none takes it, and then says that its clock is behind.
/// The mark of the new one is returned.
fn check_edition(
    before: Option<&Mark>,
    holds_one: bool,
    offered: &Edition,
    jws: &[u8],
    signed_by: PublicKey,
    now: i64,
) -> Result<Mark, InstallError> {
    let offered_mark = Mark::of(offered, jws, signed_by);
    if now >= offered.expires_unix_s {
        return Err(InstallError::Expired { expired_unix_s: offered.expires_unix_s });
    }
    match before {
        Some(before) if offered.sequence < before.sequence => Err(InstallError::Rollback {
            in_force: i64::try_from(before.sequence).unwrap_or(i64::MAX),
            offered: i64::try_from(offered.sequence).unwrap_or(i64::MAX),
        }),
        // What was in force already is taken again whatever the clock says.
        Some(before) if before.digest == offered_mark.digest => Ok(offered_mark),
        Some(before) if offered.sequence == before.sequence => {
            Err(InstallError::SameSequence { sequence: offered.sequence })
        }
        _ if holds_one && is_ahead(offered.issued_at_unix_s, now) => {
            Err(issued_ahead(offered.issued_at_unix_s, now))
        }
        _ => Ok(offered_mark),
    }
}

/// Brings a list or delta into a book, if a key signed it that counts now. Where it is only on the
/// way to another, its own times do not matter.
fn take_status(
    status: &mut StatusBook,
    trust: &Trust,
    list: &UnverifiedStatus<'_>,
    now: i64,
    in_time: bool,
) -> Result<(), InstallError> {
    let signer = status_signer(trust, list, now)?;
    let content = list.content()?;
    let id = list.issuer_id();
    let counts = |signer: &StatusSigner| signer.counts(trust, id, now);
    let taken = status.install(id, signer, content, in_time.then_some(now), counts);
    taken.map_err(|error| book_error(error, now))
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

fn issued_ahead(issued_at_unix_s: i64, now: i64) -> InstallError {
    InstallError::IssuedAhead {
        issued_at_unix_s,
        ahead_s: issued_at_unix_s.saturating_sub(now),
        limit_s: MAX_ISSUED_AHEAD_S,
    }
}

fn book_error(error: BookError, now: i64) -> InstallError {
    match error {
        BookError::Expired { expires_unix_s } => {
            InstallError::Expired { expired_unix_s: expires_unix_s }
        }
        BookError::Ahead { issued_at_unix_s } => issued_ahead(issued_at_unix_s, now),
        BookError::Older { in_force_unix_s, offered_unix_s } => {
            InstallError::Rollback { in_force: in_force_unix_s, offered: offered_unix_s }
        }
        BookError::NoBase { from_unix_s } => InstallError::NoBase { from_unix_s },
        BookError::List(error) => InstallError::Status(error),
    }
}
