//! What a scanner remembers over a restart, and shares with the other gates of its venue.

use onecode::cose::{CborError, CborProblem};

use crate::mirror::mirror;
use crate::UsageError;

mirror! {
    /// What a summary of another gate added.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Record)]
    pub struct Merged = onecode::duplicates::Merged {
        /// Used codes that this scanner did not know.
        pub new_codes: i64,
        /// Waiting cards that this scanner did not know.
        pub new_cards: i64,
        /// Waiting cards left out for lack of room: those that would wait longest. Until their wait
        /// would have ended, acceptances under a pass-back rule say that the memory is incomplete.
        pub left_out_cards: i64,
    }
}

/// How well a scanner hears the other gates of its venue. What others say can only add uses. So a
/// scanner that does not hear them goes by the application's rule, and says so in each verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum Others {
    /// All that are at work, or there are none.
    Heard,
    /// One of them has been silent. Acceptances say that the memory is incomplete.
    Partly,
    /// None, or they do not hear this one. Where a code is good once it is refused with 707; where
    /// repeats are only warned of, acceptances say so.
    Unheard,
}

impl From<Others> for onecode::duplicates::Others {
    fn from(others: Others) -> Self {
        match others {
            Others::Heard => onecode::duplicates::Others::Heard,
            Others::Partly => onecode::duplicates::Others::Partly,
            Others::Unheard => onecode::duplicates::Others::Unheard,
        }
    }
}

mirror! {
    /// A summary was not merged. The memory is unchanged.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error, uniffi::Error)]
    #[uniffi::export(Display)]
    pub enum SummaryError = onecode::duplicates::SummaryError {
        /// Longer than any summary.
        #[error("{length} bytes are over the limit of {limit}")]
        TooLarge {
            /// Bytes given.
            length: i64,
            /// Bytes allowed.
            limit: i64,
        },
        /// Not a summary of used codes.
        #[error("not a summary of used codes: {problem:?} at byte {at}")]
        Form {
            /// Offset of the problem in bytes.
            at: i64,
            /// What is wrong there.
            problem: CborProblem,
        } = Form(CborError { at, problem }),
        /// It was made with another venue's key, or its bytes were changed.
        #[error("the summary was not made with this venue's key")]
        BadTag,
        /// It is too old, or its times are far from this scanner's clock.
        #[error("the summary speaks of {unix_s}, which is not near {now_unix_s} (Unix seconds)")]
        OutOfTime {
            /// The first time in it that is out of bounds.
            unix_s: i64,
            /// This scanner's clock.
            now_unix_s: i64,
        },
        /// The caller's time is after the year 9999, which usually means milliseconds.
        #[error("{unix_s} is not a time in Unix seconds")]
        NotATime {
            /// What was handed in.
            unix_s: i64,
        },
        /// The memory would be too full for the scanner's own scans.
        #[error("{entries} more entries would leave too little room for this scanner's own")]
        Full {
            /// Entries that are new.
            entries: i64,
        },
    } and {
        /// An impossible value, or a call from inside a call.
        #[error("{usage}")]
        Usage {
            /// Which, and why.
            #[from]
            usage: UsageError,
        },
    }
}

mirror! {
    /// Bytes are not a snapshot that this library can restore. None of them is used.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error, uniffi::Error)]
    #[uniffi::export(Display)]
    pub enum SnapshotError = onecode::gate::SnapshotError {
        /// Something else, or cut short at the very beginning.
        #[error("not a snapshot of a scanner")]
        NotASnapshot,
        /// Made by an older version of this library, in a form no longer read.
        #[error("a snapshot of the older format {version}")]
        OlderFormat {
            /// Its format.
            version: i32,
        },
        /// Made by a newer version of this library.
        #[error("a snapshot of the newer format {version}")]
        NewerFormat {
            /// Its format.
            version: i32,
        },
        /// Cut short or changed.
        #[error("a damaged snapshot")]
        Damaged,
        /// Undamaged, but not what this library writes.
        #[error("a snapshot with {problem:?} at byte {at}")]
        Content {
            /// Offset of the problem in bytes.
            at: i64,
            /// What is wrong there.
            problem: CborProblem,
        } = Content(CborError { at, problem }),
    } and {
        /// An impossible value.
        #[error("{usage}")]
        Usage {
            /// Which, and why.
            #[from]
            usage: UsageError,
        },
    }
}
