//! The service that a province runs: it takes card requests, keeps the books, signs credentials, and
//! publishes status lists.
//!
//! ```text
//! http ──> issue, renew, moving, staff ──> books (SQLite or PostgreSQL)
//!  │            │
//!  tokens       keys (PEM or PKCS#11), attestation
//! publish, forget <── books
//! ```
//!
//! Rules of the format stand in the library; here stand those of the books. `config` is what the
//! operator decides, `problem` what can go wrong, `clock` the only reader of the time. Endpoints and
//! numbers: docs/SERVICE.md.
#![forbid(unsafe_code)]
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::unreachable,
        clippy::todo
    )
)]

pub mod attestation;
pub mod books;
pub mod clock;
pub mod config;
mod counter;
mod forget;
mod http;
mod issue;
mod keys;
mod limits;
mod metrics;
mod moving;
mod nonce;
pub mod problem;
mod publish;
mod renew;
mod service;
mod staff;
mod status;
mod tokens;

pub use http::ENDPOINTS;
pub use keys::KeyError;
pub use limits::Asker;
pub use service::{start, Running, StartError};
pub use tokens::TokensError;
