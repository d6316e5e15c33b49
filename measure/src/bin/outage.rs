//! What phones do to an issuer after an outage: 100,000 of them, minute by minute, by the library's own
//! rules for when a card is renewed and when a phone that failed tries again, and by the service's for
//! when it asks them to come back.
//!
//! `cargo run --release -p onecode-measure --bin outage`. Each phone has a card, is online all the time
//! and renews when it is due. For six hours nobody answers, or somebody turns all away; a day of either
//! is printed as well. Random from a fixed seed. Exits with an error if a minute of six hours' outage or
//! after it has more than three times the requests of an ordinary minute, or a phone is served later
//! than is said here.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::error::Error;

use onecode::request::{renewal_due_unix_s, retry_wait_s, CREDENTIAL_S};
use onecode::{Algorithm, CardClaims, Entitlements, PublicKey, Region, SigningKey, SoftwareKey};
use onecode_service::config::Limits;
use onecode_service::Asker;

const PHONES: u32 = 100_000;
const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;

/// Two ordinary days come first, so that the phones are where their cards put them.
const FROM: i64 = 2 * DAY;
const OUT: i64 = 6 * HOUR;
const END: i64 = FROM + 4 * DAY;

/// Requests in a minute, over those of an ordinary minute, at most.
const MOST: f64 = 3.0;

/// After the outage everybody is served within so many hours: the longest wait of a phone that the
/// service asked for its longest, and some minutes.
const SERVED_WITHIN_H: f64 = 12.25;

/// When a phone that has failed so many times in a row tries again.
type Wait<'a> = &'a dyn Fn(u32, &mut fastrand::Rng) -> i64;

/// When a card that was renewed now is renewed next.
type Due<'a> = &'a dyn Fn(u32, i64) -> i64;

fn main() -> Result<(), Box<dyn Error>> {
    let key = SoftwareKey::generate(Algorithm::Esp256)?.key.public_key();
    let due = |phone, now| renewal_due_unix_s(&card(phone, now, key));
    let mean = Run::of(None, &due, &|_, _| 0).mean();
    println!("{PHONES} phones, {mean:.0} renewals in an ordinary minute\n");
    println!(
        "  {:<58}{:>8}{:>8}{:>10}{:>10}",
        "times an ordinary minute, the outage lasts six hours",
        "during",
        "after",
        "at minute",
        "served"
    );

    let mut held = true;
    let mut row = |name: &str, out: i64, is_bound: bool, due: Due<'_>, wait: Wait<'_>| {
        let until = FROM + out;
        let run = Run::of(Some((FROM, until)), due, wait);
        let (worst, minute) = run.worst(until, END);
        let (worst, during) = (worst / mean, run.worst(FROM, until).0 / mean);
        let served_h = (run.last_served - until) as f64 / HOUR as f64;
        let holds = worst.max(during) <= MOST && served_h <= SERVED_WITHIN_H;
        let verdict = match (is_bound, holds) {
            (false, _) => "",
            (true, true) => "pass",
            (true, false) => "MISS",
        };
        held &= holds || !is_bound;
        println!("  {name:<58}{during:>8.1}{worst:>8.1}{minute:>10}{served_h:>8.1} h  {verdict}");
        run
    };

    let silent = |failed, random: &mut fastrand::Rng| wait(failed, random, None);
    let limits = Limits::default();
    let advised = |failed, random: &mut fastrand::Rng| {
        let advice_s = limits.advice_s(Asker::Phone, random.u64(..));
        wait(failed, random, Some(advice_s))
    };
    let ours = row("the library's waits: nobody answers", OUT, true, &due, &silent);
    let turned_away =
        row("the service's Retry-After: it turns all away", OUT, true, &due, &advised);
    row("a day: nobody answers", DAY, false, &due, &silent);
    row("a day: it turns all away", DAY, false, &due, &advised);
    row("for comparison: a Retry-After of 1 to 4 minutes", OUT, false, &due, &|failed, random| {
        let asked = random.u64(60..=240);
        wait(failed, random, Some(asked))
    });
    row("for comparison: the same waits, not random", OUT, false, &due, &|failed, _| {
        retry_wait_s(failed, 0, None) as i64
    });
    row("for comparison: every five minutes", OUT, false, &due, &|_, _| 300);
    row(
        "for comparison: from 1 minute, doubling to 6 hours, random",
        OUT,
        false,
        &due,
        &|failed, random| {
            let bound = (120 << failed.saturating_sub(1).min(16)).min(6 * HOUR);
            random.i64(bound / 2..=bound)
        },
    );
    row("for comparison: all renew at 3 o'clock", OUT, false, &at_three, &silent);

    println!("\nby the hour after six hours, the fullest minute of each:");
    for (name, run) in [("nobody answers", ours), ("turned away", turned_away)] {
        let until = FROM + OUT;
        let hours = (0..12).map(|hour| run.worst(until + hour * HOUR, until + (hour + 1) * HOUR).0);
        let hours: Vec<String> = hours.map(|most| format!("{:.1}", most / mean)).collect();
        println!("  {name:<16}{}", hours.join("  "));
    }
    if held {
        println!("\nat most {MOST} times an ordinary minute; everybody served in {SERVED_WITHIN_H} hours");
        Ok(())
    } else {
        Err("the load of an outage, or the time until all are served, is over its bound".into())
    }
}

