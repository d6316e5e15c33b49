//! A gate at work: a scanner that reads lines or pictures and puts out verdicts.
//!
//! With a state file, the verdicts of a batch go out when the state that remembers them is on the
//! disk, and not before: whoever has been let in is not let in once more by a gate that was killed.
//! A batch is what is there to be read: one line when people come one by one, thousands when a
//! file is read.
//!
//! Uses `lines` and `picture` for what comes in, `verdict_line` for what goes out, `state` and
//! `receipt_file` for what is kept, and `world` for the lists.

use std::io::{self, stdout, BufReader, Write};
use std::path::Path;
use std::sync::mpsc::{sync_channel, Receiver, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use onecode::challenge::ChallengeForm;
use onecode::{ApplicationNumber, Challenge, Context, Region, Scanner, Verdict};

use crate::cause::Cause;
use crate::failure::Failure;
use crate::lines::{Line, Lines};
use crate::receipt_file::Recorder;
use crate::state::Keeper;
use crate::verdict_line::{self, ChallengeLine, VerdictLine};
use crate::world::published::Published;
use crate::{files, out, picture, time};

/// Lines that are read ahead of the decision.
const READ_AHEAD: usize = 1_024;

/// Most verdicts that wait for the state to be written.
const MAX_BATCH: usize = 4_096;

/// Longest wait for more lines to be written together.
const MAX_LINGER: Duration = Duration::from_millis(50);

/// How often a challenge is looked at that nobody answers.
const LOOK_FOR_EXPIRY: Duration = Duration::from_millis(500);

/// How often the published lists are looked at for newer ones.
const LOOK_FOR_LISTS: Duration = Duration::from_secs(5);

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
    station: Station,
    /// Until when the challenge that is shown can be answered.
    asked_until: Option<i64>,
    recorder: Option<Recorder>,
    keeper: Option<Keeper>,
    /// Whether the scanner knows something that has to be kept.
    changed: bool,
}

impl Gate {
    /// A gate that has taken the lists that are published.
    pub(crate) fn open(
        scanner: Scanner,
        published: Published,
        station: Station,
        recorder: Option<Recorder>,
        keeper: Option<Keeper>,
    ) -> Self {
        let looked = Instant::now();
        let (asked_until, changed) = (None, true);
        let mut gate =
            Gate { scanner, published, looked, station, asked_until, recorder, keeper, changed };
        gate.take_lists();
        gate
    }

    /// A verdict for each line of standard input, to its end.
    pub(crate) fn standard_input(&mut self) -> Result<(), Failure> {
        self.lines(read_ahead())
    }

    /// At the end: whether everything is on the disk.
    pub(crate) fn close(mut self) -> Result<(), Failure> {
        self.keep();
        self.recorder.map_or(Ok(()), Recorder::finish)?;
        self.keeper.map_or(Ok(()), Keeper::finish)
    }

    fn lines(&mut self, lines: Receiver<io::Result<Line>>) -> Result<(), Failure> {
        let mut output = Vec::new();
        let mut problem = None;
        self.ask(&mut output)?;
        self.keep();
        put_out(&mut output)?;
        // One batch after the other: all that is there to be read now.
        while let (None, Some(first)) = (&problem, self.next_line(&lines)?) {
            self.look_for_lists();
            let mut next = Some(first);
            let mut batch = 0;
            let began = Instant::now();
            let linger = self.keeper.as_ref().map_or(Duration::ZERO, Keeper::took).min(MAX_LINGER);
            while let Some(line) = next {
                let decided = match line {
                    Ok(line) => self.line(&line, None),
                    Err(error) => Err(files::standard_input(&error)),
                };
                match decided {
                    Ok(line) => verdict_line::write(&mut output, &line),
                    Err(failure) => problem = Some(failure),
                }
                batch += 1;
                next = None;
                if batch < MAX_BATCH && problem.is_none() {
                    next = lines.recv_timeout(linger.saturating_sub(began.elapsed())).ok();
                }
            }
            self.ask(&mut output)?;
            self.keep();
            put_out(&mut output)?;
        }
        problem.map_or(Ok(()), Err)
    }

