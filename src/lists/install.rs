//! Installing lists: each wholly or not at all, none older than the one before it.

use super::catalogue::Terms;
use super::status::{
    is_ahead, BookError, StatusBook, StatusListError, StatusSigner, UnverifiedStatus,
    MAX_ISSUED_AHEAD_S,
};
use super::trust::Trust;
use super::{Document, Lists, Mark};
use crate::cose::time_of_host;
use crate::jose::{DocumentError, Edition};
use crate::keys::{sha256, PublicKey};

/// A list was rejected. The one in force before stays in force.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InstallError {
    /// The document is not signed by a pinned root, or cannot be used.
    #[error(transparent)]
    Document(#[from] DocumentError),
    /// The status list or delta cannot be used.
    #[error(transparent)]
    Status(#[from] StatusListError),
    /// An edition older than the one in force.
    #[error("edition {offered} is older than {in_force}, which is in force")]
    Rollback {
        /// Sequence number, or time of a status list, in force.
        in_force: i64,
        /// The one offered.
        offered: i64,
    },
    /// Another document with the sequence number of the one in force.
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
    /// Its issue time is further ahead of this scanner's clock than any clock should be wrong.
    /// Either the signer's clock is ahead or this scanner's is behind. Install it again when the
    /// clock has been corrected.
    #[error(
        "it was issued at {issued_at_unix_s} (Unix seconds), more than {limit_s} s after this \
         scanner's clock: one of the two clocks is wrong"
    )]
    IssuedAhead {
        /// When it was issued, by its signer's clock (Unix seconds).
        issued_at_unix_s: i64,
        /// How far that is after this scanner's clock.
        ahead_s: i64,
        /// How far it may be: [`crate::status::MAX_ISSUED_AHEAD_S`].
        limit_s: i64,
    },
    /// The caller's time is after the year 9999, which usually means milliseconds.
    #[error("{unix_s} is not a time in Unix seconds")]
    NotATime {
        /// What was handed in.
        unix_s: i64,
    },
    /// A status list needs a trust list to be checked against.
    #[error("there is no trust list yet")]
    NoTrustList,
    /// The issuer has no key with that id, in force now, that may sign status lists.
    #[error("no key of {issuer} that may sign status lists has this key id")]
    NoStatusKey {
        /// The issuer it names.
        issuer: String,
    },
    /// The signature of the status list does not hold.
    #[error("the signature of the status list does not hold")]
    BadSignature,
    /// A delta for lists of another time or another key than those in force.
    #[error(
        "this delta continues lists of {from_unix_s} (Unix seconds) by the same key, which are \
         not in force"
    )]
    NoBase {
        /// The time it continues from.
        from_unix_s: i64,
    },
}

impl Lists {
    /// See [`crate::Scanner::install_trust_list`].
    pub(crate) fn install_trust_list(&mut self, jws: &[u8], now: i64) -> Result<(), InstallError> {
        check_time(now)?;
        let (trust, signed_by) = Trust::verify(jws, &self.roots_for(jws, self.trust.mark()))?;
        let mark = check_edition(&self.trust, &trust.edition, jws, signed_by, now)?;
        if !trust.roots.is_empty() {
            self.roots.clone_from(&trust.roots);
        }
        self.trust = Document::in_force(trust, mark);
        Ok(())
    }

    /// See [`crate::Scanner::install_catalogue`].
    pub(crate) fn install_catalogue(&mut self, jws: &[u8], now: i64) -> Result<(), InstallError> {
        check_time(now)?;
        let (terms, signed_by) = Terms::verify(jws, &self.roots_for(jws, self.terms.mark()))?;
        let mark = check_edition(&self.terms, &terms.edition, jws, signed_by, now)?;
        self.terms = Document::in_force(terms, mark);
        Ok(())
    }

    /// See [`crate::Scanner::install_status`].
    pub(crate) fn install_status(&mut self, cwt: &[u8], now: i64) -> Result<(), InstallError> {
        check_time(now)?;
        let unverified = UnverifiedStatus::parse(cwt);
        let trust = self.trust.list().ok_or(InstallError::NoTrustList)?;
        let named = unverified.as_ref().ok().map(|list| list.issuer_id().to_owned());
        let issuer = named.filter(|id| trust.has_issuer(id));
        let status = &mut self.status;
        let installed = unverified
            .map_err(InstallError::from)
            .and_then(|list| take_status(status, trust, &list, now, true));
        let unreadable = !matches!(
            installed,
            Ok(()) | Err(InstallError::Rollback { .. } | InstallError::NoBase { .. })
        );
        if unreadable {
            self.status.note_unreadable(issuer.as_deref(), now);
        }
        installed
    }

