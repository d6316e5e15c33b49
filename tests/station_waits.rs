//! Mornings at a station whose application makes a card wait, at three gates that tell each other
//! each second what they have seen. Their clocks are apart, and the channel has a delay.
//!
//! What is asked: no card is accepted within its wait once the gates have spoken, and none is
//! refused after it, but for the delay of the channel.
#![allow(clippy::unwrap_used, clippy::panic)]

mod practice;

use std::collections::VecDeque;

use fastrand::Rng;
use onecode::catalogue::{Application, DuplicateRule};
use onecode::duplicates::VenueKey;
use onecode::{
    Algorithm, CardClaims, CardCredential, Code, CodeClaims, Policy, Scanner, SigningKey,
    SoftwareKey,
};
use practice::*;

const PHONES: u32 = 30;
/// A summary arrives in the second in which it was made, or in the next.
const DELAY_S: i64 = 1;

struct Phone {
    key: SoftwareKey,
    credential: CardCredential,
    /// When it was let in last, and by which gate.
    last: Option<(i64, usize)>,
    /// When it comes again.
    next: i64,
}

/// What came of the cards that came back.
#[derive(Debug, Default)]
struct Count {
    again_too_soon: usize,
    again_in_time: usize,
}

struct Gate {
    scanner: Scanner,
    ahead_s: i64,
}

fn gates(world: &Practice, wait_s: u32, ahead_s: [i64; 3]) -> [Gate; 3] {
    let duplicates = DuplicateRule::PassBack { seconds: wait_s };
    let application = Application { duplicates, ..open_application() };
    let catalogue = catalogue(2, vec![application]).sign(&world.root).unwrap();
    ahead_s.map(|ahead_s| {
        let policy = Policy { tolerance_s: Policy::MAX_TOLERANCE_S, ..Policy::default() };
        let mut scanner = world.scanner(policy);
        scanner.install_catalogue(catalogue.as_bytes(), NOW).unwrap();
        Gate { scanner, ahead_s }
    })
}

fn phones(world: &Practice) -> Vec<Phone> {
    let phone = |index| {
        let key = key(Algorithm::Esp256);
        let claims = CardClaims { status_index: 10 + index, ..card(key.public_key()) };
        let credential = CardCredential::issue(claims, &world.issuer).unwrap();
        Phone { key, credential, last: None, next: NOW + i64::from(index) }
    };
    (0..PHONES).map(phone).collect()
}

fn morning(wait_s: u32, ahead_s: [i64; 3], lasts_s: i64, random: &mut Rng) -> Count {
    let world = Practice::new(Algorithm::Esp256, Algorithm::Esp256, Algorithm::Esp256);
    let venue = VenueKey::new([7; 32]);
    let (mut gates, mut phones) = (gates(&world, wait_s, ahead_s), phones(&world));
    let wait_s = i64::from(wait_s);
    let mut channel: VecDeque<(i64, usize, Vec<u8>)> = VecDeque::new();
    let mut count = Count::default();
    for moment in NOW..NOW + lasts_s {
        while channel.front().is_some_and(|(arrives, ..)| *arrives <= moment) {
            let (_, from, summary) = channel.pop_front().unwrap();
            for (_, gate) in gates.iter_mut().enumerate().filter(|(to, _)| *to != from) {
                let now = moment + gate.ahead_s;
                gate.scanner.merge_duplicates(&summary, &venue, now).unwrap();
            }
        }
        for phone in phones.iter_mut().filter(|phone| phone.next == moment) {
            let at = random.usize(..3);
            let gate = &mut gates[at];
            let code = Code::make(&phone.credential, &phone.key, &CodeClaims::at(moment)).unwrap();
            let verdict = gate.scanner.scan(code.text(), &context(moment + gate.ahead_s));
            let case = format!("wait {wait_s}, clocks {ahead_s:?}, at {at} after {:?}", phone.last);
            if let Some((last, by)) = phone.last {
                let late_s = if by == at { 0 } else { DELAY_S };
                let gone_s = moment - last;
                if gone_s < wait_s {
                    assert_eq!(number(&verdict), Some(602), "{gone_s} s: {case}");
                    count.again_too_soon += 1;
                } else if gone_s >= wait_s + late_s {
                    assert_eq!(number(&verdict), None, "{gone_s} s: {case}");
                    count.again_in_time += 1;
                }
            } else {
                assert_eq!(number(&verdict), None, "{case}");
            }
            if number(&verdict).is_none() {
                phone.last = Some((moment, at));
            }
            // Once the gates have spoken; at the edges of the wait more often than elsewhere.
            let gone_s = phone.last.map_or(0, |(last, _)| moment - last);
            let pause = match random.u8(..4) {
                0 => random.i64(DELAY_S + 1..wait_s / 2),
                late_s => wait_s + i64::from(late_s) - 2 - gone_s,
            };
            phone.next = moment + pause.max(DELAY_S + 1);
        }
        for (from, gate) in gates.iter_mut().enumerate() {
            let arrives = moment + random.i64(0..=DELAY_S);
            for summary in gate.scanner.duplicates_summaries(&venue, moment + gate.ahead_s) {
                channel.push_back((
                    arrives.max(channel.back().map_or(0, |last| last.0)),
                    from,
                    summary,
                ));
            }
        }
    }
    count
}

#[test]
fn a_card_waits_as_long_as_it_should_at_gates_whose_clocks_differ() {
    let mut random = Rng::with_seed(20_261_127);
    let ahead_s = [40, 80, 119];
    for (wait_s, ahead_s, lasts_s) in [
        (30, ahead_s, 900),
        (60, ahead_s, 900),
        (600, ahead_s, 4_000),
        // As far apart as two gates can be.
        (60, [-119, 0, 119], 900),
    ] {
        let count = morning(wait_s, ahead_s, lasts_s, &mut random);
        let enough = count.again_too_soon > 100 && count.again_in_time > 100;
        assert!(enough, "{wait_s}: {count:?}");
    }
}
