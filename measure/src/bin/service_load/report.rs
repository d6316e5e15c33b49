//! Prints what was measured.

use std::time::Duration;

use crate::rounds::thousands;

/// One operation beside the bare work, with so many cards in the books.
pub struct Row {
    pub database: &'static str,
    pub cards: u32,
    pub operation: &'static str,
    pub a_second: f64,
    /// A signature and a write.
    pub bare_a_second: f64,
    /// The median of the ratios of neighbouring rounds.
    pub ratio: f64,
    pub target: Option<f64>,
    pub p50: Duration,
    pub p99: Duration,
    /// Of the service, for one; on SQLite with the database.
    pub processor_time: Duration,
    pub signatures_a_second: f64,
    pub writes_a_second: f64,
    pub errors: usize,
}

/// A process that holds more than this many times what it held is not flat.
const FLAT: f64 = 1.1;

/// Everything that was measured.
#[derive(Default)]
pub struct Report {
    pub rows: Vec<Row>,
    memory: Vec<String>,
}

impl Report {
    pub fn memory(&mut self, what: &str, first: u64, last: u64) {
        let (first, last) = (megabytes(first), megabytes(last));
        self.memory
            .push(format!("{what}: {first:.1} MB at the beginning, {last:.1} MB at the end"));
    }

    /// Memory at the beginning and after each minute.
    pub fn minutes(&mut self, what: &str, requests: usize, memory: &[u64], errors: &[String]) {
        let each: Vec<String> =
            memory.iter().map(|bytes| format!("{:.1}", megabytes(*bytes))).collect();
        // In the first minute buffers and caches fill.
        let (first, last) = (memory[1], memory[memory.len() - 1]);
        let flat = if last as f64 <= first as f64 * FLAT { "flat: pass" } else { "flat: MISS" };
        self.memory.push(format!(
            "{what}: {} renewals in {} minutes, {} errors; MB by the minute {}; {flat}",
            thousands(requests as u64),
            memory.len() - 1,
            errors.len(),
            each.join(" ")
        ));
    }

    pub fn print(&self, markdown: bool) {
        eprintln!();
        if markdown {
            self.markdown();
        } else {
            self.text();
        }
        for memory in &self.memory {
            println!("{}{memory}", if markdown { "- " } else { "  " });
        }
        println!(
            "\nOf rounds of about a second, in turn with the bare work: medians. {} connections. Load \
             of the machine now: {}",
            crate::CONNECTIONS,
            load()
        );
    }

    fn text(&self) {
        let mut section = String::new();
        for row in &self.rows {
            let of =
                format!("{}, {} cards in the books", row.database, thousands(row.cards.into()));
            if of != section {
                println!(
                    "\n{of}\n  alone: {} signatures/s, {} writes/s",
                    per_second(row.signatures_a_second),
                    per_second(row.writes_a_second)
                );
                section = of;
            }
            println!(
                "  {:<10} {:>7}/s   a signature and a write, bare {:>7}/s   {:>6.3}   {:<6} {:<5} \
                 p50 {:>6.1} ms   p99 {:>6.1} ms   {:>4} µs of processor   {} errors   {}",
                row.operation,
                per_second(row.a_second),
                per_second(row.bare_a_second),
                row.ratio,
                target(row),
                outcome(row),
                milliseconds(row.p50),
                milliseconds(row.p99),
                row.processor_time.as_micros(),
                row.errors,
                self.growth(row),
            );
        }
        println!();
    }

    fn markdown(&self) {
        println!(
            "| database, cards | operation | a second | bare | ratio | target | | p50 | p99 | \
             processor | signatures alone | writes alone | to the smallest |\n\
             | --- | --- | ---: | ---: | ---: | ---: | --- | ---: | ---: | ---: | ---: | ---: | ---: |"
        );
        for row in &self.rows {
            println!(
                "| {}, {} | {} | {} | {} | {:.3} | {} | {} | {:.1} ms | {:.1} ms | {} µs | {} | {} | {} |",
                row.database,
                thousands(row.cards.into()),
                row.operation,
                per_second(row.a_second),
                per_second(row.bare_a_second),
                row.ratio,
                target(row),
                outcome(row),
                milliseconds(row.p50),
                milliseconds(row.p99),
                row.processor_time.as_micros(),
                per_second(row.signatures_a_second),
                per_second(row.writes_a_second),
                self.growth(row),
            );
        }
        println!();
    }

    /// The ratio to the bare work, over that with the fewest cards: other programs slow both.
    fn growth(&self, row: &Row) -> String {
        let same = |it: &&Row| it.database == row.database && it.operation == row.operation;
        match self.rows.iter().find(same) {
            Some(first) if first.cards != row.cards => {
                format!("{:.2} ×", row.ratio / first.ratio)
            }
            _ => String::new(),
        }
    }
}

fn target(row: &Row) -> String {
    row.target.map_or(String::new(), |least| format!("≥ {least:.2}"))
}

fn outcome(row: &Row) -> &'static str {
    match row.target {
        None => "",
        Some(least) if row.ratio >= least => "pass",
        Some(_) => "MISS",
    }
}

fn per_second(rate: f64) -> String {
    thousands(rate.round() as u64)
}

fn milliseconds(took: Duration) -> f64 {
    took.as_secs_f64() * 1e3
}

fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}

/// The load averages of 1, 5 and 15 minutes; nothing where there is no `/proc`.
fn load() -> String {
    let text = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ').take(3).collect::<Vec<_>>().join(" ")
}
