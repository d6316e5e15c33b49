//! Whose clock is wrong.

/// What recent genuine codes say about a scanner's clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Record)]
pub struct ClockEstimate {
    /// By how many seconds the scanner's clock is behind those of the phones; negative: ahead.
    pub behind_s: i64,
    /// How many of the phones asked agree with that.
    pub agreeing: i32,
    /// How many phones were asked.
    pub of: i32,
}

impl From<onecode::ClockEstimate> for ClockEstimate {
    fn from(estimate: onecode::ClockEstimate) -> Self {
        ClockEstimate {
            behind_s: estimate.behind_s,
            agreeing: estimate.agreeing.into(),
            of: estimate.of.into(),
        }
    }
}

/// Which clock a refusal for the sake of time is to be blamed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum ClockBlame {
    /// Too few other codes to tell.
    Unknown,
    /// The scanner agrees with the other phones, so it is this phone's clock, or an old picture.
    Phone {
        /// What it rests on.
        estimate: ClockEstimate,
    },
    /// The scanner disagrees with most phones, this one among them.
    Scanner {
        /// What it rests on.
        estimate: ClockEstimate,
    },
}

impl From<onecode::ClockBlame> for ClockBlame {
    fn from(blame: onecode::ClockBlame) -> Self {
        match blame {
            onecode::ClockBlame::Phone(estimate) => ClockBlame::Phone { estimate: estimate.into() },
            onecode::ClockBlame::Scanner(estimate) => {
                ClockBlame::Scanner { estimate: estimate.into() }
            }
            _ => ClockBlame::Unknown,
        }
    }
}
