//! What the gates of one venue tell each other: a COSE_Mac0 under the key they share.

use std::fmt;
use std::ops::RangeInclusive;

use zeroize::Zeroize;

use super::memory::{UsedCodes, MAX_CODE_LIFE_S};
use super::table::{read_entries, write_entries, Name, Used};
use crate::cose::registry::claim::{IAT, USED_CODES};
use crate::cose::registry::typ;
use crate::cose::{header, time_of_host, CborError, Mac0, Reader, Writer, MAX_UNIX_S};
use crate::lists::catalogue::DuplicateRule;
use crate::scan::Policy;

/// Longest summary, in bytes: what fits a datagram.
pub const MAX_SUMMARY: usize = 65_535;

/// Entries in one summary. Each takes at most 32 bytes.
const ENTRIES: usize = 2_000;

/// How far the clocks of two gates may differ, and how old a summary may be, in seconds.
const SKEW_S: i64 = 15 * 60;

/// How far the clocks of two gates differ at most while both accept codes. Each is within the
/// widest tolerance of the phones' clocks.
pub(super) const APART_S: i64 = 2 * Policy::MAX_TOLERANCE_S as i64;

/// The key that the gates of one venue share: 32 random bytes, for used codes only. It
/// authenticates summaries and names entries of a shared store.
///
/// Whoever has it can have codes refused at these gates, and can do nothing else. It is overwritten
/// when dropped.
#[derive(Clone, PartialEq, Eq)]
pub struct VenueKey([u8; 32]);

impl VenueKey {
    /// Takes the bytes.
    pub fn new(bytes: [u8; 32]) -> Self {
        VenueKey(bytes)
    }

    pub(super) fn bytes(&self) -> &[u8; 32] {
        &self.0
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

/// What a summary added.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Merged {
    /// Used codes that this scanner did not know.
    pub new_codes: usize,
    /// Waiting cards that this scanner did not know.
    pub new_cards: usize,
    /// Waiting cards left out for lack of room: those that would wait longest. Until their wait
    /// would have ended, acceptances under a pass-back rule say that the memory is incomplete.
    pub left_out_cards: usize,
}

/// A summary was not merged. The memory is unchanged.
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
    /// It was made with another venue's key, or its bytes were changed.
    #[error("the summary was not made with this venue's key")]
    BadTag,
    /// It is too old, or its times are far from this scanner's clock. One of the two gates' clocks
    /// may be wrong.
    #[error("the summary speaks of {unix_s}, which is not near {now_unix_s} (Unix seconds)")]
    OutOfTime {
        /// The first time in it that is out of bounds.
        unix_s: i64,
        /// This scanner's clock.
        now_unix_s: i64,
    },
    /// The caller's time is after the year 9999, which usually means milliseconds.
    #[error("{unix_s} is not a time in Unix seconds")]
    NotATime {
        /// What was handed in.
        unix_s: i64,
    },
    /// Its codes would fill more than half of the memory, or more than three quarters together with
    /// the scanner's own cards. The rest is for the scanner's own scans. Until these codes would
    /// have ended, acceptances say that the memory is incomplete.
    #[error("{entries} more codes would leave too little room for this scanner's own")]
    Full {
        /// Codes that need a place.
        entries: usize,
    },
}

