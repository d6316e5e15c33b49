//! Used codes in a store that the gates of a venue share: Valkey or Redis.
//!
//! What is asked and what an answer means, without any input or output: the host sends a
//! [`StoreCall`] with the client of its language and hands the answer in. The store's part is a
//! script, [`SharedStore::SCRIPT`]. Uses `duplicates` alone. Specification: docs/SPEC.md section 14.

mod admission;
mod answer;

pub use admission::NotAdmitted;
pub use answer::{Epoch, StoreProblem};

use super::memory::MAX_CODE_LIFE_S;
use super::summary::{VenueKey, APART_S};
use super::{CodeUse, Earlier};
use crate::keys::{hmac, random};
use answer::{Answer, Word};

/// By how much longer than it matters an entry is kept: two gates may be so far apart, and the
/// store's clock may be set by as much again before a gate refuses to ask it.
const MARGIN_S: i64 = 2 * APART_S;

/// The name of one question. It is random, so that a gate can take back its own uses and no other
/// ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct StoreQuestion(pub [u8; 16]);

impl StoreQuestion {
    /// A new name. None when the system gives no random numbers.
    pub fn random() -> Option<Self> {
        random().map(StoreQuestion)
    }

    fn hex(self) -> String {
        hex(&self.0)
    }
}

/// What a host runs in the store: `EVALSHA`, or `EVAL` with [`SharedStore::SCRIPT`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoreCall {
    /// `KEYS` of the script. They have one hash tag, so one node of a cluster has them all.
    pub keys: Vec<String>,
    /// `ARGV` of the script.
    pub arguments: Vec<String>,
}

/// One gate's view of the store: which memory it last spoke to, and how long what that has
/// forgotten may still matter.
#[derive(Clone, Debug)]
pub struct SharedStore {
    key: VenueKey,
    known: Option<Known>,
}

/// A memory that answered this gate.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Known {
    epoch: Epoch,
    /// When this gate saw it take the place of another one, by the gate's clock.
    replaced_unix_s: Option<i64>,
}

impl SharedStore {
    /// The script, for Redis 5 or later and for every Valkey. Its first line has its version.
    pub const SCRIPT: &str = include_str!("script.lua");

    /// Longest answer of the script, in bytes.
    pub const MAX_ANSWER: usize = 256;

    /// Seconds for which a memory that has begun anew is not enough to accept a code: no gate
    /// accepts one later that was used before. A card may have to wait longer.
    pub const SETTLE_S: u32 = MAX_CODE_LIFE_S;

    /// A gate that has not spoken to the store yet. The names in the store are hashes under the
    /// venue key.
    pub fn new(key: VenueKey) -> Self {
        SharedStore { key, known: None }
    }

    /// Goes on where [`Self::to_line`] was kept. A line that is damaged is none: the gate then
    /// believes what the store says of its age. Returns whether it could be read.
    pub fn resume(&mut self, line: &str) -> bool {
        let mut parts = line.trim_end().split(' ');
        let epoch = parts.next().and_then(Epoch::read);
        let replaced = parts.next().map(|unix_s| match unix_s {
            "-" => Some(None),
            unix_s => unix_s.parse::<i64>().ok().map(Some),
        });
        match (epoch, replaced.flatten(), parts.next()) {
            (Some(epoch), Some(replaced_unix_s), None) => {
                self.known = Some(Known { epoch, replaced_unix_s });
                true
            }
            _ => false,
        }
    }

    /// What a gate keeps over a restart, as one line of text. It changes with the store's memory
    /// alone. None before the first answer.
    pub fn to_line(&self) -> Option<String> {
        let known = self.known.as_ref()?;
        let replaced = known.replaced_unix_s.map_or("-".to_owned(), |unix_s| unix_s.to_string());
        Some(format!("{} {replaced}", known.epoch))
    }

    /// Whether a store may be used, by its answer to `INFO` (all sections, as text).
    ///
    /// A host asks at each connection, and from time to time after that. An eviction policy other
    /// than `noeviction` would let the store forget used codes while they matter.
    pub fn admit(info: &str) -> Result<(), NotAdmitted> {
        admission::admit(info)
    }

    /// Asks which memory the store has. It begins the memory where there is none. A host asks at
    /// each connection, so that a new store has settled when the first person comes.
    pub fn look(&self, question: StoreQuestion, now_unix_s: i64) -> StoreCall {
        StoreCall {
            keys: vec![self.name("beginning", &[])],
            arguments: head("look", question, now_unix_s),
        }
    }

    /// Asks about a use, and records it if it is the first one.
    pub fn record(&self, question: StoreQuestion, code_use: &CodeUse) -> StoreCall {
        let now = code_use.now_unix_s;
        let wait_s = code_use.pass_back.map_or(0, |rule| rule.wait_s);
        let life_s = code_use.code_until_unix_s.saturating_sub(now);
        let keep_s = life_s.clamp(0, MAX_CODE_LIFE_S.into()) + MARGIN_S;
        let known = self.known.as_ref().map_or(String::new(), |known| known.epoch.to_string());
        let may_record = self.waits_until(wait_s).is_none_or(|until| now >= until);
        let flag = |set: bool| String::from(if set { "1" } else { "0" });
        let mut arguments = head("use", question, now);
        arguments.extend([known, flag(code_use.refuse_repeat), flag(may_record)]);
        // The last one is the slot of a pass. A code has none.
        arguments.extend([keep_s.to_string(), wait_s.to_string(), String::new()]);
        StoreCall { keys: self.names(code_use), arguments }
    }