    /// See [`crate::Scanner::reinstall_status`].
    pub(crate) fn reinstall_status(
        &mut self,
        lists_and_deltas: impl IntoIterator<Item = impl AsRef<[u8]>>,
        now: i64,
    ) -> Result<(), InstallError> {
        check_time(now)?;
        let trust = self.trust.list().ok_or(InstallError::NoTrustList)?;
        let mut rebuilt = StatusBook::default();
        let mut left_out = None;
        for cwt in lists_and_deltas {
            let list = UnverifiedStatus::parse(cwt.as_ref())?;
            match take_status(&mut rebuilt, trust, &list, now, false) {
                // What such a key signed would not count even if it were held.
                Err(error @ InstallError::NoStatusKey { .. }) if was_signed(trust, &list) => {
                    left_out = Some(error);
                }
                taken => taken?,
            }
        }
        if let Some(error) = left_out.filter(|_| !rebuilt.was_ever_given()) {
            return Err(error);
        }
        let counts = |id: &str, signer: &StatusSigner| signer.counts(trust, id, now);
        let taken = self.status.take_over(rebuilt, now, counts);
        taken.map_err(|error| book_error(error, now))
    }

    /// The roots that may have signed a document: those in force. The same document that is in
    /// force, or was before a restart, counts even if its root has been replaced since, for
    /// instance by that document itself.
    fn roots_for(&self, jws: &[u8], before: Option<&Mark>) -> Vec<PublicKey> {
        match before {
            Some(Mark { digest, signed_by: Some(root), .. }) if *digest == sha256(jws) => {
                vec![*root]
            }
            _ => self.roots.clone(),
        }
    }
}

/// At such a time nothing can be said about a list, not even that it has expired.
fn check_time(now: i64) -> Result<(), InstallError> {
    time_of_host(now).map(|_| ()).ok_or(InstallError::NotATime { unix_s: now })
}

/// Refuses an older edition, a second document under one number, and one from too far in the future
/// while another is held. A scanner without one accepts it, and then says that its clock is behind.
/// Returns the mark of the new one.
fn check_edition<T>(
    held: &Document<T>,
    offered: &Edition,
    jws: &[u8],
    signed_by: PublicKey,
    now: i64,
) -> Result<Mark, InstallError> {
    let offered_mark = Mark::of(offered, jws, signed_by);
    if now >= offered.expires_unix_s {
        return Err(InstallError::Expired { expired_unix_s: offered.expires_unix_s });
    }
    match held.mark() {
        Some(before) if offered.sequence < before.sequence => Err(InstallError::Rollback {
            in_force: i64::try_from(before.sequence).unwrap_or(i64::MAX),
            offered: i64::try_from(offered.sequence).unwrap_or(i64::MAX),
        }),
        // What was in force already is accepted again, whatever the clock says.
        Some(before) if before.digest == offered_mark.digest => Ok(offered_mark),
        Some(before) if offered.sequence == before.sequence => {
            Err(InstallError::SameSequence { sequence: offered.sequence })
        }
        _ if held.list().is_some() && is_ahead(offered.issued_at_unix_s, now) => {
            Err(issued_ahead(offered.issued_at_unix_s, now))
        }
        _ => Ok(offered_mark),
    }
}

/// Brings a list or delta into a book, if a key that counts now signed it. When it only leads to a
/// later one, its own times do not matter.
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

/// The key that signed a status list: it belongs to the issuer named there and is admitted for
/// status lists.
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

/// Whether a key of the issuer signed this and may sign status lists, though at another time.
fn was_signed(trust: &Trust, list: &UnverifiedStatus<'_>) -> bool {
    let mut keys = trust.status_keys_ever(list.issuer_id(), list.key_id()).map(|key| &key.key);
    keys.any(|key| key.algorithm() == list.algorithm() && list.verify(key).is_ok())
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
