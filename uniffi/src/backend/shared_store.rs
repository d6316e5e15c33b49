//! A Valkey or Redis that the gates of a venue share, for a host that implements
//! [`DuplicateStore`](crate::DuplicateStore) with the client of its language.

use onecode::duplicates::{
    CardHere, CodeName, NotAdmitted, PassBack, SharedStore as Core, StoreProblem, StoreQuestion,
};

use crate::exclusive::Exclusive;
use crate::usage::{self, hex};
use crate::{CodeUse, Earlier, UsageError};

/// Why a store's answer says nothing about a use, or why a store is not used. Whoever implements
/// `DuplicateStore` throws it on.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, uniffi::Error)]
#[uniffi::export(Display)]
pub enum SharedStoreError {
    /// It is not an answer of the script, or not one to `INFO`.
    #[error("the store does not answer as it must")]
    Strange,
    /// The two clocks are more than 240 s apart. Nothing was recorded.
    #[error("the store's clock is {ahead_s} s ahead of this gate's")]
    Clock {
        /// Seconds by which the store is ahead. Negative when it is behind.
        ahead_s: i64,
    },
    /// The store's memory has begun anew. What was used before may be unknown to it.
    #[error("the store's memory is enough from {until_unix_s} on (Unix seconds)")]
    Begun {
        /// From when on it is enough, by the gate's clock.
        until_unix_s: i64,
    },
    /// It may drop entries while they matter. Only `noeviction` is taken.
    #[error("maxmemory-policy is {policy}. Set it to noeviction")]
    Evicts {
        /// Its policy.
        policy: String,
    },
    /// It is a replica of another store, which has to be asked instead.
    #[error("it is a replica. Name the primary")]
    Replica,
    /// A name in the use or of the question is not 32 hex digits, or a wait is not 0 to 86,400 s.
    #[error("this is no use that a scanner asks about")]
    NotAUse,
    /// The system gives no random numbers.
    #[error("the system gives no random numbers")]
    NoRandom,
    /// An impossible value, or a call from inside a call.
    #[error("{usage}")]
    Usage {
        /// Which, and why.
        #[from]
        usage: UsageError,
    },
}

impl From<StoreProblem> for SharedStoreError {
    fn from(problem: StoreProblem) -> Self {
        match problem {
            StoreProblem::Strange => SharedStoreError::Strange,
            StoreProblem::Clock { ahead_s } => SharedStoreError::Clock { ahead_s },
            StoreProblem::Begun { until_unix_s } => SharedStoreError::Begun { until_unix_s },
        }
    }
}

impl From<NotAdmitted> for SharedStoreError {
    fn from(error: NotAdmitted) -> Self {
        match error {
            NotAdmitted::Strange(_) => SharedStoreError::Strange,
            NotAdmitted::Evicts { policy } => SharedStoreError::Evicts { policy },
            NotAdmitted::Replica => SharedStoreError::Replica,
        }
    }
}

/// What a host runs in the store: `EVAL` with `SharedStore.script()`, or `EVALSHA`.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct StoreCall {
    /// The name of this question, to take its use back.
    pub question: String,
    /// `KEYS` of the script.
    pub keys: Vec<String>,
    /// `ARGV` of the script.
    pub arguments: Vec<String>,
}

/// One gate's view of a store that its venue shares. It sends nothing: the host does, and hands the
/// answer in.
#[derive(Debug, uniffi::Object)]
pub struct SharedStore(Exclusive<Core>);

#[uniffi::export]
impl SharedStore {
    /// A gate that has not spoken to the store yet. The key has 32 random bytes; all gates of the
    /// venue have it.
    #[uniffi::constructor]
    pub fn new(venue_key: Vec<u8>) -> Result<Self, UsageError> {
        Ok(SharedStore(Exclusive::new(Core::new(usage::venue_key(venue_key)?))))
    }

    /// Goes on where `toLine` was kept. Returns whether it could be read.
    pub fn resume(&self, line: String) -> Result<bool, UsageError> {
        self.0.with(|store| store.resume(&line))
    }

    /// What a gate keeps over a restart. It changes with the store's memory alone. None before the
    /// first answer.
    pub fn to_line(&self) -> Result<Option<String>, UsageError> {
        self.0.with(|store| store.to_line())
    }

    /// Asks which memory the store has. A host asks at each connection.
    pub fn look(&self, now_unix_s: i64) -> Result<StoreCall, SharedStoreError> {
        let now_unix_s = usage::time(now_unix_s)?;
        let question = StoreQuestion::random().ok_or(SharedStoreError::NoRandom)?;
        Ok(call(question, self.0.with(|store| store.look(question, now_unix_s))?))
    }

