//! The lists that were in force at some time, from an archive. They may have expired since.

use super::status::{StatusListError, StatusSigner, UnverifiedStatus};
use super::{catalogue::Terms, trust::Trust, Document, Lists, Mark};
use crate::jose::DocumentError;
use crate::keys::PublicKey;

impl Lists {
    /// Lists signed by one of `roots`, or by a root that the trust list names.
    pub(crate) fn from_archive(
        roots: &[PublicKey],
        trust_list: Option<&[u8]>,
        catalogue: Option<&[u8]>,
    ) -> Result<Self, DocumentError> {
        let mut lists = Lists::believing(roots.iter().copied());
        if let Some(jws) = trust_list {
            let (list, signed_by) = Trust::verify(jws, &lists.roots)?;
            lists.roots.extend(&list.roots);
            let mark = Mark::of(&list.edition, jws, signed_by);
            lists.trust = Document::in_force(list, mark);
        }
        if let Some(jws) = catalogue {
            let (list, signed_by) = Terms::verify(jws, &lists.roots)?;
            let mark = Mark::of(&list.edition, jws, signed_by);
            lists.terms = Document::in_force(list, mark);
        }
        Ok(lists)
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
        let signer = StatusSigner { key_id: unverified.key_id(), key };
        let content = unverified.content()?;
        // An archive holds expired lists in the order they were made. Which keys counted then is
        // unknown here, so a list by another key blocks nothing.
        self.status
            .install(issuer_id, signer, content, None, |held| *held == signer)
            .map_err(|_| ArchivedStatusError::NoBase)
    }
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
