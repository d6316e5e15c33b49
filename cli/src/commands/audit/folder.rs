//! The documents of a published folder, read within bounds.

use std::fs;
use std::path::{Path, PathBuf};

use onecode::governance::{
    DocumentKind, Index, Roots, Sha256Hash, SignedBy, SignedDocument, Tally, Withdrawal,
};
use onecode::jose::Edition;

use super::checks::Problem;
use crate::cause::Cause;
use crate::documents;
use crate::failure::Failure;
use crate::files::{failed, files_in};
use crate::world::editions::{self, name, Editions};

/// Most documents of a kind that are read.
const MAX_DOCUMENTS: usize = 10_000;

/// All that was found.
pub(super) struct Folder {
    path: PathBuf,
    pub(super) found: Vec<Found>,
    /// Of no document.
    pub(super) problems: Vec<Problem>,
}

/// A file, and the document in it as far as it could be read. Its payload is not kept.
pub(super) struct Found {
    path: PathBuf,
    /// Its name in the folder, on one line.
    pub(super) file: String,
    pub(super) kind: Option<DocumentKind>,
    pub(super) hash: Option<Sha256Hash>,
    pub(super) edition: Option<Edition>,
    pub(super) issued_at_unix_s: Option<i64>,
    pub(super) expires_unix_s: Option<i64>,
    pub(super) index: Option<Index>,
    pub(super) counted: Option<Counted>,
    pub(super) problems: Vec<Problem>,
}

/// Who has signed it, by one edition of the roots.
pub(super) struct Counted {
    pub(super) by: u64,
    pub(super) tally: Tally,
    pub(super) signed: Vec<SignedBy>,
}

impl Folder {
    /// Reads every document. What cannot be read is a problem of its file.
    pub(super) fn read(path: &Path) -> Result<Self, Failure> {
        fs::read_dir(path).map_err(|error| failed(path, error))?;
        let editions = Editions::of(path.to_owned());
        let mut folder = Folder { path: path.to_owned(), found: Vec::new(), problems: Vec::new() };
        for kind in DocumentKind::ALL {
            let mut files = match kind {
                DocumentKind::Index => vec![editions.index()],
                _ => files_in(&editions.folder_of(kind), "json"),
            };
            if kind == DocumentKind::Index && !files[0].exists() {
                files.clear();
            }
            if files.len() > MAX_DOCUMENTS {
                folder.problems.push(Problem::too_many(kind, files.len(), MAX_DOCUMENTS));
                files.truncate(MAX_DOCUMENTS);
            }
            let mut found: Vec<Found> =
                files.into_iter().map(|file| Found::read(path, file, kind)).collect();
            // Of two with one number, the one that is in its place goes first.
            found.sort_by_key(|found| {
                let number = found.edition.as_ref().map(|edition| edition.sequence);
                (number, !found.problems.is_empty())
            });
            folder.found.append(&mut found);
        }
        Ok(folder)
    }

    pub(super) fn of_kind(&self, kind: DocumentKind) -> impl Iterator<Item = &Found> {
        self.found.iter().filter(move |found| found.kind == Some(kind))
    }

    /// Walks from what is believed, or from the first edition here. All steps, the last in force.
    pub(super) fn walk(&mut self, begun: Option<Roots>) -> Vec<Roots> {
        let mut steps: Vec<Roots> = begun.into_iter().collect();
        for found in &mut self.found {
            if found.kind != Some(DocumentKind::Roots) {
                continue;
            }
            let Ok(json) = editions::read(&found.path) else { continue };
            let walked = match steps.last() {
                None => Roots::edition(&json).map_err(|error| error.said()),
                Some(before) => {
                    let mut next = before.clone();
                    next.walk(&json).map(|()| next).map_err(|error| error.said())
                }
            };
            match walked {
                Ok(next) if steps.last() != Some(&next) => steps.push(next),
                Ok(_) => {}
                Err(error) => found.problems.push(Problem::does_not_follow(&error)),
            }
        }
        if steps.is_empty() {
            self.problems.push(Problem::no_roots(&self.path));
        }
        steps
    }

