//! The COSE layer: deterministic CBOR, COSE_Sign1, COSE_Mac0 and COSE_Key, and the numbers of their
//! registries. It knows nothing of what they are used for.
//!
//! Uses `minicbor`, and [`crate::keys`] for what a key is. There is no general CBOR tree: each
//! structure is read in its one order and form, borrowing from the input. Parts that several kinds
//! of things share live here, so a new kind is only a list of fields. Specification: RFC 8949
//! section 4.2 (deterministic encoding), RFC 9052, docs/SPEC.md section 5.

mod algorithm;
mod cbor;
mod cose_key;
mod envelope;
mod error;
mod fields;
pub(crate) mod header;
mod mac0;
pub(crate) mod registry;
mod sign1;
mod time;
mod values;

pub(crate) use cbor::{Reader, Writer};
pub(crate) use cose_key::{write_key, CompressedKey};
pub use cose_key::{KeyId, Thumbprint};
pub use error::{CborError, CborProblem};
pub(crate) use mac0::Mac0;
pub(crate) use sign1::{Sign1, Unsigned};
pub(crate) use time::{encodable_time, time_of_host, MAX_UNIX_S};
