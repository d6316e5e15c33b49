//! Why a list is rejected.

use onecode::cose::{CborError, CborProblem};

use crate::mirror::mirror;
use crate::{DocumentError, SigningError, UsageError};

mirror! {
    /// A list was rejected. The one in force before stays in force.
    #[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, uniffi::Error)]
    #[uniffi::export(Display)]
    pub enum InstallError = onecode::InstallError {
        /// Too few holders have signed the document, or it cannot be used.
        #[error("{document}")]
        Document {
            /// What is wrong with it.
            document: DocumentError,
        } = Document(document),
        /// The status list or delta cannot be used.
        #[error("{list}")]
        Status {
            /// What is wrong with it.
            list: StatusListError,
        } = Status(list),
        /// An edition older than the one in force.
        #[error("edition {offered} is older than {in_force}, which is in force")]
        Rollback {
            /// Sequence number, or time of a status list, in force.
            in_force: i64,
            /// The one offered.
            offered: i64,
        },
        /// Another document with the sequence number of the one in force.
        #[error("another document has the sequence number {sequence} already")]
        SameSequence {
            /// The sequence number.
            sequence: i64,
        },
        /// A roots document that is not the next one. A scanner walks from edition to edition:
        /// install those between first.
        #[error("roots edition {offered} does not follow {in_force}, which is in force")]
        RootsSkipped {
            /// The edition in force; 0 for a lone key.
            in_force: i64,
            /// The edition offered.
            offered: i64,
        },
        /// Another roots document than the one whose hash the scanner was set up with.
        #[error("the scanner was set up with the roots document {expected}; this one is {found}")]
        OtherRoots {
            /// The hash it was set up with, base64url.
            expected: String,
            /// That of the document offered, base64url.
            found: String,
        },
        /// A withdrawal notice by a holder who does not answer for the issuer whose keys it names.
        #[error("no holder that signed this answers for {issuer}")]
        NotAnsweredFor {
            /// The issuer.
            issuer: String,
        },
        /// The scanner keeps as many notices of this holder as it may.
        #[error("there are {limit} withdrawal notices of this holder already")]
        TooManyNotices {
            /// Most notices of one holder.
            limit: i64,
        },
        /// A status list by a key that a notice has withdrawn, and not the very list that was in
        /// force.
        #[error("the key that signed this status list of {issuer} has been withdrawn")]
        StatusKeyWithdrawn {
            /// The issuer it names.
            issuer: String,
        },
        /// It has expired, by this scanner's clock.
        #[error("it expired at {expired_unix_s} (Unix seconds)")]
        Expired {
            /// When.
            expired_unix_s: i64,
        },
        /// Its issue time is further ahead of this scanner's clock than any clock should be wrong.
        /// Either the signer's clock is ahead or this scanner's is behind. Install it again when
        /// the clock has been corrected.
        #[error(
            "it was issued at {issued_at_unix_s} (Unix seconds), more than {limit_s} s after this \
             scanner's clock: one of the two clocks is wrong"
        )]
        IssuedAhead {
            /// When it was issued, by its signer's clock (Unix seconds).
            issued_at_unix_s: i64,
            /// How far that is after this scanner's clock.
            ahead_s: i64,
            /// How far it may be.
            limit_s: i64,
        },
        /// The caller's time is after the year 9999, which usually means milliseconds.
        #[error("{unix_s} is not a time in Unix seconds")]
        NotATime {
            /// What was handed in.
            unix_s: i64,
        },
        /// A status list needs a trust list to be checked against.
        #[error("there is no trust list yet")]
        NoTrustList,
        /// The issuer has no key with that id, in force now, that may sign status lists.
        #[error("no key of {issuer} that may sign status lists has this key id")]
        NoStatusKey {
            /// The issuer it names.
            issuer: String,
        },
        /// The signature of the status list does not hold.
        #[error("the signature of the status list does not hold")]
        BadSignature,
        /// A delta for lists of another time or another key than those in force.
        #[error(
            "this delta continues lists of {from_unix_s} (Unix seconds) by the same key, which are \
             not in force"
        )]
        NoBase {
            /// The time it continues from.
            from_unix_s: i64,
        },
    } and {
        /// A call from inside a call.
        #[error("{usage}")]
        Usage {
            /// Which.
            #[from]
            usage: UsageError,
        },
    }
}

mirror! {
    /// A status list or delta cannot be used or made.
    #[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, uniffi::Error)]
    #[uniffi::export(Display)]
    pub enum StatusListError = onecode::status::StatusListError {
        /// Larger than any list of one shard.
        #[error("{length} bytes are over the limit of {limit}")]
        TooLarge {
            /// Bytes given.
            length: i64,
            /// Bytes allowed.
            limit: i64,
        },
        /// The encoding departs from the specification.
        #[error("not a status list: {problem:?} at byte {at}")]
        Form {
            /// Offset of the problem in bytes.
            at: i64,
            /// What is wrong there.
            problem: CborProblem,
        } = Form(CborError { at, problem }),
        /// A signed token of another kind.
        #[error("this is another kind of signed token")]
        WrongKind,
        /// The subject does not name an issuer and a list of its own.
        #[error("the subject names no issuer and shard")]
        Subject,
        /// Not 2 bits for each position.
        #[error("{bits} bits for each position, where it must be 2")]
        Bits {
            /// What it says.
            bits: i64,
        },
        /// The compressed list is damaged, or inflates to more than a list can have.
        #[error("{detail}")]
        Packed {
            /// In which way.
            detail: String,
        } = Packed(detail),
        /// The list holds what a scanner cannot use.
        #[error("{detail}")]
        Shard {
            /// Where and why.
            detail: String,
        } = Shard(detail),
        /// The changes cannot be read, or do not fit the lists in force.
        #[error("{detail}")]
        Delta {
            /// Where and why.
            detail: String,
        } = Delta(detail),
        /// An issuer has more lists than there are numbers.
        #[error("{shards} shards are too many")]
        TooManyShards {
            /// How many it has.
            shards: i64,
        },
        /// A time is before 1970 or after 9999, which usually means milliseconds.
        #[error("{unix_s} is not a time in Unix seconds")]
        Time {
            /// The time.
            unix_s: i64,
        },
        /// The key did not sign.
        #[error("{signing}")]
        Signing {
            /// Why not.
            #[from]
            signing: SigningError,
        } = Signing(signing),
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
