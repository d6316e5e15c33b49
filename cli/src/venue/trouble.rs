//! What is wrong with a store, in one line, when it begins and when it ends.

use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};

use onecode::duplicates::{NotAdmitted, StoreProblem};

use crate::cause::Cause;
use crate::failure::Failure;
use crate::lang::Said;
use crate::time::rfc3339;

/// Why the store does not count.
#[derive(Debug)]
pub(super) enum Trouble {
    /// It cannot be reached, or the connection broke.
    Gone(io::Error),
    /// No answer in time. The time is in milliseconds.
    Slow(u128),
    /// It does not let this gate in, or not run the script.
    Denied(String),
    /// It refuses in its own words: it is full, or loading.
    Refused(String),
    NotAdmitted(NotAdmitted),
    Problem(StoreProblem),
    /// The system gives no random numbers.
    NoRandom,
}

impl Trouble {
    pub(super) fn refused(words: String) -> Self {
        let denied = ["NOAUTH", "WRONGPASS", "NOPERM", "ERR AUTH", "ERR invalid password"];
        match denied.iter().any(|word| words.starts_with(word)) {
            true => Trouble::Denied(words),
            false => Trouble::Refused(words),
        }
    }

    /// Whether somebody has to set something up: a gate that has just been started does not open.
    fn is_for_the_operator(&self) -> bool {
        matches!(self, Trouble::Denied(_) | Trouble::NotAdmitted(_))
    }

    /// One trouble is said once, whatever its numbers.
    fn is_like(&self, other: &Trouble) -> bool {
        match (self, other) {
            (Trouble::Problem(one), Trouble::Problem(other)) => {
                std::mem::discriminant(one) == std::mem::discriminant(other)
            }
            _ => std::mem::discriminant(self) == std::mem::discriminant(other),
        }
    }

    fn said(&self) -> Said {
        match self {
            Trouble::Gone(error) => error.said(),
            Trouble::Slow(ms) => {
                said!("{ms} 毫秒内没有回答", "no answer within {ms} ms")
            }
            Trouble::Denied(words) => said!(
                "不接受这台闸机：{words}；请检查用户、密码和权限",
                "it does not admit this gate: {words}. Check the user, the password and what that \
                 user may do"
            ),
            Trouble::Refused(words) => said!("拒绝了请求：{words}", "it refuses: {words}"),
            Trouble::NotAdmitted(NotAdmitted::Evicts { policy }) => said!(
                "maxmemory-policy 为 {policy}，会忘记用过的码；请设为 noeviction",
                "its maxmemory-policy is {policy}, by which used codes are forgotten; set it to \
                 noeviction"
            ),
            Trouble::NotAdmitted(NotAdmitted::Replica) => {
                said!("这是副本；请写主存储的地址", "it is a replica; name the primary")
            }
            Trouble::NotAdmitted(NotAdmitted::Strange(field)) => {
                said!("INFO 的回答里没有 {field}", "its answer to INFO lacks {field}")
            }
            Trouble::Problem(StoreProblem::Strange) => {
                said!("回答不符合脚本的格式", "it does not answer as the script does")
            }
            Trouble::Problem(StoreProblem::Clock { ahead_s }) => said!(
                "存储的时间比本机快 {ahead_s} 秒，最多允许相差 240 秒",
                "its clock is {ahead_s} s ahead of this machine's, and at most 240 s are allowed"
            ),
            Trouble::Problem(StoreProblem::Begun { until_unix_s }) => said!(
                "存储是空的，或重新启动过，不记得以前用过的码；要到 {until} 才够",
                "it is new or was started again, and remembers nothing from before; that is enough \
                 from {until} on",
                until = rfc3339(*until_unix_s)
            ),
            Trouble::NoRandom => {
                said!("系统没有给出随机数", "the system gives no random numbers")
            }
        }
    }
}

/// What was said of the store last.
#[derive(Debug)]
pub(super) struct Log {
    store: String,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    last: Option<Trouble>,
    /// Whether the gate has opened. What keeps it from that is said once, by whoever opens it.
    is_open: bool,
}

impl Log {
    pub(super) fn new(store: String) -> Self {
        Log { store, state: Mutex::new(State { last: None, is_open: false }) }
    }

    /// One line for a trouble that is new.
    pub(super) fn trouble(&self, trouble: Trouble) {
        let mut state = self.lock();
        let is_new = !state.last.as_ref().is_some_and(|last| last.is_like(&trouble));
        if is_new && state.is_open {
            self.say(&trouble);
        }
        state.last = Some(trouble);
    }

    /// Whether nothing is known to be wrong.
    pub(super) fn is_well(&self) -> bool {
        self.lock().last.is_none()
    }

    /// A use was asked about and answered: one line when the last trouble is over.
    pub(super) fn all_well(&self) {
        self.over(|_| true);
    }

    /// The store is there and the same. Whether it is quick and has room, the next use will tell.
    pub(super) fn is_there(&self) {
        self.over(|trouble| !matches!(trouble, Trouble::Slow(_) | Trouble::Refused(_)));
    }

    /// The gate opens, unless something has to be set up first.
    pub(super) fn open(&self) -> Result<(), Failure> {
        let mut state = self.lock();
        state.is_open = true;
        match &state.last {
            None => Ok(()),
            Some(trouble) if trouble.is_for_the_operator() => {
                let (store, why) = (&self.store, trouble.said());
                Err(Failure(said!("{store}：{why}", "{store}: {why}")))
            }
            Some(trouble) => {
                self.say(trouble);
                Ok(())
            }
        }
    }

    fn say(&self, trouble: &Trouble) {
        let (store, why) = (&self.store, trouble.said());
        warn!(
            "{store}：{why}。恢复之前，每码限用一次的服务不放行任何人",
            "{store}: {why}. Where a code is good once, nobody is let in until then"
        );
    }

    fn over(&self, is_over: impl Fn(&Trouble) -> bool) {
        let mut state = self.lock();
        let ended = state.last.take_if(|trouble| is_over(trouble)).is_some();
        if ended && state.is_open {
            let store = &self.store;
            warn!("{store}：恢复正常", "{store}: it works again");
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
