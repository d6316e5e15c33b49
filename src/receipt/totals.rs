//! What a month came to, without persons: figures for a report, not receipts.
//!
//! Uses receipts that were checked, and trust lists for the provinces of cards. Specification:
//! docs/SPEC.md section 19.

use std::collections::{BTreeMap, HashMap};

use super::{Receipt, ScannerId, DAY_BEGINS_BEFORE_S, DAY_S};
use crate::code::ApplicationNumber;
use crate::cose::KeyId;
use crate::jose::{DocumentError, DocumentKind, Envelope};
use crate::lists::require_any;
use crate::lists::roots::Roots;
use crate::lists::trust::{Candidate, Trust};
use crate::region::Region;
use crate::scan::evidence::Consulted;

/// What is published is rounded down to a multiple of this, and what is less is not told.
pub const FEW: u64 = 5;

/// A month in China, whose days begin at 16:00 UTC like those of receipts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Month {
    /// The year.
    pub year: i64,
    /// 1 to 12.
    pub month: u8,
}

impl Month {
    /// The month of a time (Unix seconds), by the Gregorian calendar.
    pub fn of(unix_s: i64) -> Self {
        // Days since 1 March of the year 0; years begin in March, so that a leap day is the last.
        let days = unix_s.saturating_add(DAY_BEGINS_BEFORE_S).div_euclid(DAY_S) + 719_468;
        let era = days.div_euclid(146_097);
        let day = days.rem_euclid(146_097);
        let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
        let of_year = day - (365 * year + year / 4 - year / 100);
        let from_march = (5 * of_year + 2) / 153;
        // safe: 0 to 11, and so 1 to 12.
        let month = (from_march as u8 + 2) % 12 + 1;
        Month { year: era * 400 + year + i64::from(month <= 2), month }
    }
}

/// How often each answer was given.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Answers {
    /// Cards let in.
    pub accepted: u64,
    /// Refusals.
    pub refused: u64,
    /// Codes of other systems that the host served.
    pub handed_over: u64,
}

impl Answers {
    fn add(&mut self, receipt: &Receipt) {
        let which = match receipt.verdict {
            0 => &mut self.accepted,
            _ if receipt.handed_over => &mut self.handed_over,
            _ => &mut self.refused,
        };
        *which = which.saturating_add(1);
    }

    /// All of them.
    pub fn all(&self) -> u64 {
        self.accepted.saturating_add(self.refused).saturating_add(self.handed_over)
    }
}

/// The totals of one month. No table is crossed with another: a cell of two would soon be a person.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MonthTotals {
    /// All receipts of the month.
    pub answers: Answers,
    /// Refusals by their number.
    pub refused: BTreeMap<u16, u64>,
    /// By the province of the card; `None` where a receipt does not tell it.
    pub by_province: BTreeMap<Option<Region>, Answers>,
    /// By application.
    pub by_application: BTreeMap<ApplicationNumber, Answers>,
    /// By gate.
    pub by_scanner: BTreeMap<ScannerId, Answers>,
    /// Receipts that were made and are not there: by the numbers of those before and after them.
    /// They belong to this month or, where the gap began earlier, perhaps to one before.
    pub missing: u64,
    /// Gates whose first receipt here is not the first of their chain: what they did earlier in the
    /// month is not known.
    pub begun_before: u64,
    /// Chains that a gate began anew, because it had lost its state.
    pub begun_anew: u64,
}

/// A piece of a chain that was seen.
#[derive(Clone, Copy, Debug)]
struct Seen {
    /// The hash of its first receipt here, and of its last.
    first: [u8; 32],
    last: [u8; 32],
    /// The number that comes next.
    next: u64,
}

/// The chains of one scanner: more than one where it lost its state.
#[derive(Clone, Debug, Default)]
struct Chains {
    seen: Vec<Seen>,
    /// Which of them the last receipt belonged to.
    current: usize,
}

/// What a receipt is to the chains before it.
enum Place {
    Repeated,
    Next { missing: u64 },
    Begins,
    BegunAnew,
}

impl Chains {
    fn take(&mut self, receipt: &Receipt) -> Place {
        let (hash, number) = (receipt.hash, receipt.number);
        if let Some(at) = self.seen.iter().position(|seen| seen.first == hash) {
            self.current = at;
            return Place::Repeated;
        }
        if let Some(at) = self.seen.iter().position(|seen| seen.last == receipt.previous) {
            self.current = at;
        }
        let next = number.saturating_add(1);
        match self.seen.get_mut(self.current) {
            Some(seen) if number >= seen.next => {
                let missing = number - seen.next;
                (seen.last, seen.next) = (hash, next);
                Place::Next { missing }
            }
            Some(_) if number > 0 => Place::Repeated,
            before => {
                let place = if before.is_some() { Place::BegunAnew } else { Place::Begins };
                self.current = self.seen.len();
                self.seen.push(Seen { first: hash, last: hash, next });
                place
            }
        }
    }
}

/// Counts receipts by month.
///
/// Each receipt is counted once: those of a scanner are given in their order, and a number that is
/// not higher than the last is not counted again. Number 0 with another hash begins a new chain.
#[derive(Clone, Debug, Default)]
pub struct Totals {
    provinces: CardProvinces,
    months: BTreeMap<Month, MonthTotals>,
    chains: HashMap<ScannerId, Chains>,
    repeated: u64,
}

impl Totals {
    /// Counts from here on.
    pub fn new(provinces: CardProvinces) -> Self {
        Totals { provinces, ..Totals::default() }
    }

