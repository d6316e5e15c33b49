//! The right time on a phone whose own clock may be wrong.

/// How far the monotonic clock of a phone may drift, in parts per million.
const DRIFT_PPM: i64 = 100;

/// Longest useful round trip to a server, in milliseconds.
const MAX_ROUND_TRIP_MS: i64 = 60_000;

/// How much earlier a monotonic reading may be than the latest one, in milliseconds. Two threads
/// may read the clock in one order and arrive here in the other. A restart of the phone takes
/// longer.
const OUT_OF_ORDER_MS: i64 = 2_000;

/// The end of the year 9999 in Unix milliseconds.
const MAX_UNIX_MS: i64 = 253_402_300_799_999;

/// What a phone knows of the time: a server's time, carried on by a clock that nobody can set.
///
/// The monotonic readings are milliseconds since a fixed moment, such as the start of the phone,
/// with sleep counted: `SystemClock.elapsedRealtime()` on Android, `ContinuousClock` on Apple's
/// systems. They begin anew when the phone restarts: do not keep a `HolderClock` over a restart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HolderClock {
    synced: Option<Synced>,
}

/// The server's time at one monotonic moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Synced {
    unix_ms: i64,
    monotonic_ms: i64,
    error_ms: i64,
    /// The latest monotonic reading seen.
    latest_ms: i64,
}

/// A time to make codes with, and how far it can be trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClockReading {
    /// The time (Unix seconds).
    pub unix_s: i64,
    /// Where it comes from.
    pub confidence: ClockConfidence,
}

/// How far a [`ClockReading`] can be trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClockConfidence {
    /// A server's time. The right time is within this many seconds of it, if the server was right.
    Server {
        /// Seconds, either way.
        error_s: u32,
    },
    /// The phone's own clock, unchecked.
    Device,
}

/// A server's time was rejected. What was known before still counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClockError {
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
}

impl HolderClock {
    /// A clock that knows only the phone's own time.
    pub fn new() -> Self {
        HolderClock::default()
    }

    /// Takes a server's time (Unix milliseconds) and the phone's monotonic readings when it asked
    /// and when the answer came.
    ///
    /// The error is half the round trip, and it grows with time. A time less certain than the known
    /// one changes nothing. Returns whether the time was taken.
    ///
    /// For a server that gives whole seconds only, hand in `sent_monotonic_ms` less 1,000: the true
    /// time lies within the second that follows.
    pub fn sync(
        &mut self,
        server_unix_ms: i64,
        sent_monotonic_ms: i64,
        received_monotonic_ms: i64,
    ) -> Result<bool, ClockError> {
        if !(0..=MAX_UNIX_MS).contains(&server_unix_ms) {
            return Err(ClockError::NotATime { server_unix_ms });
        }
        let back = |from_ms, to_ms| ClockError::MonotonicBack { from_ms, to_ms };
        let round_trip_ms = received_monotonic_ms
            .checked_sub(sent_monotonic_ms)
            .filter(|round_trip_ms| *round_trip_ms >= 0)
            .ok_or(back(sent_monotonic_ms, received_monotonic_ms))?;
        if round_trip_ms > MAX_ROUND_TRIP_MS {
            return Err(ClockError::TooSlow { round_trip_ms });
        }
        self.notice(received_monotonic_ms);
        let new = Synced {
            unix_ms: server_unix_ms,
            monotonic_ms: sent_monotonic_ms + round_trip_ms / 2,
            // Half of an odd number is rounded up.
            error_ms: round_trip_ms - round_trip_ms / 2,
            latest_ms: received_monotonic_ms,
        };
        let better = |old: &Synced| {
            new.error_at(received_monotonic_ms) <= old.error_at(received_monotonic_ms)
        };
        let taken = self.synced.as_ref().is_none_or(better);
        if taken {
            self.synced = Some(new);
        }
        Ok(taken)
    }

