//! Where and how codes are scanned.

use crate::usage::{self, seconds};
use crate::UsageError;

/// Where, when and for what a code is scanned.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct ScanContext {
    /// The catalogue number of the application that the scanner serves, 1 to 65,535.
    pub application: i32,
    /// Where the scanner stands (GB/T 2260, six digits).
    pub place: i32,
    /// The scanner's clock (Unix seconds).
    pub now_unix_s: i64,
    /// The challenge that this scanner has shown, 5 to 15 bytes, if any.
    #[uniffi(default = None)]
    pub challenge: Option<Vec<u8>>,
}

impl TryFrom<ScanContext> for onecode::Context {
    type Error = UsageError;

    fn try_from(context: ScanContext) -> Result<Self, UsageError> {
        Ok(onecode::Context {
            application: usage::application(context.application)?,
            place: usage::region(context.place)?,
            now_unix_s: usage::time(context.now_unix_s)?,
            challenge: context.challenge.as_deref().map(usage::challenge).transpose()?,
        })
    }
}

/// A scan that was made earlier.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct PastScan {
    /// The text, as it came from the reader.
    pub text: String,
    /// Where, when and for what it was scanned.
    pub context: ScanContext,
}

/// How strict a scanner is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Record)]
pub struct Policy {
    /// How many seconds the clocks of phone and scanner may differ, in either direction. Values
    /// above 120 count as 120.
    #[uniffi(default = 30)]
    pub tolerance_s: i32,
    /// Whether practice cards are accepted, and marked as such. Never set this at a live service.
    #[uniffi(default = false)]
    pub accept_specimens: bool,
    /// Whether the scanner works without ever having been given a status list. Then the rule of
    /// each application decides about cards with unknown status. Set it only where no lists exist.
    /// Otherwise a scanner without lists was set up wrongly, and refuses with 710.
    #[uniffi(default = false)]
    pub without_status_lists: bool,
}

impl TryFrom<Policy> for onecode::Policy {
    type Error = UsageError;

    fn try_from(policy: Policy) -> Result<Self, UsageError> {
        Ok(onecode::Policy {
            tolerance_s: seconds(policy.tolerance_s.into())?,
            accept_specimens: policy.accept_specimens,
            without_status_lists: policy.without_status_lists,
        })
    }
}
