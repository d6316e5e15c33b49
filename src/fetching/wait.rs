//! When to fetch again.

/// First wait after a failure, in seconds.
const FIRST_WAIT_S: u64 = 30;

/// Seconds until the next fetch. Gates begin together in the morning and after a power cut; so each
/// waits a random time: from 3/4 to 5/4 of `every_s` after a fetch that went well. After `failed`
/// that did not, one after the other, from half to all of 30 s, 60 s, 120 s and so on, but no
/// longer than `every_s`. `random` is any number; all whole seconds are as likely.
pub fn fetch_wait_s(every_s: u32, failed: u32, random: u64) -> u64 {
    let every_s = u64::from(every_s).max(1);
    let (least, most) = match failed {
        0 => (every_s - every_s / 4, every_s + every_s / 4),
        failed => {
            let doubled = FIRST_WAIT_S << (failed - 1).min(20);
            let most = doubled.min(every_s);
            (most.div_ceil(2), most)
        }
    };
    least + random % (most - least + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_after_failures_and_end_at_the_usual_one() {
        let range = |failed| {
            let all = (0..10_000).map(|random| fetch_wait_s(3_600, failed, random));
            (all.clone().min().unwrap(), all.max().unwrap())
        };
        assert_eq!(range(0), (2_700, 4_500));
        assert_eq!(range(1), (15, 30));
        assert_eq!(range(2), (30, 60));
        assert_eq!(range(8), (1_800, 3_600));
        assert_eq!(range(u32::MAX), (1_800, 3_600));
        assert_eq!(fetch_wait_s(0, 0, u64::MAX), 1);
        assert!(fetch_wait_s(u32::MAX, 0, u64::MAX) < 2 * u64::from(u32::MAX));
    }
}
