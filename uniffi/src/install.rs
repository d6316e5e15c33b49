//! Why a list is rejected.

use onecode::cose::{CborError, CborProblem};

use crate::mirror::mirror;
use crate::{SigningError, UsageError};

mirror! {
    /// A signed document was not accepted.
    #[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, uniffi::Error)]
    #[uniffi::export(Display)]
    pub enum DocumentError = onecode::jose::DocumentError {
        /// The caller's time is after the year 9999, which usually means milliseconds.
        #[error("{unix_s} is not a time in Unix seconds")]
        NotATime {
            /// What was handed in.
            unix_s: i64,
        },
        /// Larger than any document that is read.
        #[error("{length} bytes are over the limit of {limit}")]
        TooLarge {
            /// Bytes given.
            length: i64,
            /// Bytes allowed.
            limit: i64,
        },
        /// It has not exactly three parts separated by dots, or its header or signature is too
        /// long.
        #[error("not a compact JWS")]
        NotJws,
        /// A part that is not base64url without padding.
        #[error("the {part} is {problem}")]
        NotBase64Url {
            /// `header`, `payload` or `signature`.
            part: String,
            /// What is wrong with it, and where.
            problem: String,
        },
        /// A protected header whose members are not exactly `alg`, `kid` and `typ`.
        #[error("the protected header is not exactly alg, kid and typ")]
        Header,
        /// Another kind of document.
        #[error("this is a document of type {found:?}")]
        WrongKind {
            /// Its `typ`.
            found: String,
        },
        /// It is signed by a key that is no root here.
        #[error("no pinned root has the key {key:?}")]
        UnknownRoot {
            /// The `kid` in the header.
            key: String,
        },
        /// The header names an algorithm other than the root key's.
        #[error("the root key is for {key}, the header says {named:?}")]
        WrongAlgorithm {
            /// The algorithm of the key.
            key: String,
            /// What the header says.
            named: String,
        },
        /// The signature does not hold.
        #[error("the signature does not hold")]
        BadSignature,
        /// It is signed, but its content is not what such a document must hold; or its JSON is not
        /// such a document.
        #[error("the content cannot be used: {detail}")]
        Content {
            /// Where and why.
            detail: String,
        },
    }
}

mirror! {
    /// A list was rejected. The one in force before stays in force.
    #[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, uniffi::Error)]
    #[uniffi::export(Display)]
    pub enum InstallError = onecode::InstallError {
        /// The document is not signed by a pinned root, or cannot be used.
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
        #[error("this delta continues lists of {from_unix_s} (Unix seconds) that are not in force")]
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