    /// The time, from the phone's own clock (Unix seconds) and its monotonic reading.
    ///
    /// When the monotonic reading goes back by more than two seconds, the phone was restarted and
    /// the server's time is forgotten. A smaller step back is another thread's reading.
    pub fn now(&mut self, device_unix_s: i64, monotonic_ms: i64) -> ClockReading {
        self.notice(monotonic_ms);
        let server = self.synced.and_then(|synced| {
            let unix_ms = synced.unix_ms.checked_add(synced.elapsed_ms(monotonic_ms))?;
            // Round up to the next second.
            let error_s = synced.error_at(monotonic_ms).saturating_add(999) / 1_000;
            let error_s = u32::try_from(error_s).ok()?;
            let confidence = ClockConfidence::Server { error_s };
            Some(ClockReading { unix_s: unix_ms.div_euclid(1_000), confidence })
        });
        let device = ClockReading { unix_s: device_unix_s, confidence: ClockConfidence::Device };
        server.unwrap_or(device)
    }

    /// Forgets the server's time when the monotonic clock has begun anew.
    fn notice(&mut self, monotonic_ms: i64) {
        self.synced = self
            .synced
            .filter(|synced| monotonic_ms >= synced.latest_ms.saturating_sub(OUT_OF_ORDER_MS))
            .map(|synced| Synced { latest_ms: synced.latest_ms.max(monotonic_ms), ..synced });
    }
}

impl Synced {
    fn elapsed_ms(&self, monotonic_ms: i64) -> i64 {
        monotonic_ms.saturating_sub(self.monotonic_ms)
    }

