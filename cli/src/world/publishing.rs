//! Status lists as they are published: `onecode::publication` says what lies where and in which
//! order it is written.
//!
//! Uses `files` and `books`.

use std::fs;
use std::path::{Path, PathBuf};

use onecode::publication::{
    erasable, Anchor, AnchorFiles, IndexedAnchor, NextPublication, Publication, PublishedFile,
    StatusIndex,
};
use onecode::status::StatusIssuer;
use onecode::{PublicKey, SigningKey};

use super::books::{of_issuer, IssuerFile};
use super::{World, STATUS_LASTS_S};
use crate::failure::Failure;
use crate::files::{self, failed, Readers};

/// An anchor is due once a day.
const ANCHOR_EVERY_S: u32 = 86_400;

/// Each publication has a second of its own. One that follows at once is dated by so many seconds
/// later at most.
const MOST_AHEAD_S: i64 = 60;

/// After how many seconds the next lists should be fetched.
const TTL_S: u32 = 3_600;

/// A folder with published lists.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn of(folder: PathBuf) -> Self {
        Folder(folder)
    }

    pub(crate) fn path(&self, file: &PublishedFile) -> PathBuf {
        self.0.join(file.path())
    }

    /// A file as far as one of its kind may be long.
    pub(crate) fn read(&self, file: &PublishedFile) -> Result<Vec<u8>, files::Unreadable> {
        files::try_read_up_to(&self.path(file), file.max_bytes() as u64)
    }

    /// What there is of an issuer's lists, if its index can be read.
    pub(crate) fn index(&self, issuer: &str) -> Option<StatusIndex> {
        let file = PublishedFile::StatusIndex { issuer: issuer.to_owned() };
        StatusIndex::read(&self.read(&file).ok()?, issuer).ok()
    }

    /// The lists of an anchor, if all of them are what the index says.
    pub(crate) fn lists(&self, issuer: &str, anchor: &IndexedAnchor) -> Option<Vec<Vec<u8>>> {
        let issued_at_unix_s = anchor.issued_at_unix_s;
        let own = PublishedFile::AnchorIndex { issuer: issuer.to_owned(), issued_at_unix_s };
        let files = AnchorFiles::read(&self.read(&own).ok()?, anchor).ok()?;
        let read = |number: usize| {
            let (issuer, number) = (issuer.to_owned(), u16::try_from(number).ok()?);
            self.read(&PublishedFile::StatusList { issuer, issued_at_unix_s, number }).ok()
        };
        let lists = (0..files.lists.len()).map(read).collect::<Option<Vec<_>>>()?;
        (AnchorFiles::of(&lists) == files).then_some(lists)
    }

    /// The newest lists of an issuer: those of an anchor, and the delta that leads on from it.
    pub(crate) fn newest(&self, issuer: &str) -> Option<Vec<Vec<u8>>> {
        let index = self.index(issuer)?;
        index.anchors.iter().rev().find_map(|anchor| {
            let from = anchor.issued_at_unix_s;
            index.from_anchor_bytes(from)?;
            let mut lists = self.lists(issuer, anchor)?;
            if let Some(delta) = index.delta_from(from) {
                lists.push(self.read(&index.delta_file(delta)).ok()?);
            }
            Some(lists)
        })
    }

    /// The files in the folder of an issuer.
    pub(crate) fn files_of(&self, issuer: &str) -> Vec<PublishedFile> {
        let own = self.0.join("status").join(issuer);
        let entries = |folder: &Path| fs::read_dir(folder).into_iter().flatten().flatten();
        let mut files = Vec::new();
        for entry in entries(&own) {
            let inner = entries(&entry.path()).map(|inner| inner.path());
            for path in std::iter::once(entry.path()).chain(inner) {
                let relative = path.strip_prefix(&self.0).ok().and_then(Path::to_str);
                files.extend(relative.and_then(PublishedFile::from_path));
            }
        }
        files
    }

    /// Writes one file as a whole.
    pub(crate) fn write(&self, file: &PublishedFile, bytes: &[u8]) -> Result<(), Failure> {
        let path = self.path(file);
        if let Some(folder) = path.parent() {
            files::create_folder(folder)?;
        }
        files::replace(&path, bytes, Readers::Everybody).map_err(|error| failed(&path, error))
    }

    /// Removes a file, and its folder if nothing else is in it. What cannot be removed stays.
    pub(crate) fn remove(&self, file: &PublishedFile) {
        let path = self.path(file);
        let _ = fs::remove_file(&path);
        if let Some(folder) = path.parent() {
            let _ = fs::remove_dir(folder);
        }
    }
}

