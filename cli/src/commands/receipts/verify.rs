//! `onecode receipts verify`: whether a chain of receipts is whole.
//!
//! Uses `receipt_file`, `state` for the end of the chain, and `world` for the keys.

use std::path::PathBuf;

use onecode::receipt::{verify_chain, ChainSummary, Receipt, ReceiptKeys, ScannerId};
use onecode::Policy;
use serde_json::json;

use crate::failure::Failure;
use crate::files::{failed, hex};
use crate::progress::Progress;
use crate::receipt_file;
use crate::state;
use crate::time::{self, rfc3339};
use crate::world::World;

/// Receipts that are checked at a time.
const AT_A_TIME: usize = 4_096;

/// Say whether the chain is whole, and where it is not.
#[derive(clap::Args)]
#[command(after_help = "Examples:\n  \
    onecode receipts verify --world w --state gate.state receipts.txt\n  \
    onecode receipts verify --world w --list receipts.txt\n\n\
    The exit status is 0 when the chain is whole, 1 when it is not.")]
pub(crate) struct Verify {
    /// The region's folder: `operator/root.jwk` and `published/trust-list.jws` of it.
    #[arg(long, value_name = "DIR")]
    world: PathBuf,
    /// The scanner whose receipts they must be; that of the first one without this.
    #[arg(long, value_name = "ID")]
    scanner: Option<String>,
    /// The scanner's state: whether the last receipts are there is known from it alone.
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,
    /// Print each receipt as a line of JSON.
    #[arg(long)]
    list: bool,
    /// As if it were this time (RFC 3339 or Unix seconds): which keys have been withdrawn.
    #[arg(long, value_name = "TIME", value_parser = time::parse)]
    at: Option<i64>,
    /// The receipts, as `onecode scan --receipts` writes them.
    file: PathBuf,
}

impl Verify {
    /// Whether the chain is whole; if not, a line on standard output says where it breaks.
    pub(super) fn run(self) -> Result<bool, Failure> {
        let world = World::open(&self.world)?;
        let now = self.at.unwrap_or_else(time::now);
        let trust_list = world.published("trust-list.jws")?;
        let keys = ReceiptKeys::from_trust_list(&trust_list, &[world.root()?], now)
            .map_err(|error| failed(&world.path("published/trust-list.jws"), error))?;
        // The state first: a gate that is at work writes its receipts before it.
        let end = match &self.state {
            Some(state) => {
                let scanner = state::scanner(&world, Some(state), Policy::default())?;
                Some(scanner.receipt_head().unwrap_or_default())
            }
            None => None,
        };
        let file = &self.file;
        let (mut lines, size) = receipt_file::open(file)?;
        let named = self.scanner.as_deref().map(|id| {
            ScannerId::new(id).ok_or_else(|| Failure(format!("{id:?} is no scanner id")))
        });
        let mut scanner = named.transpose()?;
        let mut whole = ChainSummary::default();
        let mut last_unix_s = i64::MIN;
        let mut progress = Progress::new("receipts", size);
        loop {
            // Up to where the state knows them, and from there on.
            let to_end = end.map_or(0, |end| end.number.saturating_sub(whole.next.number));
            let limit = if to_end == 0 { AT_A_TIME } else { AT_A_TIME.min(to_end as usize) };
            let (receipts, read) =
                receipt_file::some(&mut lines, limit).map_err(|error| failed(file, error))?;
            if receipts.is_empty() {
                break;
            }
            let read_one = |bytes: Option<&Vec<u8>>| Receipt::verify(bytes?, &keys).ok();
            // Of one that cannot be read the chain says so.
            if let Some(first) = read_one(receipts.first()) {
                whole.clock_went_back += u64::from(first.time_unix_s < last_unix_s);
                // Whose they are.
                scanner.get_or_insert(first.scanner);
            }
            last_unix_s = read_one(receipts.last()).map_or(last_unix_s, |last| last.time_unix_s);
            let id = scanner.clone().or_else(|| ScannerId::new("unknown"));
            let id = id.ok_or_else(|| Failure("no scanner id".into()))?;
            let each = receipts.iter().map(Vec::as_slice);
            match verify_chain(each, &id, &keys, whole.next, None) {
                Ok(part) => {
                    whole.receipts += part.receipts;
                    whole.accepted += part.accepted;
                    whole.refused += part.refused;
                    whole.handed_over += part.handed_over;
                    whole.clock_went_back += part.clock_went_back;
                    whole.next = part.next;
                }
                Err(error) => {
                    drop(progress);
                    let line = whole.receipts + error.at as u64 + 1;
                    outln!("NOT WHOLE: line {line}, number {}: {}", error.number, error.problem);
                    return Ok(false);
                }
            }
            if self.list {
                let good = receipts.iter().filter_map(|bytes| Receipt::verify(bytes, &keys).ok());
                good.for_each(|receipt| outln!("{}", to_json(&receipt)));
            }
            progress.advance(read);
            if end.is_some_and(|end| end.number == whole.next.number && end != whole.next) {
                drop(progress);
                outln!(
                    "NOT WHOLE: line {}: it is not the receipt that the state tells of",
                    whole.receipts
                );
                return Ok(false);
            }
        }
        drop(progress);
        if let Some(end) = end.filter(|end| end.number > whole.next.number) {
            outln!(
                "NOT WHOLE: the scanner made {} receipts, and the file ends after {}",
                end.number,
                whole.receipts
            );
            return Ok(false);
        }
        if !self.list {
            let ChainSummary { receipts, accepted, refused, handed_over, clock_went_back, .. } =
                whole;
            let id = scanner.as_ref().map_or("no scanner", ScannerId::as_str);
            outln!(
                "whole: {receipts} receipts of {id}: {accepted} accepted, {refused} refused, \
                 {handed_over} handed over; the clock went back {clock_went_back} times"
            );
            match end {
                None => outln!("whether the last ones are there is known with --state alone"),
                Some(end) if end.number < receipts => outln!(
                    "the state tells of {} of them: the others came after it was written",
                    end.number
                ),
                Some(_) => {}
            }
        }
        Ok(true)
    }
}

fn to_json(receipt: &Receipt) -> serde_json::Value {
    json!({
        "scanner": receipt.scanner.as_str(),
        "number": receipt.number,
        "time": rfc3339(receipt.time_unix_s),
        "verdict": receipt.verdict,
        "handed_over": receipt.handed_over,
        "application": receipt.application,
        "place": receipt.place,
        "card": receipt.card.map(|card| card.to_string()),
        "text_hash": hex(&receipt.text_hash),
        "trust_list": receipt.trust_list,
        "catalogue": receipt.catalogue,
        "status_as_of": receipt.status.map(|status| rfc3339(status.issued_at_unix_s)),
        "tolerance_s": receipt.tolerance_s,
    })
}
