//! Key attestation: what the maker of a phone says about where a key lives.
//!
//! X.509 and the formats of makers stay in here; the core never sees them. Time is handed in. `chain`
//! checks certificates, `android` and `apple` what each maker states, `config` what an issuer asks,
//! `revoked` reads Google's list. What is taken and what it proves: docs/SERVICE.md.

mod android;
mod apple;
mod chain;
mod config;
mod error;
mod revoked;

use onecode::{Algorithm, PublicKey};
use serde::Deserialize;

pub use config::{Android, Apple, Config, OpenError, Policy};
pub use error::AttestationError;

/// Largest evidence that is looked at, in bytes.
pub const MAX_EVIDENCE: usize = 16 << 10;

/// Where a phone key lives, the safest last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// In the memory of the system, where the system can copy it.
    Software,
    /// In the processor's trusted environment.
    Tee,
    /// In a chip of its own: StrongBox, Secure Enclave.
    SecureElement,
}

impl Level {
    /// As it is written in configurations and metadata.
    pub fn name(self) -> &'static str {
        match self {
            Level::Software => "software",
            Level::Tee => "tee",
            Level::SecureElement => "secure-element",
        }
    }
}

/// What an attestation that holds says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Found {
    /// Where the key lives.
    pub level: Level,
    /// The same for the books, and how the phone was started: all that is kept of the evidence.
    pub word: &'static str,
}

/// Checks attestations by an issuer's configuration.
pub struct Verifier {
    policy: Policy,
    android: Option<android::Checker>,
    apple: Option<apple::Checker>,
}

impl Verifier {
    /// Reads the roots and the revocation list that the configuration names.
    pub fn open(config: &Config) -> Result<Self, OpenError> {
        Ok(Verifier {
            policy: config.policy,
            android: config.android.as_ref().map(android::Checker::open).transpose()?,
            apple: config.apple.as_ref().map(apple::Checker::open).transpose()?,
        })
    }

    /// Checks the evidence for a key: its chain, that it is about this key, that it was made for
    /// this challenge, and that it says as much as the issuer asks.
    ///
    /// `evidence` is the certificates of Android Keystore, DER, the key's own first, one after the
    /// other; or the attestation object of App Attest, CBOR.
    pub fn check(
        &self,
        evidence: &[u8],
        key: &PublicKey,
        challenge: &[u8],
        now_unix_s: i64,
    ) -> Result<Found, AttestationError> {
        if evidence.len() > MAX_EVIDENCE {
            return Err(AttestationError::TooLarge { length: evidence.len() });
        }
        let found = match evidence.first() {
            Some(&chain::SEQUENCE) => {
                let android = self.android.as_ref();
                let android = android.ok_or(AttestationError::NotTaken { maker: "Android" })?;
                android.check(evidence, key, challenge, now_unix_s)?
            }
            Some(&apple::MAP_OF_3) => {
                let apple = self.apple.as_ref();
                let apple = apple.ok_or(AttestationError::NotTaken { maker: "Apple" })?;
                apple.check(evidence, key, challenge, now_unix_s)?
            }
            _ => return Err(AttestationError::Format),
        };
        match self.policy {
            Policy::Required { level } if found.level < level => {
                Err(AttestationError::Level { found: found.level, required: level })
            }
            _ => Ok(found),
        }
    }
}

/// The point of a P-256 key, uncompressed (SEC 1): as certificates have it. Keystores attest no
/// other keys.
fn point(key: &PublicKey) -> Option<[u8; 65]> {
    if key.algorithm() != Algorithm::Esp256 {
        return None;
    }
    let (x, y) = key.coordinates();
    [&[4], x, y?].concat().try_into().ok()
}
