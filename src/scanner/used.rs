//! The last check of a scan: has this code or this card been used already?

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
    /// Replaces the scanner's own memory of used codes by a store of the host.
    ///
    /// The memory's entries are not copied: set the store before the first scan. From then on,
    /// snapshots and summaries of this scanner contain no used codes.
    pub fn set_duplicate_store(&mut self, store: Arc<dyn DuplicateStore>) {
        self.memory.store = Some(store);
    }

    /// Sets how many used codes and waiting cards the memory may hold. The default is 65,536. An
    /// entry takes about a hundred bytes. Existing entries stay.
    pub fn set_duplicate_capacity(&mut self, entries: u32) {
        self.memory.used_codes.set_capacity(entries as usize);
    }

    /// What other gates of the venue should know of the codes and cards used here, authenticated
    /// with their shared key. It takes as many summaries as needed: usually one, none when there is
    /// nothing to tell. Each has at most [`crate::duplicates::MAX_SUMMARY`] bytes and is good on
    /// its own.
    ///
    /// Of cards it tells only those that this scanner has seen, so each gate of a venue must hear
    /// every other one. Deliver each summary at once: any delay lengthens a card's wait elsewhere.
    /// A use that lies ahead of `now_unix_s` counts as now from here on.
    pub fn duplicates_summaries(&mut self, key: &VenueKey, now_unix_s: i64) -> Vec<Vec<u8>> {
        self.memory.used_codes.summaries(key, now_unix_s)
    }

    /// Takes in a summary of another gate, wholly or not at all. Merges may come in any order. A
    /// summary repeated later lengthens a wait by that delay, but by at most 240 s.
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
    /// Records the use of an otherwise accepted code, by the application's rule.
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
                // A store that answers what it was not asked is out of order too.
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
