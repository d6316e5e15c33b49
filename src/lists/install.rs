//! Installing lists: each wholly or not at all, none older than the one before it.

use super::catalogue::Terms;
use super::roots::Roots;
use super::status::{
    is_ahead, BookError, Standing, StatusBook, StatusListError, StatusSigner, UnverifiedStatus,
    MAX_ISSUED_AHEAD_S,
};
use super::trust::Trust;
use super::{Document, Lists, Mark};
use crate::cose::time_of_host;
use crate::jose::{DocumentError, DocumentKind, Edition, Envelope, Sha256Hash};

/// A list was rejected. The one in force before stays in force.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InstallError {
    /// Too few holders have signed the document, or it cannot be used.
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
    /// A roots document that is not the next one. A scanner walks from edition to edition.
    #[error("roots edition {offered} does not follow {in_force}, which is in force")]
    RootsSkipped {
        /// The edition in force; 0 for a lone key.
        in_force: u64,
        /// The edition offered.
        offered: u64,
    },
    /// Another roots document than the one whose hash the scanner was set up with.
    #[error("the scanner was set up with the roots document {expected}; this one is {found}")]
    OtherRoots {
        /// The hash it was set up with.
        expected: Sha256Hash,
        /// That of the document offered.
        found: Sha256Hash,
    },
    /// A withdrawal notice by a holder who does not answer for the issuer whose keys it names.
    #[error("no holder that signed this answers for {issuer}")]
    NotAnsweredFor {
        /// The issuer.
        issuer: String,
    },
    /// The scanner keeps as many notices of this holder as it may.
    #[error("there are {limit} withdrawal notices of this holder already")]
    TooManyNotices {
        /// Most notices of one holder.
        limit: usize,
    },
    /// A status list by a key that a notice has withdrawn, and not the very list that was in force.
    #[error("the key that signed this status list of {issuer} has been withdrawn")]
    StatusKeyWithdrawn {
        /// The issuer it names.
        issuer: String,
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
    /// See [`crate::Scanner::install_roots`].
    pub(crate) fn install_roots(&mut self, json: &[u8]) -> Result<(), InstallError> {
        self.roots.walk(json)?;
        self.notices.settle(&self.roots, self.trust.list());
        Ok(())
    }

    /// See [`crate::Scanner::install_trust_list`].
    pub(crate) fn install_trust_list(&mut self, json: &[u8], now: i64) -> Result<(), InstallError> {
        check_time(now)?;
        let mut envelope = Envelope::of_kind(DocumentKind::TrustList, json)?;
        let signers = signers(&self.roots, &mut envelope, self.trust.mark())?;
        let trust = Trust::of_payload(envelope.payload())?;
        let mark = Mark::of(&trust.edition, envelope.hash(), signers);
        check_edition(&self.trust, &self.roots, envelope.kind, &trust.edition, &mark, now)?;
        self.trust = Document::in_force(trust, mark);
        self.notices.settle(&self.roots, self.trust.list());
        Ok(())
    }

    /// See [`crate::Scanner::install_catalogue`].
    pub(crate) fn install_catalogue(&mut self, json: &[u8], now: i64) -> Result<(), InstallError> {
        check_time(now)?;
        let mut envelope = Envelope::of_kind(DocumentKind::Catalogue, json)?;
        let signers = signers(&self.roots, &mut envelope, self.terms.mark())?;
        let terms = Terms::of_payload(envelope.payload())?;
        let mark = Mark::of(&terms.edition, envelope.hash(), signers);
        check_edition(&self.terms, &self.roots, envelope.kind, &terms.edition, &mark, now)?;
        self.terms = Document::in_force(terms, mark);
        Ok(())
    }

    /// See [`crate::Scanner::install_withdrawal`].
    pub(crate) fn install_withdrawal(&mut self, json: &[u8], now: i64) -> Result<(), InstallError> {
        check_time(now)?;
        self.notices.install(json, &self.roots, self.trust.list(), now)
    }

    /// See [`crate::Scanner::install_index`].
    pub(crate) fn install_index(&mut self, json: &[u8], now: i64) -> Result<(), InstallError> {
        check_time(now)?;
        self.newest.install(json, &self.roots, now)
    }

    /// See [`crate::Scanner::install_status`].
    pub(crate) fn install_status(&mut self, cwt: &[u8], now: i64) -> Result<(), InstallError> {
        check_time(now)?;
        let unverified = UnverifiedStatus::parse(cwt);
        let trust = self.trust.list().ok_or(InstallError::NoTrustList)?;
        let named = unverified.as_ref().ok().map(|list| list.issuer_id().to_owned());
        let issuer = named.filter(|id| trust.has_issuer(id));
        // Out of `self` for as long as the other lists judge it.
        let mut status = std::mem::take(&mut self.status);
        let installed = unverified
            .map_err(InstallError::from)
            .and_then(|list| self.take_status(&mut status, trust, &list, now, true));
        self.status = status;
        self.note_unreadable(&installed, issuer.as_deref(), now);
        installed
    }

    /// Remembers what could not be used, unless it was only older, or made for other lists.
    fn note_unreadable(
        &mut self,
        installed: &Result<(), InstallError>,
        issuer: Option<&str>,
        now: i64,
    ) {
        match installed {
            Ok(()) | Err(InstallError::Rollback { .. } | InstallError::NoBase { .. }) => {}
            Err(_) => self.status.note_unreadable(issuer, now),
        }
    }

    /// See [`crate::Scanner::install_statuses`].
    pub(crate) fn install_statuses(
        &mut self,
        lists_and_deltas: impl IntoIterator<Item = impl AsRef<[u8]>>,
        now: i64,
    ) -> Result<(), InstallError> {
        check_time(now)?;
        self.trust.list().ok_or(InstallError::NoTrustList)?;
        let mut issuer = None;
        let installed = self.take_statuses(lists_and_deltas, &mut issuer, now);
        self.note_unreadable(&installed, issuer.as_deref(), now);
        installed
    }

    /// Leaves in `issuer` whose list it was that could not be used, if that could be read.
    fn take_statuses(
        &mut self,
        lists_and_deltas: impl IntoIterator<Item = impl AsRef<[u8]>>,
        issuer: &mut Option<String>,
        now: i64,
    ) -> Result<(), InstallError> {
        let trust = self.trust.list().ok_or(InstallError::NoTrustList)?;
        let mut rebuilt = StatusBook::default();
        let mut left_out = None;
        for cwt in lists_and_deltas {
            *issuer = None;
            let list = UnverifiedStatus::parse(cwt.as_ref())?;
            *issuer = Some(list.issuer_id().to_owned()).filter(|id| trust.has_issuer(id));
            match self.take_status(&mut rebuilt, trust, &list, now, false) {
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
        let mut status = std::mem::take(&mut self.status);
        let standing = |id: &str, signer: &StatusSigner| self.standing(trust, id, signer, now);
        let taken = status.take_over(rebuilt, now, standing);
        self.status = status;
        taken.map_err(|error| book_error(error, now))
    }

    /// Brings a list or delta into a book, if a key that counts now signed it. When it only leads
    /// to a later one, its own times do not matter, and neither does a notice: what it leads to is
    /// compared with what was in force.
    fn take_status(
        &self,
        status: &mut StatusBook,
        trust: &Trust,
        list: &UnverifiedStatus<'_>,
        now: i64,
        in_time: bool,
    ) -> Result<(), InstallError> {
        let signer = status_signer(trust, list, now)?;
        let content = list.content()?;
        let id = list.issuer_id();
        let standing = |signer: &StatusSigner| match self.standing(trust, id, signer, now) {
            Standing::RefusesOnly if !in_time => Standing::Counts,
            standing => standing,
        };
        let taken = status.install(id, signer, content, in_time.then_some(now), standing);
        taken.map_err(|error| book_error(error, now))
    }
}

/// The keys whose signatures count: a threshold of holders. The same document that is in force, or
/// was before a restart, counts even if its signers have been replaced since; with other signatures
/// that suffice now, those are the ones that count from here on.
fn signers(
    roots: &Roots,
    envelope: &mut Envelope<'_>,
    before: Option<&Mark>,
) -> Result<Vec<Sha256Hash>, InstallError> {
    match (roots.require(envelope), before) {
        (Err(_), Some(mark)) if mark.hash == envelope.hash() && !mark.signers.is_empty() => {
            Ok(mark.signers.clone())
        }
        (signers, _) => Ok(signers?),
    }
}

/// At such a time nothing can be said about a list, not even that it has expired.
fn check_time(now: i64) -> Result<(), InstallError> {
    time_of_host(now).map(|_| ()).ok_or(InstallError::NotATime { unix_s: now })
}

/// Refuses an older edition, a second document under one number, and one from too far in the future
/// while another is held. A scanner without one accepts it, and then says that its clock is behind.
///
/// What was signed by too few of the holders in force stands in the way of nothing that is dated
/// since they are.
fn check_edition<T>(
    held: &Document<T>,
    roots: &Roots,
    kind: DocumentKind,
    offered: &Edition,
    mark: &Mark,
    now: i64,
) -> Result<(), InstallError> {
    if now >= offered.expires_unix_s {
        return Err(InstallError::Expired { expired_unix_s: offered.expires_unix_s });
    }
    // What was in force already is accepted again, whatever the clock says.
    if held.mark().is_some_and(|before| before.hash == mark.hash) {
        return Ok(());
    }
    let dated_since = offered.issued_at_unix_s >= roots.issued_at_unix_s();
    let stands = |before: &&Mark| {
        before.counts(now) && (!dated_since || roots.reached_by(&before.signers, kind))
    };
    match held.mark().filter(stands) {
        Some(before) if offered.sequence < before.sequence => Err(InstallError::Rollback {
            in_force: i64::try_from(before.sequence).unwrap_or(i64::MAX),
            offered: i64::try_from(offered.sequence).unwrap_or(i64::MAX),
        }),
        Some(before) if offered.sequence == before.sequence => {
            Err(InstallError::SameSequence { sequence: offered.sequence })
        }
        _ if held.list().is_some() => check_ahead(offered.issued_at_unix_s, now),
        _ => Ok(()),
    }
}

/// Refuses what is dated more than a day ahead.
pub(super) fn check_ahead(issued_at_unix_s: i64, now: i64) -> Result<(), InstallError> {
    match is_ahead(issued_at_unix_s, now) {
        true => Err(issued_ahead(issued_at_unix_s, now)),
        false => Ok(()),
    }
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
        .map(|key| StatusSigner::of(*key))
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
        BookError::Withdrawn { issuer_id } => {
            InstallError::StatusKeyWithdrawn { issuer: issuer_id }
        }
        BookError::List(error) => InstallError::Status(error),
    }
}
