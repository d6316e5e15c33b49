//! Whose clock is wrong: what a scanner learns about its own clock from the codes it sees, and what
//! a phone knows of the right time.
//!
//! Uses nothing else of the crate. Times are handed in.
//! Specification: docs/SPEC.md sections 9 and 16.

mod holder;
mod sense;

/// The most by which the clocks of a phone and a scanner may differ, in seconds.
pub(crate) const MAX_TOLERANCE_S: u16 = 120;

pub use holder::{ClockConfidence, ClockError, ClockReading, HolderClock};
pub(crate) use sense::{ClockSense, Sample, Shown, CAPACITY as CLOCK_SAMPLES};

/// What recent genuine codes say about a scanner's clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ClockEstimate {
    /// How many seconds, at least, the scanner's clock is behind the phones' clocks. Negative:
    /// ahead. 0 when it agrees with them, as far as their codes can tell.
    pub behind_s: i64,
    /// How many of these phones agree with that.
    pub agreeing: u16,
    /// How many phones were counted.
    pub of: u16,
}

/// Which clock a time refusal blames.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ClockBlame {
    /// Too few other codes to tell, or they contradict each other.
    #[default]
    Unknown,
    /// The scanner agrees with the other phones. So this phone's clock is wrong, or the picture is
    /// old.
    Phone(ClockEstimate),
    /// The scanner disagrees with most phones, this one among them.
    Scanner(ClockEstimate),
}

impl ClockBlame {
    /// A short name that never changes, for vectors and logs.
    pub fn name(self) -> &'static str {
        match self {
            ClockBlame::Unknown => "unknown",
            ClockBlame::Phone(_) => "phone",
            ClockBlame::Scanner(_) => "scanner",
        }
    }

    /// The estimate that the blame rests on.
    pub fn estimate(self) -> Option<ClockEstimate> {
        match self {
            ClockBlame::Unknown => None,
            ClockBlame::Phone(estimate) | ClockBlame::Scanner(estimate) => Some(estimate),
        }
    }
}
