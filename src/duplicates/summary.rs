//! What the gates of one venue tell each other: a COSE_Mac0 under the key they share.

use std::fmt;
use std::ops::RangeInclusive;

use zeroize::Zeroize;

use super::memory::{read_entries, write_entries, Name, Table, Used, UsedCodes, MAX_CODE_LIFE_S};
use crate::cose::registry::claim::{IAT, USED_CODES};
use crate::cose::registry::typ;
use crate::cose::{header, CborError, Mac0, Reader, Writer, MAX_UNIX_S};
use crate::lists::catalogue::DuplicateRule;

/// Longest summary, in bytes: what fits a datagram.
pub const MAX_SUMMARY: usize = 65_535;

/// Entries in one summary. Each takes at most 32 bytes.
const ENTRIES: usize = 2_000;

/// How far the clocks of two gates may be apart, and how old a summary may be, in seconds.
const SKEW_S: i64 = 15 * 60;

/// The key that the gates of one venue share: 32 random bytes, for summaries of used codes only.
///
/// Whoever has it can have codes refused at these gates, and no more than that. It is overwritten
/// when it is dropped.
#[derive(Clone, PartialEq, Eq)]
pub struct VenueKey([u8; 32]);

impl VenueKey {
    /// Takes the bytes.
    pub fn new(bytes: [u8; 32]) -> Self {
        VenueKey(bytes)
    }
}

impl Drop for VenueKey {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl fmt::Debug for VenueKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("VenueKey(..)")
    }
}

/// What a summary has brought.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Merged {
    /// Codes that this scanner did not know to be used.
    pub new_codes: usize,
    /// Waiting cards that it did not know of.
    pub new_cards: usize,
}

/// A summary was not merged; nothing has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SummaryError {
    /// Longer than [`MAX_SUMMARY`].
    #[error("{length} bytes are over the limit of {limit}")]
    TooLarge {
        /// Bytes given.
        length: usize,
        /// Bytes allowed.
        limit: usize,
    },
    /// Not a summary of used codes: its encoding departs from docs/SPEC.md section 14.
    #[error("not a summary of used codes: {0}")]
    Form(#[from] CborError),
    /// The key of another venue, or bytes that were changed.
    #[error("the summary was not made with this venue's key")]
    BadTag,
    /// It is too old, or speaks of a time that this scanner's clock is not near to. One of the two
    /// gates' clocks may be wrong.
    #[error("the summary speaks of {unix_s}, which is not near {now_unix_s} (Unix seconds)")]
    OutOfTime {
        /// The first time in it that is out of bounds.
        unix_s: i64,
        /// This scanner's clock.
        now_unix_s: i64,
    },
    /// The memory would be more than three quarters full; the rest is for the scanner's own scans.
    #[error("{entries} more entries would leave too little room for this scanner's own")]
    Full {
        /// Entries that need a place.
        entries: usize,
    },
}

impl UsedCodes {
    /// What still matters, in as many summaries as it takes: each of at most [`MAX_SUMMARY`]
    /// bytes, each good on its own and in any order. None when there is nothing to tell.
    pub(crate) fn summaries(&self, key: &VenueKey, now_unix_s: i64) -> Vec<Vec<u8>> {
        // A use from further ahead than others take, by a clock that was set back since, would have
        // them refuse all the rest.
        let latest = now_unix_s.saturating_add(SKEW_S);
        let told = |table: &Table| -> Vec<(Name, Used)> {
            table.live(now_unix_s).filter(|(_, used)| used.at_unix_s <= latest).collect()
        };
        let (codes, cards) = (told(&self.codes), told(&self.cards));
        let of_codes = codes.chunks(ENTRIES).map(|codes| (codes, &[][..]));
        let of_cards = cards.chunks(ENTRIES).map(|cards| (&[][..], cards));
        if codes.len() + cards.len() <= ENTRIES && !(codes.is_empty() && cards.is_empty()) {
            return vec![encode(&codes, &cards, key, now_unix_s)];
        }
        of_codes
            .chain(of_cards)
            .map(|(codes, cards)| encode(codes, cards, key, now_unix_s))
            .collect()
    }

    /// Takes in what another gate has seen, wholly or not at all. The order of merges does not
    /// matter, nor does merging one summary twice.
    pub(crate) fn merge(
        &mut self,
        summary: &[u8],
        key: &VenueKey,
        now_unix_s: i64,
    ) -> Result<Merged, SummaryError> {
        let Summary { codes, cards } = Summary::read(summary, key, now_unix_s)?;
        let new = |table: &Table, entries: &[(Name, Used)]| {
            entries.iter().filter(|(name, _)| table.find(name).is_none()).count()
        };
        let merged =
            Merged { new_codes: new(&self.codes, &codes), new_cards: new(&self.cards, &cards) };
        // What is over here may be the very one that makes way, and come back.
        let placed = |table: &Table, entries: &[(Name, Used)]| {
            let is_live = |known: Used| known.until_unix_s >= now_unix_s;
            entries.iter().filter(|(name, _)| !table.find(name).is_some_and(is_live)).count()
        };
        let entries = placed(&self.codes, &codes) + placed(&self.cards, &cards);
        // A quarter stays free for what this scanner sees itself.
        let most = self.capacity - self.capacity / 4;
        if entries > 0 && !self.make_room(entries, most, now_unix_s) {
            return Err(SummaryError::Full { entries });
        }
        codes.into_iter().for_each(|(name, used)| self.join_code(name, used));
        cards.into_iter().for_each(|(name, used)| self.join_card(name, used));
        Ok(merged)
    }
}

