//! The last check of a scan: has this code or this card been used already?

use std::sync::Arc;

use super::memory::Memory;
use super::Scanner;
use crate::duplicates::{
    CardHere, CodeName, CodeUse, DuplicateFill, DuplicateStore, Earlier, Heard, Merged, Others,
    PassBack, StoreUnavailable, SummaryError, Unrecorded, VenueFileError, VenueKey,
};
use crate::lists::catalogue::DuplicateRule;
use crate::scan::{Advisory, Context, Genuine, MemoryProblem, Policy, Refusal};

impl Scanner {
    /// From now on, a store of the host is asked as well: for instance one that the gates of a venue
    /// share.
    ///
    /// A code is accepted where neither the scanner's own memory nor the store knows of a use. The
    /// own memory is asked first, and goes on keeping what this scanner has accepted. The first use
    /// that the store records counts from then on. What the memory knew before is not copied.
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

    /// This scanner's file for the other gates of its venue: its summaries, one after the other. With
    /// nothing to tell it has an empty one, by which the others hear that the gate is at work. It
    /// has at most [`crate::duplicates::MAX_VENUE_FILE`] bytes.
    ///
    /// For gates that have a folder in common. Each writes its own file, whole or not at all, about
    /// each second; otherwise as [`Self::duplicates_summaries`].
    pub fn venue_file(&mut self, key: &VenueKey, now_unix_s: i64) -> Vec<u8> {
        self.memory.used_codes.venue_file(key, now_unix_s)
    }

    /// Takes in the file of another gate.
    pub fn merge_venue_file(
        &mut self,
        file: &[u8],
        key: &VenueKey,
        now_unix_s: i64,
    ) -> Result<Heard, VenueFileError> {
        self.memory.used_codes.merge_venue_file(file, key, now_unix_s)
    }

    /// Says how well this scanner hears the other gates of its venue. A host that shares used codes
    /// sets it whenever it changes; a scanner that was restored has [`Others::Heard`].
    pub fn set_others(&mut self, others: Others) {
        self.memory.others = others;
    }

    /// How full the memory of used codes is at this time (Unix seconds).
    pub fn duplicate_fill(&self, now_unix_s: i64) -> DuplicateFill {
        self.memory.used_codes.fill(now_unix_s)
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
        match self.recall(&code_use) {
            Ok((Earlier::Nothing, false)) => Ok(None),
            Ok((Earlier::Nothing, true)) => {
                Ok(Some(Advisory::DuplicatesUnchecked(MemoryProblem::Incomplete)))
            }
            Ok((Earlier::Code { first_unix_s }, _)) if refuse_repeat => {
                Err(Refusal::UsedBefore { first_unix_s })
            }
            Ok((Earlier::Code { first_unix_s }, _)) => {
                Ok(Some(Advisory::UsedBefore { first_unix_s }))
            }
            Ok((Earlier::Card { last_unix_s }, _)) => Err(Refusal::UsedMomentsAgo {
                seconds: now.saturating_sub(last_unix_s).max(0),
                wait_s: pass_back.map_or(0, |rule| rule.wait_s.into()),
            }),
            Err(Unknown::ClockWentBack { behind_s }) if refuse_repeat => {
                Err(Refusal::ScannerClockWentBack { behind_s })
            }
            Err(unknown) => match unknown.problem() {
                problem if refuse_repeat => Err(Refusal::DuplicatesUnavailable(problem)),
                problem => Ok(Some(Advisory::DuplicatesUnchecked(problem))),
            },
        }
    }

    /// What this scanner, the venue's store and its other gates know of a use, and whether
    /// something may be missing. The first use is recorded everywhere.
    ///
    /// Each of them can only add uses. So the scanner's own memory is asked first: what it knows
    /// needs nobody else, and what it cannot keep is not recorded elsewhere either.
    fn recall(&mut self, code_use: &CodeUse) -> Result<(Earlier, bool), Unknown> {
        let refuses = code_use.refuse_repeat;
        let own = self.used_codes.ask(code_use).map_err(|unrecorded| match unrecorded {
            Unrecorded::ClockWentBack { behind_s } => Unknown::ClockWentBack { behind_s },
            Unrecorded::Full => Unknown::Problem(MemoryProblem::Full),
        });
        match own {
            Ok(Earlier::Nothing) => {}
            Ok(known) => return Ok((known, false)),
            Err(unknown) if refuses => return Err(unknown),
            // Of a code that is only warned of, others may know more.
            Err(_) => {}
        }
        let others = match (&self.store, self.others) {
            (_, Others::Unheard) => Err(StoreUnavailable),
            (Some(store), _) => store.record(code_use),
            (None, _) => Ok(Earlier::Nothing),
        };
        let others = others.ok().filter(|answer| match answer {
            // A store that answers what it was not asked is out of order too.
            Earlier::Card { last_unix_s } => code_use
                .pass_back
                .is_some_and(|rule| rule.is_waiting(*last_unix_s, code_use.now_unix_s)),
            Earlier::Code { .. } | Earlier::Nothing => true,
        });
        match others {
            Some(Earlier::Card { last_unix_s }) => {
                return Ok((Earlier::Card { last_unix_s }, false))
            }
            Some(known @ Earlier::Code { .. }) if refuses => return Ok((known, false)),
            None if refuses => return Err(Unknown::Problem(MemoryProblem::Store)),
            Some(Earlier::Code { .. } | Earlier::Nothing) | None => {}
        }
        if own.is_ok() {
            // It was asked, so it has room.
            let _ = self.used_codes.record(code_use);
        }
        // Making room may have cost what others told.
        let may_lack = self.others == Others::Partly || self.used_codes.may_lack(code_use);
        match (others, own) {
            (Some(known @ Earlier::Code { .. }), _) => Ok((known, false)),
            (_, Err(unknown)) => Err(unknown),
            (None, Ok(_)) => Err(Unknown::Problem(MemoryProblem::Store)),
            (Some(_), Ok(_)) => Ok((Earlier::Nothing, may_lack)),
        }
    }
}

/// Why nobody knows whether a code was used before.
#[derive(Clone, Copy)]
enum Unknown {
    ClockWentBack { behind_s: i64 },
    Problem(MemoryProblem),
}

impl Unknown {
    fn problem(self) -> MemoryProblem {
        match self {
            Unknown::ClockWentBack { .. } => MemoryProblem::ClockWentBack,
            Unknown::Problem(problem) => problem,
        }
    }
}
