//! `onecode` for Kotlin, Swift and Python: exports only, no rules of its own.
//!
//! Everything here is a type of the core in a form that crosses the border to another language,
//! and the conversion between the two. What differs from the core, and why, is in
//! docs/DECISIONS.md: numbers are signed, because Java has no others; `Scanner`, `Context` and
//! `Text` have names that no platform has; a wrong value from another language is a
//! [`UsageError`], never a panic.
//!
//! No match on a type of the core has a catch-all arm: what the core gains and other languages do
//! not have yet is found by the compiler, and is nothing that an app could be told by mistake.
//!
//! A slow key or store may call for user interaction: calls block the thread they are made on.

#![deny(clippy::wildcard_enum_match_arm)]

uniffi::setup_scaffolding!("onecode");

mod card;
mod chain;
mod challenge;
mod clock;
mod code;
mod exclusive;
mod explain;
mod facts;
mod host;
mod install;
mod keys;
mod lists;
#[cfg(feature = "measure")]
mod measure;
mod memory;
mod message;
mod mirror;
mod pacer;
mod preflight;
mod qr;
mod receipt;
mod refusal;
mod scan;
mod scanner;
mod usage;
mod verdict;
mod wallet;

pub use card::*;
pub use chain::*;
pub use challenge::*;
pub use clock::*;
pub use code::*;
pub use explain::*;
pub use facts::*;
pub use host::*;
pub use install::*;
pub use keys::*;
pub use lists::*;
pub use memory::*;
pub use message::*;
pub use pacer::*;
pub use preflight::*;
pub use qr::*;
pub use receipt::*;
pub use refusal::*;
pub use scan::*;
pub use scanner::*;
pub use usage::*;
pub use verdict::*;
pub use wallet::*;

/// The version of this library.
#[uniffi::export]
pub fn version() -> String {
    env!("CARGO_PKG_VERSION").to_owned()
}
