//! Summaries between honest gates, and from a dishonest one.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::cose::CborProblem;
use crate::duplicates::{
    CardHere, CodeName, CodeUse, DuplicateFill, Earlier, PassBack, Unrecorded,
};
use crate::lists::catalogue::DuplicateRule;
use crate::spec::{assert_says, number};

const NOW: i64 = 1_795_392_000;

fn key() -> VenueKey {
    VenueKey::new([7; 32])
}

/// A code and a card of these numbers, used some seconds into the life of the code.
fn code_use(number: u16, card: u16, age_s: i64) -> CodeUse {
    let made_unix_s = NOW - 250 + i64::from(number % 20) * 20;
    let name = |number: u16| {
        let mut name = [0; 16];
        name[..2].copy_from_slice(&number.to_be_bytes());
        name
    };
    CodeUse {
        code: CodeName(name(number)),
        code_until_unix_s: made_unix_s + 180,
        refuse_repeat: false,
        pass_back: (card > 0).then(|| PassBack { card: CardHere(name(card)), wait_s: 60 }),
        now_unix_s: made_unix_s + age_s,
    }
}

fn memory_of(uses: &[(u16, u16, i64)]) -> UsedCodes {
    let mut memory = UsedCodes::default();
    for (number, card, age_s) in uses {
        let _ = memory.record(&code_use(*number, *card, *age_s));
    }
    memory
}

/// What matters now, to compare: codes, cards seen here, cards told.
fn content(memory: &UsedCodes) -> [Vec<(Name, Used)>; 3] {
    let tables = [&memory.codes, &memory.own_cards, &memory.told_cards];
    tables.map(|table| table.live(NOW).collect())
}

/// What a gate answers from: the cards of both kinds together.
fn known(memory: &UsedCodes) -> (Vec<(Name, Used)>, BTreeMap<Name, i64>) {
    let [codes, own, told] = content(memory);
    let mut cards = BTreeMap::new();
    for (name, used) in own.into_iter().chain(told) {
        let last = cards.entry(name).or_insert(0);
        *last = used.at_unix_s.min(NOW).max(*last);
    }
    (codes, cards)
}

fn merge(into: &mut UsedCodes, from: &UsedCodes) {
    for summary in from.clone().summaries(&key(), NOW) {
        into.merge(&summary, &key(), NOW).unwrap();
    }
}

fn restarted(memory: &UsedCodes) -> UsedCodes {
    let mut snapshot = Writer::with_capacity(256);
    memory.write(&mut snapshot);
    UsedCodes::read(&mut Reader::new(&snapshot.finish())).unwrap()
}

fn merged(a: &UsedCodes, b: &UsedCodes) -> UsedCodes {
    let mut merged = a.clone();
    merge(&mut merged, b);
    merged
}

prop_compose! {
    fn memory()(
        uses in prop::collection::vec((0u16..20, 0u16..4, 0i64..90), 0..30),
        // About codes that are not over: a use that is over is not told any more.
        lies in prop::collection::vec((4u16..20, 0i64..=540, 0i64..=540), 0..4),
    ) -> UsedCodes {
        let mut memory = memory_of(&uses);
        for (number, ago_s, life_s) in lies {
            let at_unix_s = NOW - ago_s;
            let lie = Used { at_unix_s, until_unix_s: (at_unix_s + life_s).max(NOW) };
            let lie = encode(&[(code_use(number, 0, 0).code.0, lie)], &[], &key(), NOW);
            memory.merge(&lie, &key(), NOW).unwrap();
        }
        memory
    }
}

