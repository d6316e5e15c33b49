//! The scanner's own memory of used codes: bounded, and it forgets only what is over.

use super::table::{read_entries, write_entries, Name, Table, Used};
use super::{CodeUse, DuplicateFill, Earlier};
use crate::cose::{CborError, Reader, Writer, MAX_UNIX_S};
use crate::lists::catalogue::DuplicateRule;

/// How many seconds after its first use a code can still be accepted somewhere: the longest window
/// plus the widest tolerance of two scanners.
pub const MAX_CODE_LIFE_S: u32 = 300 + 2 * 120;

/// How many entries a memory holds by default.
const CAPACITY: usize = 65_536;

/// Used codes and cards. Every operation on one takes time logarithmic in their number.
#[derive(Clone, Debug)]
pub(crate) struct UsedCodes {
    capacity: usize,
    /// Used here or at another gate.
    pub(super) codes: Table,
    /// Waiting since a use here. Another gate's summary never changes them.
    pub(super) own_cards: Table,
    /// Waiting since a use at another gate, by this gate's clock.
    pub(super) told_cards: Table,
    /// The latest end of all forgotten codes. A code that ends no later may be one of them. It can
    /// only be accepted if the clock was set back since.
    forgotten_until_unix_s: i64,
    /// The latest end of all codes that another gate told of and that found no room.
    codes_missing_until_unix_s: i64,
    /// The latest end of all waiting cards that are gone.
    cards_missing_until_unix_s: i64,
    /// The scanner's clock at the last look-up.
    last_asked_unix_s: i64,
}

/// Why a use was neither found nor recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unrecorded {
    /// Everything in the memory still matters.
    Full,
    /// The code may be a forgotten one: the clock was set back by at least this much.
    ClockWentBack { behind_s: i64 },
}

impl Default for UsedCodes {
    fn default() -> Self {
        UsedCodes {
            capacity: CAPACITY,
            codes: Table::default(),
            own_cards: Table::default(),
            told_cards: Table::default(),
            forgotten_until_unix_s: 0,
            codes_missing_until_unix_s: 0,
            cards_missing_until_unix_s: 0,
            last_asked_unix_s: 0,
        }
    }
}

impl UsedCodes {
    /// Sets how many entries there may be. Existing entries stay.
    pub(crate) fn set_capacity(&mut self, entries: usize) {
        self.capacity = entries;
    }

    pub(crate) fn capacity(&self) -> usize {
        self.capacity
    }

    /// How much of it still counts at this time.
    pub(crate) fn fill(&self, now: i64) -> DuplicateFill {
        let tables = [&self.codes, &self.own_cards, &self.told_cards];
        let entries = tables.map(|table| table.count_live(now)).into_iter().sum();
        DuplicateFill { entries, capacity: self.capacity }
    }

    fn len(&self) -> usize {
        self.codes.len() + self.own_cards.len() + self.told_cards.len()
    }

    /// What is known of a use, and whether it could be recorded. Nothing is recorded. See
    /// [`super::DuplicateStore::record`] for what counts as which.
    pub(crate) fn ask(&mut self, code_use: &CodeUse) -> Result<Earlier, Unrecorded> {
        let now = code_use.now_unix_s;
        self.last_asked_unix_s = now;
        let code = self.codes.find(&code_use.code.0);
        if let (Some(used), true) = (code, code_use.refuse_repeat) {
            return Ok(Earlier::Code { first_unix_s: used.at_unix_s });
        }
        let (mut own_card, mut told_card) = (None, None);
        if let Some(rule) = code_use.pass_back {
            own_card = self.own_cards.find_not_after(&rule.card.0, now);
            told_card = self.told_cards.find_not_after(&rule.card.0, now);
            // What this gate saw and what it was told both count; the later one wins.
            let last = own_card.into_iter().chain(told_card).map(|used| used.at_unix_s).max();
            if let Some(last_unix_s) = last.filter(|last| rule.is_waiting(*last, now)) {
                return Ok(Earlier::Card { last_unix_s });
            }
        }
        if code.is_none() && code_use.code_until_unix_s <= self.forgotten_until_unix_s {
            let behind_s = self.forgotten_until_unix_s.saturating_add(1).saturating_sub(now);
            return Err(Unrecorded::ClockWentBack { behind_s });
        }
        // The entry of a card whose wait is over may itself be removed to make room, so the card
        // counts as new. What another gate told of it is not needed any more.
        let card_is_new = own_card.is_none_or(|used| used.until_unix_s < now);
        let new =
            usize::from(code.is_none()) + usize::from(code_use.pass_back.is_some() && card_is_new);
        if !self.has_room(new, usize::from(told_card.is_some()), self.capacity, now) {
            return Err(Unrecorded::Full);
        }
        Ok(match code {
            Some(used) => Earlier::Code { first_unix_s: used.at_unix_s },
            None => Earlier::Nothing,
        })
    }

