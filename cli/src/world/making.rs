//! Documents of a practice region on their way from one holder to the next.

use std::path::PathBuf;

use onecode::governance::{DocumentKind, SignedDocument};

use super::{checked, editions, World};
use crate::documents;
use crate::failure::Failure;

impl World {
    /// Where the key is with which a holder signs such documents.
    pub(crate) fn holder_key(&self, holder: &str, kind: DocumentKind) -> Result<PathBuf, Failure> {
        let folder = self.path("holders").join(checked(holder)?);
        if !folder.is_dir() {
            return Err(self.no_such(&said!("签署方", "holder"), holder, "holders"));
        }
        Ok(folder.join(match kind {
            DocumentKind::Index => "index.pem",
            _ => "signing.pem",
        }))
    }

    /// A document that some holders have signed, and not enough of them.
    pub(crate) fn in_making(&self, kind: DocumentKind) -> PathBuf {
        self.path("signing").join(format!("{}.json", editions::name(kind)))
    }

    /// Where a document is published.
    pub(crate) fn place_of(&self, document: &SignedDocument) -> PathBuf {
        let editions = self.editions();
        match document.kind() {
            DocumentKind::Index => editions.index(),
            DocumentKind::Withdrawal => editions.notice(&document.hash()),
            kind => {
                let number = documents::edition(document).map_or(0, |edition| edition.sequence);
                editions.file(kind, number)
            }
        }
    }
}
