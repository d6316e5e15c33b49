//! `onecode` for Kotlin, Swift and Python: exports only, no rules of its own.
//!
//! Everything here is a core type in a form that can cross to another language, and the conversion
//! between the two. docs/DECISIONS.md says what differs from the core, and why: numbers are signed,
//! because Java has no others; `Scanner`, `Context` and `Text` get names that no platform uses; a
//! wrong value from another language is a [`UsageError`], never a panic.
//!
//! No match on a core type has a catch-all arm. When the core gains a case, the compiler finds the
//! missing one here, and no app is told something wrong.
//!
//! A slow key or store may wait for the user. Calls block the thread they are made on.

#![deny(clippy::wildcard_enum_match_arm)]

uniffi::setup_scaffolding!("onecode");

#[cfg(feature = "backend")]
mod backend;
mod card;
mod challenge;
mod client;
mod clock;
mod code;
mod document;
mod exclusive;
mod explain;
mod facts;
mod fetching;
mod host;
mod install;
mod keys;
#[cfg(feature = "measure")]
mod measure;
mod memory;
mod message;
mod mirror;
mod pacer;
mod preflight;
mod prepared;
mod qr;
mod receipt;
mod refusal;
mod request;
mod roots;
mod scan;
mod scanner;
mod usage;
mod verdict;
mod wallet;

#[cfg(feature = "backend")]
pub use backend::*;
pub use card::*;
pub use challenge::*;
pub use client::*;
pub use clock::*;
pub use code::*;
pub use document::*;
pub use explain::*;
pub use facts::*;
pub use fetching::*;
pub use host::*;
pub use install::*;
pub use keys::*;
pub use memory::*;
pub use message::*;
pub use pacer::*;
pub use preflight::*;
pub use prepared::*;
pub use qr::*;
pub use receipt::*;
pub use refusal::*;
pub use request::*;
pub use roots::*;
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