    /// The next line, or none when there will be no more. A challenge that nobody answers in time
    /// is replaced meanwhile.
    fn next_line(
        &mut self,
        lines: &Receiver<io::Result<Line>>,
    ) -> Result<Option<io::Result<Line>>, Failure> {
        if self.station.asks.is_none() {
            return Ok(lines.recv().ok());
        }
        loop {
            match lines.recv_timeout(LOOK_FOR_EXPIRY) {
                Ok(line) => return Ok(Some(line)),
                Err(RecvTimeoutError::Disconnected) => return Ok(None),
                Err(RecvTimeoutError::Timeout) => {
                    let mut output = Vec::new();
                    self.ask(&mut output)?;
                    put_out(&mut output)?;
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

    /// Puts on the disk what must not be forgotten: receipts, and then the state that goes on from
    /// them. A state is never ahead of its receipts, or the chain could not go on.
    fn keep(&mut self) {
        let recorded = self.recorder.as_mut().is_none_or(Recorder::keep);
        if let Some(keeper) = self.keeper.as_mut().filter(|_| self.changed && recorded) {
            keeper.keep(&self.scanner);
            self.changed = keeper.is_failing();
        }
    }

    fn line(&mut self, line: &Line, picture: Option<&Path>) -> Result<VerdictLine, Failure> {
        let text = &line.text();
        let context = self.context();
        let verdict = match &mut self.recorder {
            None => self.scanner.scan(text, &context),
            Some(recorder) => {
                let key = recorder.key();
                let (verdict, receipt) = self.scanner.scan_with_receipt(text, &context, key);
                let receipt = receipt.map_err(|error| {
                    let error = error.said();
                    Failure(said!("受理回执生成不了：{error}", "no receipt could be made: {error}"))
                })?;
                recorder.take(&receipt)?;
                // The chain has gone on.
                self.changed = true;
                verdict
            }
        };
        if let Verdict::Accepted(_) = verdict {
            // What was refused leaves nothing behind that is worth wearing out a disk for.
            self.changed = true;
            self.asked_until = None;
        }
        Ok(VerdictLine::new(&line.judged(verdict), &context, picture))
    }

    fn now(&self) -> i64 {
        self.station.at.unwrap_or_else(time::now)
    }

    fn context(&self) -> Context {
        Context {
            application: self.station.application,
            place: self.station.place,
            now_unix_s: self.now(),
            challenge: self.station.challenge.clone(),
        }
    }

    /// A verdict for each code in a picture; a line that says so where there is none.
    pub(crate) fn picture(&mut self, file: &Path) -> Result<(), Failure> {
        let mut output = Vec::new();
        match picture::codes(file) {
            Ok(texts) => {
                for text in texts {
                    let line = self.line(&text.into(), Some(file))?;
                    verdict_line::write(&mut output, &line);
                }
            }
            Err(problem) => {
                out::warn(&files::about(file, &problem.said()));
                verdict_line::write(&mut output, &VerdictLine::unread(file, &problem));
            }
        }
        self.keep();
        put_out(&mut output)
    }

    fn look_for_lists(&mut self) {
        if self.looked.elapsed() < LOOK_FOR_LISTS {
            return;
        }
        self.looked = Instant::now();
        self.take_lists();
    }

    fn take_lists(&mut self) {
        let now = self.now();
        let (installed, problems) = self.published.install(&mut self.scanner, now);
        self.changed |= installed > 0;
        problems.iter().for_each(out::warn);
    }
}

/// Reads standard input in a thread of its own, so that a line which is there can be told from one
/// that somebody has yet to scan.
fn read_ahead() -> Receiver<io::Result<Line>> {
    let (sender, receiver) = sync_channel(READ_AHEAD);
    thread::spawn(move || {
        let mut input = Lines::of(BufReader::with_capacity(1 << 16, io::stdin()));
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

/// Puts the verdicts out at once: somebody stands at the gate.
fn put_out(output: &mut Vec<u8>) -> Result<(), Failure> {
    let mut out = stdout().lock();
    let written = out.write_all(output).and_then(|()| out.flush());
    output.clear();
    written.map_err(|error| files::standard_output(&error))
}
