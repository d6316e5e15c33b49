//! Where published lists lie, and what a publication writes.
//!
//! Uses documents, status lists and their issuer. Reads and writes no file: a host does, in the
//! order that is said here. Specification: docs/SPEC.md section 23.

mod erase;
mod file;
mod index;
mod kept;
mod next;

pub use erase::{erasable, GRACE_S};
pub use file::{PublishedFile, MAX_INDEX_FILE, MAX_STATUS_FILE};
pub use index::{
    AnchorFiles, FileEntry, IndexedAnchor, IndexedDelta, PublicationError, StatusIndex,
    MAX_ANCHORS, MAX_ANCHOR_BYTES,
};
pub(crate) use kept::first_of_weeks;
pub use kept::{kept, KEPT_DAYS, KEPT_MONDAYS, KEPT_MONTHS};
pub use next::{Anchor, NextPublication, Publication, SignPublicationError};
