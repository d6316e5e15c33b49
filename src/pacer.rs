//! Which code is on the screen, and what to do now so that the next one is ready in time.
//!
//! Uses the schedule of a code. Holds no clock: the host says what time it is. Specification:
//! docs/SPEC.md section 9.
//!
//! # The states
//!
//! The state follows from the time and the codes made so far. So a changed clock or a paused
//! process needs no special treatment: the next call finds the state that holds then.
//!
//! | state | is | the answer |
//! | --- | --- | --- |
//! | **shown** | a code is due | `Show` it on screens without it; else `Wait` |
//! | **preparing** | shown, and what is held ends within 2 s | `Make` the code for that second, once; then as shown |
//! | **awaiting** | nothing is due; a later code stands in for this used second | `Wait` for it |
//! | **empty** | none of these | `Make` a code for this second |
//!
//! One code is made at a time: while one observer makes it, the others are told to `Wait`.
//!
//! A failure while a code is shown changes nothing on the screen, and is not retried until that
//! code has left. Then the state is empty, and the host reports a failure there.

use crate::code::Schedule;

/// How long before its second the next code is made. Hardware takes a second at worst.
const AHEAD_MS: i64 = 2_000;

/// Longest wait. A changed clock is noticed within it.
const LOOK_MS: i64 = 500;

/// Longest wait of an observer with nothing to show while another one makes a code.
const MAKING_LOOK_MS: i64 = 50;

/// Shortest wait, so that no clock makes the host spin. A code may leave this much late.
const MIN_WAIT_MS: i64 = 10;

/// How many codes are kept: the one shown, the next ones (two with a window of 2 s), and some that
/// a clock set back and forth may bring back. The one furthest from now is dropped.
const HELD: usize = 6;

/// What the host does now. Then it asks again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PacerStep {
    /// Show the code with this schedule in place of what is on the screen. It is one of
    /// [`Pacer::held`].
    Show {
        /// The schedule that [`Pacer::made`] was called with.
        schedule: Schedule,
    },
    /// Make the code for this second and call [`Pacer::made`], [`Pacer::failed`] or
    /// [`Pacer::abandoned`]. Until then all others are told to wait.
    Make {
        /// What to hand to [`CodeSession::code`](crate::CodeSession::code) (Unix seconds).
        unix_s: i64,
    },
    /// Keep what is on the screen. Wait, then look at the clock again.
    Wait {
        /// How long: 10 to 500 milliseconds.
        ms: u32,
    },
}

/// Says when the codes of one session are made and shown. The screen is never empty between codes,
/// and no code is shown before its second. It knows only schedules; the host keeps the codes.
///
/// All screens that show the codes of one session share one `Pacer` and show the same code.
///
/// ```
/// use onecode::pacer::{Pacer, PacerStep};
/// use onecode::Schedule;
///
/// let mut pacer = Pacer::new();
/// assert_eq!(pacer.step(100_250, None), PacerStep::Make { unix_s: 100 });
/// let schedule = Schedule::new(100, 60);
/// pacer.made(100_300, schedule);
/// assert_eq!(pacer.step(100_300, None), PacerStep::Show { schedule });
/// assert_eq!(pacer.step(100_300, Some(schedule)), PacerStep::Wait { ms: 500 });
/// // It is replaced at 130, by a code that was made before.
/// assert_eq!(pacer.step(128_000, Some(schedule)), PacerStep::Make { unix_s: 130 });
/// ```
#[derive(Clone, Debug, Default)]
pub struct Pacer {
    /// In the order they were made.
    held: Vec<Held>,
    /// What observers were last told to show.
    current: Option<Schedule>,
    /// The code that somebody is making.
    making: Option<Making>,
    /// The code during which a preparation failed. No other is prepared until it has left.
    gave_up_during: Option<Schedule>,
    /// The second of the last code requested.
    last_unix_s: Option<i64>,
}

/// A code that has been made.
#[derive(Clone, Copy, Debug)]
struct Held {
    schedule: Schedule,
    /// The second requested. If it already had a code, this one begins later and stands in for it.
    asked_unix_s: i64,
    /// When it is due no longer. This is the renewal, except for a code made after its own renewal.
    /// Such a late code is better than none, until the next one is there or no scanner accepts it.
    leaves_ms: i64,
}

impl Held {
    fn is_due(&self, now_ms: i64) -> bool {
        (ms(self.schedule.shown_from_unix_s)..self.leaves_ms).contains(&now_ms)
    }

    fn is_awaited(&self, now_ms: i64) -> bool {
        (ms(self.asked_unix_s)..ms(self.schedule.shown_from_unix_s)).contains(&now_ms)
    }
}

#[derive(Clone, Copy, Debug)]
struct Making {
    unix_s: i64,
    /// The code shown when it began.
    during: Option<Schedule>,
}

impl Pacer {
    /// A pacer for a session that has shown nothing yet.
    pub fn new() -> Self {
        Pacer::default()
    }

