//! Values from other languages, and what can be wrong with them.

use onecode::duplicates::VenueKey;
use onecode::governance::Sha256Hash;
use onecode::keys::SignerId;
use onecode::receipt::ScannerId;
use onecode::request::RequestChallenge;
use onecode::{ApplicationNumber, Challenge, Entitlements, Region};
use zeroize::Zeroizing;

/// The call itself is wrong: an impossible value, or a call from inside a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error, uniffi::Error)]
#[uniffi::export(Display)]
pub enum UsageError {
    /// A place or home region is not a six-digit GB/T 2260 code.
    #[error("{code} is not a six-digit GB/T 2260 code")]
    Region {
        /// The number given.
        code: i32,
    },
    /// An application number is not 1 to 65,535.
    #[error("{number} is not the number of an application")]
    Application {
        /// The number given.
        number: i32,
    },
    /// A challenge does not have 5 to 15 bytes.
    #[error("a challenge has 5 to 15 bytes, this has {length}")]
    Challenge {
        /// Bytes given.
        length: i64,
    },
    /// An issuer's challenge for a card request does not have 16 to 64 bytes.
    #[error("a challenge for a card request has 16 to 64 bytes, this has {length}")]
    RequestChallenge {
        /// Bytes given.
        length: i64,
    },
    /// The key or the random bytes for challenges do not have their length.
    #[error("{expected} random bytes are needed, these are {length}")]
    RandomBytes {
        /// Bytes given.
        length: i64,
        /// 32 for a key, 12 for a challenge.
        expected: i64,
    },
    /// The number of a counter is not 1 to 4,294,967,295.
    #[error("{number} is not the number of a counter")]
    Counter {
        /// The number given.
        number: i64,
    },
    /// An entitlement bit is not 0 to 63.
    #[error("{bit} is not the number of an entitlement")]
    Entitlement {
        /// The number given.
        bit: i32,
    },
    /// A position in a status list is not 0 to 4,294,967,295.
    #[error("{index} is not a position in a status list")]
    StatusIndex {
        /// The number given.
        index: i64,
    },
    /// A number of seconds is negative or too large for its purpose.
    #[error("{seconds} s are not possible here")]
    Seconds {
        /// The number given.
        seconds: i64,
    },
    /// A time is after the year 9999, which usually means milliseconds.
    #[error("{unix_s} is not a time in Unix seconds")]
    Time {
        /// What was given.
        unix_s: i64,
    },
    /// A number of entries is negative or too large.
    #[error("{entries} entries are not possible")]
    Entries {
        /// The number given.
        entries: i64,
    },
    /// The ID that an SM2 key signs under has more than 32 bytes.
    #[error("an SM2 signer ID has up to 32 bytes, this has {length}")]
    SignerId {
        /// Bytes given.
        length: i64,
    },
    /// The key that the gates of a venue share does not have 32 bytes.
    #[error("the key of a venue has 32 bytes, this has {length}")]
    VenueKey {
        /// Bytes given.
        length: i64,
    },
    /// The name of a scanner is not 1 to 64 of `a` to `z`, `0` to `9`, `-` and `.`.
    #[error("the name of a scanner is 1 to 64 of a-z, 0-9, - and .")]
    ScannerName,
    /// A SHA-256 hash does not have 32 bytes.
    #[error("a hash has 32 bytes, this has {length}")]
    Hash {
        /// Bytes given.
        length: i64,
    },
    /// The hash of a document does not have 43 characters of base64url.
    #[error("the hash of a document has 43 characters of base64url")]
    DocumentHash,
    /// An object was called by the key or store that it was waiting for.
    #[error("called from inside a call to the same object")]
    Reentrant,
}

pub(crate) fn region(code: i32) -> Result<Region, UsageError> {
    let region = u32::try_from(code).ok().and_then(|code| Region::new(code).ok());
    region.ok_or(UsageError::Region { code })
}

pub(crate) fn application(number: i32) -> Result<ApplicationNumber, UsageError> {
    let application = u16::try_from(number).ok().and_then(ApplicationNumber::new);
    application.ok_or(UsageError::Application { number })
}

pub(crate) fn challenge(bytes: &[u8]) -> Result<Challenge, UsageError> {
    Challenge::new(bytes).ok_or(UsageError::Challenge { length: count(bytes.len()) })
}

pub(crate) fn request_challenge(bytes: &[u8]) -> Result<RequestChallenge, UsageError> {
    RequestChallenge::new(bytes).ok_or(UsageError::RequestChallenge { length: count(bytes.len()) })
}

pub(crate) fn entitlements(bits: &[i32]) -> Result<Entitlements, UsageError> {
    let number = |bit: &i32| {
        let number = u8::try_from(*bit).ok().filter(|number| *number < 64);
        number.ok_or(UsageError::Entitlement { bit: *bit })
    };
    Ok(Entitlements::of(bits.iter().map(number).collect::<Result<Vec<_>, _>>()?))
}

pub(crate) fn status_index(index: i64) -> Result<u32, UsageError> {
    u32::try_from(index).map_err(|_| UsageError::StatusIndex { index })
}

pub(crate) fn seconds<T: TryFrom<i64>>(seconds: i64) -> Result<T, UsageError> {
    T::try_from(seconds).map_err(|_| UsageError::Seconds { seconds })
}

/// The end of the year 9999. A later time is milliseconds by mistake.
const MAX_UNIX_S: i64 = 253_402_300_799;

pub(crate) fn time(unix_s: i64) -> Result<i64, UsageError> {
    Some(unix_s).filter(|unix_s| *unix_s <= MAX_UNIX_S).ok_or(UsageError::Time { unix_s })
}

pub(crate) fn entries(entries: i64) -> Result<u32, UsageError> {
    u32::try_from(entries).map_err(|_| UsageError::Entries { entries })
}

pub(crate) fn signer_id(bytes: &[u8]) -> Result<SignerId, UsageError> {
    SignerId::new(bytes).ok_or(UsageError::SignerId { length: count(bytes.len()) })
}

/// The copy that crossed the border is wiped; the caller's is not.
pub(crate) fn venue_key(bytes: Vec<u8>) -> Result<VenueKey, UsageError> {
    let bytes = Zeroizing::new(bytes);
    let key = <[u8; 32]>::try_from(&bytes[..]);
    key.map(VenueKey::new).map_err(|_| UsageError::VenueKey { length: count(bytes.len()) })
}

pub(crate) fn scanner_id(id: &str) -> Result<ScannerId, UsageError> {
    ScannerId::new(id).ok_or(UsageError::ScannerName)
}

pub(crate) fn hash(bytes: &[u8]) -> Result<[u8; 32], UsageError> {
    bytes.try_into().map_err(|_| UsageError::Hash { length: count(bytes.len()) })
}

pub(crate) fn document_hash(hash: &str) -> Result<Sha256Hash, UsageError> {
    Sha256Hash::from_base64url(hash).ok_or(UsageError::DocumentHash)
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The other direction, to signed numbers.
pub(crate) fn count(length: usize) -> i64 {
    i64::try_from(length).unwrap_or(i64::MAX)
}

pub(crate) fn code(region: Region) -> i32 {
    // safe: six digits
    region.code() as i32
}

pub(crate) fn bits(entitlements: Entitlements) -> Vec<i32> {
    entitlements.iter().map(i32::from).collect()
}
