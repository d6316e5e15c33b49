//! Card status: valid, suspended (挂失) or revoked (注销, 补换), exact and small.
//!
//! Uses the COSE layer, keys and the trust list. `packed` is the wire form of a list, `resident`
//! the form that is searched, `delta` a day's changes. `signed` wraps both in what the issuer
//! signs. `book` is what a scanner holds, and `reload` how an issuer continues from what it
//! published. Specification: IETF Token Status List, docs/SPEC.md section 13.

mod book;
mod delta;
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
pub use packed::{pack, NotAStatus, PackedError, PackedStatuses, Status};
pub use reload::ReloadError;
pub use resident::{Change, Shard, ShardError, SHARD_POSITIONS};
pub(crate) use signed::Unverified as UnverifiedStatus;
pub use signed::{EventError, StatusIssuer, StatusListError, StatusPublication};
