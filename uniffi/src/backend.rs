//! What is done behind phones and gates: requests judged, statuses published, documents signed,
//! receipts audited, and used codes kept in a store of a venue.
//!
//! Only with the feature `backend`. The library of phones is built without it, and its bindings have
//! nothing of it. May use everything here; nothing else may use it.

mod audit;
mod chain;
mod issuing;
mod shared_store;
mod signing;
mod status;

pub use audit::*;
pub use chain::*;
pub use issuing::*;
pub use shared_store::*;
pub use signing::*;
pub use status::*;
