//! The thread that speaks to a store: connects, asks, takes back, and connects again.
//!
//! What is asked and what an answer means is the library's
//! [`SharedStore`](onecode::duplicates::SharedStore). Uses `address` and `resp`.

use std::collections::VecDeque;
use std::hash::{BuildHasher, RandomState};
use std::io::{self, ErrorKind};
use std::path::PathBuf;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender};
use std::sync::Arc;
use std::time::{Duration, Instant};

use onecode::duplicates::{
    CodeUse, Earlier, SharedStore, StoreCall, StoreProblem, StoreQuestion, StoreUnavailable,
    VenueKey,
};

use super::address::Address;
use super::resp::{Connection, Reply};
use super::store::{from_now, Asked, Hearer, Job, Link};
use super::trouble::Trouble;
use crate::files::{self, Readers};
use crate::time;

/// How often the store is looked at while nobody scans: whether it is there, and the same.
const LOOK: Duration = Duration::from_secs(2);

/// How often it is asked whether it may be used at all.
const ADMIT: Duration = Duration::from_secs(10);

/// The shortest and the longest wait before the next attempt to connect.
const AGAIN: [Duration; 2] = [Duration::from_millis(100), Duration::from_secs(5)];

/// Most uses that wait to be taken back. Of more, the oldest stay used.
const MAX_BACK: usize = 4_096;

pub(super) struct Worker {
    address: Address,
    shared: SharedStore,
    /// What of `shared` is on the disk.
    kept: Option<(PathBuf, Option<String>)>,
    link: Arc<Link>,
    back: VecDeque<(StoreQuestion, CodeUse)>,
    /// Who asked when the connection broke. It is let go when the trouble is known, so that what a
    /// gate reports fits the verdict that it gave.
    unanswered: Option<Hearer>,
    admitted: Instant,
}

/// A connection on which the script can be run.
struct Session {
    connection: Connection,
    /// The name of the script there.
    script: Vec<u8>,
}

impl Worker {
    pub(super) fn new(
        address: Address,
        key: VenueKey,
        kept: Option<PathBuf>,
        link: Arc<Link>,
    ) -> Self {
        let mut shared = SharedStore::new(key);
        let kept = kept.map(|file| {
            let line = file.exists().then(|| files::read_text(&file).ok()).flatten();
            let resumed = line.filter(|line| shared.resume(line));
            (file, resumed.map(|line| line.trim_end().to_owned()))
        });
        let (back, admitted) = (VecDeque::new(), Instant::now());
        Worker { address, shared, kept, link, back, unanswered: None, admitted }
    }

    /// As long as the gate is there.
    pub(super) fn run(&mut self, queue: &Receiver<Job>, tried: &SyncSender<()>) {
        let mut wait = AGAIN[0];
        loop {
            match self.session() {
                Ok(mut session) => {
                    wait = AGAIN[0];
                    self.link.is_ready.store(true, Ordering::SeqCst);
                    let _ = tried.try_send(());
                    let ended = self.serve(&mut session, queue);
                    self.link.is_ready.store(false, Ordering::SeqCst);
                    match ended {
                        None => return,
                        Some(trouble) => self.link.log.trouble(trouble),
                    }
                    if let Some(hearer) = self.unanswered.take() {
                        self.answer(&hearer, Err(StoreUnavailable));
                    }
                }
                Err(trouble) => {
                    self.link.log.trouble(trouble);
                    let _ = tried.try_send(());
                }
            }
            // Not all gates of a venue at the same moment.
            let random = RandomState::new().hash_one(0) % 1_000;
            let jitter = wait.mul_f64(0.5 + random as f64 / 2_000.0);
            if !self.idle(queue, jitter) {
                return;
            }
            wait = (wait * 2).min(AGAIN[1]);
        }
    }

    /// Lets nobody wait who has asked a store that has gone. Returns false when the gate has ended.
    fn idle(&mut self, queue: &Receiver<Job>, wait: Duration) -> bool {
        let until = from_now(wait);
        loop {
            match queue.recv_timeout(until.saturating_duration_since(Instant::now())) {
                Ok(Job::Ask(asked)) => {
                    self.answer(&asked.hearer, Err(StoreUnavailable));
                }
                Ok(Job::TakeBack(question, code_use)) => self.back(question, code_use),
                Ok(Job::Done(done)) => drop(done.send(())),
                Err(RecvTimeoutError::Timeout) => return true,
                Err(RecvTimeoutError::Disconnected) => return false,
            }
        }
    }

    /// To the first trouble with the connection, or to the end of the gate.
    fn serve(&mut self, session: &mut Session, queue: &Receiver<Job>) -> Option<Trouble> {
        loop {
            let done = match queue.recv_timeout(LOOK) {
                Ok(Job::Ask(asked)) => self.ask(session, asked),
                Ok(Job::TakeBack(question, code_use)) => {
                    self.back(question, code_use);
                    self.take_back(session)
                }
                Ok(Job::Done(done)) => {
                    let _ = done.send(());
                    Ok(())
                }
                Err(RecvTimeoutError::Timeout) => self.look(session),
                Err(RecvTimeoutError::Disconnected) => return None,
            };
            if let Err(trouble) = done {
                return Some(trouble);
            }
        }
    }