    /// Asks about a use, and records it if it is the first one.
    pub fn record(&self, code_use: CodeUse) -> Result<StoreCall, SharedStoreError> {
        let code_use = core(&code_use)?;
        let question = StoreQuestion::random().ok_or(SharedStoreError::NoRandom)?;
        Ok(call(question, self.0.with(|store| store.record(question, &code_use))?))
    }

    /// Takes a use back that led to no answer at the gate, by the name of its question.
    pub fn take_back(
        &self,
        question: String,
        code_use: CodeUse,
        now_unix_s: i64,
    ) -> Result<StoreCall, SharedStoreError> {
        let now_unix_s = usage::time(now_unix_s)?;
        let (question, code_use) = (StoreQuestion(name(&question)?), core(&code_use)?);
        Ok(call(question, self.0.with(|store| store.take_back(question, &code_use, now_unix_s))?))
    }

    /// What an answer to `look` or `takeBack` means.
    pub fn heard(&self, answer: Vec<u8>, now_unix_s: i64) -> Result<(), SharedStoreError> {
        let now_unix_s = usage::time(now_unix_s)?;
        Ok(self.0.with(|store| store.heard(&answer, now_unix_s))??)
    }

    /// What an answer to `record` means for the verdict.
    pub fn heard_of(
        &self,
        answer: Vec<u8>,
        code_use: CodeUse,
    ) -> Result<Earlier, SharedStoreError> {
        let code_use = core(&code_use)?;
        Ok(self.0.with(|store| store.heard_of(&answer, &code_use))??.into())
    }
}

/// The script that a store runs, for Redis 5 or later and for every Valkey.
#[uniffi::export]
pub fn shared_store_script() -> String {
    Core::SCRIPT.to_owned()
}

/// Whether a store may be used, by its answer to `INFO` (all sections, as text).
#[uniffi::export]
pub fn admit_shared_store(info: String) -> Result<(), SharedStoreError> {
    Ok(Core::admit(&info)?)
}

fn call(question: StoreQuestion, call: onecode::duplicates::StoreCall) -> StoreCall {
    StoreCall { question: hex(&question.0), keys: call.keys, arguments: call.arguments }
}

fn core(code_use: &CodeUse) -> Result<onecode::duplicates::CodeUse, SharedStoreError> {
    let pass_back = code_use.pass_back.as_ref().map(|rule| {
        let wait_s = u32::try_from(rule.wait_s).ok().filter(|wait_s| *wait_s <= 86_400);
        let wait_s = wait_s.ok_or(SharedStoreError::NotAUse)?;
        Ok::<_, SharedStoreError>(PassBack { card: CardHere(name(&rule.card)?), wait_s })
    });
    Ok(onecode::duplicates::CodeUse {
        code: CodeName(name(&code_use.code)?),
        code_until_unix_s: usage::time(code_use.code_until_unix_s)?,
        refuse_repeat: code_use.refuse_repeat,
        pass_back: pass_back.transpose()?,
        now_unix_s: usage::time(code_use.now_unix_s)?,
    })
}

fn name(digits: &str) -> Result<[u8; 16], SharedStoreError> {
    let is_hex = digits.len() == 32 && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    let number = is_hex.then(|| u128::from_str_radix(digits, 16).ok()).flatten();
    number.map(u128::to_be_bytes).ok_or(SharedStoreError::NotAUse)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_795_392_000;

    #[test]
    fn a_use_that_a_scanner_asks_about_comes_back_as_it_was() {
        let pass_back = Some(crate::PassBack { card: "ab".repeat(16), wait_s: 300 });
        let code_use = CodeUse {
            code: "00".repeat(15) + "7f",
            code_until_unix_s: NOW + 180,
            refuse_repeat: true,
            pass_back,
            now_unix_s: NOW,
        };
        let there = core(&code_use).unwrap();
        assert_eq!(CodeUse::from(&there), code_use);
        let store = SharedStore::new(vec![7; 32]).unwrap();
        let call = store.record(code_use.clone()).unwrap();
        assert_eq!((call.keys.len(), call.arguments[2].clone()), (3, call.question.clone()));
        let back = store.take_back(call.question, code_use.clone(), NOW).unwrap();
        assert_eq!(back.keys, call.keys);
        let (run, question) = ("a".repeat(40), "b".repeat(32));
        let answer = format!("new 0 {NOW} {0} {0} {run}.{run}.{question}", NOW - 600);
        let heard = store.heard_of(answer.into_bytes(), code_use.clone());
        assert_eq!(heard, Ok(Earlier::Nothing));
        let bad = CodeUse { code: "+f".repeat(16), ..code_use };
        assert_eq!(store.record(bad), Err(SharedStoreError::NotAUse));
        assert_eq!(admit_shared_store("role:slave".into()), Err(SharedStoreError::Replica));
    }
}
