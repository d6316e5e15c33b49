//! What governments publish and a scanner holds: who may issue cards, which applications exist on
//! which terms, and which cards are suspended or revoked.
//!
//! Uses signed documents, status lists and keys. Each list is installed wholly or not at all. It
//! decides nothing by itself; [`crate::scan`] does. Specification: docs/SPEC.md sections 11 to 13.

mod archive;
pub(crate) mod catalogue;
mod draft;
pub(crate) mod foreign;
mod held;
mod install;
mod kinds;
pub(crate) mod newest;
mod outlook;
pub(crate) mod roots;
pub(crate) mod status;
pub(crate) mod trust;
pub(crate) mod withdrawal;

pub(crate) use archive::{require_any, ArchivedStatusError};
pub use draft::SignedDocument;
pub use held::{Held, HeldStatus};
pub use install::InstallError;
pub use outlook::{
    Affected, DocumentState, EndReason, Ending, IndexState, Outlook, StatusState, Until,
};

use crate::jose::{DocumentKind, Edition, Sha256Hash};
use catalogue::Terms;
use newest::Newest;
use roots::Roots;
use status::{is_ahead, Standing, StatusBook, StatusSigner};
pub(crate) use trust::is_id;
use trust::Trust;
use withdrawal::{Notice, Notices};

/// What others have signed. A scan only reads it.
#[derive(Clone, Debug)]
pub(crate) struct Lists {
    /// Whose signatures make a document count.
    pub(crate) roots: Roots,
    pub(crate) trust: Document<Trust>,
    pub(crate) terms: Document<Terms>,
    pub(crate) notices: Notices,
    pub(crate) newest: Newest,
    pub(crate) status: StatusBook,
}

impl Lists {
    /// No lists yet, and the roots that sign the first ones.
    pub(crate) fn believing(roots: Roots) -> Self {
        Lists {
            roots,
            trust: Document::default(),
            terms: Document::default(),
            notices: Notices::default(),
            newest: Newest::default(),
            status: StatusBook::default(),
        }
    }

    /// See [`crate::Scanner::begin_anew`].
    pub(crate) fn begin_anew(&mut self, roots: Roots) {
        self.trust.believe(&roots, DocumentKind::TrustList);
        self.terms.believe(&roots, DocumentKind::Catalogue);
        self.roots = roots;
        self.notices.settle(&self.roots, self.trust.list());
    }

    /// What a status list by this key of an issuer is good for now.
    pub(crate) fn standing(
        &self,
        trust: &Trust,
        issuer_id: &str,
        signer: &StatusSigner,
        now: i64,
    ) -> Standing {
        if !signer.counts(trust, issuer_id, now) {
            return Standing::Nothing;
        }
        let key = &signer.thumbprint;
        let withdraws =
            |notice: &Notice| notice.is_against(&self.roots, trust, issuer_id, key, now);
        match self.notices.kept.iter().any(withdraws) {
            true => Standing::RefusesOnly,
            false => Standing::Counts,
        }
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

    /// Puts it out of force unless these roots would take it. Its mark stays, so nothing older can
    /// replace it while its signers suffice.
    fn believe(&mut self, roots: &Roots, kind: DocumentKind) {
        if let Some(mark) = &mut self.mark {
            if !roots.reached_by(&mark.signers, kind) {
                self.list = None;
                mark.signers.clear();
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
    pub(crate) hash: Sha256Hash,
    /// What is dated more than a day ahead is no mark until its time comes nearer.
    pub(crate) issued_at_unix_s: i64,
    /// The keys that signed it, by thumbprint, some of which may be out of force by now. None when
    /// the host has put the document out of force: then even the same document does not count.
    pub(crate) signers: Vec<Sha256Hash>,
}

impl Mark {
    pub(crate) fn of(edition: &Edition, hash: Sha256Hash, signers: Vec<Sha256Hash>) -> Self {
        let Edition { sequence, issued_at_unix_s, .. } = *edition;
        Mark { sequence, hash, issued_at_unix_s, signers }
    }

    /// Whether it stands in the way of older documents by now.
    fn counts(&self, now: i64) -> bool {
        !is_ahead(self.issued_at_unix_s, now)
    }
}