fn encode(
    codes: &[(Name, Used)],
    cards: &[(Name, Used)],
    key: &VenueKey,
    now_unix_s: i64,
) -> Vec<u8> {
    let mut payload = Writer::with_capacity(32 + 28 * (codes.len() + cards.len()));
    let made_unix_s = now_unix_s.clamp(0, MAX_UNIX_S);
    payload.map(2).int(IAT).int(made_unix_s).int(USED_CODES).array(2);
    write_entries(&mut payload, codes.iter().copied(), codes.len());
    write_entries(&mut payload, cards.iter().copied(), cards.len());
    Mac0::make(&key.0, &header::of_mac(typ::USED_CODES), &payload.finish())
}

/// What a summary says that still matters.
struct Summary {
    codes: Vec<(Name, Used)>,
    cards: Vec<(Name, Used)>,
}

impl Summary {
    fn read(bytes: &[u8], key: &VenueKey, now_unix_s: i64) -> Result<Self, SummaryError> {
        if bytes.len() > MAX_SUMMARY {
            return Err(SummaryError::TooLarge { length: bytes.len(), limit: MAX_SUMMARY });
        }
        let mac0 = Mac0::parse(bytes)?;
        header::read_mac(mac0.header(), typ::USED_CODES)?;
        if !mac0.holds(&key.0) {
            return Err(SummaryError::BadTag);
        }
        let mut payload = mac0.claims();
        let mut claims = payload.fields()?;
        let made_unix_s = claims.required(IAT, Reader::time)?;
        let Summary { mut codes, mut cards } = claims.required(USED_CODES, Self::read_claim)?;
        claims.end()?;
        payload.end()?;

        let near = now_unix_s.saturating_sub(SKEW_S)..=now_unix_s.saturating_add(SKEW_S);
        // A code's life is shorter than the skew, but a card may have been waiting for a day.
        let day = i64::from(DuplicateRule::MAX_PASS_BACK_S);
        let within_a_day = near.start().saturating_sub(day)..=*near.end();
        let check = |times: &RangeInclusive<i64>, unix_s: i64| {
            let out_of_time = SummaryError::OutOfTime { unix_s, now_unix_s };
            times.contains(&unix_s).then_some(()).ok_or(out_of_time)
        };
        check(&near, made_unix_s)?;
        codes.iter().try_for_each(|(_, used)| check(&near, used.at_unix_s))?;
        cards.iter().try_for_each(|(_, used)| check(&within_a_day, used.at_unix_s))?;
        codes.retain(|(_, used)| used.until_unix_s >= now_unix_s);
        cards.retain(|(_, used)| used.until_unix_s >= now_unix_s);
        Ok(Summary { codes, cards })
    }

