//! The scanner's own memory of used codes: bounded, and forgetting only what is over.

use std::collections::{BTreeMap, BTreeSet};

use super::{CodeUse, DuplicateFill, Earlier};
use crate::cose::{CborError, CborProblem, Reader, Writer};
use crate::lists::catalogue::DuplicateRule;

/// For how long after its first use a code can still be accepted somewhere, in seconds: the
/// longest window, and the widest tolerance of two scanners.
pub const MAX_CODE_LIFE_S: u32 = 300 + 2 * 120;

/// Entries that a memory holds unless told otherwise.
const CAPACITY: usize = 65_536;

/// A name of a code, or of a card at a place.
pub(super) type Name = [u8; 16];

/// Codes and cards that were used. Every operation takes a time logarithmic in their number.
#[derive(Clone, Debug)]
pub(crate) struct UsedCodes {
    pub(super) capacity: usize,
    pub(super) codes: Table,
    pub(super) cards: Table,
    /// The largest end of any code that was forgotten. A code that ends no later may be one of
    /// those, and can only be accepted when the clock was set back since.
    forgotten_until_unix_s: i64,
    /// The scanner's clock when a use was last asked about.
    last_asked_unix_s: i64,
}

/// When something was used, and until when that matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Used {
    pub(super) at_unix_s: i64,
    pub(super) until_unix_s: i64,
}

/// Why a use was neither found nor recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unrecorded {
    /// Everything in the memory still matters.
    Full,
    /// The code may be one of those forgotten: the clock was set back by at least this much.
    ClockWentBack { behind_s: i64 },
}

impl Default for UsedCodes {
    fn default() -> Self {
        UsedCodes {
            capacity: CAPACITY,
            codes: Table::default(),
            cards: Table::default(),
            forgotten_until_unix_s: 0,
            last_asked_unix_s: 0,
        }
    }
}

impl UsedCodes {
    /// How many entries there may be. What is there already stays.
    pub(crate) fn set_capacity(&mut self, entries: usize) {
        self.capacity = entries;
    }

    pub(crate) fn fill(&self) -> DuplicateFill {
        DuplicateFill { entries: self.len(), capacity: self.capacity }
    }

    fn len(&self) -> usize {
        self.codes.len() + self.cards.len()
    }

    /// The first use of a code, or of a card after its wait, is recorded; see
    /// [`super::DuplicateStore::record`] for what counts as which.
    pub(crate) fn record(&mut self, code_use: &CodeUse) -> Result<Earlier, Unrecorded> {
        let now = code_use.now_unix_s;
        self.last_asked_unix_s = now;
        let code = self.codes.find(&code_use.code.0);
        if let (Some(used), true) = (code, code_use.refuse_repeat) {
            return Ok(Earlier::Code { first_unix_s: used.at_unix_s });
        }
        let card = code_use.pass_back.and_then(|rule| self.cards.find(&rule.card.0));
        if let (Some(used), Some(rule)) = (card, code_use.pass_back) {
            // The other gate's clock may be a little ahead of ours, and ours may have been set.
            if now.abs_diff(used.at_unix_s) < rule.wait_s.into() {
                return Ok(Earlier::Card { last_unix_s: used.at_unix_s });
            }
        }
        if code.is_none() && code_use.code_until_unix_s <= self.forgotten_until_unix_s {
            let behind_s = self.forgotten_until_unix_s.saturating_add(1).saturating_sub(now);
            return Err(Unrecorded::ClockWentBack { behind_s });
        }
        // A card whose wait is over may be the very one that makes way.
        let card_is_new = card.is_none_or(|used| used.until_unix_s < now);
        let new =
            usize::from(code.is_none()) + usize::from(code_use.pass_back.is_some() && card_is_new);
        if !self.make_room(new, self.capacity, now) {
            return Err(Unrecorded::Full);
        }
        self.join_code(
            code_use.code.0,
            Used { at_unix_s: now, until_unix_s: code_use.code_until_unix_s },
        );
        if let Some(rule) = code_use.pass_back {
            let until_unix_s = now.saturating_add(rule.wait_s.into());
            self.cards.set(rule.card.0, Used { at_unix_s: now, until_unix_s });
        }
        Ok(match code {
            Some(used) => Earlier::Code { first_unix_s: used.at_unix_s },
            None => Earlier::Nothing,
        })
    }

    /// Of two uses of a code the first counts, and the later end.
    ///
    /// Gates that are honest agree about the end. Where one does not, the first use is told as no
    /// earlier than a code can have been used: what this gate writes it must be able to read.
    pub(super) fn join_code(&mut self, name: Name, used: Used) {
        let known = self.codes.find(&name).unwrap_or(used);
        let until_unix_s = known.until_unix_s.max(used.until_unix_s);
        let earliest = until_unix_s.saturating_sub(MAX_CODE_LIFE_S.into());
        let at_unix_s = known.at_unix_s.min(used.at_unix_s).max(earliest);
        self.codes.set(name, Used { at_unix_s, until_unix_s });
    }

