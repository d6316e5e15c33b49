//! What governments publish and a scanner holds: who may issue cards, which applications exist on
//! which terms, and which cards are suspended or revoked.
//!
//! Uses signed documents, status lists and keys. Each list is installed wholly or not at all. It
//! decides nothing by itself; [`crate::scan`] does. Specification: docs/SPEC.md sections 11 to 13.

mod archive;
pub(crate) mod catalogue;
pub(crate) mod foreign;
mod install;
mod kinds;
mod outlook;
pub(crate) mod status;
pub(crate) mod trust;

pub(crate) use archive::ArchivedStatusError;
pub use install::InstallError;
pub use outlook::{Affected, DocumentState, EndReason, Ending, Outlook, StatusState, Until};

use crate::jose::Edition;
use crate::keys::{sha256, PublicKey};
use catalogue::Terms;
use status::StatusBook;
use trust::Trust;

/// What others have signed. A scan only reads it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Lists {
    /// The operator roots in force.
    pub(crate) roots: Vec<PublicKey>,
    pub(crate) trust: Document<Trust>,
    pub(crate) terms: Document<Terms>,
    pub(crate) status: StatusBook,
}

impl Lists {
    /// No lists yet, and the roots that may sign the first ones.
    pub(crate) fn believing(roots: impl IntoIterator<Item = PublicKey>) -> Self {
        let mut lists = Lists::default();
        for root in roots {
            if !lists.roots.contains(&root) {
                lists.roots.push(root);
            }
        }
        lists
    }
}

impl Lists {
    /// See [`crate::Scanner::pin_roots`].
    pub(crate) fn pin_roots(&mut self, roots: Vec<PublicKey>) {
        self.trust.believe(&roots);
        self.terms.believe(&roots);
        self.roots = roots;
    }
}

/// One kind of signed document: the edition held, and the mark of the last one held. The mark
/// outlives the edition in a snapshot.
#[derive(Clone, Debug)]
pub(crate) struct Document<T> {
    list: Option<T>,
    mark: Option<Mark>,
}

impl<T> Default for Document<T> {
    fn default() -> Self {
        Document { list: None, mark: None }
    }
}

impl<T> Document<T> {
    pub(crate) fn in_force(list: T, mark: Mark) -> Self {
        Document { list: Some(list), mark: Some(mark) }
    }

    /// After a restart the document is missing until it is installed again.
    pub(crate) fn before_restart(mark: Mark) -> Self {
        Document { list: None, mark: Some(mark) }
    }

    pub(crate) fn list(&self) -> Option<&T> {
        self.list.as_ref()
    }

    /// Puts it out of force unless one of these roots has signed it. Its mark stays, so nothing
    /// older can replace it.
    fn believe(&mut self, roots: &[PublicKey]) {
        if let Some(mark) = &mut self.mark {
            if !mark.signed_by.is_some_and(|root| roots.contains(&root)) {
                (self.list, mark.signed_by) = (None, None);
            }
        }
    }

    /// The mark of the edition in force, or of the one in force before a restart.
    pub(crate) fn mark(&self) -> Option<&Mark> {
        self.mark.as_ref()
    }

    /// The mark of the edition that is held.
    pub(crate) fn mark_in_force(&self) -> Option<&Mark> {
        self.mark.as_ref().filter(|_| self.list.is_some())
    }
}

/// What identifies a signed document. It is enough to refuse an older one, or another one with the
/// same number, when the document itself is gone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mark {
    pub(crate) sequence: u64,
    pub(crate) digest: [u8; 32],
    /// The root that signed it, which may be out of force by now. `None` when the host has put the
    /// document out of force: then even the same document does not count.
    pub(crate) signed_by: Option<PublicKey>,
}

impl Mark {
    pub(crate) fn of(edition: &Edition, jws: &[u8], signed_by: PublicKey) -> Self {
        Mark { sequence: edition.sequence, digest: sha256(jws), signed_by: Some(signed_by) }
    }
}
