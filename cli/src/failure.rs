//! Why a command could not do what it was asked.
//!
//! Uses `lang` alone: every other module may return one.

use crate::lang::Said;

/// One line for a person: what went wrong, and with what.
#[derive(Debug)]
pub(crate) struct Failure(pub(crate) Said);
