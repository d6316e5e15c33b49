//! Uses by name and by end, and how they are written down.

use std::collections::{BTreeMap, BTreeSet};

use crate::cose::{CborError, CborProblem, Reader, Writer};

/// A name of a code, or of a card at a place.
pub(super) type Name = [u8; 16];

/// When something was used, and how long that matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Used {
    pub(super) at_unix_s: i64,
    pub(super) until_unix_s: i64,
}

impl Used {
    /// Of two uses of a card, the last counts, with the later end.
    pub(super) fn later_of(self, other: Used) -> Used {
        Used {
            at_unix_s: self.at_unix_s.max(other.at_unix_s),
            until_unix_s: self.until_unix_s.max(other.until_unix_s),
        }
    }

    /// A use in the future was noted before the clock was set back. Its true time is lost, so it
    /// counts as now and matters for as long after that.
    fn not_after(self, now: i64) -> Used {
        let ahead_s = self.at_unix_s.saturating_sub(now).max(0);
        Used {
            at_unix_s: self.at_unix_s.saturating_sub(ahead_s),
            until_unix_s: self.until_unix_s.saturating_sub(ahead_s),
        }
    }
}

/// Every operation takes a time logarithmic in the number of entries.
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

    /// What is known under this name. From now on none of it lies ahead.
    pub(super) fn find_not_after(&mut self, name: &Name, now: i64) -> Option<Used> {
        let known = self.find(name)?;
        let used = known.not_after(now);
        if used != known {
            self.set(*name, used);
        }
        Some(used)
    }

    /// From now on nothing lies ahead.
    pub(super) fn bring_back(&mut self, now: i64) {
        let all = self.by_name.iter();
        let ahead: Vec<Name> =
            all.filter(|(_, used)| used.at_unix_s > now).map(|(name, _)| *name).collect();
        for name in ahead {
            self.find_not_after(&name, now);
        }
    }

    pub(super) fn set(&mut self, name: Name, used: Used) {
        if let Some(old) = self.by_name.insert(name, used) {
            self.by_end.remove(&(old.until_unix_s, name));
        }
        self.by_end.insert((used.until_unix_s, name));
    }

    pub(super) fn remove(&mut self, name: &Name) -> Option<Used> {
        let used = self.by_name.remove(name)?;
        self.by_end.remove(&(used.until_unix_s, *name));
        Some(used)
    }

    /// What matters at this time, by name.
    pub(super) fn live(&self, now: i64) -> impl Iterator<Item = (Name, Used)> + '_ {
        let all = self.by_name.iter().map(|(name, used)| (*name, *used));
        all.filter(move |(_, used)| used.until_unix_s >= now)
    }

    /// How many entries matter at this time.
    pub(super) fn count_live(&self, now: i64) -> usize {
        self.by_end.range((now, [0; 16])..).count()
    }

    /// Whether something under this name matters at this time.
    pub(super) fn has_live(&self, name: &Name, now: i64) -> bool {
        self.find(name).is_some_and(|used| used.until_unix_s >= now)
    }

    /// Entries that end before this time, in the order they ended.
    pub(super) fn over(&self, now: i64) -> impl DoubleEndedIterator<Item = i64> + '_ {
        self.by_end.range(..(now, [0; 16])).map(|(end, _)| *end)
    }

    /// The latest end of all.
    pub(super) fn last_end(&self) -> Option<i64> {
        self.by_end.last().map(|(end, _)| *end)
    }

    /// Drops the entry that ends first, if its end is before `now`, and returns its end.
    pub(super) fn forget_one_before(&mut self, now: i64) -> Option<i64> {
        let (end, name) = *self.by_end.first()?;
        if end >= now {
            return None;
        }
        self.remove(&name);
        Some(end)
    }

    /// Drops the entry that ends last, and returns its end.
    pub(super) fn forget_last(&mut self) -> Option<i64> {
        let (end, name) = *self.by_end.last()?;
        self.remove(&name);
        Some(end)
    }
}

/// Writes entries by ascending name: name, time of use, and how long it matters after that.
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
