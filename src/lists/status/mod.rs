//! Card status: valid, suspended (挂失) or revoked (注销, 补换), exact and small.
//!
//! Uses the COSE layer, keys and the trust list. `packed` is the wire form of a list, `resident`
//! the form that is searched, `delta` a day's changes. `issuer` signs both, `draft` says in words
//! what that is, and `signed` reads it. `book` is what a scanner holds, and `reload` how an issuer
//! continues from what it published. Specification: IETF Token Status List, docs/SPEC.md section 13.

mod book;
mod delta;
mod draft;
mod issuer;
mod packed;
mod reload;
mod resident;
mod signed;

pub use book::MAX_ISSUED_AHEAD_S;
pub(crate) use book::{
    is_ahead, BookError, HeldList, Known, Mark as StatusMark, Signer as StatusSigner, Standing,
    StatusBook,
};
pub use delta::{Delta, DeltaError, DeltaLimits};
pub use issuer::{EventError, RetireError, StatusIssuer, StatusPublication, RETIRE_AFTER_S};
pub use packed::{pack, NotAStatus, PackedError, PackedStatuses, Status};
pub use reload::ReloadError;
pub use resident::{Change, Shard, ShardError, SHARD_POSITIONS};
pub use signed::StatusListError;
pub(crate) use signed::Unverified as UnverifiedStatus;
