//! `onecode` for Kotlin and Swift: exports only, no rules of its own.

uniffi::setup_scaffolding!("onecode");

/// The version of this library.
#[uniffi::export]
pub fn version() -> String {
    env!("CARGO_PKG_VERSION").to_owned()
}

/// A fully specified signature algorithm (RFC 9864).
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum Algorithm {
    /// ECDSA on P-256 with SHA-256.
    Esp256,
    /// EdDSA on Curve25519.
    Ed25519,
    /// SM2 with SM3.
    Sm2,
}

/// The registered name of an algorithm.
#[uniffi::export]
pub fn algorithm_name(algorithm: Algorithm) -> String {
    onecode::Algorithm::from(algorithm).name().to_owned()
}

impl From<Algorithm> for onecode::Algorithm {
    fn from(algorithm: Algorithm) -> Self {
        match algorithm {
            Algorithm::Esp256 => onecode::Algorithm::Esp256,
            Algorithm::Ed25519 => onecode::Algorithm::Ed25519,
            Algorithm::Sm2 => onecode::Algorithm::Sm2,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_the_core() {
        let names = [Algorithm::Esp256, Algorithm::Ed25519, Algorithm::Sm2].map(algorithm_name);
        assert_eq!(names, ["ESP256", "Ed25519", "SM2"]);
        assert_eq!(names.len(), onecode::Algorithm::ALL.len());
    }
}
