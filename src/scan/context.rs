//! What a host passes with each scan, and how strict its scanner is.
//!
//! Specification: docs/SPEC.md section 16.

use crate::clock::MAX_TOLERANCE_S;
use crate::code::{ApplicationNumber, Challenge};
use crate::region::Region;

/// Where, when and for what a code is scanned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Context {
    /// The application the scanner serves.
    pub application: ApplicationNumber,
    /// Where the scanner stands.
    pub place: Region,
    /// The scanner's clock (Unix seconds).
    pub now_unix_s: i64,
    /// The one challenge that has been shown, for a host that keeps challenges itself. With `None`,
    /// a code may answer any challenge that this scanner has open
    /// ([`crate::Scanner::issue_challenge`]), each once.
    pub challenge: Option<Challenge>,
}

/// How strict a scanner is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// How many seconds the clocks of phone and scanner may differ, in either direction. Values
    /// above [`Policy::MAX_TOLERANCE_S`] count as that.
    pub tolerance_s: u16,
    /// Whether practice cards are accepted, and marked as such. Never set this at a live service.
    pub accept_specimens: bool,
    /// Whether the scanner works without ever having been given a status list. Then the rule of
    /// each application decides about cards with unknown status. Set it only where no lists exist.
    /// Otherwise a scanner without lists was set up wrongly, and refuses with 710.
    pub without_status_lists: bool,
}

impl Policy {
    /// The widest tolerance, in seconds.
    pub const MAX_TOLERANCE_S: u16 = MAX_TOLERANCE_S;

    pub(crate) fn tolerance_s(&self) -> i64 {
        self.tolerance_s.min(Self::MAX_TOLERANCE_S).into()
    }
}

impl Default for Policy {
    /// 30 seconds, no practice cards, status lists required.
    fn default() -> Self {
        Policy { tolerance_s: 30, accept_specimens: false, without_status_lists: false }
    }
}

/// How far a code's moment may be from the scanner's clock, in seconds. Beyond this the code is
/// refused before any signature is checked.
pub const PLAUSIBLE_S: i64 = 15 * 60;
