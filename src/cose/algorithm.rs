//! Signature algorithms by their COSE numbers.

use super::cbor::Reader;
use super::error::{CborError, CborProblem};
use super::registry::algorithm;
use crate::keys::Algorithm;

impl Algorithm {
    /// The number in the IANA registry "COSE Algorithms"; for SM2, which is not in it, one from
    /// the range for private use.
    pub fn cose_id(self) -> i64 {
        match self {
            Algorithm::Esp256 => algorithm::ESP256,
            Algorithm::Ed25519 => algorithm::ED25519,
            #[cfg(feature = "sm2")]
            Algorithm::Sm2 => algorithm::SM2,
        }
    }

    /// The algorithm with this COSE number, if this build knows it.
    pub fn from_cose_id(id: i64) -> Option<Algorithm> {
        Self::ALL.iter().copied().find(|algorithm| algorithm.cose_id() == id)
    }
}

impl Reader<'_> {
    /// The number of a signature algorithm that this build knows.
    pub(crate) fn algorithm(&mut self) -> Result<Algorithm, CborError> {
        self.converted(Self::int, CborProblem::UnknownAlgorithm, Algorithm::from_cose_id)
    }
}