proptest! {
    #[test]
    fn the_order_of_merges_does_not_matter(a in memory(), b in memory(), c in memory()) {
        let (ab, ac) = (merged(&a, &b), merged(&a, &c));
        prop_assert_eq!(known(&ab), known(&merged(&b, &a)));
        prop_assert_eq!(content(&merged(&ab, &c)), content(&merged(&ac, &b)));
        prop_assert_eq!(content(&merged(&ab, &b)), content(&ab));
        prop_assert_eq!(content(&merged(&a, &a)), content(&a));
        // For codes, the way they came does not matter either.
        let (left, right) = (merged(&ab, &c), merged(&a, &merged(&b, &c)));
        prop_assert_eq!(&content(&left)[0], &content(&right)[0]);
    }

    #[test]
    fn whatever_one_gate_knows_the_other_knows_after_a_merge(a in memory(), b in memory()) {
        let mut both = merged(&a, &b);
        for (name, used) in a.codes.live(NOW).chain(b.codes.live(NOW)) {
            let again = CodeUse {
                code: CodeName(name),
                refuse_repeat: true,
                ..code_use(0, 0, 0)
            };
            let Ok(Earlier::Code { first_unix_s }) = both.record(&again) else {
                panic!("{name:?} is not known");
            };
            let told = both.codes.find(&name).unwrap();
            let earliest = told.until_unix_s - i64::from(MAX_CODE_LIFE_S);
            prop_assert!(first_unix_s <= used.at_unix_s.max(earliest));
        }
    }

    #[test]
    fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(UsedCodes::default().merge(&bytes, &key(), NOW).is_err());
    }

    /// A gate that has the key and writes whatever it likes.
    #[test]
    fn no_payload_panics(payload in prop::collection::vec(any::<u8>(), 0..60)) {
        let summary = Mac0::make(&key().0, &header::of_mac(typ::USED_CODES), &payload);
        let _ = UsedCodes::default().merge(&summary, &key(), NOW);
    }
}

#[test]
fn the_specification_states_what_is_here() {
    let day = i64::from(DuplicateRule::MAX_PASS_BACK_S);
    assert_says([
        &format!("last_use: unix_s, until_s: 0..{day}]"),
        &format!("A summary has at most {} bytes", number(MAX_SUMMARY)),
        &format!("the first use of a code is more than {SKEW_S} s from now"),
        &format!("more than {SKEW_S} s ahead or more than {} s ago", number(day + SKEW_S)),
        &format!("no code whose first use lies more than {SKEW_S} s ahead"),
        &format!("at = min(now - age, last_use + {APART_S})"),
    ]);
}

#[test]
fn what_is_wrong_is_told_and_changes_nothing() {
    let mut other = memory_of(&[(11, 11, 0), (12, 0, 5)]);
    let good = other.summaries(&key(), NOW).remove(0);
    let mut memory = memory_of(&[(9, 9, 1)]);
    let before = format!("{memory:?}");
    let mut refused = |summary: &[u8], key: &VenueKey, now| {
        let error = memory.merge(summary, key, now).unwrap_err();
        assert_eq!(format!("{memory:?}"), before, "{error}");
        error
    };
    assert_eq!(refused(&good, &VenueKey::new([8; 32]), NOW), SummaryError::BadTag);
    let too_large = vec![0; MAX_SUMMARY + 1];
    let limit = MAX_SUMMARY;
    let length = limit + 1;
    assert_eq!(refused(&too_large, &key(), NOW), SummaryError::TooLarge { length, limit });
    for now_unix_s in [NOW - 901, NOW + 901] {
        let out_of_time = SummaryError::OutOfTime { unix_s: NOW, now_unix_s };
        assert_eq!(refused(&good, &key(), now_unix_s), out_of_time);
    }
    for length in 0..good.len() {
        let error = refused(&good[..length], &key(), NOW);
        assert!(matches!(error, SummaryError::Form(_)), "{length}: {error}");
    }
    for bit in 0..good.len() * 8 {
        let mut flipped = good.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        refused(&flipped, &key(), NOW);
    }
}

#[test]
fn a_forged_count_allocates_nothing() {
    let mut payload = Writer::with_capacity(48);
    payload.map(2).int(IAT).uint(NOW as u64).int(USED_CODES).array(2).array(u64::MAX);
    let summary = Mac0::make(&key().0, &header::of_mac(typ::USED_CODES), &payload.finish());
    let refused = UsedCodes::default().merge(&summary, &key(), NOW).unwrap_err();
    let SummaryError::Form(error) = refused else { panic!("{refused}") };
    assert_eq!(error.problem, CborProblem::Truncated);
}

