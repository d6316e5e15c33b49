//! When the codes of a session are made and shown.

use std::sync::{Mutex, MutexGuard, PoisonError};

use onecode::Schedule;

use crate::mirror::mirror;

mirror! {
/// What the host does now. Then it asks again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum PacerStep = onecode::pacer::PacerStep {
    /// Show the code with this schedule in place of what is on the screen. It is one of
    /// `Pacer.held()`.
    Show {
        /// The schedule that `Pacer.made()` was called with.
        schedule: Schedule,
    },
    /// Make the code for this second and call `Pacer.made()`, `failed()` or `abandoned()`. Until
    /// then all others are told to wait.
    Make {
        /// What to hand to `CodeSession.code()` (Unix seconds).
        unix_s: i64,
    },
    /// Keep what is on the screen. Wait, then look at the clock again.
    Wait {
        /// How long: 10 to 500 milliseconds.
        ms: i64,
    },
}
}

/// Says when the codes of one session are made and shown. The screen is never empty between codes,
/// and no code is shown before its second. It knows only schedules; the host keeps the codes.
///
/// All screens that show the codes of one session share one `Pacer` and show the same code.
/// Kotlin's `codeFlow()` and Swift's `codes()` are the loops around it; Python has `step()`.
#[derive(Debug, Default, uniffi::Object)]
pub struct Pacer(Mutex<onecode::pacer::Pacer>);

#[uniffi::export]
impl Pacer {
    /// A pacer for a session that has shown nothing yet.
    #[uniffi::constructor]
    pub fn new() -> Self {
        Pacer::default()
    }

    /// What a screen does at `now_unix_ms` (Unix milliseconds) while it shows `on_screen`, or
    /// nothing.
    pub fn step(&self, now_unix_ms: i64, on_screen: Option<Schedule>) -> PacerStep {
        self.pacer().step(now_unix_ms, on_screen).into()
    }

    /// The requested code has been made with this schedule. The time is `now_unix_ms` (Unix
    /// milliseconds).
    pub fn made(&self, now_unix_ms: i64, schedule: Schedule) {
        self.pacer().made(now_unix_ms, schedule);
    }

    /// The requested code could not be made. Returns whether the host reports that now: false while
    /// a code on the screen stays good without it.
    pub fn failed(&self) -> bool {
        self.pacer().failed()
    }

    /// Whoever was to make the code has gone, for instance because its screen was closed. The next
    /// one who asks makes it.
    pub fn abandoned(&self) {
        self.pacer().abandoned();
    }

    /// The schedules of the codes that may still be shown. The host can drop all others.
    pub fn held(&self) -> Vec<Schedule> {
        self.pacer().held().collect()
    }
}

impl Pacer {
    /// The host is never called from within, so no thread waits for itself.
    fn pacer(&self) -> MutexGuard<'_, onecode::pacer::Pacer> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