impl UsedCodes {
    /// What still matters, in as many summaries as needed. Each has at most [`MAX_SUMMARY`] bytes
    /// and is good on its own, in any order. None when there is nothing to tell.
    ///
    /// Of cards it tells only what was seen here. Each channel adds its delay, so two gates passing
    /// a card on would lengthen its wait for ever.
    pub(crate) fn summaries(&mut self, key: &VenueKey, now_unix_s: i64) -> Vec<Vec<u8>> {
        // How long ago a use in the future was, nobody can tell.
        self.own_cards.bring_back(now_unix_s);
        // A clock that was set back since may have noted a use further ahead than others accept.
        // They would refuse all the rest because of it.
        let latest = now_unix_s.saturating_add(SKEW_S);
        let codes = self.codes.live(now_unix_s).filter(|(_, used)| used.at_unix_s <= latest);
        let codes: Vec<(Name, Used)> = codes.collect();
        let cards: Vec<(Name, Used)> = self.own_cards.live(now_unix_s).collect();
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

    /// Takes in what another gate has seen, wholly or not at all. Merges may come in any order, and
    /// merging one summary twice at one moment changes nothing.
    pub(crate) fn merge(
        &mut self,
        summary: &[u8],
        key: &VenueKey,
        now_unix_s: i64,
    ) -> Result<Merged, SummaryError> {
        self.take_in(Summary::read(summary, key, now_unix_s)?, now_unix_s)
    }

    pub(super) fn take_in(
        &mut self,
        summary: Summary,
        now_unix_s: i64,
    ) -> Result<Merged, SummaryError> {
        let Summary { codes, cards, .. } = summary;
        // What is over here may be the entry dropped to make room, and come back.
        let placed = codes.iter().filter(|(name, _)| !self.codes.has_live(name, now_unix_s));
        let entries = placed.clone().count();
        let last_end = placed.map(|(_, used)| used.until_unix_s).max().unwrap_or(0);
        let mut merged = Merged {
            new_codes: codes.iter().filter(|(name, _)| self.codes.find(name).is_none()).count(),
            ..Merged::default()
        };
        if !self.make_room_for_told_codes(entries, last_end, now_unix_s) {
            cards.iter().for_each(|(_, used)| self.miss_card(used.until_unix_s));
            return Err(SummaryError::Full { entries });
        }
        codes.into_iter().for_each(|(name, used)| self.join_code(name, used));
        for (name, used) in cards {
            let known = self.own_cards.find(&name).or_else(|| self.told_cards.find(&name));
            let is_new = known.is_none();
            let kept = self.join_told_card(name, used, now_unix_s);
            merged.new_cards += usize::from(is_new && kept);
            merged.left_out_cards += usize::from(!kept);
        }
        Ok(merged)
    }
}

/// The latest moment, by this gate's own clock, at which a use told in a summary can have happened.
///
/// It takes the age by the sender's own clock, so the difference of the two clocks cancels out. The
/// channel's delay adds to it. A summary may be held back and replayed, so the result is bounded by
/// how far two clocks can differ.
fn by_own_clock(told: Used, made_unix_s: i64, now_unix_s: i64) -> Used {
    let age_s = made_unix_s.saturating_sub(told.at_unix_s).max(0);
    let latest = told.at_unix_s.saturating_add(APART_S);
    let at_unix_s = now_unix_s.saturating_sub(age_s).min(latest).clamp(0, MAX_UNIX_S);
    let wait_s = told.until_unix_s.saturating_sub(told.at_unix_s);
    Used { at_unix_s, until_unix_s: at_unix_s.saturating_add(wait_s) }
}

pub(super) fn encode(
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

/// What in a summary still matters.
pub(super) struct Summary {
    pub(super) made_unix_s: i64,
    codes: Entries,
    cards: Entries,
}

type Entries = Vec<(Name, Used)>;

impl Summary {
    pub(super) fn read(
        bytes: &[u8],
        key: &VenueKey,
        now_unix_s: i64,
    ) -> Result<Self, SummaryError> {
        time_of_host(now_unix_s).ok_or(SummaryError::NotATime { unix_s: now_unix_s })?;
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
        let (mut codes, mut cards) = claims.required(USED_CODES, Self::read_claim)?;
        claims.end()?;
        payload.end()?;

        let near = now_unix_s.saturating_sub(SKEW_S)..=now_unix_s.saturating_add(SKEW_S);
        // A code's life is shorter than the skew. A card may have been waiting for a day.
        let day = i64::from(DuplicateRule::MAX_PASS_BACK_S);
        let within_a_day = near.start().saturating_sub(day)..=*near.end();
        let check = |times: &RangeInclusive<i64>, unix_s: i64| {
            let out_of_time = SummaryError::OutOfTime { unix_s, now_unix_s };
            times.contains(&unix_s).then_some(()).ok_or(out_of_time)
        };
        check(&near, made_unix_s)?;
        codes.iter().try_for_each(|(_, used)| check(&near, used.at_unix_s))?;
        cards.iter().try_for_each(|(_, used)| check(&within_a_day, used.at_unix_s))?;
        for (_, used) in &mut cards {
            *used = by_own_clock(*used, made_unix_s, now_unix_s);
        }
        codes.retain(|(_, used)| used.until_unix_s >= now_unix_s);
        cards.retain(|(_, used)| used.until_unix_s >= now_unix_s);
        Ok(Summary { made_unix_s, codes, cards })
    }

    fn read_claim(reader: &mut Reader<'_>) -> Result<(Entries, Entries), CborError> {
        reader.array_of(2)?;
        let codes = read_entries(reader, MAX_CODE_LIFE_S)?;
        Ok((codes, read_entries(reader, DuplicateRule::MAX_PASS_BACK_S)?))
    }
}

#[cfg(test)]
mod tests;