    /// What a screen does at `now_unix_ms` (Unix milliseconds) while it shows `on_screen`; `None`
    /// when it shows nothing.
    pub fn step(&mut self, now_unix_ms: i64, on_screen: Option<Schedule>) -> PacerStep {
        let now_ms = now_unix_ms;
        if let Some(due) = self.due(now_ms) {
            self.current = Some(due.schedule);
            if on_screen != self.current {
                return PacerStep::Show { schedule: due.schedule };
            }
            let mut wake_ms = due.leaves_ms;
            if self.making.is_none() && self.gave_up_during != self.current {
                let covered_until_unix_s = self.covered_until(due.schedule);
                let prepare_ms = ms(covered_until_unix_s).saturating_sub(AHEAD_MS);
                if prepare_ms <= now_ms {
                    // A late code is past its renewal, so the next one is for this second.
                    return self.make(covered_until_unix_s.max(second(now_ms)), self.current);
                }
                wake_ms = wake_ms.min(prepare_ms);
            }
            return wait(wake_ms.saturating_sub(now_ms));
        }
        if let Some(awaited) = self.held.iter().find(|held| held.is_awaited(now_ms)) {
            return wait(ms(awaited.schedule.shown_from_unix_s).saturating_sub(now_ms));
        }
        if self.making.is_some() {
            return wait(MAKING_LOOK_MS);
        }
        let now_unix_s = second(now_ms);
        if self.last_unix_s == Some(now_unix_s) {
            // It was made, but for a distant time. It is not made again in the same second.
            return wait(ms(now_unix_s.saturating_add(1)).saturating_sub(now_ms));
        }
        self.make(now_unix_s, None)
    }

    /// The requested code has been made with this schedule. The time is `now_unix_ms` (Unix
    /// milliseconds). If its session already had a code for that second, it is for a later one.
    pub fn made(&mut self, now_unix_ms: i64, schedule: Schedule) {
        let Some(making) = self.making.take() else { return };
        let renew_ms = ms(schedule.renew_at_unix_s);
        let ends_ms = ms(schedule.good_until_unix_s.saturating_add(1));
        let leaves_ms = if now_unix_ms < renew_ms { renew_ms } else { renew_ms.max(ends_ms) };
        self.last_unix_s = Some(making.unix_s);
        self.held.retain(|held| held.schedule != schedule);
        if self.held.len() == HELD {
            // The furthest from now goes, and of two as far the one that is over.
            let from_now = |held: &Held| {
                let begins_in = ms(held.schedule.shown_from_unix_s).saturating_sub(now_unix_ms);
                let over_for = now_unix_ms.saturating_sub(held.leaves_ms);
                (begins_in.max(over_for), over_for >= begins_in)
            };
            let furthest = (0..HELD).max_by_key(|at| self.held.get(*at).map(from_now));
            furthest.map(|at| self.held.remove(at));
        }
        self.held.push(Held { schedule, asked_unix_s: making.unix_s, leaves_ms });
    }

    /// The requested code could not be made. Returns whether the host reports that now: `false`
    /// while a code on the screen stays good without it.
    #[must_use]
    pub fn failed(&mut self) -> bool {
        let Some(making) = self.making.take() else { return true };
        if making.during.is_some() {
            self.gave_up_during = making.during;
        }
        making.during.is_none()
    }

    /// Whoever was to make the code has gone, for instance because its screen was closed. The next
    /// one who asks makes it.
    pub fn abandoned(&mut self) {
        self.making = None;
    }

    /// The schedules of the codes that may still be shown. The host can drop all others.
    pub fn held(&self) -> impl Iterator<Item = Schedule> + '_ {
        self.held.iter().map(|held| held.schedule)
    }

    /// The code to show: the current one until its renewal, otherwise the one that lasts longest.
    fn due(&self, now_ms: i64) -> Option<Held> {
        let due = || self.held.iter().filter(|held| held.is_due(now_ms));
        let current = due().find(|held| {
            Some(held.schedule) == self.current && now_ms < ms(held.schedule.renew_at_unix_s)
        });
        current.or_else(|| due().max_by_key(|held| held.schedule.renew_at_unix_s)).copied()
    }

    /// Until which second (exclusive) the held codes follow each other without a gap.
    fn covered_until(&self, shown: Schedule) -> i64 {
        let mut until = shown.renew_at_unix_s;
        while let Some(next) = self
            .held
            .iter()
            .find(|held| held.asked_unix_s <= until && until < held.schedule.renew_at_unix_s)
        {
            until = next.schedule.renew_at_unix_s;
        }
        until
    }

    fn make(&mut self, unix_s: i64, during: Option<Schedule>) -> PacerStep {
        self.making = Some(Making { unix_s, during });
        PacerStep::Make { unix_s }
    }
}

fn wait(ms: i64) -> PacerStep {
    // safe: within 10 and 500
    PacerStep::Wait { ms: ms.clamp(MIN_WAIT_MS, LOOK_MS) as u32 }
}

fn ms(unix_s: i64) -> i64 {
    unix_s.saturating_mul(1_000)
}

fn second(unix_ms: i64) -> i64 {
    unix_ms.div_euclid(1_000)
}

#[cfg(test)]
mod tests;
