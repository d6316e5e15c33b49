//! Which anchors are kept: those from which many gates continue, and few that are old.

const DAY: i64 = 86_400;

/// How many of the newest anchors are kept.
pub const KEPT_DAYS: usize = 7;
/// How many anchors are kept that are the first of a week, which begins on Monday.
pub const KEPT_MONDAYS: usize = 5;
/// How many anchors are kept that are the first of a month.
pub const KEPT_MONTHS: usize = 3;

/// Of these times of anchors (Unix seconds, in any order) those that are kept, the newest first.
/// All days are of UTC.
pub fn kept(anchors: &[i64]) -> Vec<i64> {
    let anchors = newest_first(anchors);
    let mut kept: Vec<i64> = anchors.iter().copied().take(KEPT_DAYS).collect();
    kept.extend(first_of_each(&anchors, monday).take(KEPT_MONDAYS));
    kept.extend(first_of_each(&anchors, month).take(KEPT_MONTHS));
    newest_first(&kept)
}

/// Those that are the first of their week, the newest first. They are kept longest but for those of
/// a month, and never more than a week apart.
pub(crate) fn first_of_weeks(anchors: &[i64]) -> Vec<i64> {
    first_of_each(&newest_first(anchors), monday).collect()
}

fn newest_first(times: &[i64]) -> Vec<i64> {
    let mut times = times.to_vec();
    times.sort_unstable();
    times.dedup();
    times.reverse();
    times
}

/// The first anchor of each stretch of time, the newest stretch first.
fn first_of_each(anchors: &[i64], stretch: fn(i64) -> i64) -> impl Iterator<Item = i64> + '_ {
    let last_of_stretch = move |at: &usize| {
        let next = anchors.get(at + 1);
        next.is_none_or(|next| stretch(*next) != stretch(anchors[*at]))
    };
    (0..anchors.len()).filter(last_of_stretch).map(|at| anchors[at])
}

/// The number of a week that begins on Monday, in UTC. 1970-01-01 was a Thursday.
fn monday(unix_s: i64) -> i64 {
    (unix_s.div_euclid(DAY) + 3).div_euclid(7)
}

/// The number of a month, in UTC.
fn month(unix_s: i64) -> i64 {
    // Days since 0000-03-01, in eras of 400 years.
    let days = unix_s.div_euclid(DAY) + 719_468;
    let (era, day) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    (era * 400 + year) * 12 + (5 * day + 2) / 153
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::assert_says;

    #[test]
    fn the_specification_states_what_is_here() {
        assert_says([&format!(
            "the newest {KEPT_DAYS} are kept, the newest {KEPT_MONDAYS} that are the first of a \
             week, and the newest {KEPT_MONTHS} that are the first of a month"
        )]);
    }

    #[test]
    fn a_quarter_of_daily_anchors_leaves_fifteen_at_most() {
        // From 2026-01-01 (a Thursday) on, for 200 days.
        let first = 1_767_225_600;
        let all: Vec<i64> = (0..200).map(|day| first + day * DAY).collect();
        let kept = kept(&all);
        assert!(kept.len() <= 15 && kept.len() >= 12, "{kept:?}");
        assert_eq!(kept[..7], all.iter().rev().copied().take(7).collect::<Vec<_>>());
        // 2026-05-01, 06-01 and 07-01: days 120, 151 and 181.
        for day in [120, 151, 181] {
            assert!(kept.contains(&(first + day * DAY)), "{day}");
        }
        let mondays = kept.iter().filter(|time| (*time / DAY + 3) % 7 == 0).count();
        assert!(mondays >= 5, "{kept:?}");
    }

    #[test]
    fn months_begin_on_their_first_day() {
        let day = |unix_s: i64| month(unix_s);
        // 2024-02-29, 2024-03-01, 2025-12-31, 2026-01-01.
        assert_ne!(day(1_709_164_800), day(1_709_251_200));
        assert_eq!(day(1_709_164_800), day(1_706_745_600));
        assert_ne!(day(1_767_139_200), day(1_767_225_600));
    }
}
