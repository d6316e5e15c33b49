//! A day's codes checked again: the verdicts of a gate, in order, and nothing remembered.

mod practice;

use onecode::catalogue::DuplicateRule;
use onecode::gate::PastScan;
use onecode::{Algorithm, Context, Policy, Verdict};
use practice::{context, number, Practice, NOW};

/// Codes of three cards over some minutes, some of them spoiled in one way or another.
fn scans(world: &Practice) -> Vec<(String, Context)> {
    let stranger = Practice::new(Algorithm::Esp256, Algorithm::Esp256, Algorithm::Esp256);
    let cards = [7, 8, 9].map(|index| world.credential(|card| card.status_index = index));
    let scan = |n: i64| {
        let (at, card) = (NOW + n, &cards[n as usize % 3]);
        let mut text = world.code(card, at).text().to_owned();
        match n % 10 {
            3 => text.replace_range(4..5, if text[4..].starts_with('0') { "1" } else { "0" }),
            5 => text = stranger.code(&stranger.credential(|_| ()), at).text().to_owned(),
            7 => text = "https://example.cn/".into(),
            9 => return (text, context(at + 120)),
            _ => {}
        }
        (text, context(at))
    };
    (0..600).map(scan).collect()
}

fn past(scans: &[(String, Context)]) -> Vec<PastScan<'_>> {
    scans.iter().map(|(text, context)| PastScan { text, context }).collect()
}

#[test]
fn verdicts_are_those_of_a_gate_in_the_order_of_the_scans() {
    let world = Practice::new(Algorithm::Esp256, Algorithm::Esp256, Algorithm::Esp256);
    let scans = scans(&world);
    let gate = world.scanner(Policy::default());
    let one_by_one: Vec<Verdict> =
        scans.iter().map(|(text, context)| gate.clone().scan(text, context)).collect();
    assert_eq!(gate.verify_batch(&past(&scans)), one_by_one);
    let mut numbers: Vec<_> = one_by_one.iter().map(number).collect();
    numbers.sort();
    numbers.dedup();
    assert!(numbers.len() >= 4, "the scans are too much alike: {numbers:?}");
    assert!(gate.verify_batch(&[]).is_empty());
}

#[test]
fn nothing_is_remembered() {
    let world = Practice::new(Algorithm::Esp256, Algorithm::Esp256, Algorithm::Esp256);
    let mut once = practice::open_application();
    once.duplicates = DuplicateRule::Refuse;
    let mut gate = world.scanner(Policy::default());
    let catalogue = practice::catalogue(2, vec![once]).sign(&world.root).unwrap();
    gate.install_catalogue(catalogue.as_bytes(), NOW).unwrap();

    let text = world.code(&world.credential(|_| ()), NOW).text().to_owned();
    let scans = vec![(text.clone(), context(NOW)); 3];
    let accepted =
        |verdicts: Vec<Verdict>| verdicts.iter().all(|verdict| number(verdict).is_none());
    assert!(accepted(gate.verify_batch(&past(&scans))), "none is the second use of another");
    assert_eq!(number(&gate.scan(&text, &context(NOW))), None, "the batch was no use");
    assert_eq!(number(&gate.scan(&text, &context(NOW))), Some(601));
    assert!(accepted(gate.verify_batch(&past(&scans))), "the use at the gate is none here");
}