    /// Records the first use of a code, or of a card after its wait, as [`Self::ask`] has found it.
    pub(crate) fn record(&mut self, code_use: &CodeUse) -> Result<Earlier, Unrecorded> {
        let now = code_use.now_unix_s;
        let earlier = self.ask(code_use)?;
        match earlier {
            Earlier::Card { .. } => return Ok(earlier),
            Earlier::Code { .. } if code_use.refuse_repeat => return Ok(earlier),
            Earlier::Code { .. } | Earlier::Nothing => {}
        }
        let mut new = usize::from(earlier == Earlier::Nothing);
        if let Some(rule) = code_use.pass_back {
            let own = self.own_cards.find(&rule.card.0);
            new += usize::from(own.is_none_or(|used| used.until_unix_s < now));
            self.told_cards.remove(&rule.card.0);
        }
        self.make_room(new, self.capacity, now);
        self.join_code(
            code_use.code.0,
            Used { at_unix_s: now, until_unix_s: code_use.code_until_unix_s },
        );
        if let Some(rule) = code_use.pass_back {
            let until_unix_s = now.saturating_add(rule.wait_s.into());
            self.own_cards.set(rule.card.0, Used { at_unix_s: now, until_unix_s });
        }
        Ok(earlier)
    }

    /// Whether a use that looks new may have been known, had there been more room.
    pub(crate) fn may_lack(&self, code_use: &CodeUse) -> bool {
        let card_may = code_use.now_unix_s <= self.cards_missing_until_unix_s;
        code_use.code_until_unix_s <= self.codes_missing_until_unix_s
            || (code_use.pass_back.is_some() && card_may)
    }

    /// Of two uses of a code, the first counts, with the later end.
    ///
    /// Honest gates agree about the end. If a gate lies, the first use is recorded no earlier than
    /// a code can have been used: this gate must be able to read what it writes.
    pub(super) fn join_code(&mut self, name: Name, used: Used) {
        let known = self.codes.find(&name).unwrap_or(used);
        let until_unix_s = known.until_unix_s.max(used.until_unix_s);
        let earliest = until_unix_s.saturating_sub(MAX_CODE_LIFE_S.into());
        let at_unix_s = known.at_unix_s.min(used.at_unix_s).max(earliest);
        self.codes.set(name, Used { at_unix_s, until_unix_s });
    }

    /// Of the uses of a card that others tell, the last counts, with the later end. When room is
    /// short, those that end first stay. Returns false when this one was not kept.
    pub(super) fn join_told_card(&mut self, name: Name, used: Used, now: i64) -> bool {
        if self.own_cards.find(&name).is_some_and(|own| own.at_unix_s >= used.at_unix_s) {
            return true;
        }
        let known = self.told_cards.find_not_after(&name, now);
        if known.is_none() {
            let needed = (self.len() + 1).saturating_sub(self.most_by_merges());
            let tables = [&self.codes, &self.own_cards, &self.told_cards];
            if tables.map(|table| table.over(now).take(needed).count()).iter().sum::<usize>()
                >= needed
            {
                self.forget(needed, now);
            } else if self.told_cards.last_end() > Some(used.until_unix_s) {
                self.forget_told();
            } else {
                self.miss_card(used.until_unix_s);
                return false;
            }
        }
        self.told_cards.set(name, known.map_or(used, |known| known.later_of(used)));
        true
    }

