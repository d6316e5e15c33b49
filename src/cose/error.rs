//! How bytes depart from the one encoding they should have.

/// Where and how bytes depart from the one encoding they should have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{problem} at byte {at}")]
pub struct CborError {
    /// Offset of the offending item in the outermost byte string that was read.
    pub at: usize,
    /// What is wrong with it.
    pub problem: CborProblem,
}

/// What can be wrong with an encoding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum CborProblem {
    /// The bytes end inside an item.
    #[error("the bytes end too early")]
    Truncated,
    /// Bytes follow where the structure has ended.
    #[error("bytes are left over")]
    TrailingBytes,
    /// A string, array or map of indefinite length.
    #[error("an indefinite length")]
    IndefiniteLength,
    /// A number or length in more bytes than it needs.
    #[error("a number longer than it needs to be")]
    NotShortest,
    /// An item of another type than belongs here. A tag counts as one, and so does text that is not
    /// UTF-8.
    #[error("an item of the wrong type")]
    WrongType,
    /// An array or map with another number of entries than belongs here.
    #[error("a wrong number of entries")]
    WrongCount,
    /// Map keys out of ascending order, or the same key twice.
    #[error("map keys out of order")]
    UnsortedKeys,
    /// A map key that does not belong here.
    #[error("an unexpected map key")]
    UnexpectedKey,
    /// A required map key is missing.
    #[error("a missing map key")]
    MissingKey,
    /// A byte string of an impossible length.
    #[error("a byte string of the wrong length")]
    WrongLength,
    /// A number outside its permitted range: milliseconds where seconds belong, a window of more
    /// than 300 seconds, a division code that GB/T 2260 cannot have.
    #[error("a number out of range")]
    OutOfRange,
    /// An unprotected header. None is allowed here.
    #[error("an unprotected header")]
    UnprotectedHeader,
    /// A scheme number unknown to this version: the scanner is older than the card.
    #[error("a newer scheme")]
    UnknownScheme,
    /// A COSE algorithm number unknown to this version, or one that does not fit the key.
    #[error("an unknown algorithm")]
    UnknownAlgorithm,
}

impl CborProblem {
    /// A short name that never changes, for vectors and logs.
    pub fn name(self) -> &'static str {
        match self {
            CborProblem::Truncated => "truncated",
            CborProblem::TrailingBytes => "trailing_bytes",
            CborProblem::IndefiniteLength => "indefinite_length",
            CborProblem::NotShortest => "not_shortest",
            CborProblem::WrongType => "wrong_type",
            CborProblem::WrongCount => "wrong_count",
            CborProblem::UnsortedKeys => "unsorted_keys",
            CborProblem::UnexpectedKey => "unexpected_key",
            CborProblem::MissingKey => "missing_key",
            CborProblem::WrongLength => "wrong_length",
            CborProblem::OutOfRange => "out_of_range",
            CborProblem::UnprotectedHeader => "unprotected_header",
            CborProblem::UnknownScheme => "unknown_scheme",
            CborProblem::UnknownAlgorithm => "unknown_algorithm",
        }
    }
}
