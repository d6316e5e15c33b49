//! Attestations of keys: chains made for the purpose, with each thing wrong by itself, and chains
//! that phones made.

mod android;
mod apple;
mod config;
mod garbage;
#[allow(dead_code)] // The tests of the service use it too.
mod maker;
mod phone;
mod published;
