//! The tag (RFC 9110, section 8.8.3) that came with the newest index, in a file beside it: a fetch
//! that runs alone asks only whether there is another one.

use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::files::{self, Readers};

/// Longest tag that is kept.
const MAX_TAG: usize = 256;

/// Three lines: the address, the hash of what came from there, the tag.
const MAX_FILE: u64 = 4_096;

pub(super) struct Tag {
    file: PathBuf,
    url: String,
}

impl Tag {
    /// Of the index that came from this address into this folder.
    pub(super) fn of(url: &str, folder: &Path) -> Self {
        Tag { file: folder.join(".index.etag"), url: url.to_owned() }
    }

    /// The tag that came with this very copy from this very address. A file that is damaged has none:
    /// the index is then fetched.
    pub(super) fn read(&self, kept: &[u8]) -> Option<String> {
        let bytes = files::try_read_up_to(&self.file, MAX_FILE).ok()?;
        let text = String::from_utf8(bytes).ok()?;
        let [url, hash, tag, ""] = text.split('\n').collect::<Vec<_>>()[..] else { return None };
        let is_of_this = url == self.url && hash == files::hex(&Sha256::digest(kept));
        (is_of_this && is_tag(tag)).then(|| tag.to_owned())
    }

    /// What cannot be kept is fetched anew.
    pub(super) fn keep(&self, tag: &str, bytes: &[u8]) {
        if is_tag(tag) {
            let text = format!("{}\n{}\n{tag}\n", self.url, files::hex(&Sha256::digest(bytes)));
            let _ = files::replace(&self.file, text.as_bytes(), Readers::Everybody);
        }
    }
}

/// Whether it can be sent back as it is.
fn is_tag(tag: &str) -> bool {
    (1..=MAX_TAG).contains(&tag.len()) && tag.bytes().all(|byte| (b' '..=b'~').contains(&byte))
}
