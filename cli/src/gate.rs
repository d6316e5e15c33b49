//! A gate at work: a scanner that reads lines or pictures and puts out verdicts.
//!
//! With a state file, the verdicts of a batch go out when the state that remembers them is on the
//! disk, and not before: whoever has been let in is not let in once more by a gate that was killed.
//! A batch is what is there to be read: one line when people come one by one, many when a file is
//! read. It is no more than the output takes at once: while nobody reads the verdicts nothing is
//! decided, and nobody's code is used without an answer.
//!
//! What cannot be kept is taken back. When the state cannot be written, the batch is decided again
//! without room for uses. When verdicts cannot be told, theirs are undone.
//!
//! Uses `device`, `lines` and `picture` for what comes in, `verdict_line` for what goes out, `state`
//! and `receipt_file` for what is kept, `world` for the lists, and `venue` for the other gates.

mod figures;

use std::io::{self, BufReader};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::mpsc::{sync_channel, Receiver, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use onecode::challenge::ChallengeForm;
use onecode::{ApplicationNumber, Challenge, Context, Region, Scanner, Verdict};
use onecode_operations::Supervisor;

pub(crate) use self::figures::Figures;
use crate::cause::Cause;
use crate::device::{self, Gone};
use crate::failure::Failure;
use crate::lang::Said;
use crate::lines::{Line, Lines};
use crate::receipt_file::{Mark, Recorder};
use crate::state::Keeper;
use crate::venue::Venue;
use crate::verdict_line::{self, ChallengeLine, NotKept, VerdictLine};
use crate::world::published::Published;
use crate::{files, out, picture, time};

/// Lines that are read ahead of the decision.
const READ_AHEAD: usize = 1_024;

/// Most verdicts that wait for the state to be written.
const MAX_BATCH: usize = 4_096;

/// Longest wait for more lines to be written together.
const MAX_LINGER: Duration = Duration::from_millis(50);

/// How often a challenge is looked at that nobody answers, and what the other gates tell.
const LOOK_AROUND: Duration = Duration::from_millis(500);

/// How often the published lists are looked at for newer ones.
const LOOK_FOR_LISTS: Duration = Duration::from_secs(5);

/// Longest line of a verdict, about.
const MAX_VERDICT: usize = 2_048;

/// Seconds by which the clock and the time that has passed may differ before the clock was set.
const CLOCK_WAS_SET_S: u64 = 2;

/// Where a gate stands, and how it asks.
pub(crate) struct Station {
    pub(crate) application: ApplicationNumber,
    pub(crate) place: Region,
    /// The time for every line, where it is made up.
    pub(crate) at: Option<i64>,
    /// The challenge that has been shown.
    pub(crate) challenge: Option<Challenge>,
    /// In what form the gate makes challenges itself.
    pub(crate) asks: Option<ChallengeForm>,
}

/// A scanner at its place, with the files that it keeps.
pub(crate) struct Gate {
    scanner: Scanner,
    published: Published,
    looked: Instant,
    /// The clock when it was last asked, and when that was.
    clock: (i64, Instant),
    station: Station,
    /// Until when the challenge that is shown can be answered.
    asked_until: Option<i64>,
    recorder: Option<Recorder>,
    keeper: Option<Keeper>,
    /// Whether the scanner knows something that has to be kept.
    changed: bool,
    /// How many used codes the scanner may remember, when it can keep them.
    capacity: u32,
    venue: Venue,
    figures: Option<Figures>,
    /// Whether the last verdict was a refusal for the scanner's own sake.
    is_at_fault: bool,
    supervisor: Supervisor,
}

/// A line or a text of a picture, when it was decided about, and the verdict.
struct Scanned {
    line: Line,
    picture: Option<PathBuf>,
    context: Context,
    verdict: VerdictLine,
    without_receipt: bool,
    /// How many uses the venue's store had recorded for this batch before this one.
    store_uses: usize,
}

/// Where the gate stood before a batch.
struct Before {
    /// The state that is on the disk.
    kept: Option<Rc<[u8]>>,
    asked_until: Option<i64>,
    receipts: Option<Mark>,
}

impl Gate {
    /// A gate that has taken the lists that are published.
    pub(crate) fn open(
        scanner: Scanner,
        published: Published,
        station: Station,
        recorder: Option<Recorder>,
        keeper: Option<Keeper>,
        venue: Venue,
        figures: Option<Figures>,
    ) -> Self {
        let looked = Instant::now();
        let clock = (station.at.unwrap_or_else(time::now), looked);
        let (asked_until, changed) = (None, true);
        let capacity = u32::try_from(scanner.duplicate_fill(clock.0).capacity).unwrap_or(u32::MAX);
        let mut gate = Gate {
            scanner,
            published,
            looked,
            clock,
            station,
            asked_until,
            recorder,
            keeper,
            changed,
            capacity,
            venue,
            figures,
            is_at_fault: false,
            supervisor: Supervisor::of_environment(),
        };
        let now = gate.now();
        gate.take_lists(now);
        gate.report_now();
        gate
    }

    /// A verdict for each line of standard input, to its end. A terminal has none: it is gone.
    pub(crate) fn standard_input(&mut self) -> Result<Option<Gone>, Failure> {
        let failed = |error: io::Error| files::standard_input(&error);
        let raw = device::Raw::begin().map_err(failed)?;
        let ended = self.lines(read_ahead());
        drop(raw);
        match ended? {
            None => Ok(None),
            Some(error) if Gone::is(&error) => Ok(Some(Gone)),
            Some(error) => Err(failed(error)),
        }
    }

    /// At the end: whether everything is on the disk.
    pub(crate) fn close(mut self) -> Result<(), Failure> {
        self.supervisor.stopping();
        self.keep();
        self.report_now();
        let now = self.now();
        if let Some(share) = &mut self.venue.share {
            share.finish(&mut self.scanner, now);
        }
        self.recorder.take().map_or(Ok(()), Recorder::finish)?;
        self.keeper.take().map_or(Ok(()), Keeper::finish)
    }

    /// To the end of the lines, or to what ended them.
    fn lines(&mut self, lines: Receiver<io::Result<Line>>) -> Result<Option<io::Error>, Failure> {
        let mut output = Vec::new();
        self.ask(&mut output)?;
        self.keep();
        put_out(&output)?;
        self.supervisor.ready();
        // One batch after the other: all that is there to be read now.
        while let Some(first) = self.next_line(&lines)? {
            // Nothing is decided that cannot be told.
            let room = device::room().map_err(output_failed)?;
            let before = self.before_batch();
            let (mut next, mut size) = (Some(first), 0);
            let (mut batch, mut ended) = (Vec::new(), None);
            let began = Instant::now();
            let linger = self.keeper.as_ref().map_or(Duration::ZERO, Keeper::took).min(MAX_LINGER);
            while let Some(line) = next.take() {
                match line {
                    Ok(line) => {
                        let scanned = self.decide(line, None);
                        output.clear();
                        verdict_line::write(&mut output, &scanned.verdict);
                        size += output.len();
                        batch.push(scanned);
                    }
                    Err(error) => ended = Some(error),
                }
                let is_room = room.saturating_sub(size) >= MAX_VERDICT && batch.len() < MAX_BATCH;
                if is_room && ended.is_none() {
                    next = lines.recv_timeout(linger.saturating_sub(began.elapsed())).ok();
                }
            }
            self.answer(batch, &before)?;
            self.supervisor.alive();
            self.report();
            if ended.is_some() {
                return Ok(ended);
            }
        }
        Ok(None)
    }

    /// The next line, or none when there will be no more. A challenge that nobody answers in time
    /// is replaced meanwhile, and the gate is ready for whoever comes next.
    fn next_line(
        &mut self,
        lines: &Receiver<io::Result<Line>>,
    ) -> Result<Option<io::Result<Line>>, Failure> {
        loop {
            match lines.recv_timeout(LOOK_AROUND) {
                Ok(line) => return Ok(Some(line)),
                Err(RecvTimeoutError::Disconnected) => return Ok(None),
                Err(RecvTimeoutError::Timeout) => {
                    self.hear_others();
                    self.tell_others();
                    let now = self.now();
                    if self.look_for_lists(now) {
                        self.keep();
                    }
                    self.supervisor.alive();
                    self.report();
                    let mut output = Vec::new();
                    self.ask(&mut output)?;
                    if !output.is_empty() {
                        self.keep();
                        put_out(&output)?;
                    }
                }
            }
        }
    }

    /// Shows a new challenge when the last one has been answered or is over.
    fn ask(&mut self, output: &mut Vec<u8>) -> Result<(), Failure> {
        let now = self.now();
        let Some(form) = self.station.asks else { return Ok(()) };
        if self.asked_until.is_some_and(|until| now < until) {
            return Ok(());
        }
        let issued = self.scanner.issue_challenge(form, now).map_err(|error| {
            let error = error.said();
            Failure(said!("核验码生成不了：{error}", "no challenge can be made: {error}"))
        })?;
        self.asked_until = Some(issued.expires_unix_s);
        self.changed = true;
        verdict_line::write(output, &ChallengeLine::new(&issued));
        Ok(())
    }

    fn before_batch(&mut self) -> Before {
        self.hear_others();
        // Perhaps there is room on the disk again.
        let not_kept = self.not_kept();
        if not_kept.receipt {
            self.keep_receipts();
        }
        if not_kept.state {
            self.keep_state(Keeper::try_again);
        }
        let head = self.scanner.receipt_head().unwrap_or_default();
        let receipts = self.recorder.as_ref().map(|recorder| recorder.mark(head));
        let kept = self.keeper.as_ref().map(Keeper::kept);
        Before { kept, asked_until: self.asked_until, receipts }
    }

    /// Keeps what a batch has led to, and then tells its verdicts.
    fn answer(&mut self, mut batch: Vec<Scanned>, before: &Before) -> Result<(), Failure> {
        let was_kept = !self.not_kept().state;
        let mut challenge = Vec::new();
        self.ask(&mut challenge)?;
        self.keep();
        let is_kept = !self.not_kept().state;
        if was_kept && !is_kept && is_accepted(&batch) {
            // No acceptance without its memory.
            batch = self.decide_again(batch, before)?;
            challenge.clear();
            self.ask(&mut challenge)?;
            self.keep_receipts();
        }
        let not_kept = self.not_kept();
        let mut output = Vec::new();
        for scanned in &mut batch {
            let receipt = not_kept.receipt || scanned.without_receipt;
            scanned.verdict.not_kept(NotKept { receipt, ..not_kept });
            verdict_line::write(&mut output, &scanned.verdict);
        }
        output.extend(challenge);
        let (written, told) = device::write_out(&output);
        if let Some(share) = self.venue.share.as_mut().filter(|_| is_accepted(&batch)) {
            share.used();
        }
        let Err(error) = told else {
            self.count(&batch);
            if let Some(store) = &self.venue.store {
                store.told();
            }
            self.tell_others();
            return Ok(());
        };
        // No memory without its answer: whoever was not told has used nothing.
        let lines = output[..written].iter().filter(|byte| **byte == b'\n').count();
        self.count(&batch[..lines.min(batch.len())]);
        if let (Some(store), Some(untold)) = (&self.venue.store, batch.get(lines)) {
            store.take_back(untold.store_uses);
        }
        if is_kept && lines < batch.len() {
            batch.truncate(lines);
            self.decide_again(batch, before)?;
            self.keep();
        }
        Err(output_failed(error))
    }

    /// Takes in what the other gates of the venue tell, and keeps it.
    fn hear_others(&mut self) {
        let now = self.now();
        let Some(share) = &mut self.venue.share else { return };
        if share.hear(&mut self.scanner, now) {
            self.changed = true;
            self.keep();
        }
    }

    fn tell_others(&mut self) {
        let now = self.now();
        if let Some(share) = &mut self.venue.share {
            share.tell(&mut self.scanner, now);
        }
    }

    /// Goes back to what was known before a batch, and decides about these lines of it once more.
    fn decide_again(
        &mut self,
        batch: Vec<Scanned>,
        before: &Before,
    ) -> Result<Vec<Scanned>, Failure> {
        let Some(kept) = &before.kept else { return Ok(batch) };
        if let Some(store) = &self.venue.store {
            store.take_back(0);
        }
        let head = before.receipts.map(|mark| mark.head);
        let went_back = self.scanner.go_back_to(kept, head);
        went_back.map_err(|error| {
            let error = error.said();
            Failure(said!("所保存的状态：{error}", "the state that was kept: {error}"))
        })?;
        if let (Some(recorder), Some(mark)) = (&mut self.recorder, before.receipts) {
            recorder.go_back_to(mark);
        }
        self.asked_until = before.asked_until;
        self.changed = true;
        let again =
            |scanned: Scanned| self.decide_at(scanned.line, scanned.picture, scanned.context);
        Ok(batch.into_iter().map(again).collect())
    }

    /// Puts on the disk what must not be forgotten: receipts, and then the state. What the state
    /// tells of the chain is in the file by then; what was used does not wait for receipts.
    ///
    /// While the state cannot be written there is no room for uses: a code that is good once is
    /// refused with 707, and goes on being good.
    fn keep(&mut self) {
        self.keep_receipts();
        if self.changed {
            self.keep_state(Keeper::keep);
        }
    }

    fn keep_state(&mut self, write: impl FnOnce(&mut Keeper, Vec<u8>)) {
        let Some(keeper) = &mut self.keeper else { return };
        self.scanner.set_duplicate_capacity(self.capacity);
        let snapshot = match &self.recorder {
            None => self.scanner.snapshot(),
            Some(recorder) => self.scanner.snapshot_with_receipts_at(recorder.in_file()),
        };
        write(keeper, snapshot);
        self.changed = keeper.is_failing();
        if keeper.is_failing() {
            self.scanner.set_duplicate_capacity(0);
        } else if let Some(recorder) = &mut self.recorder {
            recorder.state_is_kept();
        }
    }

    fn keep_receipts(&mut self) {
        let head = self.scanner.receipt_head().unwrap_or_default();
        let now = self.now();
        if let Some(recorder) = &mut self.recorder {
            let before = recorder.in_file();
            recorder.keep(head);
            self.changed |= recorder.in_file() != before;
            if recorder.looks_for_old_files() {
                // No clock of this gate can put it ahead.
                let signed = self.scanner.preflight(now).newest_signed_unix_s();
                signed.into_iter().for_each(|signed| recorder.erase_old_files(signed.min(now)));
            }
        }
    }

    /// What is not on the disk, for the lines of the verdicts.
    fn not_kept(&self) -> NotKept {
        NotKept {
            receipt: self.recorder.as_ref().is_some_and(Recorder::is_failing),
            state: self.keeper.as_ref().is_some_and(Keeper::is_failing),
        }
    }

    /// A verdict, now.
    fn decide(&mut self, line: Line, picture: Option<PathBuf>) -> Scanned {
        let now = self.now();
        self.look_for_lists(now);
        let context = Context {
            application: self.station.application,
            place: self.station.place,
            now_unix_s: now,
            challenge: self.station.challenge.clone(),
        };
        self.decide_at(line, picture, context)
    }

    fn decide_at(&mut self, line: Line, picture: Option<PathBuf>, context: Context) -> Scanned {
        let text = &line.text();
        let store_uses = self.venue.store.as_ref().map_or(0, |store| store.untold());
        let mut without_receipt = false;
        let mut go_without = |recorder: &mut Recorder, why: &Said| {
            recorder.go_without(why);
            without_receipt = true;
        };
        let verdict = match &mut self.recorder {
            Some(recorder) if recorder.has_room() => {
                let key = recorder.key();
                let (verdict, receipt) = self.scanner.scan_with_receipt(text, &context, key);
                match receipt {
                    Ok(receipt) => recorder.take(&receipt),
                    Err(error) => go_without(recorder, &error.said()),
                }
                // The chain has gone on.
                self.changed = true;
                verdict
            }
            Some(recorder) => {
                let why = said!("等待写入磁盘的回执太多", "too many wait for room on the disk");
                go_without(recorder, &why);
                self.scanner.scan(text, &context)
            }
            None => self.scanner.scan(text, &context),
        };
        if let Verdict::Accepted(_) = verdict {
            // What was refused leaves nothing behind that is worth wearing out a disk for.
            self.changed = true;
            self.asked_until = None;
        }
        let verdict = VerdictLine::new(&line.judged(verdict), &context, picture.as_deref());
        Scanned { line, picture, context, verdict, without_receipt, store_uses }
    }

    fn now(&self) -> i64 {
        self.station.at.unwrap_or_else(time::now)
    }

    /// A verdict for each code in a picture; a line that says so where there is none.
    pub(crate) fn picture(&mut self, file: &Path) -> Result<(), Failure> {
        match picture::codes(file) {
            Ok(texts) => {
                device::room().map_err(output_failed)?;
                let before = self.before_batch();
                let decided =
                    texts.into_iter().map(|text| self.decide(text.into(), Some(file.to_owned())));
                let batch = decided.collect();
                self.answer(batch, &before)
            }
            Err(problem) => {
                out::warn(&files::about(file, &problem.said()));
                let mut output = Vec::new();
                let unread = VerdictLine::unread(file, &problem);
                verdict_line::write(&mut output, &unread);
                put_out(&output)?;
                self.count_one(unread.outcome());
                Ok(())
            }
        }
    }

    /// Newer lists are looked for from time to time; at once when the clock has been set, because
    /// what was refused for its time may be the list that a card is on. Whether some were taken.
    fn look_for_lists(&mut self, now: i64) -> bool {
        let (then, asked) = std::mem::replace(&mut self.clock, (now, Instant::now()));
        let passed = i64::try_from(asked.elapsed().as_secs()).unwrap_or(i64::MAX);
        let was_set = self.station.at.is_none()
            && now.abs_diff(then.saturating_add(passed)) >= CLOCK_WAS_SET_S;
        if was_set {
            self.published.clock_was_set();
        }
        if was_set || self.looked.elapsed() >= LOOK_FOR_LISTS {
            return self.take_lists(now);
        }
        false
    }

    fn take_lists(&mut self, now: i64) -> bool {
        self.looked = Instant::now();
        let (installed, problems) = self.published.install(&mut self.scanner, now);
        self.changed |= installed > 0;
        problems.iter().for_each(out::warn);
        if let Some(figures) = &mut self.figures {
            figures.looked_for_lists(installed, problems.len());
        }
        installed > 0
    }
}

impl Drop for Gate {
    /// However it ends: what led to no answer is taken back.
    fn drop(&mut self) {
        if let Some(store) = &self.venue.store {
            store.settle();
        }
    }
}

fn is_accepted(batch: &[Scanned]) -> bool {
    batch.iter().any(|scanned| scanned.verdict.is_accepted())
}

/// Reads standard input in a thread of its own, so that a line which is there can be told from one
/// that somebody has yet to scan.
fn read_ahead() -> Receiver<io::Result<Line>> {
    let (sender, receiver) = sync_channel(READ_AHEAD);
    thread::spawn(move || {
        let mut input = Lines::of(BufReader::with_capacity(1 << 16, device::Input::raw()));
        loop {
            let line = input.next_scan();
            let last = !matches!(line, Ok(Some(_)));
            if let Some(line) = line.transpose() {
                if sender.send(line).is_err() {
                    return;
                }
            }
            if last {
                return;
            }
        }
    });
    receiver
}

/// Puts lines out at once: somebody stands at the gate.
fn put_out(output: &[u8]) -> Result<(), Failure> {
    device::write_out(output).1.map_err(output_failed)
}

fn output_failed(error: io::Error) -> Failure {
    files::standard_output(&error)
}

#[cfg(test)]
mod tests;
