//! Whose clock is wrong, and the right time on a phone.

use crate::exclusive::Exclusive;
use crate::mirror::mirror;
use crate::{usage, UsageError};

mirror! {
    /// What recent genuine codes say about a scanner's clock.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Record)]
    pub struct ClockEstimate = onecode::clock::ClockEstimate {
        /// How many seconds the scanner's clock is behind the phones' clocks; negative: ahead.
        pub behind_s: i64,
        /// How many of these phones agree with that.
        pub agreeing: i32,
        /// How many phones were counted.
        pub of: i32,
    }
}

mirror! {
    /// Which clock a time refusal blames.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Enum)]
    pub enum ClockBlame = onecode::clock::ClockBlame {
        /// Too few other codes to tell, or they contradict each other.
        Unknown,
        /// The scanner agrees with the other phones. So this phone's clock is wrong, or the picture
        /// is old.
        Phone {
            /// The estimate that the blame rests on.
            estimate: ClockEstimate,
        } = Phone(estimate),
        /// The scanner disagrees with most phones, this one among them.
        Scanner {
            /// The estimate that the blame rests on.
            estimate: ClockEstimate,
        } = Scanner(estimate),
    }
}

/// What a phone knows of the time: a server's time, carried on by a clock that nobody can set.
/// Calls from several threads run one after the other.
///
/// The monotonic readings are milliseconds since the start of the phone, with sleep counted:
/// `SystemClock.elapsedRealtime()` on Android, `ContinuousClock` on Apple's systems. Do not keep a
/// `HolderClock` over a restart of the phone.
#[derive(uniffi::Object)]
pub struct HolderClock(Exclusive<onecode::clock::HolderClock>);

mirror! {
    /// A time to make codes with, and how far it can be trusted.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Record)]
    pub struct ClockReading = onecode::clock::ClockReading {
        /// The time (Unix seconds).
        pub unix_s: i64,
        /// Where it comes from.
        pub confidence: ClockConfidence,
    }
}

mirror! {
    /// How far a [`ClockReading`] can be trusted.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Enum)]
    pub enum ClockConfidence = onecode::clock::ClockConfidence {
        /// A server's time. The right time is within this many seconds of it, if the server was
        /// right.
        Server {
            /// Seconds, either way.
            error_s: i64,
        },
        /// The phone's own clock, unchecked.
        Device,
    }
}

#[uniffi::export]
impl HolderClock {
    /// A clock that knows only the phone's own time.
    #[uniffi::constructor]
    #[allow(clippy::new_without_default)]
    pub fn new() -> Self {
        HolderClock(Exclusive::new(onecode::clock::HolderClock::new()))
    }

    /// Takes a server's time (Unix milliseconds) and the phone's monotonic readings when it asked
    /// and when the answer came. Returns whether the time was taken: a time less certain than the
    /// known one changes nothing. For a server that gives whole seconds only, hand in
    /// `sent_monotonic_ms` less 1,000.
    pub fn sync(
        &self,
        server_unix_ms: i64,
        sent_monotonic_ms: i64,
        received_monotonic_ms: i64,
    ) -> Result<bool, ClockError> {
        let sync = |clock: &mut onecode::clock::HolderClock| {
            clock.sync(server_unix_ms, sent_monotonic_ms, received_monotonic_ms)
        };
        Ok(self.0.with(sync)??)
    }

    /// The time, from the phone's own clock (Unix seconds) and its monotonic reading.
    pub fn now(&self, device_unix_s: i64, monotonic_ms: i64) -> Result<ClockReading, UsageError> {
        let device_unix_s = usage::time(device_unix_s)?;
        Ok(self.0.with(|clock| clock.now(device_unix_s, monotonic_ms))?.into())
    }
}

mirror! {
    /// A server's time was rejected. What was known before still counts.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error, uniffi::Error)]
    #[uniffi::export(Display)]
    pub enum ClockError = onecode::clock::ClockError {
        /// The answer came before the question.
        #[error("the monotonic clock goes back, from {from_ms} to {to_ms} ms")]
        MonotonicBack {
            /// The reading that should be the earlier one.
            from_ms: i64,
            /// The one that should not be before it.
            to_ms: i64,
        },
        /// The answer took more than a minute and says nothing useful.
        #[error("a round trip of {round_trip_ms} ms is too long to tell the time by")]
        TooSlow {
            /// How long it took.
            round_trip_ms: i64,
        },
        /// Not a time between 1970 and 9999 in Unix milliseconds.
        #[error("{server_unix_ms} is not a time in Unix milliseconds")]
        NotATime {
            /// What was given.
            server_unix_ms: i64,
        },
    } and {
        /// A call from inside a call.
        #[error("{usage}")]
        Usage {
            /// Which.
            #[from]
            usage: UsageError,
        },
    }
}