impl World {
    pub(crate) fn published(&self) -> Folder {
        Folder::of(self.published.clone())
    }

    /// The issuers that have a folder with lists.
    pub(crate) fn issuers_with_lists(&self) -> Vec<String> {
        let entries = fs::read_dir(self.published.join("status")).into_iter().flatten().flatten();
        let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
        let mut issuers: Vec<_> = names.filter(|name| PublishedFile::is_folder(name)).collect();
        issuers.sort();
        issuers
    }

    /// Signs and writes what comes next of an issuer's lists: what its index says then.
    pub(crate) fn publish_status(
        &self,
        issuer: &IssuerFile,
        key: &dyn SigningKey,
        now: i64,
    ) -> Result<StatusIndex, Failure> {
        let folder = self.published();
        let next = self.next_publication(&issuer.id, now)?;
        let then = anchors(&folder, &issuer.id, &next, &key.public_key());
        let there: Vec<_> =
            then.iter().map(|(entry, statuses)| Anchor { entry: *entry, statuses }).collect();
        let expires = next.issued_at_unix_s().saturating_add(STATUS_LASTS_S);
        let made = next
            .sign(&issuer.statuses()?, &there, expires, TTL_S, key)
            .map_err(|error| of_issuer(&issuer.id, &error))?;
        self.write_publication(&folder, made)
    }

    /// Publishes lists that were signed elsewhere, as an anchor.
    pub(crate) fn publish_lists(
        &self,
        issuer: &str,
        lists: Vec<Vec<u8>>,
        issued_at_unix_s: i64,
    ) -> Result<StatusIndex, Failure> {
        let failed = |error| of_issuer(issuer, &error);
        let before = self.published().index(issuer);
        let next =
            NextPublication::after(before.as_ref(), issuer, issued_at_unix_s, ANCHOR_EVERY_S);
        let made = next.and_then(|next| next.finish(Some(lists))).map_err(failed)?;
        self.write_publication(&self.published(), made)
    }

    /// A publication now, or where one was made in this second in the next one.
    fn next_publication(&self, issuer: &str, now: i64) -> Result<NextPublication, Failure> {
        let before = self.published().index(issuer);
        let earliest = before.as_ref().map_or(now, |index| index.issued_at_unix_s + 1);
        let at = if earliest - now <= MOST_AHEAD_S { now.max(earliest) } else { now };
        NextPublication::after(before.as_ref(), issuer, at, ANCHOR_EVERY_S)
            .map_err(|error| of_issuer(issuer, &error))
    }

    fn write_publication(
        &self,
        folder: &Folder,
        made: Publication,
    ) -> Result<StatusIndex, Failure> {
        made.files.iter().try_for_each(|(file, bytes)| folder.write(file, bytes))?;
        let index = made.index;
        let files = folder.files_of(&index.issuer);
        let now = index.issued_at_unix_s;
        erasable(&files, &index, now).into_iter().for_each(|file| folder.remove(file));
        Ok(index)
    }
}

/// The anchors that can be read and are by this key. No delta continues another one.
fn anchors(
    folder: &Folder,
    issuer: &str,
    next: &NextPublication,
    key: &PublicKey,
) -> Vec<(IndexedAnchor, StatusIssuer)> {
    let read = |anchor: IndexedAnchor| {
        let lists = folder.lists(issuer, &anchor)?;
        let then = StatusIssuer::from_published(issuer, lists, &[*key]).ok()?;
        let is_whole = then.continues_unix_s() == Some(anchor.issued_at_unix_s);
        is_whole.then_some((anchor, then))
    };
    next.anchors().into_iter().filter_map(read).collect()
}
