//! What people are told about each refusal, in Chinese and English, as data in one place.
//!
//! Uses only refusals, their numbers and facts, and decides nothing. The texts are in `refusals`,
//! with one file for each family of numbers, and in `altered`, `clocks`, `endings` and `shared`.
//! Specification: docs/SPEC.md section 17.

mod altered;
mod clocks;
mod endings;
mod fault;
mod message;
mod refusals;
mod reserved;
#[cfg(test)]
mod samples;
mod shared;
#[cfg(test)]
mod tests;
mod text;

pub use crate::language::{Language, Text};
pub use altered::ALTERED_MESSAGES;
pub use clocks::CLOCK_MESSAGES;
pub use fault::Fault;
pub use message::Message;
pub use refusals::MESSAGES;
pub use reserved::{Reserved, RESERVED};
