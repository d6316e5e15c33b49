//! Keys that do not lie in a file: [`Pkcs11Key`] signs in a hardware security module.
//!
//! For programs that run on servers and desks; never inside an app or a scanner. It knows no
//! format of onecode: it is one more [`SigningKey`](onecode::SigningKey). The driver of the token is
//! loaded while the program runs, so a statically linked program cannot use it.
//!
//! `uri` reads the name of a key (RFC 7512), `pin` the PIN, `curve` what a token says of its keys.
//! `token` finds token and objects, and `key` signs; they use the others. Specification: PKCS#11
//! version 2.40 (OASIS), and 3.0 for Ed25519.
#![forbid(unsafe_code)]

mod curve;
mod error;
mod key;
mod pin;
mod token;
mod uri;

pub use error::TokenError;
pub use key::Pkcs11Key;
pub use pin::{Pin, PinFileProblem, PinWanted};
pub use token::{generate, public_key};
pub use uri::{ObjectType, Pkcs11Uri, UriError};