    fn read_claim(reader: &mut Reader<'_>) -> Result<Self, CborError> {
        reader.array_of(2)?;
        Ok(Summary {
            codes: read_entries(reader, MAX_CODE_LIFE_S)?,
            cards: read_entries(reader, DuplicateRule::MAX_PASS_BACK_S)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::cose::CborProblem;
    use crate::duplicates::{CardHere, CodeName, CodeUse, DuplicateFill, Earlier, PassBack};
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

    /// What matters now, to compare.
    fn content(memory: &UsedCodes) -> [Vec<(Name, Used)>; 2] {
        [memory.codes.live(NOW).collect(), memory.cards.live(NOW).collect()]
    }

    fn merge(into: &mut UsedCodes, from: &UsedCodes) {
        for summary in from.summaries(&key(), NOW) {
            into.merge(&summary, &key(), NOW).unwrap();
        }
    }

    fn merged(a: &UsedCodes, b: &UsedCodes) -> UsedCodes {
        let mut merged = a.clone();
        merge(&mut merged, b);
        merged
    }

    prop_compose! {
        fn memory()(
            uses in prop::collection::vec((0u16..20, 0u16..4, 0i64..90), 0..30),
            // About codes that are not over: a use that is over is told no more.
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
            let ab = merged(&a, &b);
            prop_assert_eq!(content(&ab), content(&merged(&b, &a)));
            let (left, right) = (merged(&ab, &c), merged(&a, &merged(&b, &c)));
            prop_assert_eq!(content(&left), content(&right));
            prop_assert_eq!(content(&merged(&ab, &b)), content(&ab));
            prop_assert_eq!(content(&merged(&a, &a)), content(&a));
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

        /// A gate that has the key, and writes what it likes.
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
            &format!("no use that lies more than {SKEW_S} s ahead"),
        ]);
    }

    #[test]
    fn what_is_wrong_is_told_and_changes_nothing() {
        let other = memory_of(&[(11, 11, 0), (12, 0, 5)]);
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
        memory.set_capacity(120);
        let before = format!("{memory:?}");
        let full = Err(SummaryError::Full { entries: 89 });
        assert_eq!(memory.merge(&summary, &key(), NOW), full);
        assert_eq!(format!("{memory:?}"), before);
        memory.set_capacity(121);
        assert_eq!(memory.merge(&summary, &key(), NOW).unwrap().new_codes, 89);
        // The rest is for the scanner's own.
        for number in 0..30 {
            let code_use = code_use(10_000 + number * 20 + 19, 0, 0);
            assert_eq!(memory.record(&code_use), Ok(Earlier::Nothing));
        }
        assert!(memory.record(&code_use(20_019, 0, 0)).is_err());
    }

    /// More than three quarters may be the scanner's own.
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

    /// Cards that have waited here and were used anew there take the places of their own.
    #[test]
    fn a_merge_never_fills_more_than_it_may() {
        let name = |number: u8| [number; 16];
        let over = Used { at_unix_s: NOW - 60, until_unix_s: NOW - 1 };
        let waiting = Used { at_unix_s: NOW - 1, until_unix_s: NOW + 59 };
        let mut memory = UsedCodes::default();
        (0..75).for_each(|number| memory.join_card(name(number), over));
        memory.set_capacity(100);
        let cards: Vec<(Name, Used)> = (0..150).map(|number| (name(number), waiting)).collect();
        let before = format!("{memory:?}");
        let merged = memory.merge(&encode(&[], &cards, &key(), NOW), &key(), NOW);
        assert_eq!(merged, Err(SummaryError::Full { entries: 150 }));
        assert_eq!(format!("{memory:?}"), before);
        let summary = encode(&[], &cards[..75], &key(), NOW);
        assert_eq!(memory.merge(&summary, &key(), NOW), Ok(Merged::default()));
        assert_eq!(memory.fill(), DuplicateFill { entries: 75, capacity: 100 });
    }

    /// A gate whose clock was a day ahead when somebody with such a phone came. Set right, it goes on
    /// telling what it has seen since.
    #[test]
    fn a_use_from_tomorrow_does_not_silence_a_gate() {
        let mut memory = memory_of(&[(11, 11, 0)]);
        let honest = content(&memory);
        let tomorrow = NOW + 86_400;
        let ahead = CodeUse {
            code_until_unix_s: tomorrow + 180,
            now_unix_s: tomorrow,
            ..code_use(12, 12, 0)
        };
        assert_eq!(memory.record(&ahead), Ok(Earlier::Nothing));
        let mut other = UsedCodes::default();
        for summary in memory.summaries(&key(), NOW) {
            other.merge(&summary, &key(), NOW).unwrap();
        }
        assert_eq!(content(&other), honest);
    }

    /// Two honest gates never disagree about the end of a code. One that lies must not leave
    /// behind what this gate could not read from its own snapshot, nor tell to the others.
    #[test]
    fn a_lie_about_a_code_can_be_written_down_and_read_again() {
        let mut memory = UsedCodes::default();
        let code_use =
            CodeUse { code_until_unix_s: NOW + 420, now_unix_s: NOW, ..code_use(1, 0, 0) };
        assert_eq!(memory.record(&code_use), Ok(Earlier::Nothing));
        let lie = Used { at_unix_s: NOW - 540, until_unix_s: NOW };
        let lie = encode(&[(code_use.code.0, lie)], &[], &key(), NOW);
        memory.merge(&lie, &key(), NOW).unwrap();

        let mut snapshot = Writer::with_capacity(256);
        memory.write(&mut snapshot);
        let restored = UsedCodes::read(&mut Reader::new(&snapshot.finish())).unwrap();
        assert_eq!(content(&restored), content(&memory));
        assert_eq!(content(&merged(&UsedCodes::default(), &memory)), content(&memory));
    }

    #[test]
    fn many_entries_take_several_summaries_of_bounded_size() {
        let numbers = (0..9_000).map(|number| number / 5 * 20 + 15 + number % 5);
        let uses: Vec<(u16, u16, i64)> = numbers.map(|number| (number, number + 1, 0)).collect();
        let memory = memory_of(&uses);
        let summaries = memory.summaries(&key(), NOW);
        assert_eq!(summaries.len(), 5 + 5);
        assert!(summaries.iter().all(|summary| summary.len() <= MAX_SUMMARY));
        // In whatever order they arrive.
        let mut other = UsedCodes::default();
        for summary in summaries.iter().rev() {
            other.merge(summary, &key(), NOW).unwrap();
        }
        assert_eq!(content(&other), content(&memory));
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
}
