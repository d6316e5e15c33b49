//! Two pieces of work in turn, so that a busy machine slows both.

use std::time::{Duration, Instant};

/// How long one sample of the two should take, and how long a row.
const SAMPLE: Duration = Duration::from_micros(500);
const ROW: Duration = Duration::from_millis(500);

/// A run that takes longer than this is rarely left in peace: there the fastest of many counts, not
/// the one in the middle.
const LONG_NS: f64 = 1e6;

/// What a row has to hold.
#[derive(Clone, Copy)]
pub enum Target {
    /// At most so many times the yardstick.
    Ratio(f64),
    /// At most so many nanoseconds, on the machine of the design.
    Nanoseconds(f64),
    /// Said for information.
    None,
}

/// One operation beside its yardstick.
pub struct Row {
    pub section: &'static str,
    pub operation: String,
    pub ours_ns: f64,
    pub yardstick: String,
    pub yardstick_ns: f64,
    pub ratio: f64,
    pub target: Target,
    /// Whether the README has it.
    pub in_readme: bool,
    /// Why the target is missed, where that is known.
    pub reason: Option<&'static str>,
}

impl Row {
    pub fn for_readme(&mut self) -> &mut Row {
        self.in_readme = true;
        self
    }

    pub fn missed_because(&mut self, reason: &'static str) {
        self.reason = Some(reason);
    }

    /// Whether the target is met; `None` where there is none.
    pub fn passes(&self) -> Option<bool> {
        match self.target {
            Target::Ratio(most) => Some(self.ratio <= most),
            Target::Nanoseconds(most) => Some(self.ours_ns <= most),
            Target::None => None,
        }
    }
}

/// The rows measured so far.
#[derive(Default)]
pub struct Table {
    pub rows: Vec<Row>,
    pub section: &'static str,
}

impl Table {
    /// Measures both in turn: the ratio is the median of the ratios of neighbours, the times are
    /// medians; of long runs the fastest. The row comes back, to be marked for the README.
    pub fn row(
        &mut self,
        operation: impl Into<String>,
        yardstick: impl Into<String>,
        target: Target,
        mut ours: impl FnMut(),
        mut theirs: impl FnMut(),
    ) -> &mut Row {
        let ours: &mut dyn FnMut() = &mut ours;
        let theirs: &mut dyn FnMut() = &mut theirs;
        let (our_runs, their_runs) = (runs(ours), runs(theirs));
        let mut samples = Vec::new();
        let started = Instant::now();
        while samples.len() < 15 || (started.elapsed() < ROW && samples.len() < 401) {
            // Whoever comes second finds what the first has left in the caches: they take turns.
            let (a, b) = if samples.len() % 2 == 0 {
                let a = time(ours, our_runs);
                (a, time(theirs, their_runs))
            } else {
                let b = time(theirs, their_runs);
                (time(ours, our_runs), b)
            };
            samples.push((a, b));
        }
        let mine = || samples.iter().map(|(a, _)| *a);
        let others = || samples.iter().map(|(_, b)| *b);
        let (fastest, their_fastest) = (minimum(mine()), minimum(others()));
        let (ours_ns, yardstick_ns, ratio) = if fastest.max(their_fastest) > LONG_NS {
            (fastest, their_fastest, fastest / their_fastest)
        } else {
            (median(mine()), median(others()), median(samples.iter().map(|(a, b)| a / b)))
        };
        let row = Row {
            section: self.section,
            operation: operation.into(),
            ours_ns,
            yardstick: yardstick.into(),
            yardstick_ns,
            ratio,
            target,
            in_readme: false,
            reason: None,
        };
        eprint!(".");
        let at = self.rows.len();
        self.rows.push(row);
        &mut self.rows[at]
    }
}

/// How many runs make a sample. The first runs also warm up.
fn runs(work: &mut dyn FnMut()) -> u32 {
    let mut runs = 1;
    loop {
        let took = time(work, runs) * f64::from(runs);
        if took >= SAMPLE.as_nanos() as f64 / 2.0 || runs >= 1 << 20 {
            return runs;
        }
        runs *= 2;
    }
}

/// Nanoseconds a run.
fn time(work: &mut dyn FnMut(), runs: u32) -> f64 {
    let started = Instant::now();
    (0..runs).for_each(|_| work());
    started.elapsed().as_nanos() as f64 / f64::from(runs)
}

/// The middle one.
pub fn median(numbers: impl Iterator<Item = f64>) -> f64 {
    let mut numbers: Vec<f64> = numbers.collect();
    numbers.sort_by(f64::total_cmp);
    numbers[numbers.len() / 2]
}

fn minimum(numbers: impl Iterator<Item = f64>) -> f64 {
    numbers.fold(f64::INFINITY, f64::min)
}
