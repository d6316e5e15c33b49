//! `onecode roots make`: the content of the first edition.

use std::path::PathBuf;

use onecode::governance::{Holder, RootsDocument, Thresholds};
use onecode::jose::Edition;

use super::write;
use crate::failure::Failure;
use crate::files::read_json;
use crate::time;

const DAY: i64 = 86_400;

/// Write the content of the first edition, from the entries of its holders.
#[derive(clap::Args)]
#[command(
    after_help = "Example:\n  onecode roots make sh.json js.json zj.json ah.json escrow.json \
    --threshold 3 --out roots-1.json"
)]
pub(crate) struct Make {
    /// The entries of the holders, as `onecode roots entry` writes them.
    #[arg(required = true, value_name = "ENTRY")]
    entries: Vec<PathBuf>,
    /// How many holders sign the next roots, a trust list and a catalogue.
    #[arg(long, value_name = "N")]
    threshold: u8,
    /// Days until the next edition is due.
    #[arg(long, value_name = "DAYS", default_value_t = 365, value_parser = clap::value_parser!(u32).range(1..=36_500))]
    due: u32,
    /// Days until scanners refuse everybody without a newer edition.
    #[arg(long = "days", id = "roots_days", value_name = "DAYS", default_value_t = 730, value_parser = clap::value_parser!(u32).range(1..=36_500))]
    days: u32,
    /// The content, as JSON; `-` for standard output.
    #[arg(long = "out", id = "content_out", value_name = "FILE")]
    out: PathBuf,
    /// As if it were this time (RFC 3339 or Unix seconds).
    #[arg(long, value_name = "TIME", value_parser = time::parse)]
    at: Option<i64>,
}

impl Make {
    pub(super) fn run(self) -> Result<(), Failure> {
        let now = self.at.unwrap_or_else(time::now);
        let in_days = |days: u32| now.saturating_add(i64::from(days) * DAY);
        let holders: Result<Vec<Holder>, Failure> =
            self.entries.iter().map(|file| read_json(file)).collect();
        let edition = Edition {
            sequence: 1,
            issued_at_unix_s: now,
            next_update_unix_s: in_days(self.due),
            expires_unix_s: in_days(self.days),
            previous: None,
            critical: vec![],
        };
        let count = self.threshold;
        let thresholds = Thresholds { roots: count, trust_list: count, catalogue: count };
        write(&RootsDocument { edition, thresholds, holders: holders? }, &self.out)
    }
}
