//! Which of a scanner's oldest files of receipts may be erased.
//!
//! Uses the times in receipts, and no clock. Specification: docs/SPEC.md section 19.

use super::DAY_S;

/// No receipt was made before this second, the beginning of 2025 (Unix seconds). An earlier time is
/// that of a clock that had not been set.
const FIRST_POSSIBLE_UNIX_S: i64 = 1_735_689_600;

/// Decides how many files at the beginning of a chain may be erased. It is given the times of the
/// receipts in each file, the oldest file first.
///
/// A file is dated by what is in it, and the order of the chain counts as well: time went on from
/// each file to the next. So a file is old only if nothing before it is young. Neither a clock
/// that is wrong nor one that was wrong when the receipts were made erases anything too early: what
/// is dated ahead of `known` or before there were receipts has no date, and the file is kept until
/// one behind it is old.
#[derive(Clone, Copy, Debug)]
pub struct Retention {
    known_unix_s: i64,
    last_old_unix_s: i64,
    newest_unix_s: i64,
    seen: usize,
    erasable: usize,
}

impl Retention {
    /// Receipts are kept for `keep_days`, counted back from `known_unix_s`: the earlier of the
    /// scanner's clock and [`crate::preflight::Preflight::newest_signed_unix_s`], which no clock of
    /// the scanner can put ahead.
    pub fn new(keep_days: u16, known_unix_s: i64) -> Self {
        Retention {
            known_unix_s,
            last_old_unix_s: known_unix_s.saturating_sub(i64::from(keep_days) * DAY_S),
            newest_unix_s: i64::MIN,
            seen: 0,
            erasable: 0,
        }
    }

    /// Takes the times of all receipts in the next file ([`super::unverified_time`]). Whether a
    /// further file could still be erased: if not, none has to be read.
    pub fn take(&mut self, times_unix_s: impl IntoIterator<Item = i64>) -> bool {
        let (mut newest, mut all_dated) = (i64::MIN, true);
        for time in times_unix_s {
            if (FIRST_POSSIBLE_UNIX_S..=self.known_unix_s).contains(&time) {
                newest = newest.max(time);
            } else {
                all_dated = false;
            }
        }
        self.seen += 1;
        self.newest_unix_s = self.newest_unix_s.max(newest);
        if self.newest_unix_s > self.last_old_unix_s {
            return false;
        }
        if all_dated && newest > i64::MIN {
            self.erasable = self.seen;
        }
        true
    }

    /// How many files may be erased, from the oldest on.
    pub fn erasable(&self) -> usize {
        self.erasable
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::assert_says;

    const KNOWN: i64 = 1_795_392_000;

    fn erasable(files: &[&[i64]]) -> usize {
        let mut retention = Retention::new(30, KNOWN);
        let days = |file: &&[i64]| file.iter().map(|ago| KNOWN - ago * DAY_S).collect::<Vec<_>>();
        let mut all = files.iter().map(days);
        while all.next().is_some_and(|times| retention.take(times)) {}
        retention.erasable()
    }

    #[test]
    fn the_specification_states_what_is_here() {
        assert_says([&format!("before 2025 ({FIRST_POSSIBLE_UNIX_S})")]);
    }

    #[test]
    fn old_files_go_and_the_first_young_one_ends_it() {
        assert_eq!(erasable(&[]), 0);
        assert_eq!(erasable(&[&[40, 39], &[38], &[31, 30], &[30, 29], &[35]]), 3);
        assert_eq!(erasable(&[&[29], &[60]]), 0);
    }

    #[test]
    fn a_clock_that_was_wrong_erases_nothing_young() {
        // It stood in 1970, behind young receipts and before any.
        assert_eq!(erasable(&[&[40], &[10], &[20_000]]), 1);
        assert_eq!(erasable(&[&[20_000], &[10]]), 0);
        assert_eq!(erasable(&[&[20_000, 40]]), 0);
        // It was a year behind, after young receipts.
        assert_eq!(erasable(&[&[5], &[370]]), 0);
        // It was ahead: such a file goes with the next one that has a date.
        assert_eq!(erasable(&[&[-5_000], &[40], &[3]]), 2);
        assert_eq!(erasable(&[&[50], &[-5_000]]), 1);
        assert_eq!(erasable(&[&[-1], &[]]), 0);
    }

    #[test]
    fn no_time_overflows() {
        let mut retention = Retention::new(u16::MAX, i64::MIN);
        assert!(retention.take([i64::MIN, i64::MAX]));
        assert_eq!(retention.erasable(), 0);
    }
}
