//! What onecode costs, each operation beside a yardstick that is measured in the same run, in turn
//! with it: `cargo run --release -p onecode-measure --bin headline`.
//!
//! `--json` prints the same for machines, `--markdown` for docs/PERFORMANCE.md and `--readme` some
//! of it for the README; `--growth` prints instead
//! what a scan costs a scanner that holds much, and takes some minutes. Figures from a busy machine
//! are higher on both sides; the ratios hold, except of what takes milliseconds or two cores. A
//! missed target is printed as MISS, with the reason where it is known.

mod bare;
// The library's own, of which only encoding and decoding are measured.
#[allow(dead_code)]
#[path = "../../../../src/base45.rs"]
mod base45;
mod gate;
mod governance;
mod growth;
mod measure;
mod peers;
mod phone;

use std::process::ExitCode;

use measure::{Row, Table, Target};

fn main() -> ExitCode {
    let asked: Vec<String> = std::env::args().skip(1).collect();
    let print: fn(&[Row]) = match asked.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => text,
        ["--json"] => json,
        ["--markdown"] => |rows| rows.iter().for_each(markdown),
        ["--readme"] => |rows| rows.iter().filter(|row| row.in_readme).for_each(markdown),
        ["--governance"] => {
            let mut table = Table::default();
            governance::rows(&mut table);
            eprintln!();
            text(&table.rows);
            return ExitCode::SUCCESS;
        }
        ["--growth"] => {
            growth::print();
            return ExitCode::SUCCESS;
        }
        _ => {
            eprintln!("nothing, --json, --markdown, --readme, --governance or --growth");
            return ExitCode::from(2);
        }
    };
    let mut table = Table::default();
    phone::rows(&mut table);
    gate::rows(&mut table);
    governance::rows(&mut table);
    peers::rows(&mut table);
    eprintln!();
    print(&table.rows);
    ExitCode::SUCCESS
}

fn text(rows: &[Row]) {
    let mut section = "";
    for row in rows {
        if row.section != section {
            section = row.section;
            println!("\n{section}");
        }
        println!(
            "  {:<56} {:>9}   {:<58} {:>9}   {:>7}   {:<9} {}",
            row.operation,
            time(row.ours_ns),
            row.yardstick,
            time(row.yardstick_ns),
            ratio(row.ratio),
            target(row),
            outcome(row),
        );
    }
    let missed: Vec<&Row> = rows.iter().filter(|row| row.passes() == Some(false)).collect();
    let targets = rows.iter().filter(|row| row.passes().is_some()).count();
    println!("\n{} of {targets} targets met", targets - missed.len());
    for row in missed {
        println!(
            "  MISS {}: {}",
            row.operation,
            row.reason.unwrap_or("no reason known; was the machine idle?")
        );
    }
    println!("\nMedians of runs in turn with the yardstick; of runs longer than a millisecond, the fastest. No phone was measured.");
}

/// A line of a table; its head is in the page.
fn markdown(row: &Row) {
    println!(
        "| {} | {} | {} | {} | {} | {} | {} |",
        row.operation,
        time(row.ours_ns),
        row.yardstick,
        time(row.yardstick_ns),
        ratio(row.ratio),
        target(row),
        outcome(row),
    );
}

fn json(rows: &[Row]) {
    let rows = rows.iter().map(|row| {
        let (kind, most) = match row.target {
            Target::Ratio(most) => ("ratio", Some(most)),
            Target::Nanoseconds(most) => ("ours_ns", Some(most)),
            Target::None => ("none", None),
        };
        serde_json::json!({
            "section": row.section,
            "operation": row.operation,
            "ours_ns": row.ours_ns,
            "yardstick": row.yardstick,
            "yardstick_ns": row.yardstick_ns,
            "ratio": row.ratio,
            "target": { "of": kind, "most": most },
            "passes": row.passes(),
        })
    });
    println!("{:#}", serde_json::Value::from_iter(rows));
}

fn time(nanoseconds: f64) -> String {
    match nanoseconds {
        ns if ns < 1e3 => format!("{ns:.0} ns"),
        ns if ns < 1e5 => format!("{:.1} µs", ns / 1e3),
        ns if ns < 1e6 => format!("{:.0} µs", ns / 1e3),
        ns => format!("{:.1} ms", ns / 1e6),
    }
}

fn ratio(ratio: f64) -> String {
    match ratio {
        small if small < 0.1 => format!("{small:.4}"),
        ratio => format!("{ratio:.3}"),
    }
}

fn target(row: &Row) -> String {
    match row.target {
        Target::Ratio(most) => format!("≤ {most:.2}"),
        Target::Nanoseconds(most) => format!("≤ {}", time(most)),
        Target::None => String::new(),
    }
}

fn outcome(row: &Row) -> &'static str {
    match row.passes() {
        Some(true) => "pass",
        Some(false) => "MISS",
        None => "",
    }
}