    fn session(&mut self) -> Result<Session, Trouble> {
        let mut connection = self.address.connect().map_err(Trouble::Gone)?;
        if let Some(password) = &self.address.password {
            let mut words: Vec<&[u8]> = vec![b"AUTH"];
            words.extend(self.address.user.as_ref().map(|user| user.as_bytes()));
            words.push(password.as_bytes());
            said(connection.call(&words))?;
        }
        if self.address.database != 0 {
            said(connection.call(&[b"SELECT", self.address.database.to_string().as_bytes()]))?;
        }
        let script = said(connection.call(&[b"SCRIPT", b"LOAD", SharedStore::SCRIPT.as_bytes()]))?;
        let mut session = Session { connection, script };
        self.admit(&mut session)?;
        self.look(&mut session)?;
        self.take_back(&mut session)?;
        Ok(session)
    }

    fn admit(&mut self, session: &mut Session) -> Result<(), Trouble> {
        let info = said(session.connection.call(&[b"INFO"]))?;
        self.admitted = Instant::now();
        SharedStore::admit(&String::from_utf8_lossy(&info)).map_err(Trouble::NotAdmitted)
    }

    /// Whether it is there and the same. A memory that has begun anew is no reason to hang up: what
    /// it knows counts already.
    fn look(&mut self, session: &mut Session) -> Result<(), Trouble> {
        if self.admitted.elapsed() >= ADMIT {
            self.admit(session)?;
        }
        let now = time::now();
        let question = StoreQuestion::random().ok_or(Trouble::NoRandom)?;
        let answer = session.run(&self.shared.look(question, now))?;
        let heard = self.shared.heard(&answer, now);
        self.keep();
        match heard {
            Ok(()) => self.link.log.is_there(),
            Err(problem @ StoreProblem::Strange) => return Err(Trouble::Problem(problem)),
            Err(problem) => self.link.log.trouble(Trouble::Problem(problem)),
        }
        Ok(())
    }

    fn ask(&mut self, session: &mut Session, asked: Asked) -> Result<(), Trouble> {
        if asked.hearer.is_gone() {
            self.link.is_busy.store(false, Ordering::SeqCst);
            return Ok(());
        }
        let Asked { question, code_use, hearer } = asked;
        let answer = match session.run(&self.shared.record(question, &code_use)) {
            Ok(answer) => answer,
            // Full, say. The connection goes on.
            Err(refused @ Trouble::Refused(_)) => {
                self.link.log.trouble(refused);
                self.answer(&hearer, Err(StoreUnavailable));
                return Ok(());
            }
            Err(trouble) => {
                if let Trouble::Gone(_) = trouble {
                    // It may have been recorded.
                    self.back(question, code_use);
                }
                self.unanswered = Some(hearer);
                return Err(trouble);
            }
        };
        let heard = self.shared.heard_of(&answer, &code_use);
        self.keep();
        match heard {
            Ok(earlier) => {
                let told = self.answer(&hearer, Ok(earlier));
                if told {
                    self.link.log.all_well();
                } else if earlier == Earlier::Nothing {
                    self.back(question, code_use);
                    self.take_back(session)?;
                }
                Ok(())
            }
            Err(problem @ StoreProblem::Strange) => {
                self.unanswered = Some(hearer);
                Err(Trouble::Problem(problem))
            }
            Err(problem) => {
                self.link.log.trouble(Trouble::Problem(problem));
                self.answer(&hearer, Err(StoreUnavailable));
                Ok(())
            }
        }
    }

    /// Returns whether somebody heard it.
    fn answer(&self, hearer: &Hearer, answer: Result<Earlier, StoreUnavailable>) -> bool {
        self.link.is_busy.store(false, Ordering::SeqCst);
        hearer.tell(answer)
    }

    fn back(&mut self, question: StoreQuestion, code_use: CodeUse) {
        if self.back.len() == MAX_BACK {
            self.back.pop_front();
        }
        self.back.push_back((question, code_use));
    }

    /// Takes back what waits for it. What cannot be taken back yet goes on waiting.
    fn take_back(&mut self, session: &mut Session) -> Result<(), Trouble> {
        while let Some((question, code_use)) = self.back.front() {
            let now = time::now();
            let answer = session.run(&self.shared.take_back(*question, code_use, now))?;
            if self.shared.heard(&answer, now) == Err(StoreProblem::Strange) {
                return Err(Trouble::Problem(StoreProblem::Strange));
            }
            self.back.pop_front();
        }
        Ok(())
    }

    /// Remembers over a restart which memory the store had.
    fn keep(&mut self) {
        let line = self.shared.to_line();
        let Some((file, kept)) = &mut self.kept else { return };
        if line == *kept {
            return;
        }
        let text = line.as_ref().map_or(String::new(), |line| format!("{line}\n"));
        if let Err(error) = files::replace(file, text.as_bytes(), Readers::Owner) {
            crate::out::warn(&files::about(file, &crate::cause::Cause::said(&error)));
        }
        *kept = line;
    }
}

impl Session {
    fn run(&mut self, call: &StoreCall) -> Result<Vec<u8>, Trouble> {
        let count = call.keys.len().to_string();
        let mut words: Vec<&[u8]> = vec![b"EVALSHA", &self.script, count.as_bytes()];
        words.extend(call.keys.iter().map(|key| key.as_bytes()));
        words.extend(call.arguments.iter().map(|argument| argument.as_bytes()));
        said(self.connection.call(&words))
    }
}

fn said(reply: io::Result<Reply>) -> Result<Vec<u8>, Trouble> {
    match reply {
        Ok(Reply::Text(text)) => Ok(text),
        // It lost the script: it is loaded again with the next connection.
        Ok(Reply::Refused(words)) if words.starts_with("NOSCRIPT") => {
            Err(Trouble::Gone(ErrorKind::ConnectionReset.into()))
        }
        Ok(Reply::Refused(words)) => Err(Trouble::refused(words)),
        Err(error) => Err(Trouble::Gone(error)),
    }
}
