//! A store that the gates of a venue share, as the scanner asks it.
//!
//! A thread of its own speaks to the store, one question at a time. The gate waits for an answer no
//! longer than it was told, and does not ask while an earlier question is open. An answer that comes
//! too late is taken back: nobody was let in by it. Uses `worker`, `trouble` and `address`.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{sync_channel, Receiver, RecvTimeoutError, Sender};
use std::sync::{mpsc, Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use onecode::duplicates::{
    CodeUse, DuplicateStore, Earlier, StoreQuestion, StoreUnavailable, VenueKey,
};

use super::address::Address;
use super::trouble::{Log, Trouble};
use super::worker::Worker;
use crate::failure::Failure;

/// How long a gate waits for the first connection before it opens.
const FIRST_CONNECTION: Duration = Duration::from_secs(3);

/// How long a gate waits for uses to be taken back.
const MAX_SETTLE: Duration = Duration::from_secs(2);

/// What a gate wants of the store.
pub(super) enum Job {
    Ask(Asked),
    /// A use that led to no answer.
    TakeBack(StoreQuestion, CodeUse),
    /// Says so when everything before it is done.
    Done(Sender<()>),
}

/// A use that a gate asks about, and waits.
pub(super) struct Asked {
    pub(super) question: StoreQuestion,
    pub(super) code_use: CodeUse,
    pub(super) hearer: Hearer,
}

/// Where the answer goes while somebody waits for it.
pub(super) struct Hearer {
    /// Set by whoever comes first: the gate that gives up, or the worker that answers.
    closed: Arc<AtomicBool>,
    answer: Sender<Result<Earlier, StoreUnavailable>>,
}

impl Hearer {
    /// Whether nobody waits any more.
    pub(super) fn is_gone(&self) -> bool {
        self.closed.load(Ordering::SeqCst)
    }

    /// Returns whether the gate got the answer.
    pub(super) fn tell(&self, answer: Result<Earlier, StoreUnavailable>) -> bool {
        !self.closed.swap(true, Ordering::SeqCst) && self.answer.send(answer).is_ok()
    }
}

/// What gate and worker both see.
#[derive(Debug)]
pub(super) struct Link {
    /// Whether the store can be asked.
    pub(super) is_ready: AtomicBool,
    /// Whether a question is open.
    pub(super) is_busy: AtomicBool,
    pub(super) log: Log,
}

/// The store, for the scanner.
#[derive(Debug)]
pub(crate) struct Store {
    jobs: Sender<Job>,
    link: Arc<Link>,
    patience: Duration,
    /// Uses recorded for verdicts that nobody was told yet.
    untold: Mutex<Vec<(StoreQuestion, CodeUse)>>,
}

/// How a store is asked.
pub(super) struct Terms {
    pub(super) address: Address,
    pub(super) key: VenueKey,
    /// How long a scan may wait.
    pub(super) patience: Duration,
    /// Where it is kept which memory the store had.
    pub(super) kept: Option<PathBuf>,
}

impl Store {
    /// Connects. A store that cannot be reached is no reason to stay shut, and one that is not set
    /// up as it must be is.
    pub(super) fn open(terms: Terms) -> Result<Arc<Self>, Failure> {
        let link = Arc::new(Link {
            is_ready: AtomicBool::new(false),
            is_busy: AtomicBool::new(false),
            log: Log::new(terms.address.shown.clone()),
        });
        let (jobs, queue) = mpsc::channel();
        let (tried, first) = sync_channel(1);
        let patience = terms.patience;
        let mut worker = Worker::new(terms.address, terms.key, terms.kept, Arc::clone(&link));
        thread::spawn(move || worker.run(&queue, &tried));
        let _ = first.recv_timeout(FIRST_CONNECTION);
        link.log.open()?;
        Ok(Arc::new(Store { jobs, link, patience, untold: Mutex::new(Vec::new()) }))
    }

    /// Whether it can be asked, and the last use was answered in time.
    pub(crate) fn is_up(&self) -> bool {
        self.link.is_ready.load(Ordering::SeqCst) && self.link.log.is_well()
    }

    /// How many uses were recorded since verdicts were told last.
    pub(crate) fn untold(&self) -> usize {
        self.lock_untold().len()
    }

    /// The verdicts of these uses were told.
    pub(crate) fn told(&self) {
        self.lock_untold().clear();
    }

    /// Verdicts were not kept or not told: the uses from this one on led to nothing. Whoever is
    /// refused for it finds the code good at the next gate.
    pub(crate) fn take_back(&self, from: usize) {
        let mut untold = self.lock_untold();
        let from = from.min(untold.len());
        if from == untold.len() {
            return;
        }
        for (question, code_use) in untold.drain(from..) {
            self.send(Job::TakeBack(question, code_use));
        }
        drop(untold);
        self.settle();
    }

    /// Waits a moment for what has to be taken back.
    pub(crate) fn settle(&self) {
        let (done, heard) = mpsc::channel();
        self.send(Job::Done(done));
        let _ = heard.recv_timeout(MAX_SETTLE);
    }

    fn send(&self, job: Job) {
        // The worker ends with this process alone.
        let _ = self.jobs.send(job);
    }

    fn lock_untold(&self) -> MutexGuard<'_, Vec<(StoreQuestion, CodeUse)>> {
        self.untold.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn ask(
        &self,
        question: StoreQuestion,
        code_use: &CodeUse,
    ) -> Result<Earlier, StoreUnavailable> {
        if !self.link.is_ready.load(Ordering::SeqCst) {
            return Err(StoreUnavailable);
        }
        if self.link.is_busy.swap(true, Ordering::SeqCst) {
            return Err(StoreUnavailable);
        }
        let (answer, heard) = mpsc::channel();
        let closed = Arc::new(AtomicBool::new(false));
        let hearer = Hearer { closed: Arc::clone(&closed), answer };
        let code_use = code_use.clone();
        self.send(Job::Ask(Asked { question, code_use, hearer }));
        self.wait(&heard, &closed)
    }

    fn wait(
        &self,
        heard: &Receiver<Result<Earlier, StoreUnavailable>>,
        closed: &AtomicBool,
    ) -> Result<Earlier, StoreUnavailable> {
        match heard.recv_timeout(self.patience) {
            Ok(answer) => answer,
            Err(RecvTimeoutError::Disconnected) => Err(StoreUnavailable),
            Err(RecvTimeoutError::Timeout) if closed.swap(true, Ordering::SeqCst) => {
                // It has come in this very moment.
                heard.recv().unwrap_or(Err(StoreUnavailable))
            }
            Err(RecvTimeoutError::Timeout) => {
                self.link.log.trouble(Trouble::Slow(self.patience.as_millis()));
                Err(StoreUnavailable)
            }
        }
    }
}

impl DuplicateStore for Store {
    fn record(&self, code_use: &CodeUse) -> Result<Earlier, StoreUnavailable> {
        let Some(question) = StoreQuestion::random() else {
            self.link.log.trouble(Trouble::NoRandom);
            return Err(StoreUnavailable);
        };
        let answer = self.ask(question, code_use);
        if answer == Ok(Earlier::Nothing) {
            self.lock_untold().push((question, code_use.clone()));
        }
        answer
    }
}

/// Until when something is worth waiting for.
pub(super) fn from_now(wait: Duration) -> Instant {
    Instant::now() + wait
}
