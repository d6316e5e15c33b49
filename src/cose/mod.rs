//! The COSE layer: deterministic CBOR, COSE_Sign1, COSE_Mac0 and COSE_Key, and nothing of what they are
//! used for.
//!
//! Uses `minicbor`, and [`crate::keys`] for what a key is. There is no general CBOR tree: each
//! structure is read in the one order and form it may have, borrowing from the input.
//! Specification: RFC 8949 section 4.2 (deterministic encoding), RFC 9052, docs/SPEC.md section 5.

mod cbor;
mod cose_key;
mod mac0;
mod sign1;

pub use cbor::{CborError, CborProblem};
pub(crate) use cbor::{Reader, Writer};
pub(crate) use cose_key::{read_key, write_key, CompressedKey};
pub use cose_key::{KeyId, Thumbprint};
pub(crate) use mac0::{Mac0, HMAC_256};
pub(crate) use sign1::{Sign1, ALG, KID};