    /// Of two uses of a card the last counts, and the later end.
    pub(super) fn join_card(&mut self, name: Name, used: Used) {
        let known = self.cards.find(&name).unwrap_or(used);
        let at_unix_s = known.at_unix_s.max(used.at_unix_s);
        let until_unix_s = known.until_unix_s.max(used.until_unix_s);
        self.cards.set(name, Used { at_unix_s, until_unix_s });
    }

    /// Forgets what is over until `new` entries fit below `capacity`; nothing more than that, so
    /// that a clock that is set back by little finds everything still there.
    pub(super) fn make_room(&mut self, new: usize, capacity: usize, now: i64) -> bool {
        let mut needed = (self.len() + new).saturating_sub(capacity);
        let over = self.codes.over(now).take(needed).count();
        if over + self.cards.over(now).take(needed - over).count() < needed {
            return false;
        }
        while needed > 0 {
            match self.codes.forget_one_before(now) {
                Some(end) => {
                    self.forgotten_until_unix_s = self.forgotten_until_unix_s.max(end);
                }
                None => drop(self.cards.forget_one_before(now)),
            }
            needed -= 1;
        }
        true
    }

    /// For a snapshot: what still matters, and a floor that covers what does not.
    pub(crate) fn write(&self, writer: &mut Writer) {
        let now = self.last_asked_unix_s;
        let over = self.codes.over(now).last().map_or(0, |(end, _)| *end);
        let floor = self.forgotten_until_unix_s.max(over);
        writer.array(4).uint(self.capacity as u64).int(floor);
        for table in [&self.codes, &self.cards] {
            write_entries(writer, table.live(now), table.live(now).count());
        }
    }

    /// From a snapshot.
    pub(crate) fn read(reader: &mut Reader<'_>) -> Result<Self, CborError> {
        reader.array_of(4)?;
        let capacity = reader.uint_in(0..=u32::MAX)? as usize;
        let forgotten_until_unix_s = reader.time()?;
        let mut used = UsedCodes { capacity, forgotten_until_unix_s, ..UsedCodes::default() };
        for (table, longest_s) in
            [(&mut used.codes, MAX_CODE_LIFE_S), (&mut used.cards, DuplicateRule::MAX_PASS_BACK_S)]
        {
            for (name, entry) in read_entries(reader, longest_s)? {
                table.set(name, entry);
            }
        }
        Ok(used)
    }
}

/// Uses by name, and by their end.
#[derive(Clone, Debug, Default)]
pub(super) struct Table {
    by_name: BTreeMap<Name, Used>,
    by_end: BTreeSet<(i64, Name)>,
}

impl Table {
    pub(super) fn len(&self) -> usize {
        self.by_name.len()
    }

    pub(super) fn find(&self, name: &Name) -> Option<Used> {
        self.by_name.get(name).copied()
    }

    fn set(&mut self, name: Name, used: Used) {
        if let Some(old) = self.by_name.insert(name, used) {
            self.by_end.remove(&(old.until_unix_s, name));
        }
        self.by_end.insert((used.until_unix_s, name));
    }

    /// What matters at this time, by name.
    pub(super) fn live(&self, now: i64) -> impl Iterator<Item = (Name, Used)> + '_ {
        let all = self.by_name.iter().map(|(name, used)| (*name, *used));
        all.filter(move |(_, used)| used.until_unix_s >= now)
    }

    /// Ends before this time, and whose they are; those that ended first come first.
    fn over(&self, now: i64) -> impl Iterator<Item = &(i64, Name)> {
        self.by_end.range(..(now, [0; 16]))
    }

    /// Drops the entry that ends first, if its end is before `now`, and returns its end.
    fn forget_one_before(&mut self, now: i64) -> Option<i64> {
        let (end, name) = *self.by_end.first()?;
        if end >= now {
            return None;
        }
        self.by_end.remove(&(end, name));
        self.by_name.remove(&name);
        Some(end)
    }
}

/// Entries by ascending name: name, time of use, and for how long it matters after that.
pub(super) fn write_entries(
    writer: &mut Writer,
    entries: impl Iterator<Item = (Name, Used)>,
    count: usize,
) {
    writer.array(count as u64);
    for (name, Used { at_unix_s, until_unix_s }) in entries {
        let unsigned = |number: i64| u64::try_from(number).unwrap_or(0);
        writer.array(3).bytes(&name).uint(unsigned(at_unix_s));
        writer.uint(unsigned(until_unix_s.saturating_sub(at_unix_s)));
    }
}