#[test]
fn a_summary_leaves_room() {
    let uses: Vec<(u16, u16, i64)> = (0..90).map(|number| (number * 20 + 19, 0, 0)).collect();
    let summary = memory_of(&uses).summaries(&key(), NOW).remove(0);
    let mut memory = memory_of(&[(19, 19, 0)]);
    memory.set_capacity(178);
    let before = content(&memory);
    let full = Err(SummaryError::Full { entries: 89 });
    assert_eq!(memory.merge(&summary, &key(), NOW), full);
    assert_eq!(content(&memory), before);
    // Half of it, and three quarters with the scanner's own cards.
    memory.set_capacity(179);
    for number in 0..45 {
        let used = Used { at_unix_s: NOW, until_unix_s: NOW + 600 };
        memory.own_cards.set([number; 16], used);
    }
    assert_eq!(memory.merge(&summary, &key(), NOW), full);
    memory.own_cards.remove(&[0; 16]);
    assert_eq!(memory.merge(&summary, &key(), NOW).unwrap().new_codes, 89);
    // The rest is for the scanner's own.
    for number in 0..44 {
        let code_use = code_use(10_000 + number * 20 + 19, 0, 0);
        assert_eq!(memory.record(&code_use), Ok(Earlier::Nothing));
    }
    assert!(memory.record(&code_use(20_019, 0, 0)).is_err());
}

/// More than half may be the scanner's own.
#[test]
fn a_summary_that_brings_nothing_new_needs_no_room() {
    let uses: Vec<(u16, u16, i64)> = (0..90).map(|number| (number * 20 + 19, 0, 0)).collect();
    let mut memory = memory_of(&uses);
    memory.set_capacity(100);
    let before = content(&memory);
    let again = memory.summaries(&key(), NOW).remove(0);
    assert_eq!(memory.merge(&again, &key(), NOW), Ok(Merged::default()));
    assert_eq!(content(&memory), before);
}

fn card(number: u16) -> Name {
    code_use(number, 0, 0).code.0
}

/// A summary of cards that have just been used, each with its wait.
fn waiting(cards: impl Iterator<Item = (u16, i64)>) -> Vec<u8> {
    let used = |wait_s| Used { at_unix_s: NOW, until_unix_s: NOW + wait_s };
    let mut cards: Vec<_> = cards.map(|(number, wait_s)| (card(number), used(wait_s))).collect();
    cards.sort_by_key(|(name, _)| *name);
    encode(&[], &cards, &key(), NOW)
}

/// A lying gate fills the memory with cards that wait for a day.
#[test]
fn what_a_dishonest_gate_tells_takes_no_room_of_what_is_seen_here() {
    let mut memory = UsedCodes::default();
    memory.set_capacity(100);
    let lies = waiting((1_000..1_150).map(|number| (number, 86_400)));
    let merged = memory.merge(&lies, &key(), NOW).unwrap();
    assert_eq!((merged.new_cards, merged.left_out_cards), (75, 75));
    assert_eq!(memory.fill(NOW), DuplicateFill { entries: 75, capacity: 100 });
    // Those that end first stay, so that an honest gate is still heard.
    let honest = waiting((500..520).map(|number| (number, 60)));
    let merged = memory.merge(&honest, &key(), NOW).unwrap();
    assert_eq!((merged.new_cards, merged.left_out_cards), (20, 0));
    // Each use takes two places, so there is room for 50.
    for number in 0..50 {
        let code_use = CodeUse { now_unix_s: NOW, ..code_use(number * 20 + 19, number + 1, 0) };
        assert_eq!(memory.record(&code_use), Ok(Earlier::Nothing), "{number}");
        let honest_are_there = memory.told_cards.find(&card(500)).is_some();
        assert!(number > 30 || honest_are_there, "{number}");
    }
    assert_eq!(memory.own_cards.len(), 50);
    let code_use = CodeUse { now_unix_s: NOW, ..code_use(1_019, 51, 0) };
    assert_eq!(memory.record(&code_use), Err(Unrecorded::Full));
}

