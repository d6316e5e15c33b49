//! What went wrong while fetching. Nothing of it changed what is held.

use crate::jose::{DocumentError, Sha256Hash};
use crate::lists::InstallError;
use crate::publication::{PublicationError, PublishedFile};

/// What went wrong with a file, for one line.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}: {fault}")]
pub struct FetchProblem {
    /// The file.
    pub file: PublishedFile,
    /// What was wrong.
    pub fault: FetchFault,
}

/// Why a file was not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FetchFault {
    /// An index names it, or every publication has it, and it is not there.
    #[error("it is not there")]
    Missing,
    /// It could not be fetched; the host knows why.
    #[error("it could not be fetched")]
    NotFetched,
    /// More bytes than are read.
    #[error("{length} bytes are over the limit of {limit}")]
    TooLarge {
        /// Bytes that came.
        length: usize,
        /// Bytes that are read.
        limit: usize,
    },
    /// Another size than the index says.
    #[error("it has {found} bytes, and {expected} by the index")]
    OtherSize {
        /// By the index.
        expected: u64,
        /// What came.
        found: u64,
    },
    /// Another content than the index says.
    #[error("it is not what the index names: {expected} is expected, this is {found}")]
    OtherContent {
        /// The hash in the index.
        expected: Sha256Hash,
        /// That of what came.
        found: Sha256Hash,
    },
    /// No signed document, or one of another kind.
    #[error(transparent)]
    Document(#[from] DocumentError),
    /// No index of status lists that can be used.
    #[error(transparent)]
    Index(#[from] PublicationError),
    /// The index names something older than what is or was in force: this mirror is behind.
    #[error("it names {offered}, and {held} is held: this publication is behind")]
    Behind {
        /// Number, or time of status lists, that it names.
        offered: u64,
        /// The one that is held.
        held: u64,
    },
    /// The index names another document under the number that is held.
    #[error("it names another document under the number {sequence} that is held")]
    OtherEdition {
        /// The number.
        sequence: u64,
    },
    /// The publication is dated further ahead than two clocks may differ: none of it could be
    /// taken.
    #[error("it is dated {ahead_s} s ahead of this clock")]
    Ahead {
        /// By how much.
        ahead_s: i64,
    },
    /// The issuer has no place in a publication.
    #[error("the id of this issuer begins with a point")]
    NoFolder,
    /// The scanner did not take it.
    #[error("not taken: {0}")]
    NotTaken(#[from] InstallError),
}

impl FetchFault {
    /// A short name that never changes, for vectors and logs.
    pub fn name(&self) -> &'static str {
        match self {
            FetchFault::Missing => "missing",
            FetchFault::NotFetched => "not_fetched",
            FetchFault::TooLarge { .. } => "too_large",
            FetchFault::OtherSize { .. } => "other_size",
            FetchFault::OtherContent { .. } => "other_content",
            FetchFault::Document(_) => "document",
            FetchFault::Index(_) => "index",
            FetchFault::Behind { .. } => "behind",
            FetchFault::OtherEdition { .. } => "other_edition",
            FetchFault::Ahead { .. } => "ahead",
            FetchFault::NoFolder => "no_folder",
            FetchFault::NotTaken(_) => "not_taken",
        }
    }
}