    /// Counts a receipt whose signature held.
    pub fn add(&mut self, receipt: &Receipt) {
        let place = self.chains.entry(receipt.scanner.clone()).or_default().take(receipt);
        if let Place::Repeated = place {
            self.repeated = self.repeated.saturating_add(1);
            return;
        }
        let month = self.months.entry(Month::of(receipt.time_unix_s)).or_default();
        match place {
            Place::Next { missing } => month.missing = month.missing.saturating_add(missing),
            Place::Begins => month.begun_before += u64::from(receipt.number > 0),
            Place::BegunAnew => month.begun_anew += 1,
            Place::Repeated => {}
        }
        month.answers.add(receipt);
        if receipt.verdict != 0 && !receipt.handed_over {
            *month.refused.entry(receipt.verdict).or_default() += 1;
        }
        month.by_province.entry(self.provinces.of(receipt)).or_default().add(receipt);
        month.by_application.entry(receipt.application).or_default().add(receipt);
        month.by_scanner.entry(receipt.scanner.clone()).or_default().add(receipt);
    }

    /// The months, the earliest first.
    pub fn months(&self) -> &BTreeMap<Month, MonthTotals> {
        &self.months
    }

    /// Receipts that were given twice, or out of their order, and not counted.
    pub fn repeated(&self) -> u64 {
        self.repeated
    }
}

/// A figure as it may be published.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Published {
    /// None.
    None,
    /// At least one, and fewer than [`FEW`].
    Few,
    /// So many or up to 4 more: a multiple of [`FEW`].
    AtLeast(u64),
}

/// A figure as it may be published, so that nobody is told of by a figure of one. A total is rounded
/// by itself, and is no sum of what is rounded: otherwise a difference would tell what is hidden.
pub fn published(count: u64) -> Published {
    match count {
        0 => Published::None,
        _ if count < FEW => Published::Few,
        _ => Published::AtLeast(count / FEW * FEW),
    }
}

/// Which province signs status lists with which key. A receipt does not say whose card it was; the
/// key of the status list that was looked at does.
#[derive(Clone, Debug, Default)]
pub struct CardProvinces(HashMap<KeyId, Option<Region>>);

impl CardProvinces {
    /// Adds the keys of a trust list that a threshold of any of these editions of the roots has
    /// signed. Past lists are added as well: a key may have gone since.
    pub fn add_trust_list(&mut self, json: &[u8], roots: &[Roots]) -> Result<(), DocumentError> {
        let mut envelope = Envelope::of_kind(DocumentKind::TrustList, json)?;
        require_any(roots, &mut envelope)?;
        let trust = Trust::of_payload(envelope.payload())?;
        for Candidate { issuer, key, .. } in trust.candidates() {
            if !key.may_sign.status_lists {
                continue;
            }
            let province = Some(issuer.region.province());
            let known = self.0.entry(key.key.key_id()).or_insert(province);
            // A key id has two bytes. Where two provinces share one, it tells of neither.
            if *known != province {
                *known = None;
            }
        }
        Ok(())
    }

    /// The province of the card, where the scan looked at its status list.
    pub fn of(&self, receipt: &Receipt) -> Option<Region> {
        match receipt.evidence.status {
            Consulted::List { signed_by, .. } => self.0.get(&signed_by).copied().flatten(),
            Consulted::NotYet | Consulted::Nothing { .. } => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::assert_says;

    #[test]
    fn the_specification_states_what_is_here() {
        assert_says([
            &format!("fewer than {FEW}"),
            &format!("rounded down to a multiple of {FEW}"),
        ]);
    }

    #[test]
    fn a_month_begins_at_midnight_in_china() {
        let month = |unix_s| {
            let Month { year, month } = Month::of(unix_s);
            (year, month)
        };
        // 2026-10-31T16:00:00Z is 1 November in Beijing.
        let november = 1_793_462_400;
        assert_eq!(month(november), (2026, 11));
        assert_eq!(month(november - 1), (2026, 10));
        assert_eq!(month(0), (1970, 1));
        assert_eq!(month(-28_801), (1969, 12));
        // 2028-02-29T00:00:00Z, and a day later.
        assert_eq!(month(1_835_395_200), (2028, 2));
        assert_eq!(month(1_835_395_200 + 86_400), (2028, 3));
        // 2000-02-29T12:00:00Z and 2100-03-01T00:00:00Z less a day.
        assert_eq!(month(951_825_600), (2000, 2));
        assert_eq!(month(4_107_542_400), (2100, 3));
        assert_eq!(month(4_107_542_400 - 86_400), (2100, 2));
        for far in [i64::MIN, i64::MAX] {
            assert!((1..=12).contains(&Month::of(far).month));
        }
    }

    #[test]
    fn what_is_hidden_is_no_difference() {
        assert_eq!(published(0), Published::None);
        for count in 1..FEW {
            assert_eq!(published(count), Published::Few);
        }
        assert_eq!(published(5), Published::AtLeast(5));
        assert_eq!(published(9), Published::AtLeast(5));
        assert_eq!(published(u64::MAX), Published::AtLeast(u64::MAX));
        // Whatever the other cells are: a cell of 1 could be one of 4 by all that is published.
        let told = |count| match published(count) {
            Published::None | Published::Few => 0,
            Published::AtLeast(count) => count,
        };
        for a in 0..40 {
            for b in 0..40 {
                let most = told(a + b + 1) + FEW - 1 - told(a) - told(b);
                assert!(most >= FEW - 1, "{a} {b}");
            }
        }
    }
}
