//! A line on standard error that says how far a long job is, where somebody watches.
//!
//! Uses `lang` alone.

use std::io::{stderr, IsTerminal, Write};
use std::time::{Duration, Instant};

use crate::lang::Said;

/// A job shorter than this shows nothing.
const PATIENCE: Duration = Duration::from_secs(1);

pub(crate) struct Progress {
    what: Said,
    steps: usize,
    done: usize,
    began: Instant,
    watched: bool,
    shown: bool,
}

impl Progress {
    pub(crate) fn new(what: Said, steps: usize) -> Self {
        let watched = stderr().is_terminal();
        Progress { what, steps, done: 0, began: Instant::now(), watched, shown: false }
    }

    /// One more step is done.
    pub(crate) fn step(&mut self) {
        self.advance(1);
    }

    /// So many more are done.
    pub(crate) fn advance(&mut self, steps: usize) {
        self.done += steps;
        if self.watched && self.began.elapsed() > PATIENCE {
            let filled = self.done * 30 / self.steps.max(1);
            let bar: String = (0..30).map(|at| if at < filled { '#' } else { '.' }).collect();
            let _ = write!(stderr(), "\r{} [{bar}] {}/{}", self.what, self.done, self.steps);
            self.shown = true;
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if self.shown {
            let _ = writeln!(stderr());
        }
    }
}
