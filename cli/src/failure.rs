//! Why a command could not do what it was asked.
//!
//! Uses nothing: every other module may return one.

/// One line for a person: what went wrong, and with what.
pub(crate) struct Failure(pub(crate) String);
