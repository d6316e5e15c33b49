//! `onecode scan`: the gate. A line in, a line out; or a picture in.
//!
//! With a state file, the verdicts of a batch go out when the state that remembers them is on the
//! disk, and not before: whoever has been let in is not let in once more by a gate that was killed.
//! A batch is what is there to be read: one line when people come one by one, thousands when a
//! file is read.

use std::io::{self, stdout, BufReader, Write};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{sync_channel, Receiver, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use onecode::{
    ApplicationNumber, Challenge, ChallengeForm, Context, Policy, Region, Scanner, Verdict,
};

use super::lines::{Line, Lines};
use super::receipts::Recorder;
use super::state::{self, Keeper};
use super::verdict_line::{self, ChallengeLine, VerdictLine};
use super::world::{self, Published, World};
use super::{picture, time, Failure};

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

#[derive(clap::Args)]
pub(crate) struct Scan {
    /// The region's folder: `operator/root.jwk` and `published/` of it.
    #[arg(long, value_name = "DIR")]
    world: PathBuf,
    /// The application that this scanner serves, by id or number.
    #[arg(long, value_name = "ID")]
    application: String,
    /// Where the scanner stands (GB/T 2260).
    #[arg(long, value_name = "CODE", value_parser = super::region)]
    place: Region,
    /// As if it were this time (RFC 3339 or Unix seconds), for every line.
    #[arg(long, value_name = "TIME", value_parser = time::parse)]
    at: Option<i64>,
    /// The challenge that the scanner has shown: as shown, or its bytes in hexadecimal digits.
    #[arg(long, value_name = "CHALLENGE", value_parser = super::challenge)]
    challenge: Option<Challenge>,
    /// Make challenges, one after the other, and put each out as a line of its own to be shown.
    #[arg(long, value_enum, conflicts_with_all = ["challenge", "pictures"])]
    ask: Option<Ask>,
    /// Seconds by which the clocks of phone and scanner may differ, at most 120.
    #[arg(long, value_name = "S", default_value_t = Policy::default().tolerance_s, value_parser = clap::value_parser!(u16).range(..=i64::from(Policy::MAX_TOLERANCE_S)))]
    tolerance: u16,
    /// Take practice cards, marked as such. Never at a live service.
    #[arg(long)]
    specimens: bool,
    /// Keep the scanner's memory in this file: used codes, editions of lists, clock, challenges.
    /// Each running scanner needs a file of its own.
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,
    /// Append a signed receipt of each verdict to this file, chained to the one before. The state
    /// has to be kept as well: the chain goes on from it.
    #[arg(long, value_name = "FILE", requires_all = ["state", "scanner"])]
    receipts: Option<PathBuf>,
    /// The scanner's id in its receipts, such as cn-32.gate-1.
    #[arg(long, value_name = "ID", requires = "receipts")]
    scanner: Option<String>,
    /// The key that signs receipts; `scanners/ID.pem` of the region without this.
    #[arg(long, value_name = "FILE", requires = "receipts")]
    scanner_key: Option<PathBuf>,
    /// Pictures with codes, PNG or JPEG; without them, texts from standard input, a line each.
    #[arg(value_name = "PICTURE")]
    pictures: Vec<PathBuf>,
}

/// How a challenge gets to the phone.
#[derive(Clone, Copy, clap::ValueEnum)]
enum Ask {
    /// As the text of a QR picture.
    Picture,
    /// As 8 characters that a person types.
    Typed,
}

impl From<Ask> for ChallengeForm {
    fn from(ask: Ask) -> Self {
        match ask {
            Ask::Picture => ChallengeForm::Picture,
            Ask::Typed => ChallengeForm::Typed,
        }
    }
}

struct Gate {
    scanner: Scanner,
    published: Published,
    looked: Instant,
    application: ApplicationNumber,
    place: Region,
    at: Option<i64>,
    challenge: Option<Challenge>,
    asks: Option<ChallengeForm>,
    /// Until when the challenge that is shown can be answered.
    asked_until: Option<i64>,
    recorder: Option<Recorder>,
    keeper: Option<Keeper>,
    /// Whether the scanner knows something that has to be kept.
    changed: bool,
}

pub(crate) fn scan(scan: Scan) -> Result<(), Failure> {
    let world = World::open(&scan.world)?;
    let application = world::known_application(&world, &scan.application)?;
    let policy = Policy { tolerance_s: scan.tolerance, accept_specimens: scan.specimens };
    let (mut scanner, keeper) = match scan.state {
        Some(file) => {
            let (scanner, keeper) = Keeper::take_up(&world, file, policy)?;
            (scanner, Some(keeper))
        }
        None => (state::scanner(&world, None, policy)?, None),
    };
    let recorder = match (&scan.receipts, &scan.scanner) {
        (Some(file), Some(id)) => {
            Some(Recorder::new(&world, file, id, scan.scanner_key.as_deref(), &mut scanner)?)
        }
        _ => None,
    };
    let mut gate = Gate {
        scanner,
        recorder,
        published: Published::of(&world),
        looked: Instant::now(),
        application,
        place: scan.place,
        at: scan.at,
        challenge: scan.challenge,
        asks: scan.ask.map(ChallengeForm::from),
        asked_until: None,
        keeper,
        changed: true,
    };
    gate.take_lists();
    if scan.pictures.is_empty() {
        gate.lines(read_ahead())?;
    }
    for file in &scan.pictures {
        gate.picture(file)?;
    }
    gate.keep();
    gate.recorder.map_or(Ok(()), Recorder::finish)?;
    gate.keeper.map_or(Ok(()), Keeper::finish)
}

/// Reads standard input in a thread of its own, so that a line which is there can be told from one
/// that somebody has yet to scan.
fn read_ahead() -> Receiver<io::Result<Line>> {
    let (sender, receiver) = sync_channel(READ_AHEAD);
    thread::spawn(move || {
        let mut input = Lines::of(BufReader::with_capacity(1 << 16, io::stdin()));
        loop {
            let line = input.next_line();
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

impl Gate {
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
                    Err(error) => Err(Failure(format!("standard input: {error}"))),
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
        if self.asks.is_none() {
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
        let Some(form) = self.asks else { return Ok(()) };
        if self.asked_until.is_some_and(|until| now < until) {
            return Ok(());
        }
        let issued = self
            .scanner
            .issue_challenge(form, now)
            .map_err(|error| Failure(format!("no challenge can be made: {error}")))?;
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
                let receipt = receipt
                    .map_err(|error| Failure(format!("no receipt could be made: {error}")))?;
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
        self.at.unwrap_or_else(time::now)
    }

    fn context(&self) -> Context {
        Context {
            application: self.application,
            place: self.place,
            now_unix_s: self.now(),
            challenge: self.challenge.clone(),
        }
    }

    /// A verdict for each code in a picture; a line that says so where there is none.
    fn picture(&mut self, file: &Path) -> Result<(), Failure> {
        let mut output = Vec::new();
        match picture::codes(file) {
            Ok(texts) => {
                for text in texts {
                    let line = self.line(&text.into(), Some(file))?;
                    verdict_line::write(&mut output, &line);
                }
            }
            Err(problem) => {
                tell!("onecode: {}: {problem}", file.display());
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
        problems.iter().for_each(|problem| tell!("onecode: {problem}"));
    }
}

/// Puts the verdicts out at once: somebody stands at the gate.
fn put_out(output: &mut Vec<u8>) -> Result<(), Failure> {
    let mut out = stdout().lock();
    let written = out.write_all(output).and_then(|()| out.flush());
    output.clear();
    written.map_err(|error| Failure(format!("standard output: {error}")))
}
