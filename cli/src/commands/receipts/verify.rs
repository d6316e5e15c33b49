//! `onecode receipts verify`: whether a chain of receipts is whole.
//!
//! Uses `receipt_file`, `state` for the end of the chain, and `world` for the keys.

use std::path::PathBuf;

use onecode::receipt::{
    ChainError, ChainLink, ChainProblem, ChainSummary, ChainVerifier, Receipt, ScannerId,
};
use onecode::Policy;
use serde_json::json;

use crate::cause::Cause;
use crate::failure::Failure;
use crate::files::{failed, hex};
use crate::lang::Said;
use crate::progress::Progress;
use crate::receipt_file;
use crate::state;
use crate::time::{self, rfc3339};
use crate::world::World;

/// Say whether the chain is whole, and where it is not.
#[derive(clap::Args)]
#[command(after_help = "Examples:\n  \
    onecode receipts verify --world w --state gate.state receipts.txt\n  \
    onecode receipts verify --world w --list receipts.txt\n  \
    onecode receipts verify --world w receipts.txt.2 receipts.txt.1 receipts.txt\n\n\
    The exit status is 0 when the chain is whole, 1 when it is not.")]
pub(crate) struct Verify {
    /// The region's folder: `roots.json`, and of `published/` roots and trust lists.
    #[arg(long, value_name = "DIR")]
    world: PathBuf,
    /// What the scanner is set up with in place of `roots.json`: a signed roots document, its hash
    /// as sha256:HASH, or a lone public key as PEM or JWK.
    #[arg(long, value_name = "ROOTS")]
    roots: Option<String>,
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
    /// The number of the first receipt, where earlier ones are kept elsewhere.
    #[arg(long, value_name = "NUMBER", default_value_t = 0)]
    from: u64,
    /// The receipts, as `onecode scan --receipts` writes them: of several files the oldest first.
    #[arg(required = true)]
    files: Vec<PathBuf>,
}

impl Verify {
    /// Whether the chain is whole; if not, a line on standard output says where it breaks.
    pub(super) fn run(self) -> Result<bool, Failure> {
        let world = World::open(&self.world)?;
        let now = self.at.unwrap_or_else(time::now);
        let (_, keys) = super::keys(&world, self.roots.as_deref(), now)?;
        // The state first: a gate that is at work writes its receipts before it.
        let end = match &self.state {
            Some(state) => {
                let roots = world.roots(self.roots.as_deref())?;
                let scanner = state::scanner(&roots, Some(state), Policy::default())?;
                Some(scanner.receipt_head().unwrap_or_default())
            }
            None => None,
        };
        let named = self.scanner.as_deref().map(|id| {
            ScannerId::new(id)
                .ok_or_else(|| Failure(said!("{id:?} 不是扫码设备编号", "{id:?} is no scanner id")))
        });
        let mut scanner = named.transpose()?;
        let mut chain: Option<ChainVerifier> = None;
        for file in &self.files {
            let (mut lines, size) = receipt_file::open(file)?;
            let mut progress = Progress::new(said!("受理回执", "receipts"), size);
            for line in 1.. {
                let (receipts, read) =
                    receipt_file::some(&mut lines, 1).map_err(|error| failed(file, error))?;
                let Some(bytes) = receipts.first() else { break };
                let chain = chain.get_or_insert_with(|| {
                    ChainVerifier::new(keys.clone(), scanner.take(), self.start(bytes))
                });
                let is_other = |chain: &ChainVerifier| {
                    let next = chain.summary().next;
                    end.is_some_and(|end| end.number == next.number && end != next)
                };
                let checked = match is_other(chain) {
                    true => Err(Broken::State),
                    false => chain.take(bytes).map_err(Broken::Chain),
                };
                let checked = checked.and_then(|receipt| match is_other(chain) {
                    true => Err(Broken::State),
                    false => Ok(receipt),
                });
                match checked {
                    Ok(receipt) if self.list => outln!("{}", to_json(&receipt)),
                    Ok(_) => {}
                    Err(broken) => {
                        drop(progress);
                        let named = self.files.len() > 1;
                        let file = if named { format!("{}: ", file.display()) } else { "".into() };
                        answer!(
                            "不完整：{file}第 {line} 行{broken}",
                            "NOT WHOLE: {file}line {line}{broken}",
                            broken = broken.said()
                        );
                        return Ok(false);
                    }
                }
                progress.advance(read);
            }
        }
        let whole = chain.as_ref().map_or_else(ChainSummary::default, ChainVerifier::summary);
        let next = whole.next.number;
        if let Some(end) = end.filter(|end| end.number > next) {
            answer!(
                "不完整：扫码设备签发了 {made} 份回执，文件到第 {next} 份就没有了",
                "NOT WHOLE: the scanner made {made} receipts, and the file ends after {next}",
                made = end.number
            );
            return Ok(false);
        }
        if !self.list {
            let ChainSummary { receipts, accepted, refused, handed_over, clock_went_back, .. } =
                whole;
            let id = chain.as_ref().and_then(ChainVerifier::scanner);
            let id = match id {
                Some(id) => Said::in_language(id.to_string()),
                None => said!("（无扫码设备）", "no scanner"),
            };
            let from = match self.from {
                0 => Said::in_language(String::new()),
                from => said!("，编号从 {from} 起", " from number {from}"),
            };
            answer!(
                "完整：{id} 的 {receipts} 份受理回执{from}：通过 {accepted}，拒绝 {refused}，\
                 交宿主程序处理 {handed_over}；时钟回拨 {clock_went_back} 次",
                "whole: {receipts} receipts of {id}{from}: {accepted} accepted, {refused} refused, \
                 {handed_over} handed over; the clock went back {clock_went_back} times"
            );
            match end {
                None => answer!(
                    "最后几份是否齐全，要用 --state 才能知道",
                    "whether the last ones are there is known with --state alone"
                ),
                Some(end) if end.number < next => answer!(
                    "状态记有其中 {known} 份：其余的在状态写入之后产生",
                    "the state tells of {known} of them: the others came after it was written",
                    known = end.number.saturating_sub(self.from)
                ),
                Some(_) => {}
            }
        }
        Ok(true)
    }

    /// Where the chain begins: with number 0, or where the first receipt stands if that is the
    /// number which was asked for.
    fn start(&self, first: &[u8]) -> ChainLink {
        let number = self.from;
        let stands = Some(number).filter(|number| *number > 0).and_then(|_| {
            ChainLink::unverified(first).ok().filter(|stands| stands.number == number)
        });
        stands.unwrap_or(ChainLink { number, ..ChainLink::default() })
    }
}

/// Why a chain is not whole at a line.
enum Broken {
    Chain(ChainError),
    /// The state has another receipt at this place.
    State,
}

impl Broken {
    /// What follows the line's number.
    fn said(&self) -> Said {
        match self {
            Broken::Chain(ChainError { number, problem, .. }) => {
                let advice = match problem {
                    ChainProblem::Missing { found } if *number == 0 => said!(
                        "；请先列出已移走的文件，或用 --from {found}",
                        "; name the files that were moved away first, or say --from {found}"
                    ),
                    _ => Said::in_language(String::new()),
                };
                said!(
                    "，编号 {number}：{problem}{advice}",
                    ", number {number}: {problem}{advice}",
                    problem = problem.said()
                )
            }
            Broken::State => {
                said!("：不是状态所记的那份回执", ": it is not the receipt that the state tells of")
            }
        }
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
