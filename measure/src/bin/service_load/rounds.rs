//! The service and the bare work in turn, about a second each, so that a busy machine slows both.

use std::path::Path;
use std::time::{Duration, Instant};

use crate::bare::{Bare, Work};
use crate::books::{self, Database};
use crate::http::{send_all, Answer};
use crate::phones::{self, Phone};
use crate::process::Process;
use crate::report::{Report, Row};
use crate::{Failed, CONNECTIONS};

/// Phones that renew; in the books they stand at equal distances.
const PHONES: usize = 8_000;

/// Pieces in a round, at least; at most as many as there are phones.
const ROUND: usize = 200;

/// A service under load, with so many cards in its books.
pub struct Load<'d> {
    database: &'d Database,
    process: Process,
    cards: u32,
    phones: Vec<Phone>,
    bare: Bare,
    signatures_a_second: f64,
    writes_a_second: f64,
    memory_at_first: u64,
    /// How many cards without a phone there are.
    granted: &'d mut u32,
}

/// Of several rounds.
#[derive(Default)]
struct Rounds {
    ours: Vec<f64>,
    bare: Vec<f64>,
    took: Vec<Duration>,
    errors: Vec<String>,
    /// Of the service, in all.
    processor_time: Duration,
}

impl<'d> Load<'d> {
    /// Fills the books, starts the service, and measures what the bare work costs alone.
    pub fn prepare(
        database: &'d Database,
        config: &Path,
        cards: u32,
        granted: &'d mut u32,
    ) -> Result<Self, Failed> {
        eprint!("\n{}, {cards} cards: ", database.name());
        let phones = phones::new(PHONES)?;
        books::fill(database, cards, &phones)?;
        let bare = Bare::new(database, cards)?;
        let signatures_a_second = alone(&bare, Work::Signature)?;
        let writes_a_second = alone(&bare, Work::Write)?;
        let process = Process::start(config)?;
        let mut load = Load {
            database,
            process,
            cards,
            phones,
            bare,
            signatures_a_second,
            writes_a_second,
            memory_at_first: 0,
            granted,
        };
        // Its first publication, its connections and its caches.
        load.renew(500, &mut Rounds::default())?;
        load.memory_at_first = load.process.memory();
        Ok(load)
    }

    /// Renewals beside the bare work.
    pub fn renewals(&mut self, rounds: usize, report: &mut Report) -> Result<(), Failed> {
        let mut measured = Rounds::default();
        let mut count = 500;
        for _ in 0..rounds {
            eprint!(".");
            let rate = self.renew(count, &mut measured)?;
            self.both(&mut measured)?;
            count = round(rate);
        }
        self.report("renewals", measured, Some(0.5), report);
        Ok(())
    }

    /// First cards on new phones, beside the bare work.
    pub fn issues(&mut self, rounds: usize, report: &mut Report) -> Result<(), Failed> {
        let mut measured = Rounds::default();
        let mut count = 300;
        for _ in 0..rounds {
            eprint!(".");
            let phones = phones::new(count)?;
            let from = *self.granted + 1;
            *self.granted += u32::try_from(count)?;
            books::grant(self.database, from, *self.granted + 1)?;
            let requests = phones::issues(self.process.address, from, &phones)?;
            let rate = self.send(&requests, phones, &mut measured).1;
            self.both(&mut measured)?;
            count = round(rate);
        }
        self.report("issues", measured, None, report);
        Ok(())
    }

    /// Renewals for so many minutes, so many a second at most, and the memory after each minute.
    pub fn minutes(
        &mut self,
        minutes: u32,
        a_second: Option<u32>,
        report: &mut Report,
    ) -> Result<(), Failed> {
        let count = a_second.map_or(PHONES / 4, |rate| rate as usize);
        let mut memory = vec![self.process.memory()];
        let mut measured = Rounds::default();
        let began = Instant::now();
        for minute in 1..=minutes {
            eprint!("m");
            while began.elapsed() < Duration::from_secs(60) * minute {
                let second = Instant::now();
                self.renew(count, &mut measured)?;
                if a_second.is_some() {
                    std::thread::sleep(Duration::from_secs(1).saturating_sub(second.elapsed()));
                }
            }
            memory.push(self.process.memory());
        }
        let what = format!("{}, {} cards", self.database.name(), thousands(self.cards.into()));
        report.minutes(&what, measured.took.len(), &memory, &measured.errors);
        Ok(())
    }