fn wait(failed: u32, random: &mut fastrand::Rng, retry_after_s: Option<u64>) -> i64 {
    retry_wait_s(failed, random.u64(..), retry_after_s) as i64
}

/// The next 3 o'clock, at a second that is this phone's own within five minutes.
fn at_three(phone: u32, now: i64) -> i64 {
    let today = now - now % DAY + 3 * HOUR + i64::from(phone % 300);
    if today > now {
        today
    } else {
        today + DAY
    }
}

/// The card of a phone, renewed now.
fn card(phone: u32, now: i64, holder_key: PublicKey) -> CardClaims {
    CardClaims {
        region: Region::SHANGHAI,
        status_index: phone,
        entitlements: Entitlements::default(),
        max_window_s: 60,
        expires_unix_s: now + CREDENTIAL_S,
        confirmed_unix_s: Some(now),
        specimen: false,
        delegate: false,
        holder_key,
    }
}

/// What came in.
struct Run {
    /// Requests in each minute.
    minutes: Vec<u32>,
    /// When the last phone that had failed was served.
    last_served: i64,
}

impl Run {
    fn of(outage: Option<(i64, i64)>, due: Due<'_>, wait: Wait<'_>) -> Self {
        let mut made = fastrand::Rng::with_seed(1);
        let mut run = Run { minutes: vec![0; (END / 60) as usize], last_served: 0 };
        // Who asks next, and how often it has failed. Cards were made throughout the day before.
        let first = |phone| Reverse((due(phone, -made.i64(0..DAY)).max(0), phone, 0));
        let mut next: BinaryHeap<Reverse<(i64, u32, u32)>> = (0..PHONES).map(first).collect();
        let mut random = fastrand::Rng::with_seed(2);
        while let Some(Reverse((now, phone, failed))) = next.pop() {
            let Some(minute) = run.minutes.get_mut((now / 60) as usize) else { break };
            *minute += 1;
            let is_out = outage.is_some_and(|(from, until)| (from..until).contains(&now));
            next.push(Reverse(if is_out {
                (now + wait(failed + 1, &mut random), phone, failed + 1)
            } else {
                if failed > 0 {
                    run.last_served = now;
                }
                (due(phone, now), phone, 0)
            }));
        }
        run
    }

    /// Requests in a minute, of the days after the first two.
    fn mean(&self) -> f64 {
        let minutes = &self.minutes[(FROM / 60) as usize..];
        f64::from(minutes.iter().sum::<u32>()) / minutes.len() as f64
    }

    /// The fullest minute between two times, and which one it is.
    fn worst(&self, from: i64, until: i64) -> (f64, usize) {
        let minutes = &self.minutes[(from / 60) as usize..(until / 60) as usize];
        let worst = minutes.iter().enumerate().max_by_key(|(_, requests)| **requests);
        worst.map_or((0.0, 0), |(at, requests)| (f64::from(*requests), at))
    }
}
