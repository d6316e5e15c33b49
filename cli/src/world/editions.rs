//! Where published documents are: a folder for each kind, an edition a file.
//!
//! ```text
//! roots/N.json  trust-list/N.json  catalogue/N.json     never rewritten, all of them kept
//! withdrawal/HASH.json
//! index.json
//! ```
//!
//! A name is a hint, and no more: what a document is, its content and signatures say. Uses `files`.

use std::path::{Path, PathBuf};

use onecode::governance::{DocumentKind, Roots, Sha256Hash};

use crate::failure::Failure;
use crate::files::{self, failed};

/// Most editions of the roots that a walk goes through, the lowest numbers first.
pub(crate) const MAX_ROOTS: usize = 1_024;

/// The name of a kind, as a folder, and in the command.
pub(crate) fn name(kind: DocumentKind) -> &'static str {
    match kind {
        DocumentKind::Roots => "roots",
        DocumentKind::TrustList => "trust-list",
        DocumentKind::Catalogue => "catalogue",
        DocumentKind::Withdrawal => "withdrawal",
        DocumentKind::Index => "index",
    }
}

/// A folder with published documents.
pub(crate) struct Editions {
    folder: PathBuf,
}

impl Editions {
    pub(crate) fn of(folder: PathBuf) -> Self {
        Editions { folder }
    }

    pub(crate) fn folder_of(&self, kind: DocumentKind) -> PathBuf {
        self.folder.join(name(kind))
    }

    pub(crate) fn file(&self, kind: DocumentKind, number: u64) -> PathBuf {
        self.folder_of(kind).join(format!("{number}.json"))
    }

    pub(crate) fn index(&self) -> PathBuf {
        self.folder.join("index.json")
    }

    pub(crate) fn notice(&self, hash: &Sha256Hash) -> PathBuf {
        self.folder_of(DocumentKind::Withdrawal).join(format!("{hash}.json"))
    }

    /// The editions of a kind by the numbers of their files, the lowest first.
    pub(crate) fn numbered(&self, kind: DocumentKind) -> Vec<(u64, PathBuf)> {
        let files = files::files_in(&self.folder_of(kind), "json");
        let number = |file: &Path| {
            let stem = file.file_stem()?.to_str()?;
            stem.parse::<u64>().ok().filter(|number| number.to_string() == stem)
        };
        let mut numbered: Vec<_> =
            files.into_iter().filter_map(|file| Some((number(&file)?, file))).collect();
        numbered.sort();
        numbered
    }

    /// The withdrawal notices.
    pub(crate) fn notices(&self) -> Vec<PathBuf> {
        files::files_in(&self.folder_of(DocumentKind::Withdrawal), "json")
    }

    /// The newest edition that enough holders have signed, by one of these editions of the roots.
    pub(crate) fn newest(
        &self,
        kind: DocumentKind,
        roots: &[Roots],
    ) -> Result<(PathBuf, Vec<u8>), Failure> {
        let mut first_problem = None;
        for (_, file) in self.numbered(kind).into_iter().rev() {
            match read_signed(&file, roots) {
                Ok(bytes) => return Ok((file, bytes)),
                Err(problem) => first_problem = first_problem.or(Some(problem)),
            }
        }
        Err(first_problem.unwrap_or_else(|| {
            let text = said!("里面没有任何一版", "there is no edition in it");
            failed(&self.folder_of(kind), text)
        }))
    }
}

/// A document that enough holders have signed, by one of these editions of the roots.
fn read_signed(file: &Path, roots: &[Roots]) -> Result<Vec<u8>, Failure> {
    let bytes = read(file)?;
    if roots.is_empty() {
        return Err(failed(file, said!("没有根密钥名录", "there are no roots")));
    }
    Roots::enough_by(roots, &bytes).map_err(|error| failed(file, error))?;
    Ok(bytes)
}

/// A signed document, of a size that one may have.
pub(crate) fn read(file: &Path) -> Result<Vec<u8>, Failure> {
    files::read_up_to(file, onecode::jose::MAX_DOCUMENT as u64)
}