    /// Counts the holders of each document: by the roots of its time, or by later ones where their
    /// holders have signed it anew.
    pub(super) fn count(&mut self, steps: &[Roots]) {
        for found in &mut self.found {
            let Ok(json) = editions::read(&found.path) else { continue };
            if found.kind == Some(DocumentKind::Roots) {
                // By its own holders: those of the edition before, the walk has asked.
                let number = found.edition.as_ref().map_or(0, |edition| edition.sequence);
                let counted = Roots::own_tally(&json).ok();
                found.counted =
                    counted.map(|(tally, signed)| Counted { by: number, tally, signed });
                continue;
            }
            let issued = found.issued_at_unix_s.unwrap_or(i64::MIN);
            let dated = |roots: &Roots| {
                roots.document().map_or(i64::MIN, |document| document.edition.issued_at_unix_s)
            };
            let of_its_time = steps.iter().rposition(|roots| dated(roots) <= issued).unwrap_or(0);
            for roots in steps.get(of_its_time..).unwrap_or_default() {
                let Ok((tally, signed)) = roots.tally(&json) else { break };
                let counted = Counted { by: roots.number(), tally, signed };
                let is_enough = counted.tally.is_enough();
                if is_enough || found.counted.is_none() {
                    found.counted = Some(counted);
                }
                if is_enough {
                    break;
                }
            }
            match &found.counted {
                Some(counted) if !counted.tally.is_enough() => {
                    found.problems.push(Problem::not_enough(&counted.tally));
                }
                _ => {}
            }
        }
    }
}

impl Found {
    fn read(folder: &Path, path: PathBuf, kind: DocumentKind) -> Self {
        let relative = path.strip_prefix(folder).unwrap_or(&path);
        let mut found = Found {
            file: on_one_line(&relative.display().to_string()),
            path: path.clone(),
            kind: None,
            hash: None,
            edition: None,
            issued_at_unix_s: None,
            expires_unix_s: None,
            index: None,
            counted: None,
            problems: vec![],
        };
        let bytes = match editions::read(&path) {
            Ok(bytes) => bytes,
            Err(Failure(line)) => {
                found.problems.push(Problem::unreadable(line));
                return found;
            }
        };
        let document = match SignedDocument::from_json(&bytes) {
            Ok(document) => document,
            Err(error) => {
                found.problems.push(Problem::unreadable(error.said()));
                return found;
            }
        };
        if document.kind() != kind {
            found.problems.push(Problem::wrong_folder(document.kind()));
        }
        found.kind = Some(document.kind());
        found.hash = Some(document.hash());
        found.read_times(&document);
        let wanted = match (&found.edition, document.kind()) {
            (Some(edition), _) => Some(edition.sequence.to_string()),
            (None, DocumentKind::Withdrawal) => Some(document.hash().to_string()),
            _ => None,
        };
        let stem = path.file_stem().map(|stem| stem.to_string_lossy().into_owned());
        if let Some(wanted) = wanted.filter(|wanted| stem.as_ref() != Some(wanted)) {
            let place = format!("{}/{wanted}.json", name(document.kind()));
            found.problems.push(Problem::wrong_name(&place));
        }
        found
    }

    fn read_times(&mut self, document: &SignedDocument) {
        let times = match document.kind() {
            DocumentKind::Withdrawal => {
                let notice = serde_json::from_slice::<Withdrawal>(document.payload()).ok();
                notice.map(|notice| (notice.issued_at_unix_s, notice.expires_unix_s))
            }
            DocumentKind::Index => {
                self.index = serde_json::from_slice(document.payload()).ok();
                self.index.as_ref().map(|index| (index.issued_at_unix_s, index.expires_unix_s))
            }
            _ => {
                self.edition = documents::edition(document);
                self.edition.as_ref().map(|it| (it.issued_at_unix_s, it.expires_unix_s))
            }
        };
        self.issued_at_unix_s = times.map(|(issued, _)| issued);
        self.expires_unix_s = times.map(|(_, expires)| expires);
    }

    /// The document once more.
    pub(super) fn json(&self) -> Option<Vec<u8>> {
        editions::read(&self.path).ok()
    }
}

/// A name that somebody else has chosen, with nothing in it that a terminal would obey.
fn on_one_line(name: &str) -> String {
    let shown = |c: char| match c.is_control() {
        true => c.escape_unicode().to_string(),
        false => c.to_string(),
    };
    name.chars().map(shown).collect()
}
