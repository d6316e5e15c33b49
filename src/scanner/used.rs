//! The last check of a scan: has this code, or this card, been used already?

use std::sync::Arc;

use super::memory::Memory;
use super::Scanner;
use crate::duplicates::{
    CardHere, CodeName, CodeUse, DuplicateFill, DuplicateStore, Earlier, Merged, PassBack,
    StoreUnavailable, SummaryError, Unrecorded, VenueKey,
};
use crate::lists::catalogue::DuplicateRule;
use crate::scan::{Advisory, Context, Genuine, MemoryProblem, Policy, Refusal};

impl Scanner {
    /// Puts a store of the host in place of the scanner's own memory of used codes.
    ///
    /// What the memory held is not handed over; set the store before the first scan. Snapshots
    /// and summaries of this scanner are then without used codes.
    pub fn set_duplicate_store(&mut self, store: Arc<dyn DuplicateStore>) {
        self.memory.store = Some(store);
    }

    /// How many used codes and waiting cards the memory may hold; 65,536 unless told otherwise.
    /// An entry takes about a hundred bytes. What it holds already stays.
    pub fn set_duplicate_capacity(&mut self, entries: u32) {
        self.memory.used_codes.set_capacity(entries as usize);
    }

    /// What other gates of the venue should know of the codes and cards used here, authenticated
    /// with the key that they share: as many summaries as it takes, usually one, none when there
    /// is nothing to tell. Each has at most [`crate::duplicates::MAX_SUMMARY`] bytes and is good on its own.
    ///
    /// Of cards it tells only those that this scanner has seen: each gate of a venue must hear every
    /// other one. Hand each summary over at once, since a card waits as much longer elsewhere as the
    /// summary was on its way. A use that lies ahead of `now_unix_s` counts as now from here on.
    pub fn duplicates_summaries(&mut self, key: &VenueKey, now_unix_s: i64) -> Vec<Vec<u8>> {
        self.memory.used_codes.summaries(key, now_unix_s)
    }

    /// Takes in a summary of another gate, wholly or not at all. The order of merges does not
    /// matter. A summary that comes again later lengthens a wait by as much, and by no more than
    /// 240 s.
    pub fn merge_duplicates(
        &mut self,
        summary: &[u8],
        key: &VenueKey,
        now_unix_s: i64,
    ) -> Result<Merged, SummaryError> {
        self.memory.used_codes.merge(summary, key, now_unix_s)
    }

    /// How full the memory of used codes is.
    pub fn duplicate_fill(&self) -> DuplicateFill {
        self.memory.used_codes.fill()
    }
}

impl Memory {
    /// Records the use of a code that is otherwise accepted, as the application's rule wants it.
    pub(super) fn note_used_code(
        &mut self,
        genuine: &Genuine<'_>,
        context: &Context,
    ) -> Result<Option<Advisory>, Refusal> {
        let Genuine { entry, issuer, code, .. } = genuine;
        let (index, now) = (code.card.status_index, context.now_unix_s);
        let rule = entry.application.duplicates;
        let pass_back = match rule {
            DuplicateRule::Allow => return Ok(None),
            DuplicateRule::Warn | DuplicateRule::Refuse => None,
            DuplicateRule::PassBack { seconds } => Some(PassBack {
                card: CardHere::new(issuer, index, context.application, context.place),
                wait_s: seconds,
            }),
        };
        let refuse_repeat = rule != DuplicateRule::Warn;
        let life_s = i64::from(code.card.max_window_s) + i64::from(Policy::MAX_TOLERANCE_S);
        let code_use = CodeUse {
            code: CodeName::new(issuer, index, code.issued_at_unix_s),
            code_until_unix_s: code.issued_at_unix_s + life_s,
            refuse_repeat,
            pass_back,
            now_unix_s: now,
        };
        let earlier = match &self.store {
            Some(store) => match store.record(&code_use) {
                Err(StoreUnavailable) => Err(MemoryProblem::Store),
                // A store that answers what it was not asked is out of order, too.
                Ok(Earlier::Card { last_unix_s })
                    if !pass_back.is_some_and(|rule| rule.is_waiting(last_unix_s, now)) =>
                {
                    Err(MemoryProblem::Store)
                }
                Ok(earlier) => Ok(earlier),
            },
            None => match self.used_codes.record(&code_use) {
                Ok(Earlier::Nothing) if self.used_codes.may_lack(&code_use) => {
                    return Ok(Some(Advisory::DuplicatesUnchecked(MemoryProblem::Incomplete)))
                }
                Ok(earlier) => Ok(earlier),
                Err(Unrecorded::ClockWentBack { behind_s }) if refuse_repeat => {
                    return Err(Refusal::ScannerClockWentBack { behind_s })
                }
                Err(Unrecorded::ClockWentBack { .. }) => Err(MemoryProblem::ClockWentBack),
                Err(Unrecorded::Full) => Err(MemoryProblem::Full),
            },
        };
        match earlier {
            Ok(Earlier::Nothing) => Ok(None),
            Ok(Earlier::Code { first_unix_s }) if refuse_repeat => {
                Err(Refusal::UsedBefore { first_unix_s })
            }
            Ok(Earlier::Code { first_unix_s }) => Ok(Some(Advisory::UsedBefore { first_unix_s })),
            Ok(Earlier::Card { last_unix_s }) => Err(Refusal::UsedMomentsAgo {
                seconds: now.saturating_sub(last_unix_s).max(0),
                wait_s: pass_back.map_or(0, |rule| rule.wait_s.into()),
            }),
            Err(problem) if refuse_repeat => Err(Refusal::DuplicatesUnavailable(problem)),
            Err(problem) => Ok(Some(Advisory::DuplicatesUnchecked(problem))),
        }
    }
}