    /// Makes room for this many codes that others tell of. Otherwise none is taken, and `last_end`
    /// is noted. They fill at most half of the memory. More would leave too little room for cards,
    /// which wait longer than a code can be used.
    pub(super) fn make_room_for_told_codes(&mut self, new: usize, last_end: i64, now: i64) -> bool {
        let live = self.codes.len() - self.codes.over(now).count();
        let fit = new == 0
            || (live + new <= self.capacity - self.capacity / 2
                && self.make_room(new, self.most_by_merges(), now));
        if !fit {
            let last_end = last_end.min(MAX_UNIX_S);
            self.codes_missing_until_unix_s = self.codes_missing_until_unix_s.max(last_end);
        }
        fit
    }

    /// Merges leave a quarter free for what this scanner sees itself.
    fn most_by_merges(&self) -> usize {
        self.capacity - self.capacity / 4
    }

    /// Makes room for `new` entries below `most`, or changes nothing. It forgets only what is over,
    /// and only as much as needed. So a clock set back by a little finds everything still there. If
    /// that is not enough, waiting cards told by others are dropped.
    fn make_room(&mut self, new: usize, most: usize, now: i64) -> bool {
        let has_room = self.has_room(new, 0, most, now);
        if has_room {
            self.forget((self.len() + new).saturating_sub(most), now);
        }
        has_room
    }

    /// Whether there is room for `new` entries below `most`, once `told` waiting cards that others
    /// told of are gone.
    fn has_room(&self, new: usize, told: usize, most: usize, now: i64) -> bool {
        let needed = (self.len() + new).saturating_sub(most + told);
        let over = |table: &Table| table.over(now).take(needed).count();
        over(&self.codes) + over(&self.own_cards) + self.told_cards.len() - told >= needed
    }

    fn forget(&mut self, entries: usize, now: i64) {
        for _ in 0..entries {
            let card = |memory: &mut Self| {
                let own = memory.own_cards.forget_one_before(now);
                own.or_else(|| memory.told_cards.forget_one_before(now))
            };
            if let Some(end) = self.codes.forget_one_before(now) {
                self.forgotten_until_unix_s = self.forgotten_until_unix_s.max(end);
            } else if let Some(end) = card(self) {
                self.miss_card(end);
            } else {
                self.forget_told();
            }
        }
    }

    /// Drops the card told by others that waits longest. This way a lying gate gains least.
    fn forget_told(&mut self) {
        if let Some(end) = self.told_cards.forget_last() {
            self.miss_card(end);
        }
    }

    pub(super) fn miss_card(&mut self, until_unix_s: i64) {
        let until_unix_s = until_unix_s.min(MAX_UNIX_S);
        self.cards_missing_until_unix_s = self.cards_missing_until_unix_s.max(until_unix_s);
    }

    /// For a snapshot: what still matters, and floors that cover the rest.
    pub(crate) fn write(&self, writer: &mut Writer) {
        let now = self.last_asked_unix_s;
        let last_over = |table: &Table| table.over(now).next_back().unwrap_or(0);
        let cards = last_over(&self.own_cards).max(last_over(&self.told_cards));
        writer.array(7).uint(self.capacity as u64);
        writer.int(self.forgotten_until_unix_s.max(last_over(&self.codes)));
        writer.int(self.codes_missing_until_unix_s);
        writer.int(self.cards_missing_until_unix_s.max(cards));
        for table in [&self.codes, &self.own_cards, &self.told_cards] {
            write_entries(writer, table.live(now), table.count_live(now));
        }
    }