    /// Ends the service.
    pub fn end(self, report: &mut Report) -> Result<(), Failed> {
        let what = format!("{}, {} cards", self.database.name(), thousands(self.cards.into()));
        report.memory(&what, self.memory_at_first, self.process.memory());
        self.process.end()
    }

    /// Renewals by so many phones; how many a second.
    fn renew(&mut self, count: usize, measured: &mut Rounds) -> Result<f64, Failed> {
        // Who was asked longest ago is asked next.
        let mut phones: Vec<Phone> = self.phones.drain(..count).collect();
        let requests = phones::renewals(self.process.address, &mut phones)?;
        let (phones, rate) = self.send(&requests, phones, measured);
        self.phones.extend(phones);
        Ok(rate)
    }

    /// Sends them; the phones with what they were given, and how many a second.
    fn send(
        &self,
        requests: &[Vec<u8>],
        mut phones: Vec<Phone>,
        measured: &mut Rounds,
    ) -> (Vec<Phone>, f64) {
        let before = self.process.processor_time();
        let (took, answers) = send_all(self.process.address, CONNECTIONS, requests);
        measured.processor_time += self.process.processor_time().saturating_sub(before);
        for (phone, answer) in phones.iter_mut().zip(&answers) {
            if let Err(error) = phone.take(answer) {
                measured.errors.push(error);
            }
        }
        measured.took.extend(answers.iter().map(|Answer { took, .. }| *took));
        let rate = requests.len() as f64 / took.as_secs_f64();
        measured.ours.push(rate);
        (phones, rate)
    }

    /// A round of bare work.
    fn both(&self, measured: &mut Rounds) -> Result<(), Failed> {
        let count = measured.bare.last().map_or(1_000, |rate| *rate as usize);
        let took = self.bare.run(Work::Both, count.max(ROUND))?;
        measured.bare.push(count.max(ROUND) as f64 / took.as_secs_f64());
        Ok(())
    }

    fn report(
        &self,
        operation: &'static str,
        mut measured: Rounds,
        target: Option<f64>,
        report: &mut Report,
    ) {
        let mut ratios: Vec<f64> =
            measured.ours.iter().zip(&measured.bare).map(|(ours, bare)| ours / bare).collect();
        measured.took.sort_unstable();
        let count = measured.took.len();
        report.rows.push(Row {
            database: self.database.name(),
            cards: self.cards,
            operation,
            a_second: median(&mut measured.ours),
            bare_a_second: median(&mut measured.bare),
            ratio: median(&mut ratios),
            target,
            p50: measured.took[count / 2],
            p99: measured.took[count * 99 / 100],
            processor_time: measured.processor_time / u32::try_from(count).unwrap_or(u32::MAX),
            signatures_a_second: self.signatures_a_second,
            writes_a_second: self.writes_a_second,
            errors: measured.errors.len(),
        });
        if let Some(error) = measured.errors.first() {
            eprintln!("\n{operation}: {error}");
        }
    }
}

/// So many that a round takes about a second.
fn round(rate: f64) -> usize {
    (rate as usize).clamp(ROUND, PHONES)
}

/// How many a second when nothing else is done.
fn alone(bare: &Bare, work: Work) -> Result<f64, Failed> {
    let mut count = 200;
    loop {
        let took = bare.run(work, count)?.as_secs_f64();
        if took > 0.5 {
            return Ok(count as f64 / took);
        }
        count *= 2;
    }
}

fn median(figures: &mut [f64]) -> f64 {
    figures.sort_unstable_by(f64::total_cmp);
    figures[figures.len() / 2]
}

/// With commas.
pub fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.char_indices() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
