//! What the codes of other phones say about a scanner's clock.
//!
//! A phone shows a code from the moment it is made for until it renews it. So each genuine code
//! bounds the difference of two clocks from both sides. The bounds of most phones overlap where the
//! truth is, as long as most phones are honest: every point in such an overlap lies within the
//! bounds of an honest phone. (Marzullo's way to choose among clocks.)

use std::collections::VecDeque;

use super::{ClockBlame, ClockEstimate};

/// How many phones are counted: those seen last.
pub(crate) const CAPACITY: usize = 32;

/// With fewer phones than this there is no estimate.
const FEWEST: usize = 8;

/// How many seconds a phone counts.
const MAX_AGE_S: i64 = 3_600;

/// A code too far from now to accept is still checked, once in this many seconds, for what it says
/// about the clock.
const LEARN_EVERY_S: i64 = 10;

/// How many such codes are checked in that time until one holds. A forged one must not keep a
/// scanner from learning.
const LEARN_TRIES: u32 = 16;

/// Stands for a card.
pub(crate) type CardTag = [u8; 8];

/// How many seconds a phone's clock may be ahead of the scanner's, by one code it shows: from
/// `least_s` to `most_s`, both inclusive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Shown {
    pub(crate) least_s: i64,
    pub(crate) most_s: i64,
}

impl Shown {
    /// A code scanned at `now`, by a scanner's clock. It was made for `issued_at_unix_s`
    /// and is shown until the phone renews it: for half its window.
    pub(crate) fn new(issued_at_unix_s: i64, window_s: u16, now: i64) -> Self {
        let least_s = issued_at_unix_s.saturating_sub(now);
        let shown_for_s = i64::from((window_s / 2).max(1));
        Shown { least_s, most_s: least_s.saturating_add(shown_for_s) }
    }

    /// The value nearest to zero.
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

/// The phones seen last, with the latest code of each card.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ClockSense {
    /// In the order they were seen.
    pub(crate) samples: VecDeque<Sample>,
    learned_unix_s: Option<i64>,
    /// Since when tries are counted, and how many there were.
    tries: Option<(i64, u32)>,
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
    /// From a snapshot.
    pub(crate) fn of(samples: Vec<Sample>) -> Self {
        ClockSense { samples: samples.into(), ..ClockSense::default() }
    }

    /// Takes in a genuine code, accepted or refused.
    ///
    /// Samples from before the scanner's clock was set back say nothing about the clock as it is
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

    /// Whether to spend signature checks on a code far from now, to learn from it. Otherwise a
    /// scanner that is hours off would never find out. Each call counts as a try.
    pub(crate) fn may_learn(&mut self, now: i64) -> bool {
        let due = |since: i64| now.abs_diff(since) >= LEARN_EVERY_S as u64;
        if !self.learned_unix_s.is_none_or(due) {
            return false;
        }
        let (since, tries) = self.tries.filter(|(since, _)| !due(*since)).unwrap_or((now, 0));
        let may = tries < LEARN_TRIES;
        self.tries = Some((since, tries + u32::from(may)));
        may
    }

    /// Takes in a genuine code far from now. A card that said the same before teaches nothing, so
    /// that it does not use up the turn of others.
    pub(crate) fn learn(&mut self, sample: Sample, tolerance_s: i64) {
        let known = |seen: &Sample| seen.card == sample.card && seen.shown.overlaps(sample.shown);
        if !self.samples.iter().any(known) {
            self.learned_unix_s = Some(sample.seen_unix_s);
        }
        self.hear(sample, tolerance_s);
    }

    /// What the phones say, if there are enough and most agree.
    pub(crate) fn estimate(&self, now: i64, tolerance_s: i64) -> Option<ClockEstimate> {
        self.agreement(now, tolerance_s, None).map(Agreement::estimate)
    }

    /// The estimate, if it puts the scanner's clock off by more than half of the tolerance.
    pub(crate) fn off(&self, now: i64, tolerance_s: i64) -> Option<ClockEstimate> {
        self.estimate(now, tolerance_s).filter(|estimate| is_off(estimate, tolerance_s))
    }

