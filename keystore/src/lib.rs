//! Where private keys are: in PEM files ([`pem`]), or in a hardware security module, whose key
//! [`Pkcs11Key`] signs.
//!
//! For programs that run on servers and desks; never inside an app or a scanner. It knows no
//! format of onecode: what it gives is one more [`SigningKey`](onecode::SigningKey). The driver of a
//! token is loaded while the program runs, so a statically linked program cannot use it.
//!
//! `uri` reads the name of a key in a token (RFC 7512), `pin` the PIN, `curve` what a token says of
//! its keys. `token` finds token and objects, and `key` signs; they use the others, and none of them
//! `pem`. Specification: PKCS#11 version 2.40 (OASIS), and 3.0 for Ed25519.
#![forbid(unsafe_code)]

mod curve;
mod error;
mod key;
pub mod pem;
mod pin;
mod token;
mod uri;

pub use error::TokenError;
pub use key::Pkcs11Key;
pub use pin::{Pin, PinFileProblem, PinWanted};
pub use token::{generate, public_key};
pub use uri::{ObjectType, Pkcs11Uri, UriError};