    /// How far off the time may be at a later moment, in milliseconds.
    fn error_at(&self, monotonic_ms: i64) -> i64 {
        let drift_ms = self.elapsed_ms(monotonic_ms) / (1_000_000 / DRIFT_PPM) + 1;
        self.error_ms.saturating_add(drift_ms)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::assert_says;

    const NOW_MS: i64 = 1_795_392_000_000;
    /// What the phone's own clock says: an hour too late.
    const DEVICE_S: i64 = NOW_MS / 1_000 + 3_600;

    fn server(unix_s: i64, error_s: u32) -> ClockReading {
        ClockReading { unix_s, confidence: ClockConfidence::Server { error_s } }
    }

    #[test]
    fn the_specification_states_what_is_here() {
        assert_says([&format!("the error has grown by {DRIFT_PPM} ppm")]);
        assert_eq!(OUT_OF_ORDER_MS, 2_000);
        assert_says(["goes back by more than two seconds"]);
    }

    #[test]
    fn without_a_server_it_is_the_phones_clock_and_said_so() {
        let device = ClockReading { unix_s: DEVICE_S, confidence: ClockConfidence::Device };
        assert_eq!(HolderClock::new().now(DEVICE_S, 5), device);
    }

    #[test]
    fn a_servers_time_goes_on_whatever_the_phones_clock_says() {
        let mut clock = HolderClock::new();
        assert_eq!(clock.sync(NOW_MS, 1_000, 1_200), Ok(true));
        let now_s = NOW_MS / 1_000;
        assert_eq!(clock.now(DEVICE_S, 1_200), server(now_s, 1));
        assert_eq!(clock.now(0, 1_100 + 59_999), server(now_s + 59, 1));
        // A day at 100 ppm is 8.64 s.
        assert_eq!(clock.now(DEVICE_S, 1_100 + 86_400_000), server(now_s + 86_400, 9));
    }

    #[test]
    fn the_true_time_is_within_the_error() {
        // The server's clock is right. However the delay splits between the two ways, and however
        // far the monotonic clock drifts within its bounds, the true time is within the reading's
        // error.
        for round_trip_ms in [0, 1, 99, 1_000, 59_999] {
            for there_ms in [0, round_trip_ms / 3, round_trip_ms] {
                for later_ms in [0, 1_000, 86_400_000, 30 * 86_400_000_i64] {
                    for drift in [-100, 0, 100] {
                        let mut clock = HolderClock::new();
                        clock.sync(NOW_MS + there_ms, 7, 7 + round_trip_ms).unwrap();
                        let true_ms = NOW_MS + round_trip_ms + later_ms;
                        let monotonic_ms =
                            7 + round_trip_ms + later_ms + later_ms / 1_000_000 * drift;
                        let reading = clock.now(0, monotonic_ms);
                        let ClockConfidence::Server { error_s } = reading.confidence else {
                            panic!("{reading:?}");
                        };
                        let off_s = (true_ms.div_euclid(1_000) - reading.unix_s).abs();
                        assert!(off_s <= error_s.into(), "{off_s} s off: {reading:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn a_better_time_takes_the_place_of_a_worse_one() {
        let mut clock = HolderClock::new();
        assert_eq!(clock.sync(NOW_MS, 0, 4_000), Ok(true));
        assert_eq!(clock.sync(NOW_MS + 60_000, 60_000, 80_000), Ok(false), "worse");
        assert_eq!(clock.now(0, 80_000), server(NOW_MS / 1_000 + 78, 3));
        assert_eq!(clock.sync(NOW_MS + 90_000, 90_000, 90_100), Ok(true), "better");
        assert_eq!(clock.now(0, 90_100), server(NOW_MS / 1_000 + 90, 1));
        // In ten days the better one has become worse.
        let later = 864_000_000;
        assert_eq!(clock.sync(NOW_MS + later, later, later + 100_000 / 2), Ok(true));
    }

    #[test]
    fn a_phone_that_was_started_anew_knows_nothing() {
        let mut clock = HolderClock::new();
        clock.sync(NOW_MS, 50_000, 50_100).unwrap();
        assert_eq!(clock.now(DEVICE_S, 40_000).confidence, ClockConfidence::Device);
        // It stays forgotten when the new count has passed the old one.
        assert_eq!(clock.now(DEVICE_S, 60_000).confidence, ClockConfidence::Device);
        assert_eq!(clock.sync(NOW_MS, 100, 200), Ok(true));
    }

    #[test]
    fn readings_of_two_threads_may_come_in_the_other_order() {
        let mut clock = HolderClock::new();
        clock.sync(NOW_MS, 50_000, 50_100).unwrap();
        clock.now(DEVICE_S, 60_000);
        assert_eq!(clock.now(DEVICE_S, 59_999), server(NOW_MS / 1_000 + 9, 1));
        assert_eq!(clock.now(DEVICE_S, 58_000).confidence, ClockConfidence::Server { error_s: 1 });
        // It does not go back step by step.
        assert_eq!(clock.now(DEVICE_S, 57_999).confidence, ClockConfidence::Device);
    }

    #[test]
    fn what_cannot_be_is_refused_and_changes_nothing() {
        let mut clock = HolderClock::new();
        clock.sync(NOW_MS, 1_000, 1_100).unwrap();
        let before = clock;
        let back = ClockError::MonotonicBack { from_ms: 2_001, to_ms: 2_000 };
        assert_eq!(clock.sync(NOW_MS, 2_001, 2_000), Err(back));
        let (from_ms, to_ms) = (i64::MIN, i64::MAX);
        let overflow = ClockError::MonotonicBack { from_ms, to_ms };
        assert_eq!(clock.sync(NOW_MS, from_ms, to_ms), Err(overflow));
        let slow = ClockError::TooSlow { round_trip_ms: 60_001 };
        assert_eq!(clock.sync(NOW_MS, 2_000, 62_001), Err(slow));
        for server_unix_ms in [-1, MAX_UNIX_MS + 1, i64::MIN, i64::MAX] {
            let not_a_time = ClockError::NotATime { server_unix_ms };
            assert_eq!(clock.sync(server_unix_ms, 2_000, 2_001), Err(not_a_time));
        }
        assert_eq!(clock, before);
        // The largest readings do not overflow; the clock says that it no longer knows.
        assert_eq!(clock.now(DEVICE_S, i64::MAX).confidence, ClockConfidence::Device);
    }
}
