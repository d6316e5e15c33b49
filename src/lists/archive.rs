//! The lists that were in force at some time, from an archive. They may have expired since.

use super::roots::Roots;
use super::status::Standing;
use super::status::{StatusListError, StatusSigner, UnverifiedStatus};
use super::trust::Trust;
use super::{catalogue::Terms, Document, Lists, Mark};
use crate::jose::{DocumentError, DocumentKind, Envelope, Sha256Hash};

impl Lists {
    /// Lists signed by a threshold of holders, by any of these editions of the roots.
    pub(crate) fn from_archive(
        roots: &[Roots],
        trust_list: Option<&[u8]>,
        catalogue: Option<&[u8]>,
    ) -> Result<Self, DocumentError> {
        // Which edition was in force is said by each receipt.
        let mut lists = Lists::believing(Roots::hash(Sha256Hash([0; 32])));
        if let Some(json) = trust_list {
            let mut envelope = Envelope::of_kind(DocumentKind::TrustList, json)?;
            let signers = require_any(roots, &mut envelope)?;
            let list = Trust::of_payload(envelope.payload())?;
            let mark = Mark::of(&list.edition, envelope.hash(), signers);
            lists.trust = Document::in_force(list, mark);
        }
        if let Some(json) = catalogue {
            let mut envelope = Envelope::of_kind(DocumentKind::Catalogue, json)?;
            let signers = require_any(roots, &mut envelope)?;
            let list = Terms::of_payload(envelope.payload())?;
            let mark = Mark::of(&list.edition, envelope.hash(), signers);
            lists.terms = Document::in_force(list, mark);
        }
        Ok(lists)
    }

    /// Adds a notice by any of these editions of the roots.
    pub(crate) fn add_archived_withdrawal(
        &mut self,
        roots: &[Roots],
        json: &[u8],
    ) -> Result<(), DocumentError> {
        let mut envelope = Envelope::of_kind(DocumentKind::Withdrawal, json)?;
        let signers = require_any(roots, &mut envelope)?;
        self.notices.archive(&envelope, &signers)
    }

    /// Adds an index by any of these editions of the roots.
    pub(crate) fn add_archived_index(
        &mut self,
        roots: &[Roots],
        json: &[u8],
    ) -> Result<(), DocumentError> {
        let mut envelope = Envelope::of_kind(DocumentKind::Index, json)?;
        let signers = require_any(roots, &mut envelope)?;
        self.newest.archive(&envelope, &signers)
    }

    /// Whether a notice with this hash is held.
    pub(crate) fn has_notice(&self, hash: &Sha256Hash) -> bool {
        self.notices.kept.iter().any(|notice| notice.hash == *hash)
    }

    /// Whether a notice or an index with this hash is held.
    pub(crate) fn has(&self, hash: &Sha256Hash) -> bool {
        self.has_notice(hash) || self.newest.has(hash)
    }

    /// Adds a status list or a delta, signed by a key that the trust list has for it. Whether that
    /// key or the list counts today does not matter.
    pub(crate) fn add_archived_status(&mut self, cwt: &[u8]) -> Result<(), ArchivedStatusError> {
        let unverified = UnverifiedStatus::parse(cwt)?;
        let issuer_id = unverified.issuer_id();
        let trust = self.trust.list();
        let keys = trust
            .into_iter()
            .flat_map(|trust| trust.status_keys_ever(issuer_id, unverified.key_id()));
        let key = keys
            .map(|key| key.key)
            .find(|key| key.algorithm() == unverified.algorithm() && unverified.verify(key).is_ok())
            .ok_or(ArchivedStatusError::NotSigned)?;
        let signer = StatusSigner::of(key);
        let content = unverified.content()?;
        // An archive holds expired lists in the order they were made. Which keys counted then is
        // unknown here, so a list by another key blocks nothing.
        self.status
            .install(issuer_id, signer, content, None, |held| match *held == signer {
                true => Standing::Counts,
                false => Standing::Nothing,
            })
            .map_err(|_| ArchivedStatusError::NoBase)
    }
}

/// The signers that one of these editions of the roots finds sufficient. The last one says what is
/// missing.
pub(crate) fn require_any(
    roots: &[Roots],
    envelope: &mut Envelope<'_>,
) -> Result<Vec<Sha256Hash>, DocumentError> {
    let mut missing = DocumentError::NotEnough(Default::default());
    for roots in roots {
        match roots.require(envelope) {
            Ok(signers) => return Ok(signers),
            Err(error) => missing = error,
        }
    }
    Err(missing)
}

/// A status list cannot be taken from an archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ArchivedStatusError {
    /// Not a list, or one that cannot be used.
    Status(StatusListError),
    /// No key of the trust list has signed it.
    NotSigned,
    /// A delta without the lists it continues, or a list older than one already given.
    NoBase,
}

impl From<StatusListError> for ArchivedStatusError {
    fn from(error: StatusListError) -> Self {
        ArchivedStatusError::Status(error)
    }
}