    /// Takes a use back that led to no answer at the gate: its answer came too late, or the verdict
    /// could not be kept or told. Uses recorded by other questions stay.
    pub fn take_back(
        &self,
        question: StoreQuestion,
        code_use: &CodeUse,
        now_unix_s: i64,
    ) -> StoreCall {
        StoreCall { keys: self.names(code_use), arguments: head("undo", question, now_unix_s) }
    }

    /// What an answer to [`Self::look`] or [`Self::take_back`] means.
    pub fn heard(&mut self, answer: &[u8], now_unix_s: i64) -> Result<(), StoreProblem> {
        let answer = Answer::read(answer)?;
        self.note(&answer, now_unix_s)?;
        self.settled(&answer, 0, now_unix_s)
    }

    /// What an answer to [`Self::record`] means for the verdict. Anything but an [`Earlier`] is no
    /// answer: the application's rule says whether the gate refuses with 707.
    pub fn heard_of(&mut self, answer: &[u8], code_use: &CodeUse) -> Result<Earlier, StoreProblem> {
        let now = code_use.now_unix_s;
        let answer = Answer::read(answer)?;
        self.note(&answer, now)?;
        let at_unix_s = now.saturating_sub(answer.ago_s);
        let wait_s = code_use.pass_back.map_or(0, |rule| rule.wait_s);
        match answer.word {
            // What is known counts from the first second. It can only refuse.
            Word::Code => Ok(Earlier::Code { first_unix_s: at_unix_s }),
            Word::Card if code_use.pass_back.is_some() => {
                Ok(Earlier::Card { last_unix_s: at_unix_s })
            }
            Word::New => self.settled(&answer, wait_s, now).map(|()| Earlier::Nothing),
            Word::Begun => match self.settled(&answer, wait_s, now) {
                // The script judged by the memory that this gate knew when it asked.
                Ok(()) => Err(StoreProblem::Begun { until_unix_s: now }),
                Err(problem) => Err(problem),
            },
            Word::Card | Word::Look | Word::Undo => Err(StoreProblem::Strange),
        }
    }

    fn note(&mut self, answer: &Answer, now: i64) -> Result<(), StoreProblem> {
        let ahead_s = answer.time_unix_s.saturating_sub(now);
        if ahead_s.abs() > APART_S {
            return Err(StoreProblem::Clock { ahead_s });
        }
        let Some(epoch) = &answer.epoch else { return Err(StoreProblem::Strange) };
        match &mut self.known {
            Some(known) if known.epoch == *epoch => {
                // The gate's clock was set back since: when it was is not known any more.
                known.replaced_unix_s = known.replaced_unix_s.map(|unix_s| unix_s.min(now));
            }
            known => {
                let replaced_unix_s = known.is_some().then_some(now);
                self.known = Some(Known { epoch: epoch.clone(), replaced_unix_s });
            }
        }
        Ok(())
    }

    /// Whether nothing that a memory before this one knew can matter any more.
    fn settled(&self, answer: &Answer, wait_s: u32, now: i64) -> Result<(), StoreProblem> {
        let settle_s = i64::from(wait_s.max(Self::SETTLE_S));
        // By the store's clock, and by that of the gate that asked first: one of them may be set.
        let by_store = answer.since_unix_s.saturating_add(settle_s) - answer.time_unix_s;
        let by_gates = answer.since_gate_unix_s.saturating_add(settle_s) - now;
        let by_own = self.waits_until(wait_s).map_or(0, |until| until - now);
        match by_store.max(by_gates).max(by_own) {
            ..=0 => Ok(()),
            left_s => Err(StoreProblem::Begun { until_unix_s: now.saturating_add(left_s) }),
        }
    }

    /// Until when this gate waits because it saw one memory take the place of another.
    fn waits_until(&self, wait_s: u32) -> Option<i64> {
        let replaced_unix_s = self.known.as_ref()?.replaced_unix_s?;
        Some(replaced_unix_s.saturating_add(wait_s.max(Self::SETTLE_S).into()))
    }

    fn names(&self, code_use: &CodeUse) -> Vec<String> {
        let mut names = vec![self.name("beginning", &[]), self.name("code", &code_use.code.0)];
        names.extend(code_use.pass_back.map(|rule| self.name("card", &rule.card.0)));
        names
    }

    fn name(&self, kind: &str, name: &[u8]) -> String {
        let hash = |kind: &str, name: &[u8]| {
            let message = [b"onecode store ", kind.as_bytes(), &[0], name].concat();
            hex(&hmac(self.key.bytes(), &message)[..16])
        };
        format!("onecode:{{{}}}:{kind}:{}", hash("venue", &[]), hash(kind, name))
    }
}

fn head(verb: &str, question: StoreQuestion, now_unix_s: i64) -> Vec<String> {
    vec![verb.to_owned(), now_unix_s.to_string(), question.hex()]
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests;
