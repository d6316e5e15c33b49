//! What a service sees of all phones, by the minute, when it was away: a simulation with the library's
//! own rules of when a phone renews and when it tries again.

#[macro_use]
mod say;

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use onecode::request::{renewal_due_unix_s, retry_wait_s, CREDENTIAL_S};
use onecode::{Algorithm, CardClaims, Entitlements, PublicKey, Region};

const HOUR: i64 = 3_600;
const PHONES: u32 = 100_000;
/// A point of Ed25519 is 32 bytes; nothing is signed here.
const KEY: [u8; 32] = [9; 32];

/// SplitMix64, so that a run can be made again.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}

/// How long after a renewal the credential of this phone is due again.
fn day_of(phone: u32, key: PublicKey) -> i64 {
    let renewed = 1_790_000_000;
    let due = renewal_due_unix_s(&CardClaims {
        region: Region::JIANGSU,
        status_index: phone,
        entitlements: Entitlements::default(),
        max_window_s: 60,
        expires_unix_s: renewed + CREDENTIAL_S,
        confirmed_unix_s: Some(renewed),
        specimen: false,
        delegate: false,
        holder_key: key,
    });
    due - renewed
}

struct Seen {
    /// The mean of an ordinary day, and the fullest minute from the outage on, in requests.
    mean: f64,
    fullest: u32,
    /// How long after the end the last phone that had failed was served, in seconds.
    last_served_s: i64,
}

/// Two ordinary days, an outage of so many hours, and two more days.
fn outage(days: &[i64], hours: i64) -> Seen {
    let mut random = Random(hours as u64);
    let begin = 1_790_000_000;
    let away = begin + 48 * HOUR..begin + (48 + hours) * HOUR;
    let end = away.end + 48 * HOUR;
    // Each phone is somewhere in its own day.
    let mut next: BinaryHeap<Reverse<(i64, u32)>> = (0..PHONES)
        .map(|phone| {
            let day = days[phone as usize] as u64;
            Reverse((begin + (random.next() % day) as i64, phone))
        })
        .collect();
    let mut failed = vec![0_u32; PHONES as usize];
    let mut minutes = vec![0_u32; ((end - begin) / 60 + 1) as usize];
    let mut last_served_s = 0;
    while let Some(Reverse((now, phone))) = next.pop() {
        if now >= end {
            break;
        }
        minutes[((now - begin) / 60) as usize] += 1;
        let failures = &mut failed[phone as usize];
        let again = if away.contains(&now) {
            *failures += 1;
            now + retry_wait_s(*failures, random.next(), None) as i64
        } else {
            if *failures > 0 {
                last_served_s = last_served_s.max(now - away.end);
            }
            *failures = 0;
            now + days[phone as usize]
        };
        next.push(Reverse((again, phone)));
    }
    let before = (away.start - begin) / 60;
    let (ordinary, later) = minutes.split_at(before as usize);
    Seen {
        mean: f64::from(ordinary.iter().sum::<u32>()) / ordinary.len() as f64,
        fullest: later.iter().copied().max().unwrap(),
        last_served_s,
    }
}

#[test]
fn an_outage_of_hours_brings_no_minute_three_times_the_requests_and_all_are_served() {
    let key = PublicKey::from_bytes(Algorithm::Ed25519, &KEY).unwrap();
    let days: Vec<_> = (0..PHONES).map(|phone| day_of(phone, key)).collect();
    // In a long one the same phones fail again and again. That minute is during the outage.
    for (hours, limit) in [(6, 3.0), (8, 3.0), (24, 5.0)] {
        let Seen { mean, fullest, last_served_s } = outage(&days, hours);
        let times = f64::from(fullest) / mean;
        say!(
            "outage of {hours} h: {mean:.1} requests a minute before, at most {fullest} from then \
             on ({times:.2} times), the last served after {:.1} h",
            last_served_s as f64 / HOUR as f64
        );
        assert!(times < limit, "{hours} h: {times}");
        assert!(last_served_s <= 10 * HOUR + 900, "{hours} h: {last_served_s} s");
    }
}