    /// Whose clock is wrong when this code is refused because of its time. Its card is no witness.
    ///
    /// Nobody is blamed unless the phone seen last agrees with most. When it disagrees, the
    /// scanner's clock may have been set since the others were seen.
    pub(crate) fn blame(&self, sample: &Sample, tolerance_s: i64) -> ClockBlame {
        let agreement = self.agreement(sample.seen_unix_s, tolerance_s, Some(sample.card));
        let Some(agreement) = agreement else {
            return ClockBlame::Unknown;
        };
        let last = self.samples.iter().rfind(|seen| seen.card != sample.card);
        if !last.is_some_and(|last| last.shown.overlaps(agreement.shown)) {
            return ClockBlame::Unknown;
        }
        let estimate = agreement.estimate();
        match (is_off(&estimate, tolerance_s), agreement.shown.overlaps(sample.shown)) {
            (true, true) => ClockBlame::Scanner(estimate),
            (false, false) => ClockBlame::Phone(estimate),
            // Both are off, or the bounds cannot tell which.
            (true, false) | (false, true) => ClockBlame::Unknown,
        }
    }

    /// Where the bounds of the most phones overlap, if those are more than half of them. A phone
    /// seen further ahead of now than the tolerance was seen before the clock was set back.
    fn agreement(&self, now: i64, tolerance_s: i64, except: Option<CardTag>) -> Option<Agreement> {
        let recent = now.saturating_sub(MAX_AGE_S)..=now.saturating_add(tolerance_s);
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
            // From here to the next end, this many overlap. Of several best places the answer spans
            // all of them and what lies between, so it claims less.
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
    estimate.behind_s.unsigned_abs() > tolerance_s.unsigned_abs() / 2
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::spec::assert_says;

    const NOW: i64 = 1_795_392_000;
    const TOLERANCE_S: i64 = 30;

    /// A phone whose clock is ahead of the scanner's by `ahead_s`, scanned when its code has been
    /// shown for `shown_for_s` of its 30 seconds.
    fn phone(number: u64, ahead_s: i64, shown_for_s: i64) -> Sample {
        Sample {
            card: number.to_be_bytes(),
            shown: Shown::new(NOW + ahead_s - shown_for_s, 60, NOW),
            seen_unix_s: NOW,
        }
    }

    fn heard(samples: impl IntoIterator<Item = Sample>) -> ClockSense {
        let mut sense = ClockSense::default();
        samples.into_iter().for_each(|sample| sense.hear(sample, TOLERANCE_S));
        sense
    }

    /// Phones with the right time, scanned after 1, 2, 3 … seconds, by a scanner that is behind.
    fn honest(count: u64, behind_s: i64) -> Vec<Sample> {
        (0..count).map(|number| phone(number, behind_s, 1 + number as i64 % 20)).collect()
    }

    #[test]
    fn the_specification_states_what_is_here() {
        assert_says([
            &format!("**one such code in {LEARN_EVERY_S} s**"),
            &format!("at most {LEARN_TRIES} in {LEARN_EVERY_S} s"),
            &format!("of the {CAPACITY} cards seen last"),
            &format!("The estimate needs {FEWEST} cards"),
            "what was seen more than an hour ago",
        ]);
        assert_eq!(MAX_AGE_S, 60 * 60);
    }

    #[test]
    fn fewer_than_eight_phones_say_nothing() {
        assert_eq!(heard(honest(7, 90)).estimate(NOW, TOLERANCE_S), None);
        let estimate = heard(honest(8, 90)).estimate(NOW, TOLERANCE_S).unwrap();
        assert_eq!((estimate.agreeing, estimate.of), (8, 8));
        assert!((89..=90).contains(&estimate.behind_s), "{estimate:?}");
        // One card that comes eight times is one phone.
        assert_eq!(heard(vec![phone(1, 90, 3); 8]).estimate(NOW, TOLERANCE_S), None);
    }

    #[test]
    fn a_scanner_that_is_right_is_told_so() {
        let estimate = heard(honest(20, 0)).estimate(NOW, TOLERANCE_S).unwrap();
        assert_eq!(estimate.behind_s, 0);
        assert_eq!(heard(honest(20, 0)).off(NOW, TOLERANCE_S), None);
        assert!(heard(honest(20, 20)).off(NOW, TOLERANCE_S).is_some());
        // One that is ahead looks better than it is: the code may have been shown for a while.
        let ahead = heard(honest(20, -90)).estimate(NOW, TOLERANCE_S).unwrap().behind_s;
        assert!((-90..=-90 + 30).contains(&ahead), "{ahead}");
    }

    #[test]
    fn one_bad_phone_moves_nothing_that_the_others_agree_on() {
        for ahead_s in [-86_400, -300, -32, 31, 95, 300, 86_400] {
            let mut samples = honest(19, 0);
            samples.push(phone(99, ahead_s, 0));
            let estimate = heard(samples).estimate(NOW, TOLERANCE_S).unwrap();
            assert_eq!((estimate.behind_s, estimate.agreeing, estimate.of), (0, 19, 20));
        }
        // One that agrees with all others at some point moves it within what they leave open.
        for ahead_s in -31..31 {
            let mut samples = honest(19, 90);
            samples.push(phone(99, 90 + ahead_s, 0));
            let estimate = heard(samples).estimate(NOW, TOLERANCE_S).unwrap();
            assert!((89..=90 + 11).contains(&estimate.behind_s), "{ahead_s}: {estimate:?}");
        }
    }

    #[test]
    fn the_blame_is_the_phones_the_scanners_or_nobodys() {
        let blame = |behind_s, ahead_s| {
            heard(honest(20, behind_s)).blame(&phone(99, ahead_s, 0), TOLERANCE_S).name()
        };
        // The scanner is right, the phone is not.
        assert_eq!(blame(0, 95), "phone");
        assert_eq!(blame(0, 31), "phone");
        assert_eq!(blame(0, -95), "phone");
        // The scanner is behind or ahead, and this phone says so too.
        assert_eq!(blame(90, 90), "scanner");
        assert_eq!(blame(90, 95), "scanner");
        assert_eq!(blame(-120, -120), "scanner");
        assert_eq!(blame(8 * 3_600, 8 * 3_600), "scanner", "another time zone");
        // Both are wrong.
        assert_eq!(blame(90, 300), "unknown");
        assert_eq!(blame(90, -95), "unknown");
    }

    /// After a step of the scanner's clock, the first code looks like one of a phone that is wrong.
    /// The second does not.
    #[test]
    fn after_a_step_of_the_clock_nobody_is_blamed_until_most_agree_again() {
        let mut sense = heard(honest(20, 0));
        let mut names = Vec::new();
        for number in 100..130 {
            let sample = phone(number, 90, 1);
            names.push(sense.blame(&sample, TOLERANCE_S).name());
            sense.hear(sample, TOLERANCE_S);
        }
        assert_eq!(names[0], "phone");
        assert!(names[1..17].iter().all(|name| *name == "unknown"), "{names:?}");
        assert!(names[17..].iter().all(|name| *name == "scanner"), "{names:?}");
    }

    #[test]
    fn a_card_is_no_witness_in_its_own_cause() {
        let mut samples = honest(7, 90);
        samples.push(phone(99, 90, 0));
        let sense = heard(samples);
        assert!(sense.estimate(NOW, TOLERANCE_S).is_some());
        assert_eq!(sense.blame(&phone(99, 90, 0), TOLERANCE_S), ClockBlame::Unknown);
        assert_eq!(sense.blame(&phone(98, 90, 0), TOLERANCE_S).name(), "scanner");
    }

    #[test]
    fn without_a_majority_there_is_no_estimate() {
        let both = |of_each: u64| {
            let fast = (0..of_each).map(|number| phone(100 + number, 90, 1));
            heard(honest(of_each, 0).into_iter().chain(fast)).estimate(NOW, TOLERANCE_S)
        };
        assert_eq!(both(8), None);
    }

    #[test]
    fn what_is_old_is_forgotten() {
        let sense = heard(honest(20, 90));
        assert!(sense.estimate(NOW + 3_600, TOLERANCE_S).is_some());
        assert_eq!(sense.estimate(NOW + 3_601, TOLERANCE_S), None);
        let mut sense = sense;
        sense.hear(Sample { seen_unix_s: NOW + 3_601, ..phone(99, 0, 0) }, TOLERANCE_S);
        assert_eq!(sense.samples.len(), 1);
    }

    #[test]
    fn a_clock_that_was_set_back_begins_anew() {
        let mut sense = heard(honest(20, 0));
        assert!(sense.estimate(NOW - TOLERANCE_S, TOLERANCE_S).is_some());
        assert_eq!(sense.estimate(NOW - 86_400, TOLERANCE_S), None);
        sense.hear(Sample { seen_unix_s: NOW - TOLERANCE_S, ..phone(98, 0, 0) }, TOLERANCE_S);
        assert_eq!(sense.samples.len(), 21, "gates' clocks are stepped by little all the time");
        sense.hear(Sample { seen_unix_s: NOW - 61, ..phone(99, 0, 0) }, TOLERANCE_S);
        assert_eq!(sense.samples.len(), 1);
    }

    #[test]
    fn a_clock_that_was_set_ahead_is_found_out_when_most_have_been_seen_since() {
        let mut sense = heard(honest(32, 0));
        for (seen, sample) in honest(17, -300).into_iter().enumerate() {
            sense.hear(Sample { card: (500 + seen as u64).to_be_bytes(), ..sample }, TOLERANCE_S);
            let behind_s = sense.estimate(NOW, TOLERANCE_S).map(|estimate| estimate.behind_s);
            match seen + 1 {
                1..=15 => assert_eq!(behind_s, Some(0), "{seen}"),
                16 => assert_eq!(behind_s, None),
                _ => assert!(behind_s.is_some_and(|behind_s| behind_s < -270)),
            }
        }
        assert_eq!(sense.samples.len(), CAPACITY);
    }

    #[test]
    fn learning_from_codes_far_away_is_bounded() {
        // Genuine codes, one a second, each of another card.
        let mut sense = ClockSense::default();
        let mut learned = 0;
        for second in 0..100 {
            if sense.may_learn(NOW + second) {
                let seen_unix_s = NOW + second;
                sense.learn(Sample { seen_unix_s, ..phone(second as u64, 7_200, 1) }, TOLERANCE_S);
                learned += 1;
            }
        }
        assert_eq!(learned, 10);
        assert!(sense.may_learn(NOW - 86_400), "a clock that was set back");
        sense.learn(Sample { seen_unix_s: NOW - 86_400, ..phone(500, 7_200, 1) }, TOLERANCE_S);
        assert!(!sense.may_learn(NOW - 86_399));

        // None of them holds; ten come each second.
        let mut sense = ClockSense::default();
        let tried = (0..1_000).filter(|tenth| sense.may_learn(NOW + tenth / 10)).count();
        assert_eq!(tried, 10 * LEARN_TRIES as usize);
    }

    #[test]
    fn a_card_that_says_the_same_again_uses_nothing_up() {
        let mut sense = ClockSense::default();
        let at = |seen_unix_s, number| Sample { seen_unix_s, ..phone(number, 7_200, 1) };
        sense.learn(at(NOW, 1), TOLERANCE_S);
        for second in (10..100).step_by(10) {
            assert!(sense.may_learn(NOW + second));
            sense.learn(at(NOW + second, 1), TOLERANCE_S);
            assert!(sense.may_learn(NOW + second), "another one");
            sense.learn(at(NOW + second, second as u64), TOLERANCE_S);
            assert!(!sense.may_learn(NOW + second + 1));
        }
        assert_eq!(sense.samples.len(), 10);
    }

    #[test]
    fn extreme_times_do_not_overflow() {
        for (issued_at, now) in [(i64::MAX, i64::MIN), (0, i64::MAX), (i64::MAX, 0)] {
            let sample =
                Sample { card: [0; 8], shown: Shown::new(issued_at, 300, now), seen_unix_s: now };
            let mut sense = heard(honest(20, 0));
            for card in 0..20 {
                sense.hear(Sample { card: [card; 8], ..sample }, TOLERANCE_S);
            }
            let _ = (
                sense.estimate(now, TOLERANCE_S),
                sense.off(now, TOLERANCE_S),
                sense.may_learn(now),
            );
            let _ = sense.blame(&sample, TOLERANCE_S);
        }
    }

    /// A day of phones, three in a hundred far off: nobody who is right is blamed.
    #[test]
    fn a_clock_that_is_right_is_never_blamed() {
        for (behind_s, right) in [(0, "scanner"), (10, "scanner"), (90, "phone"), (-120, "phone")] {
            let mut random = fastrand::Rng::with_seed(7);
            let (mut sense, mut blamed) = (ClockSense::default(), 0);
            for number in 0..20_000 {
                let far = random.u8(..100) < 3;
                let skew_s = if far { random.i64(-600..600) } else { random.i64(-5..=5) };
                let sample = phone(number, behind_s + skew_s, random.i64(0..30));
                sense.hear(sample, TOLERANCE_S);
                let ahead_s = sample.shown.least_s;
                if (-60 - TOLERANCE_S..=TOLERANCE_S).contains(&ahead_s) || far {
                    continue;
                }
                // An honest phone whose code is refused: the scanner is off.
                let blame = sense.blame(&sample, TOLERANCE_S);
                assert_ne!(blame.name(), right, "{behind_s} {skew_s}: {blame:?}");
                blamed += u32::from(blame != ClockBlame::Unknown);
            }
            assert!(blamed == 0 || behind_s.abs() > TOLERANCE_S);
            assert!(blamed > 10_000 || behind_s.abs() <= TOLERANCE_S, "{behind_s}: {blamed}");
        }
    }

    /// The same for the phones far off, at a scanner that is right.
    #[test]
    fn a_phone_that_is_far_off_is_told_so() {
        let mut random = fastrand::Rng::with_seed(8);
        let mut sense = ClockSense::default();
        let (mut told, mut refused) = (0, 0);
        for number in 0..20_000 {
            let far = random.u8(..100) < 3;
            let skew_s = if far { random.i64(-600..600) } else { random.i64(-5..=5) };
            let sample = phone(number, skew_s, random.i64(0..30));
            sense.hear(sample, TOLERANCE_S);
            if !(-60 - TOLERANCE_S..=TOLERANCE_S).contains(&sample.shown.least_s) {
                let blame = sense.blame(&sample, TOLERANCE_S);
                assert_ne!(blame.name(), "scanner", "{skew_s}: {blame:?}");
                refused += 1;
                told += u32::from(blame.name() == "phone");
            }
        }
        // Except those hardly off, which the others' bounds do not exclude.
        assert!(refused > 400 && 10 * told >= 9 * refused, "{told} of {refused}");
    }

    proptest! {
        /// The bound: while hostile phones are fewer than honest ones, they move the estimate no
        /// further than some honest phone's own code allows.
        #[test]
        fn a_minority_moves_the_estimate_within_the_honest_bounds(
            honest in prop::collection::vec((-25i64..25, 0i64..30), 8..17),
            hostile in prop::collection::vec((-500i64..500, 0i64..30), 0..7),
            behind_s in -4_000i64..4_000,
        ) {
            let honest: Vec<Sample> = (0..).zip(&honest)
                .map(|(number, (skew_s, shown_s))| phone(number, behind_s + skew_s, *shown_s))
                .collect();
            let hostile = (1_000..).zip(&hostile)
                .map(|(number, (ahead_s, shown_s))| phone(number, *ahead_s, *shown_s));
            let sense = heard(honest.iter().copied().chain(hostile));
            if let Some(estimate) = sense.estimate(NOW, TOLERANCE_S) {
                let within = |sample: &Sample| {
                    let Shown { least_s, most_s } = sample.shown;
                    (least_s..=most_s).contains(&estimate.behind_s)
                };
                prop_assert!(estimate.behind_s == 0 || honest.iter().any(within));
                prop_assert!(2 * estimate.agreeing > estimate.of);
            }
        }

        /// With every phone honest and right, the estimate claims no more than the truth.
        #[test]
        fn it_claims_no_more_than_is_true(
            shown_s in prop::collection::vec(0i64..30, 8..33),
            behind_s in -4_000i64..4_000,
        ) {
            let phones = (0..).zip(&shown_s).map(|(number, shown_s)| phone(number, behind_s, *shown_s));
            let estimate = heard(phones).estimate(NOW, TOLERANCE_S).unwrap();
            prop_assert_eq!(usize::from(estimate.agreeing), shown_s.len());
            prop_assert!(estimate.behind_s.abs() <= behind_s.abs());
            prop_assert!((estimate.behind_s - behind_s).abs() <= 30);
        }
    }
}