/// Reads entries that matter for at most `longest_s` after their use.
pub(super) fn read_entries(
    reader: &mut Reader<'_>,
    longest_s: u32,
) -> Result<Vec<(Name, Used)>, CborError> {
    let count = reader.array()?;
    let mut entries: Vec<(Name, Used)> = Vec::new();
    for _ in 0..count {
        reader.array_of(3)?;
        let at = reader.offset();
        let name: Name = reader.byte_array()?;
        if entries.last().is_some_and(|(last, _)| *last >= name) {
            return Err(CborError { at, problem: CborProblem::UnsortedKeys });
        }
        let at_unix_s = reader.time()?;
        let until_unix_s = at_unix_s + reader.uint_in(0..=i64::from(longest_s))?;
        entries.push((name, Used { at_unix_s, until_unix_s }));
    }
    Ok(entries)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::card::CardClaims;
    use crate::duplicates::{CardHere, CodeName, PassBack};
    use crate::lists::catalogue::DuplicateRule;
    use crate::scan::Policy;
    use crate::spec::{assert_says, number};

    const NOW: i64 = 1_795_392_000;
    const LIFE_S: i64 = 180;

    fn name(number: u32) -> Name {
        let mut name = [0; 16];
        name[..4].copy_from_slice(&number.to_be_bytes());
        name
    }

    /// A code that is made and used at one moment.
    fn refusing(number: u32, now_unix_s: i64) -> CodeUse {
        CodeUse {
            code: CodeName(name(number)),
            code_until_unix_s: now_unix_s + LIFE_S,
            refuse_repeat: true,
            pass_back: None,
            now_unix_s,
        }
    }

    fn passing_back(number: u32, card: u32, now_unix_s: i64) -> CodeUse {
        let pass_back = Some(PassBack { card: CardHere(name(card)), wait_s: 300 });
        CodeUse { pass_back, ..refusing(number, now_unix_s) }
    }

    fn with_capacity(capacity: usize) -> UsedCodes {
        UsedCodes { capacity, ..UsedCodes::default() }
    }

    #[test]
    fn the_specification_states_what_is_here() {
        assert_says([
            &format!("A memory has room for {} entries", number(CAPACITY)),
            &format!("no later than {MAX_CODE_LIFE_S} s after the floor was set"),
            &format!("none more than {MAX_CODE_LIFE_S} s before its end"),
            &format!("UsedCode = [name: bstr .size 16, first_use: unix_s, until_s: 0..{MAX_CODE_LIFE_S}]"),
        ]);
    }

    #[test]
    fn the_constants_are_those_of_window_and_tolerance() {
        let window_s = u32::from(*CardClaims::WINDOW_S.end());
        assert_eq!(MAX_CODE_LIFE_S, window_s + 2 * u32::from(Policy::MAX_TOLERANCE_S));
        assert_eq!(DuplicateRule::MAX_PASS_BACK_S, 86_400);
    }

    #[test]
    fn a_full_memory_says_so_and_changes_nothing() {
        let mut memory = with_capacity(3);
        for number in 0..3 {
            assert_eq!(memory.record(&refusing(number, NOW)), Ok(Earlier::Nothing));
        }
        let before = format!("{:?}", (&memory.codes, &memory.cards));
        assert_eq!(memory.record(&refusing(3, NOW + LIFE_S)), Err(Unrecorded::Full));
        assert_eq!(format!("{:?}", (&memory.codes, &memory.cards)), before);
        assert_eq!(memory.forgotten_until_unix_s, 0);
        // What it holds it still tells.
        let again = CodeUse { now_unix_s: NOW + 9, ..refusing(1, NOW) };
        assert_eq!(memory.record(&again), Ok(Earlier::Code { first_unix_s: NOW }));
    }

    #[test]
    fn only_what_is_over_is_forgotten_and_only_when_room_is_needed() {
        let mut memory = with_capacity(3);
        for number in 0..3 {
            memory.record(&refusing(number, NOW + i64::from(number))).unwrap();
        }
        // The first one ends at NOW + LIFE_S, inclusive; the second ends one second later.
        let later = NOW + LIFE_S + 1;
        assert_eq!(memory.record(&refusing(3, later)), Ok(Earlier::Nothing));
        assert_eq!(memory.fill(), DuplicateFill { entries: 3, capacity: 3 });
        assert!(memory.codes.find(&name(0)).is_none());
        assert_eq!(memory.forgotten_until_unix_s, NOW + LIFE_S);
        assert_eq!(memory.record(&refusing(4, later)), Err(Unrecorded::Full));
        let second = CodeUse { now_unix_s: later, ..refusing(1, NOW + 1) };
        assert_eq!(memory.record(&second), Ok(Earlier::Code { first_unix_s: NOW + 1 }));
    }

    /// The clock jumps ahead by a day, codes are forgotten, and it is set right again.
    #[test]
    fn a_clock_that_is_set_back_over_what_was_forgotten_is_told() {
        let mut memory = with_capacity(2);
        memory.record(&refusing(0, NOW)).unwrap();
        memory.record(&refusing(1, NOW + 1)).unwrap();
        memory.record(&refusing(2, NOW + 86_400)).unwrap();
        let again = CodeUse { now_unix_s: NOW + 20, ..refusing(0, NOW) };
        let behind_s = LIFE_S + 1 - 20;
        assert_eq!(memory.record(&again), Err(Unrecorded::ClockWentBack { behind_s }));
        // What was not forgotten is still there, and what ends later is not in doubt.
        let kept = CodeUse { now_unix_s: NOW + 20, ..refusing(1, NOW + 1) };
        assert_eq!(memory.record(&kept), Ok(Earlier::Code { first_unix_s: NOW + 1 }));
        let mut memory = with_capacity(3);
        memory.forgotten_until_unix_s = NOW + LIFE_S;
        assert_eq!(memory.record(&refusing(3, NOW + 1)), Ok(Earlier::Nothing));
    }

    #[test]
    fn a_card_waits_from_its_last_use() {
        let mut memory = UsedCodes::default();
        assert_eq!(memory.record(&passing_back(0, 7, NOW)), Ok(Earlier::Nothing));
        let soon = memory.record(&passing_back(1, 7, NOW + 299));
        assert_eq!(soon, Ok(Earlier::Card { last_unix_s: NOW }));
        assert_eq!(memory.record(&passing_back(1, 7, NOW + 300)), Ok(Earlier::Nothing));
        // Set back by little, the card still waits; by much, nobody can tell, and it passes.
        let soon = memory.record(&passing_back(2, 7, NOW + 10));
        assert_eq!(soon, Ok(Earlier::Card { last_unix_s: NOW + 300 }));
        assert_eq!(memory.record(&passing_back(2, 7, NOW)), Ok(Earlier::Nothing));
    }

    #[test]
    fn a_code_and_its_card_are_recorded_together_or_not_at_all() {
        let mut memory = with_capacity(1);
        assert_eq!(memory.record(&passing_back(0, 7, NOW)), Err(Unrecorded::Full));
        assert_eq!(memory.fill(), DuplicateFill { entries: 0, capacity: 1 });
        assert_eq!(memory.record(&refusing(0, NOW)), Ok(Earlier::Nothing));
    }

    #[test]
    fn a_warning_keeps_the_first_time() {
        let mut memory = UsedCodes::default();
        let warning = |now_unix_s| CodeUse { refuse_repeat: false, now_unix_s, ..refusing(0, NOW) };
        assert_eq!(memory.record(&warning(NOW)), Ok(Earlier::Nothing));
        for now in [NOW + 1, NOW + 2] {
            assert_eq!(memory.record(&warning(now)), Ok(Earlier::Code { first_unix_s: NOW }));
        }
        assert_eq!(memory.fill().entries, 1);
    }

    proptest! {
        /// The promise, whatever the clock does and however small the memory is: no code is taken
        /// twice by an application that refuses that.
        #[test]
        fn no_code_is_ever_taken_twice(
            capacity in 1usize..6,
            scans in prop::collection::vec((0u32..12, -400i64..400, 0u32..9), 1..80),
        ) {
            let mut memory = with_capacity(capacity);
            let (mut now, mut taken) = (NOW, std::collections::BTreeSet::new());
            for (number, step_s, chance) in scans {
                now += step_s;
                // The code is made for a fixed moment, and is good from then on for 60 s.
                let made = NOW + i64::from(number) * 60;
                let code_use = match chance % 3 {
                    0 => CodeUse { now_unix_s: now, ..refusing(number, made) },
                    card => CodeUse { now_unix_s: now, ..passing_back(number, card, made) },
                };
                if (-120..=60 + 120).contains(&(now - made)) {
                    if memory.record(&code_use) == Ok(Earlier::Nothing) {
                        prop_assert!(taken.insert(number), "{number} is taken twice");
                    }
                    prop_assert!(memory.len() <= capacity);
                }
                if chance < 3 {
                    let mut writer = Writer::with_capacity(256);
                    memory.write(&mut writer);
                    let bytes = writer.finish();
                    memory = UsedCodes::read(&mut Reader::new(&bytes)).unwrap();
                    prop_assert_eq!(memory.capacity, capacity);
                }
            }
        }
    }
}
