//! What the codes of other phones say about a scanner's clock.
//!
//! A phone shows a code from the moment it is made for until it renews it. So a genuine code that
//! is scanned bounds the difference of two clocks from both sides. Where the bounds of most phones
//! overlap, there is the truth, as long as most phones are honest: every point in such an overlap
//! lies within the bounds of an honest phone. (Marzullo's way to choose among clocks.)

use std::collections::VecDeque;

use super::{ClockBlame, ClockEstimate};

/// How many phones are asked: those seen last.
pub(crate) const CAPACITY: usize = 32;

/// With fewer phones than this there is no estimate.
const FEWEST: usize = 8;

/// For how many seconds a phone is asked.
const MAX_AGE_S: i64 = 3_600;

/// A phone that was seen further ahead of now than this was seen before the clock was set back.
const MAX_AHEAD_S: i64 = 120;

/// A code too far from now to be checked is checked all the same, to learn from it, once in so
/// many seconds.
const LEARN_EVERY_S: i64 = 10;

/// Stands for a card.
pub(crate) type CardTag = [u8; 8];

/// By how many seconds a phone's clock may be ahead of the scanner's, by one code that it shows:
/// from `least_s` to `most_s`, both inclusive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Shown {
    pub(crate) least_s: i64,
    pub(crate) most_s: i64,
}

impl Shown {
    /// A code that is scanned at `now`, by a scanner's clock. It was made for `issued_at_unix_s`
    /// and is shown until the phone renews it: for half its window.
    pub(crate) fn new(issued_at_unix_s: i64, window_s: u16, now: i64) -> Self {
        let least_s = issued_at_unix_s.saturating_sub(now);
        let shown_for_s = i64::from((window_s / 2).max(1));
        Shown { least_s, most_s: least_s.saturating_add(shown_for_s) }
    }

    /// The value nearest to nothing.
    fn nearest_to_zero(self) -> i64 {
        0.clamp(self.least_s, self.most_s)
    }

    fn overlaps(self, other: Shown) -> bool {
        self.least_s <= other.most_s && other.least_s <= self.most_s
    }
}

/// What one phone has shown, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Sample {
    pub(crate) card: CardTag,
    pub(crate) shown: Shown,
    pub(crate) seen_unix_s: i64,
}

/// The phones seen last, the latest code of each card.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ClockSense {
    /// In the order in which they were seen.
    pub(crate) samples: VecDeque<Sample>,
    learned_unix_s: Option<i64>,
}

/// What most phones agree on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Agreement {
    shown: Shown,
    agreeing: usize,
    of: usize,
}

impl Agreement {
    fn estimate(self) -> ClockEstimate {
        ClockEstimate {
            behind_s: self.shown.nearest_to_zero(),
            // safe: there are at most CAPACITY
            agreeing: self.agreeing as u16,
            of: self.of as u16,
        }
    }
}

impl ClockSense {
    /// Takes in a genuine code, whether or not it is good now.
    ///
    /// What was seen before the scanner's clock was set back says nothing about the clock as it is
    /// now. When it is set ahead, the old samples are outvoted by as many new ones.
    pub(crate) fn hear(&mut self, sample: Sample, tolerance_s: i64) {
        let now = sample.seen_unix_s;
        let set_back = |seen: &Sample| seen.seen_unix_s > now.saturating_add(tolerance_s);
        if self.samples.back().is_some_and(set_back) {
            self.samples.clear();
        }
        self.samples.retain(|seen| {
            seen.card != sample.card && seen.seen_unix_s >= now.saturating_sub(MAX_AGE_S)
        });
        if self.samples.len() == CAPACITY {
            self.samples.pop_front();
        }
        self.samples.push_back(sample);
    }

    /// Whether a code that is far from now may cost signature checks, for what can be learned from
    /// it: a scanner that is hours off would never find out otherwise. Asking uses it up.
    pub(crate) fn may_learn(&mut self, now: i64) -> bool {
        let due = |learned: i64| now.abs_diff(learned) >= LEARN_EVERY_S as u64;
        let may = self.learned_unix_s.is_none_or(due);
        if may {
            self.learned_unix_s = Some(now);
        }
        may
    }

    /// What the phones say, if enough of them do and most agree.
    pub(crate) fn estimate(&self, now: i64) -> Option<ClockEstimate> {
        self.agreement(now, None).map(Agreement::estimate)
    }

    /// The estimate, if by it the scanner's clock is off by more than half of the tolerance.
    pub(crate) fn off(&self, now: i64, tolerance_s: i64) -> Option<ClockEstimate> {
        self.estimate(now).filter(|estimate| is_off(estimate, tolerance_s))
    }

    /// Whose clock it is when a code of `card` is refused because of its time. The card itself is
    /// no witness.
    pub(crate) fn blame(
        &self,
        shown: Shown,
        card: CardTag,
        now: i64,
        tolerance_s: i64,
    ) -> ClockBlame {
        let Some(agreement) = self.agreement(now, Some(card)) else {
            return ClockBlame::Unknown;
        };
        let estimate = agreement.estimate();
        match (is_off(&estimate, tolerance_s), agreement.shown.overlaps(shown)) {
            (true, true) => ClockBlame::Scanner(estimate),
            (false, false) => ClockBlame::Phone(estimate),
            // Both are off, or either may be, as far as the bounds can tell.
            (true, false) | (false, true) => ClockBlame::Unknown,
        }
    }

    /// Where the bounds of the most phones overlap, if those are more than half of them.
    fn agreement(&self, now: i64, except: Option<CardTag>) -> Option<Agreement> {
        let recent = now.saturating_sub(MAX_AGE_S)..=now.saturating_add(MAX_AHEAD_S);
        let (mut starts, mut ends) = ([0; CAPACITY], [0; CAPACITY]);
        let mut of = 0;
        for sample in &self.samples {
            if except != Some(sample.card) && recent.contains(&sample.seen_unix_s) {
                (starts[of], ends[of]) = (sample.shown.least_s, sample.shown.most_s);
                of += 1;
            }
        }
        if of < FEWEST {
            return None;
        }
        let (starts, ends) = (&mut starts[..of], &mut ends[..of]);
        starts.sort_unstable();
        ends.sort_unstable();
        let (mut open, mut closed, mut agreeing) = (0, 0, 0);
        let mut shown = Shown { least_s: 0, most_s: 0 };
        for start in starts.iter() {
            while ends[closed] < *start {
                closed += 1;
            }
            open += 1;
            // From here to the next end, so many overlap. Of several best places the answer is
            // all of them and what lies between: it claims less.
            if open - closed > agreeing {
                (agreeing, shown.least_s) = (open - closed, *start);
            }
            if open - closed == agreeing {
                shown.most_s = ends[closed];
            }
        }
        (2 * agreeing > of).then_some(Agreement { shown, agreeing, of })
    }
}

fn is_off(estimate: &ClockEstimate, tolerance_s: i64) -> bool {
    2 * estimate.behind_s.abs() > tolerance_s
}