#[test]
fn what_found_no_room_is_said_until_it_would_have_ended() {
    let here = |number, card, now_unix_s| CodeUse { now_unix_s, ..code_use(number, card, 0) };
    let mut memory = UsedCodes::default();
    memory.set_capacity(4);
    let few = waiting([(1_000, 60), (1_001, 30), (1_002, 30)].into_iter());
    assert_eq!(memory.merge(&few, &key(), NOW).unwrap().left_out_cards, 0);
    assert!(!memory.may_lack(&here(19, 1, NOW)));
    let one_more = waiting([(1_003, 50)].into_iter());
    assert_eq!(memory.merge(&one_more, &key(), NOW).unwrap().left_out_cards, 0);
    // The one that ends at NOW + 60 was dropped.
    assert!(memory.told_cards.find(&card(1_000)).is_none());
    for (card, now, lacks) in [(1, 60, true), (1, 61, false), (0, 60, false)] {
        assert_eq!(memory.may_lack(&here(19, card, NOW + now)), lacks, "{card}, {now}");
    }
    // Codes that found no room; the one that ends last was good until NOW + 170.
    let codes = memory_of(&[(19, 0, 0), (18, 0, 0), (39, 0, 0)]).summaries(&key(), NOW).remove(0);
    let full = Err(SummaryError::Full { entries: 3 });
    let mut memory = UsedCodes::default();
    memory.set_capacity(4);
    assert_eq!(memory.merge(&codes, &key(), NOW), full);
    let memory = restarted(&memory);
    let last_end = code_use(19, 0, 0).code_until_unix_s;
    for (end, lacks) in [(last_end, true), (last_end + 1, false)] {
        let code_use = CodeUse { code_until_unix_s: end, ..here(59, 0, NOW) };
        assert_eq!(memory.may_lack(&code_use), lacks, "{end}");
    }
}

/// The clock jumps ahead, a waiting card is forgotten, and the clock is corrected again.
#[test]
fn a_waiting_card_that_was_forgotten_is_missed_when_the_clock_goes_back() {
    let here = |number, card, now_unix_s| CodeUse { now_unix_s, ..code_use(number, card, 0) };
    for restart in [false, true] {
        let mut memory = UsedCodes::default();
        assert_eq!(memory.record(&here(19, 1, NOW)), Ok(Earlier::Nothing));
        memory.set_capacity(if restart { 9 } else { 2 });
        let ahead = CodeUse { code_until_unix_s: NOW + 4_000, ..here(39, 2, NOW + 3_600) };
        assert_eq!(memory.record(&ahead), Ok(Earlier::Nothing));
        if restart {
            memory = restarted(&memory);
        }
        assert!(memory.may_lack(&here(59, 1, NOW + 60)), "{restart}");
        assert!(!memory.may_lack(&here(59, 1, NOW + 61)), "{restart}");
    }
}

proptest! {
    /// Two gates whose clocks differ by no more than allowed, and a channel with a delay.
    #[test]
    fn a_use_is_put_where_it_was_by_this_gates_clock(
        apart_s in -APART_S..=APART_S,
        age_s in 0i64..2_000,
        delay_s in 0i64..900,
        wait_s in 0i64..86_400,
    ) {
        let (here, there) = (NOW, NOW + apart_s);
        let told = Used { at_unix_s: there, until_unix_s: there + wait_s };
        let put = by_own_clock(told, there + age_s, here + age_s + delay_s);
        prop_assert!((here..=here + delay_s).contains(&put.at_unix_s));
        prop_assert!(put.at_unix_s <= told.at_unix_s + APART_S);
        prop_assert_eq!(put.until_unix_s - put.at_unix_s, wait_s);
    }

    /// Whatever is told, and however small the memory is: what this gate refuses by its own memory,
    /// it still refuses. In a small memory this holds while the clock runs forward, since what is
    /// over and forgotten can matter again after a step back.
    #[test]
    fn nothing_that_is_told_lifts_what_was_seen_here(
        small in prop::option::of(1usize..12),
        steps in prop::collection::vec(
            (0u16..6, 0u16..3, -30i64..90, -900i64..900, 0i64..600, -900i64..900, any::<bool>()),
            1..40,
        ),
    ) {
        let mut alone = UsedCodes::default();
        let mut memory = UsedCodes::default();
        if let Some(capacity) = small {
            memory.set_capacity(capacity);
        }
        let mut now = NOW;
        for (number, of_card, step_s, ago_s, wait_s, made_s, restart) in steps {
            now += if small.is_some() { step_s.abs() } else { step_s };
            let used = Used { at_unix_s: now - ago_s, until_unix_s: now - ago_s + wait_s };
            let lies = [(card(of_card), used)];
            let codes = if wait_s <= 540 { &lies[..] } else { &[] };
            let lie = encode(codes, &lies, &key(), now + made_s);
            let _ = memory.merge(&lie, &key(), now);
            let until = NOW + i64::from(number) * 60 + 180;
            let code_use = CodeUse {
                code_until_unix_s: until,
                now_unix_s: now,
                refuse_repeat: true,
                ..code_use(number + 100, of_card + 1, 0)
            };
            if now > until {
                continue;
            }
            let forbidden = alone.clone().record(&code_use) != Ok(Earlier::Nothing);
            if forbidden {
                let _ = alone.record(&code_use);
            }
            let answer = memory.record(&code_use);
            if answer == Ok(Earlier::Nothing) {
                prop_assert!(!forbidden, "{code_use:?}");
                alone.record(&code_use).unwrap();
            } else if let Ok(Earlier::Card { last_unix_s }) = answer {
                prop_assert!(last_unix_s <= now);
            }
            if restart && small.is_some() {
                memory = restarted(&memory);
            }
        }
    }
}

