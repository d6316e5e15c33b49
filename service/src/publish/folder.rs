//! The folder of an issuer's publications: `onecode::publication` says what lies where and in which
//! order it is written; here are the files.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use onecode::publication::{
    erasable, AnchorFiles, IndexedAnchor, Publication, PublishedFile, StatusIndex,
};

use crate::problem::{Kind, Problem};

/// The folder of an issuer.
#[derive(Clone)]
pub(super) struct Folder {
    published: PathBuf,
    issuer: String,
}

impl Folder {
    pub(super) fn of(published: &Path, issuer: &str) -> Self {
        Folder { published: published.to_owned(), issuer: issuer.to_owned() }
    }

    fn path(&self, file: &PublishedFile) -> PathBuf {
        self.published.join(file.path())
    }

    /// The publication that is there, if its index can be read.
    pub(super) fn index(&self) -> Option<StatusIndex> {
        let file = PublishedFile::StatusIndex { issuer: self.issuer.clone() };
        StatusIndex::read(&fs::read(self.path(&file)).ok()?, &self.issuer).ok()
    }

    /// The lists of an anchor, if all of them are what the index says.
    pub(super) fn lists(&self, anchor: &IndexedAnchor) -> Option<Vec<Vec<u8>>> {
        let (issuer, issued_at_unix_s) = (&self.issuer, anchor.issued_at_unix_s);
        let own = PublishedFile::AnchorIndex { issuer: issuer.clone(), issued_at_unix_s };
        let files = AnchorFiles::read(&fs::read(self.path(&own)).ok()?, anchor).ok()?;
        let read = |number: usize| {
            let number = u16::try_from(number).ok()?;
            let issuer = issuer.clone();
            let file = PublishedFile::StatusList { issuer, issued_at_unix_s, number };
            fs::read(self.path(&file)).ok()
        };
        let lists = (0..files.lists.len()).map(read).collect::<Option<Vec<_>>>()?;
        (AnchorFiles::of(&lists) == files).then_some(lists)
    }

    /// Writes all but the index, which comes last.
    pub(super) fn write_objects(&self, publication: &Publication) -> Result<(), Problem> {
        let objects = publication.files.iter().filter(|(file, _)| !file.is_rewritten());
        objects.into_iter().try_for_each(|(file, bytes)| write(&self.path(file), bytes))
    }

    /// Makes a publication the newest. A process that hung meanwhile does not bring back an older
    /// one.
    pub(super) fn switch(&self, publication: &Publication) -> Result<(), Problem> {
        let newest = self.index().map(|index| index.issued_at_unix_s);
        if newest.is_some_and(|newest| newest > publication.index.issued_at_unix_s) {
            return Err(Kind::NotPublished.with("a later publication is in the folder"));
        }
        let indexes = publication.files.iter().filter(|(file, _)| file.is_rewritten());
        indexes.into_iter().try_for_each(|(file, bytes)| write(&self.path(file), bytes))
    }

    /// Removes what no index has named for a while. What cannot be removed stays: the next
    /// publication tries again.
    pub(super) fn tidy(&self, index: &StatusIndex, now: i64) {
        let own = self.published.join("status").join(&self.issuer);
        let mut files = Vec::new();
        for entry in fs::read_dir(&own).into_iter().flatten().flatten() {
            let inner = fs::read_dir(entry.path()).into_iter().flatten().flatten();
            for path in std::iter::once(entry.path()).chain(inner.map(|inner| inner.path())) {
                let relative = path.strip_prefix(&self.published).unwrap_or(&path);
                let file = relative.to_str().and_then(PublishedFile::from_path);
                files.extend(file);
            }
        }
        for file in erasable(&files, index, now) {
            let _ = fs::remove_file(self.path(file));
            if let Some(folder) = self.path(file).parent() {
                // That of an anchor, once its last file has gone.
                let _ = fs::remove_dir(folder);
            }
        }
    }
}

/// Writes a file as a whole: beside its place first, and on the disk before it takes it.
fn write(file: &Path, bytes: &[u8]) -> Result<(), Problem> {
    let failed = |error: io::Error| {
        tracing::error!(file = %file.display(), "not written: {error}");
        // The answer names no path of the server.
        Problem::from(Kind::NotPublished)
    };
    let folder = file.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder).map_err(failed)?;
    let mut beside = file.as_os_str().to_owned();
    beside.push(format!(".{}.part", std::process::id()));
    let beside = PathBuf::from(beside);
    let written = (|| {
        let mut part = File::create(&beside)?;
        part.write_all(bytes)?;
        part.sync_all()?;
        fs::rename(&beside, file)?;
        File::open(folder)?.sync_all()
    })();
    if written.is_err() {
        let _ = fs::remove_file(&beside);
    }
    written.map_err(failed)
}