    /// From a snapshot.
    pub(crate) fn read(reader: &mut Reader<'_>) -> Result<Self, CborError> {
        reader.array_of(7)?;
        let mut used = UsedCodes {
            capacity: reader.uint_in(0..=u32::MAX)? as usize,
            forgotten_until_unix_s: reader.time()?,
            codes_missing_until_unix_s: reader.time()?,
            cards_missing_until_unix_s: reader.time()?,
            ..UsedCodes::default()
        };
        for (table, longest_s) in [
            (&mut used.codes, MAX_CODE_LIFE_S),
            (&mut used.own_cards, DuplicateRule::MAX_PASS_BACK_S),
            (&mut used.told_cards, DuplicateRule::MAX_PASS_BACK_S),
        ] {
            for (name, entry) in read_entries(reader, longest_s)? {
                table.set(name, entry);
            }
        }
        Ok(used)
    }
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

    /// A code made and used at the same moment.
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

    fn content(memory: &UsedCodes) -> String {
        format!("{:?}", (&memory.codes, &memory.own_cards, &memory.told_cards))
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
        let before = content(&memory);
        assert_eq!(memory.record(&refusing(3, NOW + LIFE_S)), Err(Unrecorded::Full));
        assert_eq!(content(&memory), before);
        assert_eq!(memory.forgotten_until_unix_s, 0);
        // It still reports what it holds.
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
        assert_eq!(memory.fill(later), DuplicateFill { entries: 3, capacity: 3 });
        assert_eq!(memory.fill(later + 1), DuplicateFill { entries: 2, capacity: 3 });
        assert!(memory.codes.find(&name(0)).is_none());
        assert_eq!(memory.forgotten_until_unix_s, NOW + LIFE_S);
        assert_eq!(memory.record(&refusing(4, later)), Err(Unrecorded::Full));
        let second = CodeUse { now_unix_s: later, ..refusing(1, NOW + 1) };
        assert_eq!(memory.record(&second), Ok(Earlier::Code { first_unix_s: NOW + 1 }));
    }

    /// The clock jumps ahead by a day, codes are forgotten, and the clock is corrected again.
    #[test]
    fn a_clock_that_is_set_back_over_what_was_forgotten_is_told() {
        let mut memory = with_capacity(2);
        memory.record(&refusing(0, NOW)).unwrap();
        memory.record(&refusing(1, NOW + 1)).unwrap();
        memory.record(&refusing(2, NOW + 86_400)).unwrap();
        let again = CodeUse { now_unix_s: NOW + 20, ..refusing(0, NOW) };
        let behind_s = LIFE_S + 1 - 20;
        assert_eq!(memory.record(&again), Err(Unrecorded::ClockWentBack { behind_s }));
        // What was kept is still there, and later ends are not in doubt.
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
        // The clock is set back, by a little or by a lot: the card waits once more, from when it
        // comes.
        for now in [NOW + 10, NOW - 3_600] {
            for second in [0, 299] {
                let soon = memory.record(&passing_back(2, 7, now + second));
                assert_eq!(soon, Ok(Earlier::Card { last_unix_s: now }));
            }
        }
        let late = memory.record(&passing_back(2, 7, NOW - 3_600 + 300));
        assert_eq!(late, Ok(Earlier::Nothing));
    }

    #[test]
    fn a_code_and_its_card_are_recorded_together_or_not_at_all() {
        let mut memory = with_capacity(1);
        assert_eq!(memory.record(&passing_back(0, 7, NOW)), Err(Unrecorded::Full));
        assert_eq!(memory.fill(NOW), DuplicateFill { entries: 0, capacity: 1 });
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
        assert_eq!(memory.fill(NOW).entries, 1);
    }

    proptest! {
        /// The promise, whatever the clock does and however small the memory is: an application
        /// that refuses repeats never takes a code twice.
        #[test]
        fn no_code_is_ever_taken_twice(
            capacity in 1usize..6,
            scans in prop::collection::vec((0u32..12, -400i64..400, 0u32..9), 1..80),
        ) {
            let mut memory = with_capacity(capacity);
            let (mut now, mut taken) = (NOW, std::collections::BTreeSet::new());
            for (number, step_s, chance) in scans {
                now += step_s;
                // The code is made for a fixed moment and stays good for 60 s from then.
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