/// A gate whose clock was a day ahead when such a phone came. Once corrected, it goes on telling
/// what it has seen since. The card waits once more.
#[test]
fn a_use_from_tomorrow_does_not_silence_a_gate() {
    let mut memory = memory_of(&[(11, 11, 0)]);
    let [codes, mut cards, _] = content(&memory);
    let tomorrow = NOW + 86_400;
    let ahead =
        CodeUse { code_until_unix_s: tomorrow + 180, now_unix_s: tomorrow, ..code_use(12, 12, 0) };
    assert_eq!(memory.record(&ahead), Ok(Earlier::Nothing));
    let mut other = UsedCodes::default();
    for summary in memory.summaries(&key(), NOW) {
        other.merge(&summary, &key(), NOW).unwrap();
    }
    cards.push((card(12), Used { at_unix_s: NOW, until_unix_s: NOW + 60 }));
    assert_eq!(content(&other), [codes, vec![], cards]);
}

/// Two honest gates always agree about the end of a code. A lying one must not leave behind what
/// this gate cannot read from its own snapshot or tell the others.
#[test]
fn a_lie_about_a_code_can_be_written_down_and_read_again() {
    let mut memory = UsedCodes::default();
    let code_use = CodeUse { code_until_unix_s: NOW + 420, now_unix_s: NOW, ..code_use(1, 0, 0) };
    assert_eq!(memory.record(&code_use), Ok(Earlier::Nothing));
    let lie = Used { at_unix_s: NOW - 540, until_unix_s: NOW };
    let lie = encode(&[(code_use.code.0, lie)], &[], &key(), NOW);
    memory.merge(&lie, &key(), NOW).unwrap();

    let restored = restarted(&memory);
    assert_eq!(content(&restored), content(&memory));
    assert_eq!(content(&merged(&UsedCodes::default(), &memory)), content(&memory));
}

#[test]
fn many_entries_take_several_summaries_of_bounded_size() {
    let numbers = (0..9_000).map(|number| number / 5 * 20 + 15 + number % 5);
    let uses: Vec<(u16, u16, i64)> = numbers.map(|number| (number, number + 1, 0)).collect();
    let mut memory = memory_of(&uses);
    let summaries = memory.summaries(&key(), NOW);
    assert_eq!(summaries.len(), 5 + 5);
    assert!(summaries.iter().all(|summary| summary.len() <= MAX_SUMMARY));
    // In whatever order they arrive.
    let mut other = UsedCodes::default();
    for summary in summaries.iter().rev() {
        other.merge(summary, &key(), NOW).unwrap();
    }
    let [codes, cards, _] = content(&memory);
    assert_eq!(content(&other), [codes, vec![], cards]);
    assert!(UsedCodes::default().summaries(&key(), NOW).is_empty());
}

#[test]
fn the_longest_summary_is_within_the_limit() {
    let used = Used { at_unix_s: MAX_UNIX_S, until_unix_s: MAX_UNIX_S + 86_400 };
    let cards: Vec<(Name, Used)> = (0..ENTRIES).map(|_| ([0xff; 16], used)).collect();
    assert!(encode(&[], &cards, &key(), MAX_UNIX_S).len() <= MAX_SUMMARY);
}

#[test]
fn a_key_does_not_show() {
    assert_eq!(format!("{:?}", key()), "VenueKey(..)");
}
